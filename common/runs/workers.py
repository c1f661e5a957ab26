"""A run that several processes of this machine train: started, watched, and started again where one is lost.

The process that calls `train` trains nothing itself. It starts a process for each worker at a fresh port. Where one of
them ends, hangs or is killed, it ends the others and starts all of them anew from the last checkpoint.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from common import data as datasets
from common import nets
from common.base.errors import InputError
from common.contract import backend, devices
from common.runs import training
from common.runs.run import Run
from common.runs.training import CHECKPOINT, Diverged, Report
from common.table.spec import Network
from common.workers.environment import Place
from common.workers.group import SECONDS, WorkerLost
from common.workers.local import MOST, started

RESTARTS = 5  # times that all workers are started again, in one call of `train`
OFTEN = 0.2  # seconds between two looks at whether to stop
ENDING = {"lost": WorkerLost, "diverged": Diverged, "refused": InputError}


@dataclass
class Job:
    """What every worker is told at its start, by the names of `common.runs.training.train`."""

    run: Run
    seconds: float
    options: dict[str, Any]
    network: Network  # as it is written: a worker knows the tables of others by no name
    device: str | None = None  # that all were asked for


def check(workers: int, name: str) -> None:
    """Require that so many processes of this machine can train together.

    Args:
        name: of the backend, which is imported.

    Raises:
        InputError: a number of workers that cannot be, or a backend or device that is not for several.
    """
    if not 1 <= workers <= MOST:
        raise InputError(f"workers are from 1 to {MOST}, not {workers}")
    backend.require([name], workers=True)
    package = backend.load(name)
    if devices.workers_on_gpus():
        devices.require_gpus(workers, package)


def train(
    run: Run,
    *,
    workers: int,
    asked: Callable[[], bool] = lambda: False,
    most_steps: int | None = None,
    checkpoint_every: int = CHECKPOINT,
    report: Report = lambda record: None,
    tensorboard: bool = False,
    seconds: float = SECONDS,
    say: Callable[[str], None] = lambda line: None,
) -> bool:
    """`common.runs.training.train` by several processes of this machine; each reads the run's data by their name.

    Args:
        workers: how many, at least 1.
        seconds: a worker that does not come to an exchange for so long is lost.
        say: is told of every new start, in a line.

    The others are those of `common.runs.training.train`.

    Returns:
        Whether the last epoch is over. If not, the run stands where it was stopped.

    Raises:
        WorkerLost: a worker was lost more than `RESTARTS` times; says how to go on.
        InputError: a number of workers that cannot be, or what a worker raises.
    """
    check(workers, run.backend)
    options = {"most_steps": most_steps, "checkpoint_every": checkpoint_every, "tensorboard": tensorboard}
    job = Job(run, seconds, options, nets.named(run.table.name), devices.asked())
    for left in reversed(range(RESTARTS + 1)):
        try:
            return _attempt(job, workers, asked, report)
        except WorkerLost as lost:
            if not left:
                raise WorkerLost(f"{lost}; {RESTARTS} new starts did not help: go on with --resume") from None
            say(f"{lost}; all start again from the last checkpoint")
    raise AssertionError("the last attempt returns or raises")


def _attempt(job: Job, workers: int, asked: Callable[[], bool], report: Report) -> bool:
    """Start all workers, and watch them until they end; what `train` returns."""
    with started(work, workers, job, seconds=job.seconds) as connections:
        stopping = False
        results: dict[int, bool] = {}
        while len(results) < workers:
            if asked() and not stopping:
                stopping = True
                for connection in connections:
                    with suppress(OSError):
                        connection.send("stop")
            for ready in wait([c for rank, c in enumerate(connections) if rank not in results], OFTEN):
                assert isinstance(ready, Connection)
                rank = connections.index(ready)
                kind, told = _received(ready, rank)
                if kind == "record":
                    report(told)
                elif kind == "done":
                    results[rank] = told
                else:
                    raise ENDING.get(kind, RuntimeError)(told)
    return bool(results[0])


def _received(connection: Connection, rank: int) -> tuple[str, Any]:
    try:
        kind, told = connection.recv()
    except (EOFError, OSError):
        return "lost", f"worker {rank} ended without a word"
    return kind, told


def work(connection: Connection, place: Place, job: Job) -> None:
    """What the process of a worker does: join, train, and tell how it ended."""
    stop = threading.Event()
    threading.Thread(target=_listen, args=(connection, stop), daemon=True).start()
    connection.send(_ended(connection, job, place, stop))


def _listen(connection: Connection, stop: threading.Event) -> None:
    """Hear that the run is to stop; end with the process that started this one."""
    try:
        while True:
            connection.recv()
            stop.set()
    except (EOFError, OSError):
        os._exit(1)


def _ended(connection: Connection, job: Job, place: Place, stop: threading.Event) -> tuple[str, Any]:
    """(how it ended, what is told of that)."""
    try:
        with devices.using(job.device):
            package = backend.load(job.run.backend)
            device = devices.of_worker(place, package)
        if job.network.name not in nets.tables():
            nets.add(job.network)
        dataset = datasets.load(job.run.data, data_dir=job.run.data_dir)
        job.run.check_data(dataset)
        with devices.using(device), closing(package.join(place, seconds=job.seconds)) as group:
            finished = training.train(
                job.run,
                dataset,
                asked=stop.is_set,
                report=lambda record: connection.send(("record", record)),
                group=group,
                **job.options,
            )
    except WorkerLost as lost:
        return "lost", f"worker {place.rank}: {lost}"
    except Diverged as error:
        return "diverged", str(error)
    except InputError as error:
        return "refused", str(error)
    except Exception as error:  # a defect of ours, which the command line tells as one
        return "defect", f"worker {place.rank}: {type(error).__name__}: {error}"
    return "done", finished
