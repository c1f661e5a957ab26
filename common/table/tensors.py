"""Canonical weights: the name and the shape of every tensor of a table.

Names follow from the table (``b3.3a.p2_2.weight``), layouts are OIHW and (out, in).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np

from common.base.errors import InputError
from common.table.analysis import is_statistic, walk_network, weight_shapes
from common.table.spec import Network

DTYPES = ("float32", "float64")
Weights = dict[str, np.ndarray]


def shapes(network: Network) -> dict[str, tuple[int, ...]]:
    """Canonical name to shape of every tensor of a resolved table, moving statistics included, in order."""
    return {f"{layer}.{local}": shape for layer, local, shape in _tensors(network)}


def places(network: Network) -> dict[str, tuple[str, str]]:
    """Canonical name to (layer, name within the layer): ``("b3.3a.p2_2", "norm.weight")``."""
    return {f"{layer}.{local}": (layer, local) for layer, local, _ in _tensors(network)}


def _tensors(network: Network) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    for layer in walk_network(network):
        for local, shape in weight_shapes(layer.node, layer.input[0], prod(layer.input)).items():
            yield layer.name, local, shape


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
