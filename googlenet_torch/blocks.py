"""How layers are put together: one after the other, side by side, or around a shortcut."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import nn

from common.contract.building import builder
from common.table import spec
from common.table.resolve import resolve_block
from googlenet_torch.layers import (
    ACTIVATIONS,
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    activate,
)


def build(node: spec.Node) -> nn.Module:
    """The module of one node of a resolved table.

    Raises:
        InputError: a type of node, an activation or a normalisation that there is not; names it.
    """
    return builder(node, BUILDERS, ACTIVATIONS)(node)


class Stage(nn.Sequential):
    """Named layers and blocks, one after the other."""

    def __init__(self, node: spec.Stage):
        super().__init__(OrderedDict((name, build(child)) for name, child in node.nodes.items()))


class Paths(nn.Module):
    """Parallel paths from one input; a subclass says how their ends are put together."""

    def __init__(self, node: spec.Paths):
        super().__init__()
        self.node = node
        for name, child in node.children.items():
            self.add_module(name, build(child))

    def path(self, path: str, x: torch.Tensor) -> torch.Tensor:
        """The output of the path called ``path``."""
        for name in self.node.paths[path]:
            x = getattr(self, name)(x)
        return x


class Concat(Paths):
    """Paths concatenated on the channels."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.path(path, x) for path in self.node.paths], dim=1)


class Inception(Concat):
    """The Inception block: four parallel paths (Szegedy et al. 2015, Figure 2b).

    ``c1`` to ``c4`` are the output channels of the paths, as in the book: 1x1; 1x1 then 3x3; 1x1 then
    5x5; 3x3 max pool then 1x1. N x C x H x W becomes N x (c1 + c2[1] + c3[1] + c4) x H x W.

    >>> Inception(192, 64, (96, 128), (16, 32), 32)(torch.ones(1, 192, 28, 28)).shape
    torch.Size([1, 256, 28, 28])
    """

    def __init__(self, in_channels: int, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int):
        super().__init__(resolve_block(spec.Inception(c1, c2, c3, c4), in_channels))

    @classmethod
    def from_node(cls, node: spec.Inception) -> Inception:
        """The block of a table, with the padding, the bias and the normalisation that its layers have there."""
        block = cls.__new__(cls)
        Concat.__init__(block, node)
        return block

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        p1 = self.p1_1(x)
        p2 = self.p2_2(self.p2_1(x))
        p3 = self.p3_2(self.p3_1(x))
        p4 = self.p4_2(self.p4_1(x))
        return torch.cat((p1, p2, p3, p4), dim=1)


class Residual(Paths):
    """shortcut + scale · body, activation."""

    node: spec.Residual

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total = self.path("shortcut", x) + self.node.scale * self.path("body", x)
        return activate(total, self.node.activation)


BUILDERS: dict[type, Callable[..., nn.Module]] = {
    spec.Stage: Stage,
    spec.Inception: Inception.from_node,
    spec.Concat: Concat,
    spec.Residual: Residual,
    spec.Conv: Conv,
    spec.MaxPool: MaxPool,
    spec.AvgPool: AvgPool,
    spec.GlobalAvgPool: GlobalAvgPool,
    spec.AdaptiveAvgPool: AdaptiveAvgPool,
    spec.LRN: LRN,
    spec.Dropout: Dropout,
    spec.Dense: Dense,
    spec.Flatten: Flatten,
}
