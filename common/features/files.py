"""Files of features, written as the features come: .npz as NumPy reads it, or .safetensors."""

from __future__ import annotations

import json
import os
import struct
import zipfile
from collections.abc import Iterable, Sequence
from math import prod
from typing import IO

import numpy as np

from common.base.errors import InputError
from common.base.files import check_writable, replacing

NPZ, SAFETENSORS = SUFFIXES = (".npz", ".safetensors")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same features give the same bytes
KINDS = {"float32": "F32", "float64": "F64"}


def check(path: str | os.PathLike) -> None:
    """Require a path that `write` can write to: better told before the work than after it.

    Raises:
        InputError: another suffix, or a file that cannot be written.

    >>> check("features.csv")
    Traceback (most recent call last):
    common.base.errors.InputError: features.csv: features are written as .npz or .safetensors: choose such a name
    """
    if not os.fspath(path).lower().endswith(SUFFIXES):
        raise InputError(f"{path}: features are written as {' or '.join(SUFFIXES)}: choose such a name")
    check_writable(path)


def write(
    path: str | os.PathLike,
    batches: Iterable[np.ndarray],
    shape: Sequence[int],
    dtype: str,
    names: Sequence[str],
    metadata: dict[str, str],
) -> None:
    """Write features to a file, whole or not at all; no more than a batch is in memory.

    An .npz file has the arrays ``features``, N x ``shape``, ``paths``, N texts, and ``metadata``, one text of JSON. A
    .safetensors file has ``features``, ``paths`` as the bytes of a list in JSON, and the metadata as its own.

    Args:
        path: of the file; its suffix is the format.
        batches: n x ``shape`` each, N rows in all.
        shape: of one picture's features.
        dtype: float32 or float64.
        names: of the pictures, N.
        metadata: texts that say what the features are.

    Raises:
        InputError: the file cannot be written. What ``batches`` raises is raised here, and leaves no file.
        ValueError: more or fewer rows than names.

    >>> write("f.npz", [np.ones((2, 3), "f4")], (3,), "float32", ["a.png", "b.png"], {"layer": "b5"})
    >>> with np.load("f.npz") as file:
    ...     file["features"].shape, file["paths"].tolist(), json.loads(str(file["metadata"]))
    ((2, 3), ['a.png', 'b.png'], {'layer': 'b5'})
    """
    whole = (len(names), *shape)
    printable = [name.encode("utf-8", "backslashreplace").decode() for name in names]
    with replacing(path) as temporary, open(temporary, "wb") as file:
        if os.fspath(path).lower().endswith(NPZ):
            _write_npz(file, batches, whole, dtype, printable, metadata)
        else:
            _write_safetensors(file, batches, whole, dtype, printable, metadata)


def _write_npz(
    file: IO[bytes],
    batches: Iterable[np.ndarray],
    whole: tuple[int, ...],
    dtype: str,
    names: Sequence[str],
    metadata: dict[str, str],
) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open(zipfile.ZipInfo("features.npy", EPOCH), "w", force_zip64=True) as member:
            header = {"descr": np.dtype(dtype).newbyteorder("<").str, "fortran_order": False, "shape": whole}
            np.lib.format.write_array_header_1_0(member, header)
            _write_rows(member, batches, whole, dtype)
        for name, value in (("paths", np.array(names, np.str_)), ("metadata", np.array(json.dumps(metadata)))):
            with archive.open(zipfile.ZipInfo(f"{name}.npy", EPOCH), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, value, allow_pickle=False)


def _write_safetensors(
    file: IO[bytes],
    batches: Iterable[np.ndarray],
    whole: tuple[int, ...],
    dtype: str,
    names: Sequence[str],
    metadata: dict[str, str],
) -> None:
    texts = json.dumps(list(names)).encode()
    end = prod(whole) * np.dtype(dtype).itemsize
    header = {
        "__metadata__": metadata,
        "features": {"dtype": KINDS[dtype], "shape": list(whole), "data_offsets": [0, end]},
        "paths": {"dtype": "U8", "shape": [len(texts)], "data_offsets": [end, end + len(texts)]},
    }
    head = json.dumps(header).encode()
    head = head.ljust(-(-len(head) // 8) * 8)  # so that the numbers begin at a multiple of their width
    file.write(struct.pack("<Q", len(head)) + head)
    _write_rows(file, batches, whole, dtype)
    file.write(texts)


def _write_rows(file: IO[bytes], batches: Iterable[np.ndarray], whole: tuple[int, ...], dtype: str) -> None:
    count = 0
    for batch in batches:
        count += len(batch)
        file.write(np.ascontiguousarray(batch, np.dtype(dtype).newbyteorder("<")).data)
    if count != whole[0]:
        raise ValueError(f"{count} rows of features for {whole[0]} pictures")
