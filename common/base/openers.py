"""Files of others, opened with care: a name may stand for a pipe, a device, a socket or a folder instead of a file.

Opening a pipe waits for a writer, and reading a device may never end. So every file that a user names, or that lies in
a folder or cache, is opened here, or checked here before a library opens it by its path.
"""

import errno
import os
import stat
from typing import BinaryIO

from common.base.errors import InputError

KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def check_file(path: str | os.PathLike, kind: str = "file") -> os.stat_result:
    """Require that a path leads to a regular file, and return its status; links are followed. Nothing is opened.

    This is for libraries that want a path. Whoever can take an open file calls `open_file` instead.

    Args:
        path: of the file.
        kind: what the file should be, for messages: "no such image".

    Raises:
        InputError: there is no such file, it is no regular file, or it cannot be looked at.

    >>> check_file("/dev/null", "image")
    Traceback (most recent call last):
    common.base.errors.InputError: /dev/null: a device, not an image
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error, kind) from None
    _check_mode(path, status.st_mode, kind)
    return status


def open_file(path: str | os.PathLike, kind: str = "file") -> BinaryIO:
    """Open a regular file to read its bytes. It never waits, whatever the path leads to.

    Args:
        path: of the file.
        kind: what the file should be, for messages: "no such image".

    Raises:
        InputError: there is no such file, it is no regular file, or it cannot be read.

    >>> with open_file(__file__) as file:
    ...     file.read(3)
    b'\"""'
    >>> open_file("nowhere.png", "image")
    Traceback (most recent call last):
    common.base.errors.InputError: nowhere.png: no such image
    """
    check_file(path, kind)  # opening some devices has effects of its own
    try:
        handle = os.open(path, FLAGS)
    except (OSError, ValueError) as error:
        raise unreadable(path, error, kind) from None
    try:
        _check_mode(path, os.fstat(handle).st_mode, kind)  # again: the name may lead elsewhere by now
        return open(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_file(path: str | os.PathLike, most: int, kind: str = "file") -> bytes:
    """The contents of a regular file that has no more than ``most`` bytes.

    Raises:
        InputError: as for `open_file`; or the file is larger.

    >>> len(read_file(__file__, most=1 << 20)) > 100
    True
    """
    with open_file(path, kind) as file:
        try:
            contents = file.read(most + 1)
        except OSError as error:
            raise unreadable(path, error, kind) from None
    if len(contents) > most:
        raise InputError(f"{path}: more than {most:,} bytes, too large for {article(kind)}")
    return contents


def unreadable(path: str | os.PathLike, error: Exception, kind: str = "file") -> InputError:
    """The error to raise where looking at, opening or reading a file failed with ``error``.

    >>> print(unreadable("a.png", PermissionError(13, "Permission denied")))
    a.png: cannot be read: Permission denied
    """
    number = getattr(error, "errno", None)
    if number in (errno.ENOENT, errno.ENOTDIR):
        return InputError(f"{os.fspath(path)}: no such {kind}")
    return InputError(f"{os.fspath(path)}: cannot be read: {getattr(error, 'strerror', None) or error}")


def article(kind: str) -> str:
    """The words with "a" or "an" before them.

    >>> article("image"), article("file")
    ('an image', 'a file')
    """
    return f"an {kind}" if kind[:1].lower() in "aeiou" else f"a {kind}"


def _check_mode(path: str | os.PathLike, mode: int, kind: str) -> None:
    if not stat.S_ISREG(mode):
        other = KINDS.get(stat.S_IFMT(mode), "something else")
        raise InputError(f"{os.fspath(path)}: {other}, not {article(kind)}")
