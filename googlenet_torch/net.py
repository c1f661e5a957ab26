"""Whole networks: stages b1 to b5 and a classifier, as the table says."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import nn

from common import nets
from common.table.analysis import Table
from common.table.spec import Network
from common.weights.canonical import starting
from googlenet_torch.blocks import build
from googlenet_torch.weights import set_weights


class Net(nn.Module):
    """A network built from its table. Iterating over it gives the stages in order, then the classifier.

    Calling it gives the logits, N x K; while training a network with auxiliary heads, a dict of the
    logits by name: ``fc`` and those of each head.
    """

    def __init__(self, table: Table):
        super().__init__()
        self.table = table
        for name, node in {**table.trunk, **table.heads}.items():
            self.add_module(name, build(node))

    def __iter__(self) -> Iterator[nn.Module]:
        return (getattr(self, name) for name in self.table.trunk)

    def forward(self, x: torch.Tensor) -> torch.Tensor | dict[str, torch.Tensor]:
        return self.with_heads(x) if self.training and self.table.aux else self.trunk(x)

    def trunk(self, x: torch.Tensor) -> torch.Tensor:
        """Logits of the classifier alone, in either mode."""
        for layer in self:
            x = layer(x)
        return x

    def with_heads(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
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
    """The network called ``name`` as a PyTorch module, in evaluation mode.

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
    >>> net(torch.zeros(2, 3, 96, 96)).shape
    torch.Size([2, 10])
    """
    table = nets.get(name, in_channels=in_channels, num_classes=num_classes, aux=aux)
    start = starting(table, seed=seed, weights=weights, dtype=dtype)
    net = Net(table).to(getattr(torch, dtype)).eval()
    set_weights(net, start)
    return net
