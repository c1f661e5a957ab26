"""Canonical weights in and out of a Gluon net."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from common.contract.building import require_own_classifier
from common.table.tensors import check
from common.weights.canonical import save
from googlenet_mxnet.arrays import from_array
from googlenet_mxnet.framework import mx
from googlenet_mxnet.layers import NAMES, Dense, Flatten

if TYPE_CHECKING:
    from googlenet_mxnet.net import Net


def tensors(net: Net) -> dict[str, mx.gluon.Parameter]:
    """Canonical name to the net's own parameter, which goes on changing with it, in the order of the table.

    Raises:
        InputError: another classifier than the table's.
    """
    require_own_classifier(net, (Dense, Flatten))
    return _named(net, net.table.shapes)


def _named(net: Net, names: Iterable[str]) -> dict[str, mx.gluon.Parameter]:
    places = {name: net.table.tensors[name] for name in names}.items()
    return {name: attrgetter(f"{layer}.{NAMES[local]}")(net) for name, (layer, local, _) in places}


def get_weights(net: Net) -> dict[str, np.ndarray]:
    """Canonical name to a copy of the array: OIHW, (out, in), in the net's own dtype and the order of the table.

    >>> from googlenet_mxnet import build_net
    >>> get_weights(build_net("d2l"))["b3.3a.p2_2.weight"].shape
    (128, 96, 3, 3)
    """
    return {name: parameter.data().asnumpy() for name, parameter in tensors(net).items()}


def arrays(net: Net, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Canonical name to a copy of the array, as those of `get_weights`, of some of the net's tensors."""
    return {name: parameter.data().asnumpy() for name, parameter in _named(net, names).items()}


def set_weights(net: Net, weights: Mapping[str, np.ndarray]) -> None:
    """Put canonical weights, OIHW and (out, in) of any dtype, into the net, in its own dtype.

    Raises:
        InputError: a tensor is missing, extra, misshapen or not of real numbers; names it. The net is then as it was.

    >>> from googlenet_mxnet import build_net
    >>> net = build_net("d2l", seed=0)
    >>> set_weights(net, {**get_weights(net), "fc.bias": np.arange(10)})
    >>> get_weights(net)["fc.bias"][9]
    9.0
    """
    check(weights, net.table.shapes, f"weights for {net.table.name!r}")
    with mx.autograd.pause():  # what is recorded cannot be written over
        for name, parameter in tensors(net).items():
            parameter.set_data(from_array(weights[name], parameter.dtype))


def save_weights(net: Net, path: str | os.PathLike) -> None:
    """Write the net's weights to a safetensors file that every backend loads, whole or not at all.

    The preprocessing of images and the names of the classes go with them, where they came with the net's own weights:
    see ``net.preprocessing`` and ``net.labels``.

    Raises:
        InputError: the file cannot be written.

    >>> from googlenet_mxnet import build_net
    >>> save_weights(build_net("d2l", seed=0), "d2l.safetensors")
    >>> net = build_net("d2l", weights="d2l.safetensors")
    """
    save(path, get_weights(net), net.table, net.preprocessing, net.labels)


def count_parameters(net: Net) -> dict[str, tuple[int, int]]:
    """(trainable, moving statistics) numbers of each stage, the classifier and each head, as MXNet counts them.

    >>> from googlenet_mxnet import build_net
    >>> count_parameters(build_net("d2l"))["fc"]
    (10250, 0)
    """
    counts = {}
    for name in (*net.table.trunk, *net.table.heads):
        parameters = getattr(net, name).collect_params().values()
        trainable = sum(p.data().size for p in parameters if p.grad_req != "null")
        counts[name] = (trainable, sum(p.data().size for p in parameters) - trainable)
    return counts
