"""The folder of a run: what was asked for, how it went, and the weights it left.

run.json                   settings, with their checksum; written first, never changed
start.safetensors          the weights before the first step, of a run that was given some
metrics.jsonl              a line for every step, every epoch, and the test
times.jsonl                how long each epoch took
best.safetensors           weights of the best epoch by validation, with their preprocessing
best.json                  which epoch that was
last.json                  where the run stands, and which files belong to it: `common.runs.checkpoint`
last-00000123.safetensors, last-00000123.velocities.safetensors
curves.png, curves.svg     loss, accuracy and learning rate
events                     the same for TensorBoard, of a run that was asked for it: `common.runs.events`

Two runs that were asked for the same leave the same bytes in every file but times.jsonl and those of
``events``, which hold the time.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote

import numpy as np

from common.base.errors import InputError, choose
from common.base.files import WRITING
from common.contract import backend
from common.runs import sealed
from common.runs.run import SETTINGS, START, VERSION, Run
from common.weights import canonical

METRICS = "metrics.jsonl"
TIMES = "times.jsonl"
MOST_OF_MESSAGE = 300  # characters: it may quote what the file says


def create(*runs: Run, weights: Mapping[str, np.ndarray] | None = None, again: bool = False) -> None:
    """Make the folders of new runs, all or none.

    Args:
        weights: of runs that are given some to start from, in their own dtype.
        again: the same was asked for before, and may have ended anywhere: a run of the same settings stays as it is.

    Raises:
        InputError: one holds something already, is in a run itself, or cannot be made.
    """
    new = [run for run in runs if not (again and _is_begun(run))]
    for run in new:
        if is_run(run.folder.parent):
            raise InputError(f"{run.folder.parent}: is a run itself: choose another --out")
        try:
            occupied = os.path.lexists(run.folder) and any(
                not (again and _is_left(path)) for path in run.folder.iterdir()
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise _unmakeable(run, error) from None
        if occupied:
            hint = f"go on with it by --resume {quote(str(run.folder))}, or " if is_run(run.folder) else ""
            raise InputError(f"{run.folder}: not empty: {hint}choose another --out")
    for run in new:
        try:
            run.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unmakeable(run, error) from None
        if weights is not None:
            canonical.save(run.folder / START, weights, run.table, run.preprocessing)
        sealed.write_sealed(run.folder / SETTINGS, run.settings)


def _is_begun(run: Run) -> bool:
    """Whether its folder holds a run of the same settings."""
    return is_run(run.folder) and open_run(run.folder).settings == run.settings


def _is_left(path: Path) -> bool:
    """Whether a process that was killed while it made the folder of a run can have left this in it."""
    return path.name == START or path.name.startswith(WRITING)


def discard(run: Run) -> None:
    """Remove the folder of a run that has made no step; any other stays."""
    with suppress(OSError):
        if {path.name for path in run.folder.iterdir()} <= {SETTINGS, START}:
            for name in (SETTINGS, START):
                (run.folder / name).unlink(missing_ok=True)
            run.folder.rmdir()


def _unmakeable(run: Run, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or error
    return InputError(f"{run.folder}: cannot be made: {reason}: choose another --out")


def is_run(folder: str | os.PathLike) -> bool:
    """Whether this is the folder of a run.

    >>> is_run(".")
    False
    """
    return os.path.isfile(Path(folder) / SETTINGS)


def open_run(folder: str | os.PathLike) -> Run:
    """The run in a folder.

    Raises:
        InputError: there is none, it is of another format version, or its run.json was altered or damaged.
    """
    folder = Path(folder)
    path = folder / SETTINGS
    if not is_run(folder):
        raise InputError(f"{folder}: not the folder of a run: it has no {SETTINGS}")
    settings = sealed.read(path)
    version = settings.get("format_version")
    if type(version) is not int or version != VERSION:
        raise InputError(f"{folder}: a run of format version {version!r:.20}; this reads {VERSION}")
    sealed.check_seal(path, settings)
    try:
        return Run.from_settings(folder, settings)
    except InputError as error:
        raise InputError(f"{path}: {error!s:.{MOST_OF_MESSAGE}}") from None


def runs_in(folder: str | os.PathLike) -> list[Run]:
    """The run in a folder, or those of several backends in folders of theirs within it, made by ``--backend all``.

    Raises:
        InputError: neither the one nor the other, runs that do not belong together, or what `open_run` raises.
    """
    folder = Path(folder)
    if is_run(folder) or not os.path.isdir(folder):
        return [open_run(folder)]
    try:
        inner = [path for path in sorted(folder.iterdir()) if is_run(path)]
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed: {error.strerror}") from None
    runs = [open_run(path) for path in inner] or [open_run(folder)]
    for run in runs[1:]:
        if {**run.settings, "backend": None} != {**runs[0].settings, "backend": None}:
            names = ", ".join(map(str, inner))
            raise InputError(f"{folder}: holds runs that were not begun together: name one of {names}")
    order = list(backend.packages())
    return sorted(runs, key=lambda run: order.index(choose("backend", run.backend, order)))
