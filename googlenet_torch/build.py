"""From a name to a whole net with its weights."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import torch

from common import nets
from common.table.spec import Network
from common.weights.canonical import starting
from googlenet_torch.net import Net
from googlenet_torch.weights import set_weights


def build_net(
    name: str | Network = "d2l",
    *,
    in_channels: int | None = None,
    num_classes: int | None = None,
    seed: int | None = None,
    weights: Mapping[str, np.ndarray] | str | os.PathLike | None = None,
    dtype: str | None = None,
    aux: bool | None = None,
) -> Net:
    """The network called ``name`` as a PyTorch module, in evaluation mode.

    Args:
        name: one of `common.nets.names`, or a table of your own.
        in_channels, num_classes: None is the table's own.
        seed: draws the same initial weights in every framework; None draws fresh ones.
        weights: canonical weights to start from, as a mapping or a safetensors file.
        dtype: "float32" or "float64"; None is PyTorch's default, float32 unless ``torch.set_default_dtype`` was called.
        aux: whether to keep the auxiliary heads; None is as the table has it.

    Raises:
        InputError: an unknown name or option, with the choices; weights that do not fit.

    >>> net = build_net("d2l", in_channels=3)
    >>> net(torch.zeros(2, 3, 96, 96)).shape
    torch.Size([2, 10])
    """
    table = nets.get(name, in_channels=in_channels, num_classes=num_classes, aux=aux)
    dtype = dtype or str(torch.get_default_dtype()).removeprefix("torch.")
    start = starting(table, seed=seed, weights=weights, dtype=dtype)
    net = Net(table).to(getattr(torch, dtype)).eval()
    set_weights(net, start)
    return net
