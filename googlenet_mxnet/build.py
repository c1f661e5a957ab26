"""From a name to a whole net with its weights."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from common import nets
from common.table.spec import Network
from common.weights.canonical import starting
from googlenet_mxnet.framework import mx
from googlenet_mxnet.net import Net
from googlenet_mxnet.weights import set_weights


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
    """The network called ``name`` as a Gluon block, initialised; it works with and without ``npx.set_np()``.

    Args:
        name: one of `common.nets.names`, or a table of your own.
        in_channels, num_classes: None is the table's own.
        seed: draws the same initial weights in every framework; None draws fresh ones.
        weights: canonical weights to start from, as a mapping or a safetensors file.
        dtype: "float32" or "float64"; None is float32.
        aux: whether to keep the auxiliary heads; None is as the table has it.

    Raises:
        InputError: an unknown name or option, with the choices; weights that do not fit.

    >>> net = build_net("d2l", in_channels=3)
    >>> net(mx.nd.zeros((2, 3, 96, 96))).shape
    (2, 10)
    """
    table = nets.get(name, in_channels=in_channels, num_classes=num_classes, aux=aux)
    dtype = dtype or "float32"
    start = starting(table, seed=seed, weights=weights, dtype=dtype)
    net = Net(table)
    net.cast(dtype)
    net.initialize(mx.init.Zero())
    set_weights(net, start)
    return net
