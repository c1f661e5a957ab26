"""A backend whose steps several processes of this machine make together, beside one that makes them alone."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from hashlib import sha256
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.compare.faults import Failed, Fault, message
from common.compare.measure import named
from common.compare.side_by_side import State, state
from common.contract import backend, devices
from common.contract.declaration import CPU
from common.contract.recipe import Recipe
from common.table.analysis import Table
from common.workers.environment import Place
from common.workers.group import JOINING, SECONDS
from common.workers.local import MOST, started
from common.workers.shares import share

Arrays = Mapping[str, np.ndarray]
LIMIT = JOINING + SECONDS  # seconds of silence: a worker that misses another one says so before


def check_workers(workers: int | None, steps: int | None) -> None:
    """What can be checked before anything takes time.

    Raises:
        InputError: workers without steps, on a GPU, or a number of them that cannot be.
    """
    if workers is None:
        return
    if steps is None:
        raise InputError("--workers make the steps of --steps together: give --steps too, such as --steps 5")
    if devices.asked() not in (None, CPU):
        raise InputError(f"workers are compared on processors: leave out the device {devices.asked()}")
    if not 2 <= workers <= MOST:
        raise InputError(f"workers beside one are from 2 to {MOST}, not {workers!r}")


def called(name: str, workers: int) -> str:
    """What a backend with several workers is called in a report.

    >>> called("torch", 2)
    'torch x2'
    """
    return f"{name} x{workers}"


class GroupRunner:
    """Several workers of one backend: each has its share of every batch, and the same weights from the first on.

    They are started by the first step, and ended by `close`.

    Attributes:
        framework: what it is called for people.
    """

    def __init__(self, name: str, workers: int, table: Table, recipe: Recipe, weights: Arrays):
        self.framework = f"{backend.load(name).FRAMEWORK} with {workers} workers"
        self._told = (name, table, recipe, {key: np.array(array) for key, array in weights.items()})
        self._size = workers
        self._stack = ExitStack()
        self._connections: list[Connection] = []

    def step(self, x: np.ndarray, y: np.ndarray, lr: float, number: int) -> tuple[float, State]:
        """The loss before the step, and the state after it, which is the same in all workers.

        Args:
            x: images of the whole batch, N x C x H x W.
            y: labels, N whole numbers.
            lr: the learning rate of this step.
            number: of the step, from 1.

        Raises:
            Failed: a worker cannot be started, has raised or ended, is silent, or holds other numbers than worker 0.
        """
        try:
            if not self._connections:
                self._connections = self._start(number)
            for connection in self._connections:
                with suppress(OSError):  # of one that has ended, which is told below
                    connection.send((x, y, lr, number))
            answers = self._answers(number)
            for rank, (digest, _) in sorted(answers.items()):
                if digest != answers[0][0]:
                    raise self._failed(f"worker {rank} holds other numbers than worker 0", number)
        except Failed:
            self.close()
            raise
        loss, _, weights, velocities = answers[0][1]
        return loss, state(loss, named(weights), named(velocities))

    def _start(self, number: int) -> list[Connection]:
        try:
            return self._stack.enter_context(started(work, self._size, *self._told, seconds=5.0))
        except OSError as error:
            raise self._failed(f"workers cannot be started: {error.strerror or error}", number) from None

    def _answers(self, number: int) -> dict[int, tuple[str, Any]]:
        """By rank the digest of what a worker holds, and of worker 0 what that is. Who fails first is told of."""
        answers: dict[int, tuple[str, Any]] = {}
        while len(answers) < len(self._connections):
            silent = [rank for rank in range(len(self._connections)) if rank not in answers]
            ready = wait([self._connections[rank] for rank in silent], LIMIT)
            if not ready:
                raise self._failed(f"worker {silent[0]} was silent for {LIMIT:.0f} seconds", number)
            for rank in silent:
                if self._connections[rank] in ready:
                    answers[rank] = self._heard(rank, number)
        return answers

    def _heard(self, rank: int, number: int) -> tuple[str, Any]:
        try:
            kind, *answer = self._connections[rank].recv()
        except (EOFError, OSError):
            raise self._failed(f"worker {rank} ended without a word", number) from None
        if kind == "failed":
            raise self._failed(f"worker {rank}: {answer[0]}", number)
        return answer[0], answer[1]

    def _failed(self, words: str, number: int) -> Failed:
        return Failed(Fault("step", None, words, number))

    def close(self) -> None:
        """End all workers."""
        for connection in self._connections:
            with suppress(OSError):
                connection.send(None)
        self._stack.close()


def work(connection: Connection, place: Place, name: str, table: Table, recipe: Recipe, weights: Arrays) -> None:
    """What the process of a worker does: join, make its share of each step, and tell what it holds then."""
    try:
        package = backend.load(name)
        group = package.join(place, seconds=SECONDS)
        net = package.build_net(table, weights=weights, dtype="float64")
        trainer = package.Trainer(net, recipe, group=group)
        while (told := connection.recv()) is not None:
            x, y, lr, number = told
            own = share(len(x), place.rank, place.size)
            loss, right = trainer.step(x[own], y[own], lr=lr, seed=number)
            held = float(loss), int(right), package.get_weights(net), trainer.velocities()
            connection.send(("done", _digest(held), held if place.rank == 0 else None))
        group.close()
    except (EOFError, OSError):  # whoever started it is gone
        return
    except Exception as error:  # told in one line, whatever it is
        with suppress(OSError):
            connection.send(("failed", message(error)))


def _digest(held: tuple[float, int, Arrays, Arrays]) -> str:
    """The same for the very same bits only: of loss, right answers, weights and velocities."""
    loss, right, *groups = held
    digest = sha256(np.float64(loss).tobytes() + str(right).encode())
    for arrays in groups:
        for name, array in arrays.items():
            digest.update(f"{name} {array.dtype} {array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
