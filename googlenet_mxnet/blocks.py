"""How layers are put together: one after the other, side by side, or around a shortcut."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from common.contract.building import builder
from common.table import spec
from common.table.resolve import resolve_block
from googlenet_mxnet.arrays import Array, Sized, to_caller, to_nd
from googlenet_mxnet.framework import mx
from googlenet_mxnet.layers import (
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


def build(node: spec.Node, **kwargs: Any) -> mx.gluon.HybridBlock:
    """The block of one node of a resolved table; ``kwargs`` are Gluon's own: ``prefix`` and ``params``.

    Raises:
        InputError: a type of node, an activation or a normalisation that there is not; names it.
    """
    return builder(node, BUILDERS, ACTIVATIONS)(node, **kwargs)


class Stage(Sized, mx.gluon.nn.HybridSequential):
    """Named layers and blocks, one after the other."""

    def __init__(self, node: spec.Stage, **kwargs: Any):
        super().__init__(**kwargs)
        self.node = node
        with self.name_scope():
            for name, child in node.nodes.items():
                setattr(self, name, build(child))


class Paths(Sized):
    """Parallel paths from one input; a subclass says how their ends are put together."""

    def __init__(self, node: spec.Paths, **kwargs: Any):
        super().__init__(**kwargs)
        self.node = node
        with self.name_scope():
            for name, child in node.children.items():
                setattr(self, name, build(child))

    def path(self, path: str, x: Array) -> Array:
        """The output of the path called ``path``."""
        for name in self.node.paths[path]:
            x = getattr(self, name)(x)
        return x


class Concat(Paths):
    """Paths concatenated on the channels."""

    def hybrid_forward(self, F: ModuleType, x: Array) -> Array:
        return to_caller(F.concat(*(to_nd(self.path(path, x)) for path in self.node.paths), dim=1))


class Inception(Concat):
    """The Inception block: four parallel paths (Szegedy et al. 2015, Figure 2b).

    ``c1`` to ``c4`` are the output channels of the paths, as in the book: 1x1; 1x1 then 3x3; 1x1 then
    5x5; 3x3 max pool then 1x1. N x C x H x W becomes N x (c1 + c2[1] + c3[1] + c4) x H x W.

    >>> block = Inception(64, (96, 128), (16, 32), 32)
    >>> block.initialize()
    >>> block(mx.nd.ones((1, 192, 28, 28))).shape
    (1, 256, 28, 28)
    """

    def __init__(self, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int, **kwargs: Any):
        super().__init__(resolve_block(spec.Inception(c1, c2, c3, c4)), **kwargs)

    @classmethod
    def from_node(cls, node: spec.Inception, **kwargs: Any) -> Inception:
        """The block of a table, with the padding, the bias and the normalisation that its layers have there."""
        block = cls.__new__(cls)
        Concat.__init__(block, node, **kwargs)
        return block

    def hybrid_forward(self, F: ModuleType, x: Array) -> Array:
        p1 = self.p1_1(x)
        p2 = self.p2_2(self.p2_1(x))
        p3 = self.p3_2(self.p3_1(x))
        p4 = self.p4_2(self.p4_1(x))
        return to_caller(F.concat(*map(to_nd, (p1, p2, p3, p4)), dim=1))


class Residual(Paths):
    """shortcut + scale · body, activation."""

    node: spec.Residual

    def hybrid_forward(self, F: ModuleType, x: Array) -> Array:
        total = self.path("shortcut", x) + self.node.scale * self.path("body", x)
        return activate(F, total, self.node.activation)


BUILDERS: dict[type, Callable[..., mx.gluon.HybridBlock]] = {
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
