"""Processes that share a folder, one at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common.base.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None


@contextmanager
def lock(place: Path, wait: bool = True) -> Iterator[bool | None]:
    """Keep other processes out of a file or folder; the system lets them in again when this one ends, however it ends.

    It gives True if they are out; False if one is in there, and is not waited for; None where there are no locks.
    """
    handle, alone = None, None
    try:
        if fcntl is not None:
            try:
                handle = os.open(place, os.O_RDONLY)
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
                alone = True
            except BlockingIOError:
                alone = False
            except OSError:  # a file system without locks, or a place that is not ours
                pass
        yield alone
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Train the run in the folder, and let no other process do so meanwhile.

    Raises:
        InputError: another process is at it.
    """
    with lock(folder, wait=False) as locked:
        if locked is False:
            raise InputError(f"{folder}: another process is training this run: wait for its end, or stop it")
        yield
