"""Canonical weights in and out of a Keras net."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from common.contract.building import require_own_classifier
from common.contract.inputs import plain
from common.table.tensors import check
from common.weights.canonical import save
from googlenet_tf.framework import keras
from googlenet_tf.layers import NAMES, Dense, Flatten

if TYPE_CHECKING:
    from googlenet_tf.net import Net

# By the number of axes: HWIO to OIHW, (in, out) to (out, in); and back.
TO_CANONICAL = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}
TO_KERAS = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}


def tensors(net: Net) -> dict[str, keras.Variable]:
    """Canonical name to the net's own variable, which goes on changing with it, in the order of the table.

    Raises:
        InputError: another classifier than the table's.
    """
    require_own_classifier(net, (Dense, Flatten))
    return _named(net, net.table.shapes)


def _named(net: Net, names: Iterable[str]) -> dict[str, keras.Variable]:
    places = {name: net.table.tensors[name] for name in names}.items()
    return {name: attrgetter(f"{layer}.{NAMES[local]}")(net) for name, (layer, local, _) in places}


def to_canonical(array: np.ndarray) -> np.ndarray:
    """A copy of an array of Keras' layout, in the canonical layout and in C order.

    >>> to_canonical(np.zeros((3, 3, 96, 128))).shape
    (128, 96, 3, 3)
    """
    return array.transpose(TO_CANONICAL[array.ndim]).copy()


def get_weights(net: Net) -> dict[str, np.ndarray]:
    """Canonical name to a copy of the array: OIHW, (out, in), in the net's own dtype and the order of the table.

    >>> from googlenet_tf import build_net
    >>> get_weights(build_net("d2l"))["b3.3a.p2_2.weight"].shape
    (128, 96, 3, 3)
    """
    return {name: to_canonical(variable.numpy()) for name, variable in tensors(net).items()}


def arrays(net: Net, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Canonical name to a copy of the array, as those of `get_weights`, of some of the net's tensors."""
    return {name: to_canonical(variable.numpy()) for name, variable in _named(net, names).items()}


def set_weights(net: Net, weights: Mapping[str, np.ndarray]) -> None:
    """Put canonical weights, OIHW and (out, in) of any dtype, into the net, in its own dtype.

    Raises:
        InputError: a tensor is missing, extra, misshapen or not of real numbers; names it. The net is then as it was.

    >>> from googlenet_tf import build_net
    >>> net = build_net("d2l", seed=0)
    >>> set_weights(net, {**get_weights(net), "fc.bias": np.arange(10)})
    >>> get_weights(net)["fc.bias"][9]
    9.0
    """
    check(weights, net.table.shapes, f"weights for {net.table.name!r}")
    for name, variable in tensors(net).items():
        array = plain(weights[name], variable.dtype)
        variable.assign(array.transpose(TO_KERAS[array.ndim]))


def save_weights(net: Net, path: str | os.PathLike) -> None:
    """Write the net's weights to a safetensors file that every backend loads, whole or not at all.

    The preprocessing of images and the names of the classes go with them, where they came with the net's own weights:
    see ``net.preprocessing`` and ``net.labels``.

    Raises:
        InputError: the file cannot be written.

    >>> from googlenet_tf import build_net
    >>> save_weights(build_net("d2l", seed=0), "d2l.safetensors")
    >>> net = build_net("d2l", weights="d2l.safetensors")
    """
    save(path, get_weights(net), net.table, net.preprocessing, net.labels)


def count_parameters(net: Net) -> dict[str, tuple[int, int]]:
    """(trainable, moving statistics) numbers of each stage, the classifier and each head, as Keras counts them.

    >>> from googlenet_tf import build_net
    >>> count_parameters(build_net("d2l"))["fc"]
    (10250, 0)
    """
    return {
        name: (
            sum(v.numpy().size for v in getattr(net, name).trainable_weights),
            sum(v.numpy().size for v in getattr(net, name).non_trainable_weights),
        )
        for name in (*net.table.trunk, *net.table.heads)
    }
