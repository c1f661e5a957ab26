"""Canonical weights in and out of a Keras net."""

from __future__ import annotations

import os
from collections.abc import Mapping
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from common.table.tensors import check
from common.weights.canonical import save
from googlenet_tf.framework import keras

if TYPE_CHECKING:
    from googlenet_tf.net import Net

# What Keras calls the tensors of a layer.
NAMES = {
    "weight": "kernel",
    "bias": "bias",
    "norm.weight": "norm.gamma",
    "norm.bias": "norm.beta",
    "norm.running_mean": "norm.moving_mean",
    "norm.running_var": "norm.moving_variance",
}

# By the number of axes: HWIO to OIHW, (in, out) to (out, in); and back.
TO_CANONICAL = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
TO_KERAS = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}


def tensors(net: Net) -> dict[str, keras.Variable]:
    """Canonical name to the net's own variable, in the order of the table."""
    places = net.table.tensors.items()
    return {name: attrgetter(f"{layer}.{NAMES[local]}")(net) for name, (layer, local, _) in places}


def to_canonical(array: np.ndarray) -> np.ndarray:
    """An array of Keras' layout as a contiguous one of the canonical layout."""
    return array.transpose(TO_CANONICAL[array.ndim]).copy()


def get_weights(net: Net) -> dict[str, np.ndarray]:
    """Canonical name to a copy of the array: OIHW, (out, in), in the net's own dtype and the order of the table."""
    return {name: to_canonical(variable.numpy()) for name, variable in tensors(net).items()}


def set_weights(net: Net, weights: Mapping[str, np.ndarray]) -> None:
    """Put canonical weights, OIHW and (out, in) of any dtype, into the net, in its own dtype.

    Raises:
        ValueError: a tensor is missing, extra or misshapen; names it. The net is then as it was.
    """
    check(weights, net.table.shapes, f"weights for {net.table.name!r}")
    for name, variable in tensors(net).items():
        variable.assign(weights[name].transpose(TO_KERAS[weights[name].ndim]))


def save_weights(net: Net, path: str | os.PathLike) -> None:
    """Write the net's weights to a safetensors file that every backend loads, whole or not at all.

    Raises:
        ValueError: the file cannot be written.
    """
    save(path, get_weights(net), net.table)


def count_parameters(net: Net) -> dict[str, tuple[int, int]]:
    """(trainable, moving statistics) numbers of each stage, the classifier and each head, as Keras counts them."""
    return {
        name: (
            sum(v.numpy().size for v in getattr(net, name).trainable_weights),
            sum(v.numpy().size for v in getattr(net, name).non_trainable_weights),
        )
        for name in (*net.table.trunk, *net.table.heads)
    }
