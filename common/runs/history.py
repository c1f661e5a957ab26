"""The history of a run, as lines of JSON: what happened (metrics.jsonl), and how long it took (times.jsonl).

They are two files because only the first is the same whenever the run is repeated.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from common.base import strict_json
from common.base.errors import InputError
from common.base.openers import check_file, open_file
from common.runs import records
from common.runs.folder import METRICS, TIMES
from common.runs.records import COUNT, NUMBER, POSITIVE, SHARE, Rule, optional

MOST_OF_LINE = 1 << 12  # bytes

# Kind of line to the values in it; None stands for one that does not exist.
KINDS: dict[str, dict[str, Rule]] = {
    "step": {"step": POSITIVE, "lr": NUMBER, "loss": optional(NUMBER), "accuracy": optional(SHARE)},
    "epoch": {
        "epoch": COUNT,
        "step": POSITIVE,
        "loss": optional(NUMBER),
        "accuracy": optional(SHARE),
        "validation_loss": optional(NUMBER),
        "validation_accuracy": optional(SHARE),
    },
    "test": {"epoch": COUNT, "loss": optional(NUMBER), "accuracy": optional(SHARE)},
}
TIME = {"epoch": COUNT, "seconds": NUMBER, "images_per_second": NUMBER}


def read_metrics(path: str | os.PathLike) -> list[dict[str, Any]]:
    """The lines of a ``metrics.jsonl``.

    Raises:
        InputError: no such file, or a line that is no metrics; says which.
    """
    return list(_metrics(path))


def _metrics(path: str | os.PathLike) -> Iterator[dict[str, Any]]:
    for number, line in _lines(path):
        try:
            record = _object(line)
            records.check(record, KINDS[record["kind"]], "line", exactly=False)
        except (ValueError, TypeError, KeyError):
            text = line[:60].decode("utf-8", "replace")
            raise InputError(f"{path}: line {number} is cut off or no metrics: {text!a}") from None
        yield record


def read_history(folder: str | os.PathLike) -> list[dict[str, Any]]:
    """The lines of a run's metrics.jsonl; those of epochs with their ``seconds`` and ``images_per_second``.

    An epoch whose time nobody has kept has None for them.

    Raises:
        InputError: a file that is missing, or a line that does not belong in it; says which.
    """
    times = _times(Path(folder) / TIMES)
    history = read_metrics(Path(folder) / METRICS)
    for record in history:
        if record["kind"] == "epoch":
            unknown = {"seconds": None, "images_per_second": None}
            record.update({**unknown, **record, **times.get(record["epoch"], {})})
    return history


def _times(path: Path) -> dict[int, dict[str, float]]:
    """Epoch to how long it took; the last of an epoch that was trained twice. Lines that are cut off are left out."""
    times = {}
    for _, line in _lines(path) if os.path.lexists(path) else ():
        with suppress(ValueError):
            record = _object(line)
            records.check(record, TIME, "line")
            times[record.pop("epoch")] = record
    return times


def _object(line: bytes) -> dict[str, Any]:
    record = strict_json.parse(line.decode("utf-8"))
    if not isinstance(record, dict):
        raise ValueError("it holds no object")
    return record


def _lines(path: str | os.PathLike) -> Iterator[tuple[int, bytes]]:
    """(number from 1, line) of each line of a text file; one at a time is in memory.

    A line that is too long for a history comes as an empty one.

    Raises:
        InputError: no such file.
    """
    with open_file(path) as file:
        number = 0
        while line := file.readline(MOST_OF_LINE):
            number += 1
            yield number, line.rstrip(b"\n") if len(line) < MOST_OF_LINE else b""


class Metrics:
    """metrics.jsonl, open for adding to.

    Args:
        path: of the file; it is made where it does not exist.
        keep: bytes of it that stay; what an earlier process wrote after its last checkpoint goes.

    Raises:
        InputError: it cannot be written, or has not all that is to stay.

    >>> metrics = Metrics(Path("metrics.jsonl"), keep=0)
    >>> metrics.write({"kind": "test", "epoch": 0, "loss": 0.5, "accuracy": 1.0})
    >>> metrics.keep()
    59
    >>> metrics.close()
    """

    def __init__(self, path: Path, keep: int):
        self.path = path
        self.file = _appended(path)
        try:
            if self.file.tell() < keep:
                raise InputError(f"{path}: {keep - self.file.tell():,} bytes of the history are missing: put it back")
            os.truncate(path, keep)
            self.file.seek(0, os.SEEK_END)
        except OSError as error:
            raise _unwritable(path, error) from None
        for _ in _metrics(path):  # better told now than after the last epoch
            pass

    def write(self, record: dict[str, Any]) -> None:
        """Add a line, at once: somebody may be watching.

        Raises:
            InputError: it cannot be written, as on a full disk.
        """
        try:
            self.file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
            self.file.flush()
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def keep(self) -> int:
        """Have all of it on the disk; returns how many bytes that are.

        Raises:
            InputError: the disk does not take it.
        """
        try:
            os.fsync(self.file.fileno())
        except OSError as error:
            raise _unwritable(self.path, error) from None
        return self.file.tell()

    def close(self) -> None:
        """End it.

        Raises:
            InputError: the disk does not take what was written last.
        """
        try:
            self.file.close()
        except OSError as error:
            raise _unwritable(self.path, error) from None


def write_time(folder: Path, epoch: int, seconds: float, images: int) -> dict[str, float]:
    """Add a line to times.jsonl, and return how long the epoch took.

    Args:
        folder: of the run.
        epoch: from 0.
        seconds: that the steps took, since this process began the epoch.
        images: trained on in this time.

    Raises:
        InputError: it cannot be written, as on a full disk.

    >>> write_time(Path("."), epoch=0, seconds=2.0, images=100)
    {'seconds': 2.0, 'images_per_second': 50.0}
    """
    path = folder / TIMES
    times = {"seconds": seconds, "images_per_second": images / seconds}
    try:
        with _appended(path) as file:
            file.write(json.dumps({"epoch": epoch, **times}).encode() + b"\n")
    except OSError as error:
        raise _unwritable(path, error) from None
    return times


def _appended(path: Path) -> BinaryIO:
    """A file to add to; it is made where it does not exist."""
    if os.path.lexists(path):
        check_file(path)
    try:
        return open(path, "ab")
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path}: cannot be written: {error.strerror}")
