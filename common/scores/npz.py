"""NumPy's ``.npz`` files of others: the arrays that are asked for, read without pickle and within a budget."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Sequence
from math import prod
from typing import IO

import numpy as np

from common.base.errors import InputError
from common.base.openers import open_file
from common.weights.budget import Budget, cut
from common.weights.formats.zipped import opened_zip

SUFFIX = ".npz"
KINDS = "fiuU"  # real numbers, and text
HEADER = 10_000  # characters that describe one array
LONGEST_TEXT = 16_384  # characters
HEADERS: dict[tuple[int, int], Callable[..., tuple[tuple[int, ...], bool, np.dtype]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
# What reading a broken file, or one that is made up, can raise.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, KeyError)


def read_arrays(path: str | os.PathLike, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The arrays of these names, as far as the file has them. Others are not looked at, however large they are.

    Args:
        path: a zip archive of ``.npy`` files, as ``numpy.savez`` and ``numpy.savez_compressed`` write them.
        names: without ``.npy``.

    Returns:
        Arrays of real numbers in the file's own dtype, and of text, by name.

    Raises:
        InputError: no such file, no such archive, one that is damaged, other contents than numbers and text, or more
            of it than `common.weights.budget` allows a file of this size.

    >>> np.savez("statistics.npz", mu=np.zeros(3), other=np.ones(2))
    >>> read_arrays("statistics.npz", ["mu", "sigma"])
    {'mu': array([0., 0., 0.])}
    """
    with open_file(path, "file of statistics") as file:
        try:
            with opened_zip(path, file) as archive:
                members = {
                    name: archive.getinfo(f"{name}.npy") for name in names if f"{name}.npy" in archive.NameToInfo
                }
                budget = Budget(path, sum(info.compress_size for info in members.values()))
                return {name: _array(path, archive, info, budget, name) for name, info in members.items()}
        except InputError:
            raise
        except BROKEN as error:
            raise InputError(f"{path}: no file of NumPy's, or a damaged one: {error}") from None


def _array(
    path: str | os.PathLike, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget, name: str
) -> np.ndarray:
    """One member, whose size is known before anything of it is allocated; its checksum is checked."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(f"{path}: {cut(name)} is neither stored nor deflated: write it with numpy.savez")
    with archive.open(info) as member:
        shape, fortran, dtype = _header(path, member, name)
        if dtype.kind not in KINDS or (dtype.kind == "U" and prod(shape) * dtype.itemsize > 4 * LONGEST_TEXT):
            raise InputError(f"{path}: {cut(name)} is neither an array of real numbers nor a short text")
        budget.tensor(name, shape, dtype.itemsize)
        size = prod(shape) * dtype.itemsize
        contents = member.read(size + 1)  # one more byte, so that the end is reached and the checksum is checked
        if len(contents) != size:
            raise InputError(f"{path}: {cut(name)} has not as many bytes as its shape says: the file is damaged")
    return np.frombuffer(contents, dtype).reshape(shape, order="F" if fortran else "C")


def _header(path: str | os.PathLike, member: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """(shape, whether the first axis runs fastest, dtype) of an array."""
    version = np.lib.format.read_magic(member)
    if version not in HEADERS:
        raise InputError(f"{path}: {cut(name)} is no plain array of numbers")
    return HEADERS[version](member, max_header_size=HEADER)
