"""Files of canonical weights, and the weights that a new net starts with.

A file is safetensors with metadata that says which network it belongs to, and a digest of its tensors.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from common.base.errors import InputError, choose
from common.base.files import replacing
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.drawing import initial
from common.table.tensors import DTYPES, Weights, check

FORMAT = "1"


def digest(weights: Mapping[str, np.ndarray]) -> str:
    """The sha256 of tensors with their names, dtypes and shapes, in hexadecimal."""
    found = hashlib.sha256()
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name])
        found.update(f"{name} {array.dtype} {array.shape}\n".encode())
        found.update(array.data)
    return found.hexdigest()


def save(
    path: str | os.PathLike,
    weights: Mapping[str, np.ndarray],
    table: Table,
    preprocessing: Preprocessing | None = None,
) -> None:
    """Write canonical weights to a safetensors file, whole or not at all.

    ``preprocessing``, where it is known, goes into the metadata.

    Raises:
        InputError: the weights are not those of ``table``, or the file cannot be written.
    """
    check(weights, table.shapes, f"weights for {table.name!r}")
    weights = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    metadata = {
        "format_version": FORMAT,
        "network": table.name,
        "in_channels": str(table.input[0]),
        "num_classes": str(table.num_classes),
        "aux": json.dumps(list(table.aux)),
        "sha256": digest(weights),
    }
    if preprocessing:
        metadata["preprocessing"] = preprocessing.dumps()
    with replacing(path) as temporary:
        try:
            save_file(weights, temporary, metadata)
        except SafetensorError as error:  # such as a full disk
            raise InputError(f"{path}: cannot be written: {error}") from None


def load(path: str | os.PathLike, table: Table) -> Weights:
    """Read the weights of ``table`` from a file that `save` wrote.

    Raises:
        InputError: not there, truncated, altered, of another network, of other channels or classes.
    """
    metadata, weights = _read(path)
    wanted = {
        "format_version": FORMAT,
        "network": table.name,
        "in_channels": str(table.input[0]),
        "num_classes": str(table.num_classes),
        "aux": json.dumps(list(table.aux)),
    }
    for key, value in wanted.items():
        if metadata.get(key) != value:
            raise InputError(f"{path}: made for {key} {metadata.get(key, 'unknown')}, not {value}")
    check(weights, table.shapes, str(path))
    if metadata.get("sha256") != digest(weights):
        raise InputError(f"{path}: the tensors do not match the file's own sha256: it was altered or damaged")
    return weights


def metadata(path: str | os.PathLike) -> dict[str, str]:
    """What a safetensors file says about itself.

    Raises:
        InputError: not there, or not a whole safetensors file.
    """
    with _opened(path) as file:
        return file.metadata() or {}


def _read(path: str | os.PathLike) -> tuple[dict[str, str], Weights]:
    with _opened(path) as file:
        return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


@contextmanager
def _opened(path: str | os.PathLike) -> Iterator:
    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, SafetensorError, struct.error, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a whole safetensors file: {error}") from None


def starting(
    table: Table,
    *,
    seed: int | None = None,
    weights: Mapping[str, np.ndarray] | str | os.PathLike | None = None,
    dtype: str = "float32",
) -> Mapping[str, np.ndarray]:
    """The weights a new net starts with: those given, as a mapping or a file, else `initial` ones.

    Raises:
        InputError: both a seed and weights, an unknown dtype, or weights that do not fit.
    """
    choose("dtype", dtype, DTYPES)
    if seed is not None and (not isinstance(seed, int) or seed < 0):
        raise InputError(f"seed must be a whole number of at least 0, or None, not {seed!r}")
    if weights is None:
        return initial(table, seed, dtype)
    if seed is not None:
        raise InputError("give either seed or weights, not both: weights leave nothing to draw")
    if isinstance(weights, Mapping):
        check(weights, table.shapes, f"weights for {table.name!r}")
        return weights
    return load(weights, table)
