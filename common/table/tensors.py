"""Canonical weights as a mapping from names to arrays: checked against a table, and told apart by kind.

Names follow from the table (``b3.3a.p2_2.weight``), layouts are OIHW and (out, in): `Table.tensors`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.base.errors import InputError
from common.table.layers import is_statistic

DTYPES = ("float32", "float64")
Weights = dict[str, np.ndarray]


def check(weights: Mapping[str, np.ndarray], expected: Mapping[str, tuple[int, ...]], where: str) -> None:
    """Require exactly the expected names and shapes: nothing missing, extra or reshaped.

    Raises:
        InputError: names the first tensor that does not fit.
    """
    for name, shape in expected.items():
        if name not in weights:
            raise InputError(f"{where}: tensor {name!r} is missing")
        if tuple(np.shape(weights[name])) != tuple(shape):
            raise InputError(f"{where}: tensor {name!r} has shape {np.shape(weights[name])}, not {tuple(shape)}")
    for name in weights:
        if name not in expected:
            raise InputError(f"{where}: tensor {name!r} is not part of the network")


def parameters(weights: Mapping[str, np.ndarray]) -> Weights:
    """The trainable tensors of canonical weights."""
    return {name: array for name, array in weights.items() if not is_statistic(name)}


def decays(name: str) -> bool:
    """Whether weight decay acts on the tensor: on kernels, not on biases nor on a normalisation's scales."""
    return name.endswith(".weight") and not name.endswith("norm.weight")


def statistics(weights: Mapping[str, np.ndarray]) -> Weights:
    """The moving means and variances of canonical weights."""
    return {name: array for name, array in weights.items() if is_statistic(name)}
