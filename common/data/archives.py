"""Archives of class folders, unpacked once into the cache."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from common.base.errors import InputError
from common.base.locks import lock
from common.base.progress import Progress
from common.data import cache
from common.data.members import CHUNK, opened, stem

MOST_BYTES = 64 << 30  # unpacked; a small archive can hold any amount of zeros
MOST_MEMBERS = 4_000_000
LONGEST_STEM = 255 - 65  # bytes: a name has 255, of which a checksum and its hyphen take 65
UNPACKING = ".unpacking-"


def unpacked(path: Path, progress: Progress) -> Path:
    """The folder with what is in an archive; it is named by the archive's contents, and unpacked if it is not there.

    Raises:
        InputError: an archive that is broken, truncated, unsafe or too large, or a cache that cannot be written to; it
            leaves nothing behind.
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
    """A new folder with the modes that new folders have, in one that is locked while it is used, and then removed.

    Those of processes that were killed are removed too: nobody has them locked.
    """
    with ExitStack() as held:
        with lock(home):  # no other process sees the new one before it is locked
            for old in sorted(home.glob(f"{UNPACKING}*")):
                with lock(old, wait=False) as abandoned:
                    if abandoned:
                        shutil.rmtree(old, ignore_errors=True)
            made = Path(tempfile.mkdtemp(prefix=UNPACKING, dir=home))
            held.enter_context(lock(made))
            held.callback(shutil.rmtree, made, ignore_errors=True)
        inside = made / "inside"
        inside.mkdir()
        yield inside


def _rename(folder: Path, target: Path) -> None:
    try:
        os.rename(folder, target)
    except OSError:
        if not target.is_dir():  # else another process was faster
            raise


def _unpack(path: Path, folder: Path, progress: Progress) -> None:
    left = MOST_BYTES
    with opened(path) as (members, count):
        for number, (name, file) in enumerate(progress(members, count)):
            if number >= MOST_MEMBERS:
                raise InputError(f"{path}: more than {MOST_MEMBERS} members; unpack it yourself and give the folder")
            place = folder / name
            if file is None:
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            left -= _copy(file, place, left)
            if left < 0:
                raise InputError(
                    f"{path}: more than {MOST_BYTES} bytes when unpacked; unpack it yourself and give the folder"
                )


def _copy(file: BinaryIO, place: Path, most: int) -> int:
    """How many bytes were copied; no more than one chunk above the most."""
    done = 0
    with open(place, "wb") as out:
        while done <= most and (chunk := file.read(CHUNK)):
            out.write(chunk)
            done += len(chunk)
    return done


def _sha256(path: Path) -> str:
    """Of the contents, in hexadecimal."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    return digest.hexdigest()
