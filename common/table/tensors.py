"""Canonical weights, a mapping from names to arrays: checks against a table, and the kinds of tensors.

Names follow from the table (``b3.3a.p2_2.weight``), and `Table.tensors` lists them. Kernels are OIHW, dense weights
(out, in).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.base.errors import InputError
from common.table.layers import is_statistic

DTYPES = ("float32", "float64")
Weights = dict[str, np.ndarray]


def check(weights: Mapping[str, np.ndarray], expected: Mapping[str, tuple[int, ...]], where: str) -> None:
    """Require exactly the expected names and shapes, of real numbers: nothing missing, extra or reshaped.

    Args:
        weights: canonical name to array.
        expected: canonical name to shape, such as `Table.shapes`.
        where: what the weights are or where they come from, for the message.

    Raises:
        InputError: names the first tensor that does not fit.

    >>> check({"fc.bias": np.zeros(9)}, {"fc.bias": (10,)}, "my weights")
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: my weights: tensor 'fc.bias' has shape (9,), not (10,)
    """
    for name, shape in expected.items():
        if name not in weights:
            raise InputError(f"{where}: tensor {name!r} is missing")
        if tuple(np.shape(weights[name])) != tuple(shape):
            raise InputError(f"{where}: tensor {name!r} has shape {np.shape(weights[name])}, not {tuple(shape)}")
        if np.asarray(weights[name]).dtype.kind in "cOSUMm":
            raise InputError(f"{where}: tensor {name!r} holds {np.asarray(weights[name]).dtype}, not real numbers")
    for name in weights:
        if name not in expected:
            raise InputError(f"{where}: tensor {name!r} is not part of the network")


def parameters(weights: Mapping[str, np.ndarray]) -> Weights:
    """The trainable tensors of canonical weights.

    >>> list(parameters({"b1.conv1.norm.weight": np.ones(64), "b1.conv1.norm.running_var": np.ones(64)}))
    ['b1.conv1.norm.weight']
    """
    return {name: array for name, array in weights.items() if not is_statistic(name)}


def decays(name: str) -> bool:
    """Whether weight decay acts on the tensor: on kernels, not on biases, nor on the scales of normalisations.

    >>> decays("fc.weight"), decays("fc.bias"), decays("b1.conv1.norm.weight"), decays("b1.prenorm.weight")
    (True, False, False, True)
    """
    return name.endswith(".weight") and not name.endswith(".norm.weight")


def statistics(weights: Mapping[str, np.ndarray]) -> Weights:
    """The moving means and variances of canonical weights.

    >>> list(statistics({"b1.conv1.norm.weight": np.ones(64), "b1.conv1.norm.running_var": np.ones(64)}))
    ['b1.conv1.norm.running_var']
    """
    return {name: array for name, array in weights.items() if is_statistic(name)}
