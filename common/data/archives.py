"""Archives of class folders, unpacked once into the cache."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from common.base.errors import InputError
from common.base.locks import lock
from common.base.openers import open_file
from common.base.progress import Progress
from common.base.trees import remove_tree
from common.data import cache
from common.data.budget import budget
from common.data.members import CHUNK, opened, stem

LONGEST_STEM = 255 - 65  # bytes: a name has 255, of which a checksum and its hyphen take 65
UNPACKING = ".unpacking-"
OF_FREE_SPACE = 0.9  # how much of the disk's free space may be filled


def unpacked(path: Path, progress: Progress) -> Path:
    """The folder with what is in an archive; it is named by the archive's contents, and unpacked if it is not there.

    What an archive may unpack to, and how deep its folders may lie, is in `common.data.budget`.

    Raises:
        InputError: an archive that is no regular file, broken, truncated, unsafe or too large when unpacked, or a cache
            that cannot be written to; it leaves nothing behind.
    """
    home = cache.folder("unpacked")
    name = os.fsencode(stem(path))[:LONGEST_STEM].decode(errors="ignore")  # a character that was cut in two goes
    target = home / f"{name}-{_sha256(path)}"
    try:
        if not target.is_dir():
            with _temporary(home) as folder:
                _unpack(path, folder, progress)
                _rename(folder, target)
    except OSError as error:
        raise InputError(f"{path}: cannot be unpacked to {home}: {error.strerror or error}") from None
    return target


@contextmanager
def _temporary(home: Path) -> Iterator[Path]:
    """A new folder with the modes that new folders have, in one that is locked while it is used, and then removed."""
    with ExitStack() as held:
        with lock(home):  # no other process sees the new one before it is locked
            _remove_abandoned(home)
            outer = Path(tempfile.mkdtemp(prefix=UNPACKING, dir=home))
            held.enter_context(lock(outer))
            held.callback(remove_tree, outer)
        inside = outer / "inside"
        inside.mkdir()
        yield inside


def _remove_abandoned(home: Path) -> None:
    """Remove the temporary folders of processes that were killed: nobody has them locked."""
    for folder in filter(Path.is_dir, sorted(home.glob(f"{UNPACKING}*"))):
        with lock(folder, wait=False) as abandoned:
            if abandoned:
                remove_tree(folder)


def _rename(folder: Path, target: Path) -> None:
    try:
        os.rename(folder, target)
    except OSError:
        if not target.is_dir():  # else another process was faster
            raise


def _unpack(path: Path, folder: Path, progress: Progress) -> None:
    """Write the members of an archive below a folder.

    Raises:
        InputError: what `common.data.members.opened` raises; more bytes than the archive's budget, or than the disk has
            room for; or two members of one name.
    """
    allowed = budget(path.stat().st_size)
    room = int(OF_FREE_SPACE * shutil.disk_usage(folder).free)
    left = min(allowed.bytes, room)
    made = {PurePosixPath()}
    with opened(path) as (members, count):
        for name, file in progress(members, count):
            try:
                _make_folders(folder, name if file is None else name.parent, made)
                left -= _copy(file, folder / name, left) if file is not None else 0
            except FileExistsError:
                raise InputError(
                    f"{path}: two members of the name {str(name)[:LONGEST_STEM]!r}, or of names that the disk of"
                    f" {folder.parent.parent} takes for one: rename one and pack it again"
                ) from None
            if left < 0:
                limit = f"{allowed.bytes} bytes when unpacked" if allowed.bytes <= room else "the disk has room for"
                raise InputError(f"{path}: more than {limit}; unpack it yourself and give the folder")


def _make_folders(root: Path, name: PurePosixPath, made: set[PurePosixPath]) -> None:
    """Make a folder below the root, and those it lies in, unless they are among those made already.

    Raises:
        FileExistsError: another file or folder has that name, as the disk spells names.
    """
    for folder in reversed([name, *name.parents]):
        if folder not in made:
            (root / folder).mkdir()
            made.add(folder)


def _copy(file: IO[bytes], place: Path, most: int) -> int:
    """How many bytes were copied; no more than one chunk above the most."""
    done = 0
    with open(place, "xb") as out:
        while done <= most and (chunk := file.read(CHUNK)):
            out.write(chunk)
            done += len(chunk)
    return done


def _sha256(path: Path) -> str:
    """Of the contents, in hexadecimal."""
    digest = hashlib.sha256()
    try:
        with open_file(path, "archive") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    return digest.hexdigest()
