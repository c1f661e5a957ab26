"""Files that are either written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from common.base.errors import InputError
from common.base.locks import lock

WRITING = ".googlenet-writing-"  # how the names begin of folders in which files are written


@contextmanager
def replacing(path: str | os.PathLike) -> Iterator[Path]:
    """A path to write to; the file there takes the name of ``path`` when the block ends well.

    What has a name is on the disk: a power cut leaves the file before, or this one. A link stays one. The file is
    written in a folder of its own beside ``path``, which is locked meanwhile; such folders that a process has left
    behind, because it was killed, are removed here.

    Raises:
        InputError: the folder does not exist, or cannot be written to, or ``path`` is a folder.

    >>> with replacing("greeting.txt") as temporary:
    ...     characters = temporary.write_text("hello")
    >>> Path("greeting.txt").read_text()
    'hello'
    """
    with _beside(path) as (temporary, target):
        try:
            yield temporary
            os.chmod(temporary, 0o666 & ~_umask())
            sync(temporary)
            os.replace(temporary, target)
            sync(target.parent)
        except OSError as error:
            raise _unwritable(path, error) from None


def check_writable(path: str | os.PathLike) -> None:
    """Require that `replacing` can write to ``path``: better told before the work than after it.

    Raises:
        InputError: the folder does not exist, or cannot be written to, or ``path`` is a folder or no name of a file.

    >>> check_writable("no such folder/greeting.txt")
    Traceback (most recent call last):
    common.base.errors.InputError: no such folder/greeting.txt: cannot be written: no such folder
    """
    with _beside(path):
        pass


@contextmanager
def _beside(path: str | os.PathLike) -> Iterator[tuple[Path, Path]]:
    """(an empty file, the path without links): the file has the path's name, in a new folder that is removed again."""
    with ExitStack() as held:
        try:
            target = Path(os.path.realpath(path))
            if target.is_dir():
                raise InputError(f"{path}: cannot be written: it is a folder: choose another name")
            remove_abandoned(target.parent)
            temporary = held.enter_context(_writing(target.parent)) / target.name
            temporary.touch()
        except (OSError, ValueError) as error:  # ValueError: a NUL character
            raise _unwritable(path, error) from None
        yield temporary, target


def _unwritable(path: str | os.PathLike, error: Exception) -> InputError:
    if isinstance(error, InputError):
        return error
    why = "no such folder" if isinstance(error, FileNotFoundError) else getattr(error, "strerror", None) or error
    return InputError(f"{path}: cannot be written: {why}")


@contextmanager
def _writing(parent: Path) -> Iterator[Path]:
    """A new folder in ``parent``, locked while it is used, and then removed with what is in it."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=WRITING, dir=parent))
        try:
            with lock(folder, wait=False) as locked:
                # Between the two lines above another process may have taken it for abandoned.
                if locked is not False and folder.is_dir():
                    yield folder
                    return
        finally:
            _remove(folder)


def remove_abandoned(parent: Path) -> None:
    """Remove what processes that were killed have left of files that they were writing in ``parent``.

    The lock of a folder says whether its process lives: the system opens it when the process ends, however it ends.
    Where there are no locks nothing is removed.
    """
    with suppress(OSError), os.scandir(parent) as entries:
        old = [Path(entry.path) for entry in entries if entry.name.startswith(WRITING)]
        for folder in old:
            if folder.is_dir() and not folder.is_symlink():
                with lock(folder, wait=False) as abandoned:
                    if abandoned:
                        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder of files; one with folders in it is none of ours and stays."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
        os.rmdir(folder)


def sync(path: Path) -> None:
    """Wait until the disk has the contents of a file, or the names in a folder.

    Raises:
        OSError: the disk is full or broken.
    """
    folder = stat.S_ISDIR(os.stat(path).st_mode)
    if folder and os.name != "posix":
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
