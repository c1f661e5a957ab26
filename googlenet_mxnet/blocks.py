"""How layers are put together: one after the other, side by side, or around a shortcut."""

from common.nets.googlenet import inception
from common.table import spec
from common.table.resolve import resolve_block
from googlenet_mxnet.layers import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Sized,
    activate,
    classic,
    given,
)


def build(node):
    """The block of one node of a table."""
    match node:
        case spec.Stage():
            return Stage(node)
        case spec.Concat():
            return Concat(node)
        case spec.Residual():
            return Residual(node)
        case spec.Conv():
            return Conv(node)
        case spec.MaxPool():
            return MaxPool(node)
        case spec.AvgPool():
            return AvgPool(node)
        case spec.GlobalAvgPool():
            return GlobalAvgPool(node)
        case spec.AdaptiveAvgPool():
            return AdaptiveAvgPool(node)
        case spec.LRN():
            return LRN(node)
        case spec.Dropout():
            return Dropout(node)
        case spec.Dense():
            return Dense(node)
        case spec.Flatten():
            return Flatten(node)


class Stage(Sized):
    """Named layers and blocks, one after the other."""

    def __init__(self, node: spec.Stage, **kwargs):
        super().__init__(**kwargs)
        self.node = node
        with self.name_scope():
            for name, child in node.nodes.items():
                setattr(self, name, build(child))

    def hybrid_forward(self, F, x):
        for name in self.node.nodes:
            x = getattr(self, name)(x)
        return x


class Paths(Sized):
    """Parallel paths from one input; what they are merged into is the subclass's matter."""

    def __init__(self, node: spec.Concat | spec.Residual, **kwargs):
        super().__init__(**kwargs)
        self.node = node
        with self.name_scope():
            for path in node.paths.values():
                for name, child in path.items():
                    setattr(self, name, build(child))

    def path(self, path, x):
        """The output of one path."""
        for name in self.node.paths[path]:
            x = getattr(self, name)(x)
        return x


class Concat(Paths):
    """Paths concatenated on the channels."""

    def hybrid_forward(self, F, x):
        return given(F.concat(*(classic(self.path(path, x)) for path in self.node.paths), dim=1))


class Inception(Concat):
    """The Inception block: four parallel paths (Szegedy et al. 2015, Figure 2b).

    ``c1`` to ``c4`` are the output channels of the paths, as in the book: 1x1; 1x1 then 3x3; 1x1 then
    5x5; 3x3 max pool then 1x1. N x C x H x W becomes N x (c1 + c2[1] + c3[1] + c4) x H x W.
    """

    def __init__(self, c1, c2, c3, c4, **kwargs):
        super().__init__(resolve_block(inception(c1, c2, c3, c4)), **kwargs)


class Residual(Paths):
    """shortcut + scale · body, activation."""

    def hybrid_forward(self, F, x):
        total = self.path("shortcut", x) + self.node.scale * self.path("body", x)
        return activate(F, total, self.node.activation)
