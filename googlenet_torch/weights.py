"""Canonical weights in and out of a PyTorch net. Its ``state_dict`` keys are the canonical names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from common.contract.building import require_own_classifier
from common.table.layers import is_statistic
from common.table.tensors import check
from common.weights.canonical import save
from googlenet_torch.arrays import from_array, to_array
from googlenet_torch.layers import Dense, Flatten

if TYPE_CHECKING:
    from googlenet_torch.net import Net


def tensors(net: Net) -> dict[str, torch.Tensor]:
    """Canonical name to the net's own tensor, which goes on changing with it, in the order of the table.

    Raises:
        InputError: another classifier than the table's.
    """
    require_own_classifier(net, (Dense, Flatten))
    return _named(net, net.table.shapes)


def _named(net: Net, names: Iterable[str]) -> dict[str, torch.Tensor]:
    state = net.state_dict()
    return {name: state[name] for name in names}


def get_weights(net: Net) -> dict[str, np.ndarray]:
    """Canonical name to a copy of the array: OIHW, (out, in), in the net's own dtype and the order of the table.

    >>> from googlenet_torch import build_net
    >>> get_weights(build_net("d2l"))["b3.3a.p2_2.weight"].shape
    (128, 96, 3, 3)
    """
    return {name: to_array(tensor) for name, tensor in tensors(net).items()}


def arrays(net: Net, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Canonical name to a copy of the array, as those of `get_weights`, of some of the net's tensors."""
    return {name: to_array(tensor) for name, tensor in _named(net, names).items()}


def set_weights(net: Net, weights: Mapping[str, np.ndarray]) -> None:
    """Put canonical weights, OIHW and (out, in) of any dtype, into the net, in its own dtype.

    Raises:
        InputError: a tensor is missing, extra, misshapen or not of real numbers; names it. The net is then as it was.

    >>> from googlenet_torch import build_net
    >>> net = build_net("d2l", seed=0)
    >>> set_weights(net, {**get_weights(net), "fc.bias": np.arange(10)})
    >>> get_weights(net)["fc.bias"][9]
    9.0
    """
    check(weights, net.table.shapes, f"weights for {net.table.name!r}")
    for name, tensor in tensors(net).items():
        tensor.copy_(from_array(weights[name], tensor))


def save_weights(net: Net, path: str | os.PathLike) -> None:
    """Write the net's weights to a safetensors file that every backend loads, whole or not at all.

    The preprocessing of images and the names of the classes go with them, where they came with the net's own weights:
    see ``net.preprocessing`` and ``net.labels``.

    Raises:
        InputError: the file cannot be written.

    >>> from googlenet_torch import build_net
    >>> save_weights(build_net("d2l", seed=0), "d2l.safetensors")
    >>> net = build_net("d2l", weights="d2l.safetensors")
    """
    save(path, get_weights(net), net.table, net.preprocessing, net.labels)


def count_parameters(net: Net) -> dict[str, tuple[int, int]]:
    """(trainable, moving statistics) numbers of each stage, the classifier and each head, as torch counts them.

    >>> from googlenet_torch import build_net
    >>> count_parameters(build_net("d2l"))["fc"]
    (10250, 0)
    """
    return {
        name: (
            sum(p.numel() for p in child.parameters() if p.requires_grad),
            sum(b.numel() for key, b in child.named_buffers() if is_statistic(f".{key}")),
        )
        for name, child in net.named_children()
    }
