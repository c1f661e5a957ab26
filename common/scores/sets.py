"""What a set of images is: a folder with all below it, an archive of one, or statistics that were saved before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from common.base.errors import InputError
from common.base.openers import check_file
from common.base.progress import Progress, quietly
from common.data import archives, members
from common.data.budget import MOST_DEPTH
from common.data.folders import HIDDEN
from common.data.images import is_image
from common.scores.npz import SUFFIX


def is_statistics(path: str | os.PathLike) -> bool:
    """Whether a path is that of a file of statistics, by its name.

    >>> is_statistics("cifar10.npz"), is_statistics("cifar10.zip")
    (True, False)
    """
    return os.fspath(path).lower().endswith(SUFFIX)


def images(path: str | os.PathLike, progress: Progress = quietly) -> list[Path]:
    """The image files of a set, in the order of their paths.

    All in the folder count, also in folders in it, whatever these are called; hidden ones do not. An archive
    (.tar, .tar.gz, .tgz, .zip) is unpacked once into the cache.

    Args:
        path: of the folder or the archive.
        progress: wraps the members of an archive while it is unpacked.

    Raises:
        InputError: no such folder, no archive, no images in it, or an image that is no regular file.

    >>> from PIL import Image
    >>> Path("set/cat").mkdir(parents=True)
    >>> for name in ("set/b.png", "set/cat/a.png"):
    ...     Image.new("RGB", (8, 8)).save(name)
    >>> [image.as_posix() for image in images("set")]
    ['set/b.png', 'set/cat/a.png']
    """
    folder = Path(path)
    if not folder.is_dir():
        if not members.is_archive(folder):
            check_file(folder, "folder, archive or file of statistics")
            raise InputError(
                f"{folder}: no set of images: give a folder, an archive ({', '.join(members.SUFFIXES)}) or a file of "
                f"statistics ({SUFFIX})"
            )
        folder = archives.unpacked(folder, progress)
    found = sorted(_below(folder, 0, frozenset()))
    if not found:
        raise InputError(f"{path}: no images in this folder, and none below it")
    return found


def _below(folder: Path, depth: int, outer: frozenset[tuple[int, int]]) -> Iterator[Path]:
    """All images in a folder and in those in it; links are followed, but not in circles."""
    if depth > MOST_DEPTH:
        raise InputError(f"{folder}: more than {MOST_DEPTH} folders deep")
    try:
        status = os.stat(folder)
        here = (status.st_dev, status.st_ino)
        if here in outer:
            return
        with os.scandir(folder) as listed:
            entries = [entry for entry in listed if not entry.name.startswith(".") and entry.name not in HIDDEN]
        for entry in entries:
            if entry.is_dir():
                yield from _below(Path(entry.path), depth + 1, outer | {here})
            elif is_image(entry.name):
                if not entry.is_file():
                    check_file(entry.path, "image")
                yield Path(entry.path)
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed: {error.strerror}") from None
