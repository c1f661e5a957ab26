"""Whole networks: stages b1 to b5 and a classifier, as the table says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from common import nets
from common.table.analysis import Table
from common.table.spec import Network
from common.weights.canonical import starting
from googlenet_mxnet.blocks import build
from googlenet_mxnet.framework import mx
from googlenet_mxnet.weights import set_weights


class Net(mx.gluon.Block):
    """A network built from its table. Iterating over it gives the stages in order, then the classifier.

    Calling it gives the logits, N x K; while training a network with auxiliary heads, a dict of the
    logits by name: ``fc`` and those of each head.
    """

    def __init__(self, table: Table, **kwargs: Any):
        super().__init__(**kwargs)
        self.table = table
        with self.name_scope():
            for name, node in {**table.trunk, **table.heads}.items():
                setattr(self, name, build(node))

    def __iter__(self) -> Iterator[mx.gluon.HybridBlock]:
        return (getattr(self, name) for name in self.table.trunk)

    def forward(self, x: mx.nd.NDArray) -> mx.nd.NDArray | dict[str, mx.nd.NDArray]:
        return self.with_heads(x) if mx.autograd.is_training() and self.table.aux else self.trunk(x)

    def trunk(self, x: mx.nd.NDArray) -> mx.nd.NDArray:
        """Logits of the classifier alone, in either mode."""
        for layer in self:
            x = layer(x)
        return x

    def with_heads(self, x: mx.nd.NDArray) -> dict[str, mx.nd.NDArray]:
        """Logits of the classifier and of each head by name, in either mode."""
        heads = {}
        for stage, node in self.table.stages.items():
            for block in node.nodes:
                x = getattr(getattr(self, stage), block)(x)
                for name in self.table.taps.get(f"{stage}.{block}", ()):
                    heads[name] = getattr(self, name)(x)
        return {"fc": self.fc(x), **heads}


def build_net(
    name: str | Network = "d2l",
    *,
    in_channels: int | None = None,
    num_classes: int | None = None,
    seed: int | None = None,
    weights: Mapping[str, np.ndarray] | str | os.PathLike | None = None,
    dtype: str = "float32",
    aux: bool | None = None,
) -> Net:
    """The network called ``name`` as a Gluon block, initialised; it works with and without ``npx.set_np()``.

    Args:
        name: one of `common.nets.names`, or a table of your own.
        in_channels, num_classes: None is the table's own.
        seed: draws the same initial weights in every framework; None draws fresh ones.
        weights: canonical weights to start from, as a mapping or a safetensors file.
        dtype: "float32" or "float64".
        aux: whether to keep the auxiliary heads; None is as the table has it.

    Raises:
        InputError: an unknown name or option, with the choices; weights that do not fit.

    >>> net = build_net("d2l", in_channels=3)
    >>> net(mx.nd.zeros((2, 3, 96, 96))).shape
    (2, 10)
    """
    table = nets.get(name, in_channels=in_channels, num_classes=num_classes, aux=aux)
    start = starting(table, seed=seed, weights=weights, dtype=dtype)
    net = Net(table)
    net.cast(dtype)
    net.initialize(mx.init.Zero())
    set_weights(net, start)
    return net
