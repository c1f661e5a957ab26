"""The history of a run, as lines of JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from common.base.errors import InputError

# Kind of line to the numbers in it; None stands for one that there is not.
KINDS = {
    "step": ("step", "lr", "loss", "accuracy"),
    "epoch": ("epoch", "step", "loss", "accuracy", "validation_loss", "validation_accuracy"),
    "test": ("epoch", "loss", "accuracy"),
}


def read_metrics(path: str | os.PathLike) -> list[dict]:
    """The lines of a ``metrics.jsonl``.

    Raises:
        InputError: no such file, or a line that is no metrics; says which.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text: {error}") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            values = [row[name] for name in KINDS[row["kind"]]]
        except (ValueError, TypeError, KeyError, RecursionError):
            values = [""]
        if not all(value is None or type(value) in (int, float) for value in values):
            raise InputError(f"{path}: line {number} is cut off or no metrics: {line[:60]!a}")
        found.append(row)
    return found


class Metrics:
    """metrics.jsonl, open for adding to.

    Args:
        keep: bytes of it that stay; what an earlier process wrote after its last checkpoint goes.

    Raises:
        InputError: it cannot be written, or has not all that is to stay.
    """

    def __init__(self, path: Path, keep: int):
        self.path = path
        try:
            self.file = open(path, "ab")  # noqa: SIM115 (open as long as the run goes on)
            if self.file.tell() < keep:
                raise InputError(f"{path}: {keep - self.file.tell():,} bytes of the history are missing: put it back")
            os.truncate(path, keep)
            self.file.seek(0, os.SEEK_END)
        except OSError as error:
            raise self._failed(error) from None
        read_metrics(path)  # better told now than after the last epoch

    def write(self, record: dict[str, Any]) -> None:
        """Add a line, at once: somebody may be watching."""
        try:
            self.file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
            self.file.flush()
        except OSError as error:
            raise self._failed(error) from None

    def keep(self) -> int:
        """Have all of it on the disk; returns how many bytes that are."""
        try:
            os.fsync(self.file.fileno())
        except OSError as error:
            raise self._failed(error) from None
        return self.file.tell()

    def close(self) -> None:
        """End it."""
        try:
            self.file.close()
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> InputError:
        return InputError(f"{self.path}: cannot be written: {error.strerror}")
