"""What a file of MXNet's parameters holds, by its layout: its sizes are checked before MXNet believes them.

Source: apache/mxnet 1.9.1, src/ndarray/ndarray.cc, ``NDArray::Save`` and ``NDArray::Load`` of a list.
"""

from __future__ import annotations

import os
import struct
from typing import BinaryIO

from common.base.errors import InputError
from common.base.openers import open_file
from common.weights.budget import AGAIN, AXES, TENSORS, Budget, cut
from common.weights.formats.faults import CutShort, reported_for

LIST_MAGIC = 0x112
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA  # of an array: V2 has kinds of storage, V3 shapes as NumPy's
DENSE = 0
WIDTHS = {0: 4, 1: 8, 2: 2, 3: 1, 4: 4, 5: 1, 6: 8, 7: 1, 8: 2, 9: 2, 10: 4, 11: 8, 12: 2}  # mshadow/base.h, TypeFlag
HALVES = (2, 12)  # float16, bfloat16
LONGEST = 1000  # letters of a name


def check(path: str | os.PathLike) -> None:
    """Require that the arrays in a file are those that it says, one behind the other to its end.

    Raises:
        InputError: no such file, cut short, damaged, without names, with two arrays of a name, of arrays that are
            sparse or without a shape, or of more than the file may become.
    """
    with open_file(path) as file, reported_for(path, "not a whole file of MXNet parameters"):
        size = os.fstat(file.fileno()).st_size
        budget = Budget(path, size)
        magic, _, count = _numbers(file, "<QQQ")
        if magic != LIST_MAGIC or count > TENSORS:
            raise ValueError
        for i in range(count):
            _check_array(path, file, f"number {i + 1}", budget)
        _check_names(path, file, count)
        if file.read(1):
            raise ValueError


def _check_array(path: str | os.PathLike, file: BinaryIO, name: str, budget: Budget) -> None:
    """Skip one array."""
    (magic,) = _numbers(file, "<I")
    if magic not in (V1, V2, V3):
        raise InputError(f"{path}: array {name} is of a version of MXNet that is not read: save it with MXNet 1.9.1")
    if magic != V1 and _numbers(file, "<i") != (DENSE,):
        raise InputError(f"{path}: array {name} is sparse: only dense arrays are read")
    (axes,) = _numbers(file, "<i")
    if axes < 0 or (axes == 0 and magic != V3):
        raise InputError(f"{path}: array {name} has no shape: it was saved before its network had weights; {AGAIN}")
    if axes > AXES:
        raise InputError(f"{path}: array {name} has {axes} axes, more than {AXES}: {AGAIN}")
    shape = _numbers(file, f"<{axes}q")
    _, _, kind = _numbers(file, "<iii")  # the device's type and number, which say where it was
    if kind not in WIDTHS:
        raise ValueError
    width = WIDTHS[kind]
    before = budget.bytes
    budget.tensor(name, shape, width)
    stored = budget.bytes - before
    if kind in HALVES:
        budget.unpacked(name, stored)  # as wide again in float32
    end = file.tell() + stored
    if end > budget.size:
        raise CutShort
    file.seek(end)


def _check_names(path: str | os.PathLike, file: BinaryIO, count: int) -> None:
    (names,) = _numbers(file, "<Q")
    if names == 0 and count:
        raise InputError(f"{path}: its arrays have no names: save them with save_parameters")
    if names != count:
        raise ValueError
    seen = set()
    for _ in range(names):
        (length,) = _numbers(file, "<Q")
        if length > LONGEST:
            raise ValueError
        text = file.read(length)
        if len(text) < length:
            raise CutShort
        name = text.decode()
        if name in seen:
            raise InputError(f"{path}: two arrays are called {cut(name)}: {AGAIN}")
        seen.add(name)


def _numbers(file: BinaryIO, form: str) -> tuple[int, ...]:
    data = file.read(struct.calcsize(form))
    if len(data) < struct.calcsize(form):
        raise CutShort
    return struct.unpack(form, data)
