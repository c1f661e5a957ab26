"""Runs that processes on one machine or many train together, each started by a launcher such as torchrun.

They meet twice before an engine starts. At the address of the environment rank 0 tells what the runs are, once it has
made or opened them. The others then load the framework and read their data; at a second address, which rank 0 has
chosen, each says whether it can take part. So whatever one of them cannot do ends all of them at once.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from common import __version__
from common.base.errors import InputError
from common.base.signals import ENDING, Stop
from common.contract import backend, devices
from common.contract.declaration import CPU
from common.data.dataset import Dataset
from common.data.fingerprint import fingerprint
from common.runs.folder import discard
from common.runs.run import Run
from common.runs.training import train
from common.workers.environment import Place
from common.workers.group import JOINING, SECONDS, Group
from common.workers.meeting import meet, secret_of

PREPARING = 86400.0  # seconds that a worker may take to read data; one that ends is missed at once


class Joined(NamedTuple):
    """What the workers have agreed on.

    Attributes:
        runs: in the order in which they are trained; of all ranks but 0 the folder is that of rank 0, a mere name.
        dataset: this worker's.
        places: where the group of each run meets.
        options: of rank 0, which hold for all.
    """

    runs: list[Run]
    dataset: Dataset
    places: list[Place]
    options: dict[str, Any]


def lead(
    place: Place, prepare: Callable[[], tuple[list[Run], Dataset]], options: dict[str, Any], *, made: bool
) -> Joined:
    """Rank 0: make or open the runs, and tell the others.

    Args:
        place: of this worker.
        prepare: gives the runs and their data. The others wait for it.
        options: told to the others.
        made: the runs are new ones: their folders go again if a worker cannot take part.

    Raises:
        Refused: another worker cannot take part.
        InputError: what ``prepare`` raises; a worker did not come, or the address is not to be had.
    """
    kept: list[Joined] = []

    def say(host: str) -> str:
        runs, dataset = prepare()
        backend.require([run.backend for run in runs], training=True, workers=True)
        for run in runs:
            run.check_data(dataset)
        second, *ports = _free_ports(host, 1 + len(runs))
        kept.append(Joined(runs, dataset, _places(place, ports), options))
        told = [
            {"folder": str(run.folder), "settings": run.settings, "alike": _alike(place, run, dataset)} for run in runs
        ]
        return json.dumps({"runs": told, "second": second, "ports": ports, "options": options})

    try:
        words = _met(place, say, preparing=PREPARING)
        second = json.loads(words[0])["second"]
        _met(replace(place, port=second, listening=False), lambda host: "", preparing=PREPARING)
    except InputError:
        for joined in kept if made else ():
            for run in joined.runs:
                discard(run)
        raise
    return kept[0]


def follow(place: Place, read: Callable[[Sequence[Run]], Dataset], refused: InputError | None = None) -> Joined:
    """Every other rank: hear what the runs are, and see whether this worker can take part.

    Args:
        place: of this worker.
        read: gives the data of the runs, as this worker has them.
        refused: why this worker cannot take part, where it knows that already.

    Raises:
        Refused: another worker cannot take part.
        InputError: this one cannot, or did not meet the others.
    """

    def say(host: str) -> str:
        if refused is not None:
            raise refused
        return ""

    told = json.loads(_met(place, say, preparing=PREPARING)[0])
    kept: list[Joined] = []

    def ready(host: str) -> str:
        runs = [Run.from_settings(Path(one["folder"]), one["settings"]) for one in told["runs"]]
        for run in runs:
            backend.load(run.backend)
        dataset = read(runs)
        for run, one in zip(runs, told["runs"], strict=True):
            run.check_data(dataset)
            _require_alike(_alike(place, run, dataset), one["alike"])
        kept.append(Joined(runs, dataset, _places(place, told["ports"]), told["options"]))
        return ""

    _met(replace(place, port=told["second"], listening=False), ready, preparing=PREPARING)
    return kept[0]


def refuse(place: Place, error: InputError) -> None:
    """Tell the others that this worker cannot take part, before it knows of any run.

    Raises:
        Refused: rank 0 cannot either, and has told why.
        InputError: the given one; or nobody came to hear of it.
    """

    def say(host: str) -> str:
        raise error

    _met(place, say)


def train_in_group(place: Place, run: Run, dataset: Dataset, stop: Stop, options: dict[str, Any]) -> bool:
    """`common.runs.training.train` as one of the group that meets at a place.

    Args:
        stop: whether this worker was asked to stop; afterwards whether any was, and by which signal.
        options: of `common.runs.training.train`.

    Returns:
        Whether the last epoch is over.

    Raises:
        Refused: another worker cannot go on, and has told why.
        WorkerLost: another worker ended, hangs, or cannot be reached.
        InputError: what `common.runs.training.train` raises.
    """
    package = backend.load(run.backend)
    with devices.using(devices.of_worker(place, package)), closing(package.join(place, seconds=SECONDS)) as group:
        finished = train(run, dataset, group=group, **{**options, "asked": stop})
        stop.number = _signal_of_any(group, stop.number)
    return finished


def _signal_of_any(group: Group, own: int | None) -> int | None:
    """The signal that asked a worker of the group to stop, the same in all of them; None where nobody was asked."""
    asked = group.sum(np.array([float(number == own) for number in ENDING]))
    return next((int(number) for number, times in zip(ENDING, asked, strict=True) if times), None)


def _met(place: Place, say: Callable[[str], str], preparing: float = 0.0) -> list[str]:
    at = (place.host, place.port + place.listening)  # torchrun itself listens at the port
    return meet(place.rank, place.size, at, say, token=secret_of(place), seconds=JOINING, preparing=preparing)


def _free_ports(host: str, count: int) -> list[int]:
    """Ports of this machine at which nobody listens."""
    with ExitStack() as stack:
        return [stack.enter_context(socket.create_server((host, 0))).getsockname()[1] for _ in range(count)]


def _places(place: Place, ports: Sequence[int]) -> list[Place]:
    return [replace(place, port=port, listening=False) for port in ports]


def _alike(place: Place, run: Run, dataset: Dataset) -> dict[str, str]:
    """What must be the same in all workers, by what a line calls it."""
    package = backend.load(run.backend)
    return {
        "its googlenet": __version__,
        "its framework": package.FRAMEWORK,
        "its device": (devices.of_worker(place, package) or CPU).partition(":")[0],
        "its table": f"{run.table.name} {sha256(repr(run.table).encode()).hexdigest()}",
        f"its {run.data}": fingerprint(dataset),
    }


def _require_alike(own: dict[str, str], told: dict[str, str]) -> None:
    """Require what rank 0 has.

    Raises:
        InputError: names the first thing that is another.
    """
    for name, value in told.items():
        if own.get(name) != value:
            both = f": {own[name]}, not {value}" if name in own and len(value) < 60 else ""
            raise InputError(f"{name} is not that of rank 0{both}")
