"""One process at a time, in the folder of a run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from common.errors import InputError

try:
    import fcntl
except ImportError:  # Windows has no locks on folders
    fcntl = None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes out of the folder; the system lets them in again when this one ends, however it ends.

    Raises:
        InputError: another process is in there.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{folder}: another process is training this run: wait for its end, or stop it") from None
        except OSError:  # a file system without locks
            pass
        yield
    finally:
        os.close(handle)
