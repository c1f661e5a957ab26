"""Zip archives of weights: opened so that a list of members without end is not read."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from common.base.errors import InputError
from common.weights.budget import AGAIN, DIRECTORY, cut

LIST = 4 * DIRECTORY  # of members: a name, sizes and a place for each


class _Measured:
    """A file that gives at most ``most`` bytes at once; `zipfile` reads the list of members in one piece."""

    def __init__(self, file: BinaryIO):
        self._file, self.most = file, LIST
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > self.most:
            raise zipfile.BadZipFile("a list of members that is too long")
        return self._file.read(size)


@contextmanager
def opened_zip(path: str | os.PathLike, file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """A zip archive in an open file, in which every member has a name of its own.

    Raises:
        InputError: two members of one name, or something behind the archive: readers differ in what they then take.
        zipfile.BadZipFile: not a zip archive, or cut short.
    """
    measured = _Measured(file)
    with zipfile.ZipFile(measured) as archive:
        measured.most = sys.maxsize  # members are read later, by whoever knows how large they may be
        if archive.comment:
            raise InputError(f"{path}: a zip archive with something behind it: {AGAIN}")
        names = set()
        for name in archive.namelist():
            if name in names:
                raise InputError(f"{path}: two members of the archive are called {cut(name)}: {AGAIN}")
            names.add(name)
        yield archive
