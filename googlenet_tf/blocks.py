"""How layers are put together: one after the other, side by side, or around a shortcut."""

from common.nets.googlenet import inception
from common.table import spec
from common.table.resolve import resolve_block
from googlenet_tf.framework import keras
from googlenet_tf.layers import (
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


def build(node, **kwargs):
    """The layer of one node of a table; ``kwargs`` are Keras' own: ``name`` and ``dtype``."""
    match node:
        case spec.Stage():
            return Stage(node, **kwargs)
        case spec.Concat():
            return Concat(node, **kwargs)
        case spec.Residual():
            return Residual(node, **kwargs)
        case spec.Conv():
            return Conv(node, **kwargs)
        case spec.MaxPool():
            return MaxPool(node, **kwargs)
        case spec.AvgPool():
            return AvgPool(node, **kwargs)
        case spec.GlobalAvgPool():
            return GlobalAvgPool(node, **kwargs)
        case spec.AdaptiveAvgPool():
            return AdaptiveAvgPool(node, **kwargs)
        case spec.LRN():
            return LRN(node, **kwargs)
        case spec.Dropout():
            return Dropout(node, **kwargs)
        case spec.Dense():
            return Dense(node, **kwargs)
        case spec.Flatten():
            return Flatten(node, **kwargs)


class Stage(keras.layers.Layer):
    """Named layers and blocks, one after the other."""

    def __init__(self, node: spec.Stage, **kwargs):
        super().__init__(**kwargs)
        self.node = node
        for name, child in node.nodes.items():
            setattr(self, name, build(child, name=name, dtype=self.dtype_policy))

    def call(self, x):
        for name in self.node.nodes:
            x = getattr(self, name)(x)
        return x


class Paths(keras.layers.Layer):
    """Parallel paths from one input; what they are merged into is the subclass's matter."""

    def __init__(self, node: spec.Concat | spec.Residual, **kwargs):
        super().__init__(**kwargs)
        self.node = node
        for path in node.paths.values():
            for name, child in path.items():
                setattr(self, name, build(child, name=name, dtype=self.dtype_policy))

    def path(self, path, x):
        """The output of one path."""
        for name in self.node.paths[path]:
            x = getattr(self, name)(x)
        return x


class Concat(Paths):
    """Paths concatenated on the channels."""

    def call(self, x):
        return keras.ops.concatenate([self.path(path, x) for path in self.node.paths], axis=-1)


class Inception(Concat):
    """The Inception block: four parallel paths (Szegedy et al. 2015, Figure 2b).

    ``c1`` to ``c4`` are the output channels of the paths, as in the book: 1x1; 1x1 then 3x3; 1x1 then
    5x5; 3x3 max pool then 1x1. N x H x W x C becomes N x H x W x (c1 + c2[1] + c3[1] + c4).
    """

    def __init__(self, c1, c2, c3, c4, **kwargs):
        super().__init__(resolve_block(inception(c1, c2, c3, c4)), **kwargs)


class Residual(Paths):
    """shortcut + scale · body, activation."""

    def call(self, x):
        total = self.path("shortcut", x) + self.node.scale * self.path("body", x)
        return activate(total, self.node.activation)
