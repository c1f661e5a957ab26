"""The history of a run, as lines of JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from common.errors import InputError


class Metrics:
    """metrics.jsonl, open for adding to.

    Args:
        keep: bytes of it that stay; what an earlier process wrote after its last checkpoint goes.

    Raises:
        InputError: it cannot be written.
    """

    def __init__(self, path: Path, keep: int):
        self.path = path
        try:
            self.file = open(path, "ab")  # noqa: SIM115 (open as long as the run goes on)
            os.truncate(path, min(keep, self.file.tell()))
            self.file.seek(0, os.SEEK_END)
        except OSError as error:
            raise self._failed(error) from None

    def write(self, record: dict[str, Any]) -> None:
        """Add a line, at once: somebody may be watching."""
        try:
            self.file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
            self.file.flush()
        except OSError as error:
            raise self._failed(error) from None

    @property
    def length(self) -> int:
        """How many bytes there are."""
        return self.file.tell()

    def close(self) -> None:
        """End it."""
        try:
            self.file.close()
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> InputError:
        return InputError(f"{self.path}: cannot be written: {error.strerror}")
