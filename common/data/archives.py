"""Archives of class folders, unpacked once into the cache."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from common.data import cache
from common.data.members import CHUNK, opened, stem
from common.data.progress import Progress
from common.errors import InputError

MOST_BYTES = 64 << 30  # unpacked; a small archive can hold any amount of zeros
MOST_MEMBERS = 4_000_000


def unpacked(path: Path, progress: Progress) -> Path:
    """The folder with what is in an archive; it is named by the archive's contents, and unpacked if it is not there.

    Raises:
        InputError: an archive that is broken, truncated, unsafe or too large; it leaves nothing behind.
    """
    home = cache.folder("unpacked")
    target = home / f"{stem(path)}-{_sha256(path)}"
    if target.is_dir():
        return target
    temporary = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=home))
    try:
        _unpack(path, temporary, progress)
        try:
            os.rename(temporary, target)
        except OSError:
            if not target.is_dir():  # else another process was faster
                raise
    except OSError as error:
        raise InputError(f"{path}: cannot be unpacked to {home}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


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
