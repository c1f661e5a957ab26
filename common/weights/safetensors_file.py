"""The safetensors format: a header of JSON with names, types, shapes and places, then the numbers.

Specification: huggingface/safetensors, README, "Format". The header is checked whole before any number is read, and
two files with the same contents are the same bytes.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import BinaryIO

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file

from common.base.errors import InputError
from common.base.files import replacing
from common.base.openers import open_file
from common.weights.bfloat16 import widen
from common.weights.budget import AGAIN, AXES, DIRECTORY, Budget, cut, filled

BF16 = "BF16"
TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    BF16: "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "|b1",
}
METADATA = "__metadata__"


@dataclass(frozen=True)
class _Entry:
    """Where a tensor is: ``begin`` and ``end`` are counted from the end of the header."""

    name: str
    kind: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read(path: str | os.PathLike) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """(metadata, tensors) of a file, tensors in the order of their numbers. bfloat16 is widened to float32, exactly.

    Raises:
        InputError: no such file, cut short, damaged, with a tensor of a type that NumPy does not have, or with one
            that is larger than the file.
    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        metadata, entries, begin = _read_header(path, file, size)
        budget = Budget(path, size)
        for entry in entries:
            width = np.dtype(TYPES[entry.kind]).itemsize
            budget.tensor(entry.name, entry.shape, max(width, 4) if entry.kind in ("F16", BF16) else width)
        tensors = {}
        for entry in entries:
            file.seek(begin + entry.begin)
            array = np.empty(entry.shape, TYPES[entry.kind])
            if array.size and filled(array, file) != array.nbytes:
                raise _cut_short(path)  # meanwhile
            tensors[entry.name] = widen(array) if entry.kind == BF16 else array
    return metadata, tensors


def write(path: str | os.PathLike, tensors: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write a file, whole or not at all. The same contents give the same bytes.

    Raises:
        InputError: the file cannot be written.

    >>> write("w.safetensors", {"fc.bias": np.zeros(3)}, {"network": "d2l"})
    >>> read("w.safetensors")
    ({'network': 'd2l'}, {'fc.bias': array([0., 0., 0.])})
    >>> write("nothing.safetensors", {}, {})
    >>> read("nothing.safetensors")
    ({}, {})
    """
    with replacing(path) as temporary:
        try:
            arrays = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
            # Of no tensors and {} it makes a header that is no JSON.
            save_file(arrays, temporary, dict(metadata) or None)
        except SafetensorError as error:  # such as a full disk
            raise InputError(f"{path}: cannot be written: {error}") from None
        if metadata:
            _sort_metadata(temporary)


def _sort_metadata(path: str | os.PathLike) -> None:
    """Write the header again with its metadata in order; the library's own order changes from process to process."""
    with open(path, "r+b") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        header[METADATA] = dict(sorted(header[METADATA].items()))
        text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        file.seek(8)
        file.write(text.ljust(length))  # spaces behind it, as the specification allows


def _refusal(path: str | os.PathLike, reason: str) -> InputError:
    return InputError(f"{path}: not a whole safetensors file: {reason}: {AGAIN}")


def _cut_short(path: str | os.PathLike) -> InputError:
    return _refusal(path, "it is cut short")


def _read_header(path: str | os.PathLike, file: BinaryIO, size: int) -> tuple[dict[str, str], list[_Entry], int]:
    """(metadata, entries in the order of their numbers, where the numbers begin)."""
    start = file.read(8)
    if len(start) < 8:
        raise _cut_short(path)
    (length,) = struct.unpack("<Q", start)
    if not 2 <= length <= DIRECTORY:
        raise _refusal(path, "it does not begin with a header of a possible length")
    text = file.read(length)
    if len(text) < length:
        raise _cut_short(path) if text[:1] == b"{" else _refusal(path, "it does not begin with a header")
    try:
        header = json.loads(text.decode(), object_pairs_hook=_once)
        if not isinstance(header, dict):
            raise ValueError("it is no object")
        metadata = header.pop(METADATA, {})
        if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
            raise ValueError("its metadata are not texts")
        entries = [_entry(name, value) for name, value in header.items()]
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except RecursionError:
        raise _refusal(path, "its header cannot be used: it is nested too deeply") from None
    except ValueError as error:
        reason = str(error) if type(error) is ValueError else "it is no JSON"
        raise _refusal(path, f"its header cannot be used: {reason}") from None
    entries.sort(key=lambda entry: (entry.begin, entry.end))
    for before, entry in pairwise([_Entry("", "", (), 0, 0), *entries]):
        if entry.begin != before.end:
            raise _refusal(path, f"the numbers of {cut(entry.name)} do not begin where those before them end")
    ends = 8 + length + (entries[-1].end if entries else 0)
    if ends > size:
        raise _cut_short(path)
    if ends < size:
        raise _refusal(path, f"{size - ends:,} bytes behind its numbers belong to nothing")
    return metadata, entries, 8 + length


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A JSON object in which no name comes twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for i, name in enumerate(names) if name in names[:i]) if len(names) < 1000 else names[-1]
        raise ValueError(f"a name such as {cut(twice)} comes twice")
    return found


def _entry(name: str, value: object) -> _Entry:
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{cut(name)} is not described by dtype, shape and data_offsets")
    kind, shape, offsets = value["dtype"], value["shape"], value["data_offsets"]
    if not isinstance(kind, str) or kind not in TYPES:
        raise InputError(
            f"tensor {cut(name)} is of type {cut(kind).strip(chr(39))}; these are read: {', '.join(TYPES)}"
        )
    if isinstance(shape, list) and len(shape) > AXES:
        raise ValueError(f"{cut(name)} has {len(shape)} axes, more than {AXES}")
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or any(type(n) is not int or not 0 <= n < 1 << 63 for n in numbers):
            raise ValueError(f"{cut(name)} has a shape or data_offsets that are not sizes")
    if len(offsets) != 2 or offsets[1] - offsets[0] != prod(shape) * np.dtype(TYPES[kind]).itemsize:
        raise ValueError(f"{cut(name)} has data_offsets that do not fit its shape and dtype")
    return _Entry(name, kind, tuple(shape), *offsets)
