"""Processes that share a folder, one at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common.base.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]


@contextmanager
def lock(place: Path, wait: bool = True) -> Iterator[bool | None]:
    """Keep other processes out of a file or folder; the system lets them in again when this one ends, however it ends.

    Args:
        place: the file or folder.
        wait: until nobody else has it.

    Yields:
        True if the others are out; False if one is in there and was not waited for; None where there are no locks.

    >>> with lock(Path("."), wait=False) as first, lock(Path("."), wait=False) as second:
    ...     first, second
    (True, False)
    """
    handle, locked = None, None
    try:
        if fcntl is not None:
            try:
                handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                locked = True
            except BlockingIOError:
                locked = False
            except OSError:  # a file system without locks, or a place that is not ours
                pass
        yield locked
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Train the run in the folder, and let no other process do so meanwhile.

    Raises:
        InputError: another process is training it.
    """
    with lock(folder, wait=False) as locked:
        if locked is False:
            raise InputError(f"{folder}: another process is training this run: wait for its end, or stop it")
        yield
