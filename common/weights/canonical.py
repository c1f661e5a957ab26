"""Files of canonical weights, and the weights that a new net starts with.

A file is safetensors with metadata that says which network it belongs to, and a digest of its tensors.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence

import numpy as np

from common.base.errors import InputError, choose
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.drawing import initial
from common.table.tensors import DTYPES, Weights, check
from common.weights import safetensors_file
from common.weights.budget import LETTERS, cut

FORMAT = "1"


def digest(weights: Mapping[str, np.ndarray]) -> str:
    """The sha256 of tensors with their names, dtypes and shapes, in hexadecimal.

    >>> digest({"fc.bias": np.zeros(3)}) == digest({"fc.bias": np.zeros((3, 1))})
    False
    """
    sha256 = hashlib.sha256()
    for name in sorted(weights):
        array = np.ascontiguousarray(weights[name])
        sha256.update(f"{name} {array.dtype} {array.shape}\n".encode())
        sha256.update(array.data)
    return sha256.hexdigest()


def table_metadata(table: Table) -> dict[str, str]:
    """What a file of weights says of its table.

    >>> from common import nets
    >>> table_metadata(nets.get("d2l"))
    {'format_version': '1', 'network': 'd2l', 'in_channels': '1', 'num_classes': '10', 'aux': '[]'}
    """
    return {
        "format_version": FORMAT,
        "network": table.name,
        "in_channels": str(table.input[0]),
        "num_classes": str(table.num_classes),
        "aux": json.dumps(list(table.aux)),
    }


def save(
    path: str | os.PathLike,
    weights: Mapping[str, np.ndarray],
    table: Table,
    preprocessing: Preprocessing | None = None,
    labels: Sequence[str] | None = None,
) -> None:
    """Write canonical weights to a safetensors file, whole or not at all. The same weights give the same bytes.

    Args:
        preprocessing: of the images; goes into the metadata where it is known.
        labels: the names of the classes; likewise.

    Raises:
        InputError: the weights are not those of ``table``, names of another number of classes, or the file cannot be
            written.
    """
    check(weights, table.shapes, f"weights for {table.name!r}")
    if labels is not None and len(labels) != table.num_classes:
        raise InputError(f"{len(labels)} names for {table.num_classes} classes")
    metadata = {**table_metadata(table), "sha256": digest(weights)}
    if preprocessing:
        metadata["preprocessing"] = preprocessing.dumps()
    if labels is not None:
        metadata["labels"] = json.dumps(list(labels))
    safetensors_file.write(path, weights, metadata)


def load(path: str | os.PathLike, table: Table) -> Weights:
    """Read the weights of ``table`` from a file that `save` wrote.

    Raises:
        InputError: not there, cut short, altered, of another network, of other channels or classes.
    """
    return checked(path, *safetensors_file.read(path), table)


def checked(path: str | os.PathLike, metadata: Mapping[str, str], weights: Weights, table: Table) -> Weights:
    """The weights that were read from a file, if they are those of ``table``, as `save` wrote them.

    Raises:
        InputError: altered, of another network, of other channels or classes; ``path`` is for its message.
    """
    for key, value in table_metadata(table).items():
        if metadata.get(key) != value:
            there = cut(metadata[key]).strip("'") if key in metadata else "unknown"
            raise InputError(f"{path}: made for {key} {there}, not {value[:LETTERS]}: give the file of that network")
    check(weights, table.shapes, str(path))
    if metadata.get("sha256") != digest(weights):
        raise InputError(
            f"{path}: the tensors do not match the file's own sha256: it was altered or damaged; get it again"
        )
    return weights


def starting(
    table: Table,
    *,
    seed: int | None = None,
    weights: Mapping[str, np.ndarray] | str | os.PathLike | None = None,
    dtype: str = "float32",
    rule: str = "he",
) -> Mapping[str, np.ndarray]:
    """The weights a new net of a table starts with: those given, as a mapping or a file of ours, else `initial` ones.

    `common.weights.start.start` knows every file, and finds the table too.

    Raises:
        InputError: both a seed and weights, an unknown dtype, or weights that do not fit.
    """
    choose("dtype", dtype, DTYPES)
    check_seed(seed)
    if weights is None:
        return initial(table, seed, dtype, rule)
    if seed is not None:
        raise InputError("give either seed or weights, not both: weights leave nothing to draw")
    if isinstance(weights, Mapping):
        check(weights, table.shapes, f"weights for {table.name!r}")
        return weights
    return load(weights, table)


def check_seed(seed: int | None) -> None:
    """Require a seed to draw weights by.

    Raises:
        InputError: neither a whole number of at least 0 nor None.

    >>> check_seed(-1)
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: seed must be a whole number of at least 0, or None, not -1
    """
    if seed is not None and (not isinstance(seed, int) or seed < 0):
        raise InputError(f"seed must be a whole number of at least 0, or None, not {seed!r}")
