"""How layers are put together: one after the other, side by side, or around a shortcut."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from common.contract.building import builder
from common.table import spec
from common.table.resolve import resolve_block
from googlenet_tf.framework import keras, tf
from googlenet_tf.layers import (
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


def build(node: spec.Node, **kwargs: Any) -> keras.layers.Layer:
    """The layer of one node of a resolved table; ``kwargs`` are Keras' own: ``name`` and ``dtype``.

    Raises:
        InputError: a type of node, an activation or a normalisation that there is not; names it.
    """
    return builder(node, BUILDERS, ACTIVATIONS)(node, **kwargs)


class Stage(keras.layers.Layer):
    """Named layers and blocks, one after the other."""

    def __init__(self, node: spec.Stage, **kwargs: Any):
        super().__init__(**kwargs)
        self.node = node
        for name, child in node.nodes.items():
            setattr(self, name, build(child, name=name, dtype=self.dtype_policy))

    @property
    def layers(self) -> list[keras.layers.Layer]:
        """The layers and blocks in order, as a `keras.Sequential` has them; ``summary`` lists them."""
        return [getattr(self, name) for name in self.node.nodes]

    def call(self, x: tf.Tensor) -> tf.Tensor:
        for layer in self.layers:
            x = layer(x)
        return x

    def __dir__(self) -> list[str]:
        """All but ``layers``: Keras' files would have the layers under that name, and numbers for their own."""
        return [name for name in super().__dir__() if name != "layers"]


class Paths(keras.layers.Layer):
    """Parallel paths from one input; a subclass says how their ends are put together."""

    def __init__(self, node: spec.Paths, **kwargs: Any):
        super().__init__(**kwargs)
        self.node = node
        for name, child in node.children.items():
            setattr(self, name, build(child, name=name, dtype=self.dtype_policy))

    def path(self, path: str, x: tf.Tensor) -> tf.Tensor:
        """The output of the path called ``path``."""
        for name in self.node.paths[path]:
            x = getattr(self, name)(x)
        return x


class Concat(Paths):
    """Paths concatenated on the channels."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return keras.ops.concatenate([self.path(path, x) for path in self.node.paths], axis=-1)


class Inception(Concat):
    """The Inception block: four parallel paths (Szegedy et al. 2015, Figure 2b).

    ``c1`` to ``c4`` are the output channels of the paths, as in the book: 1x1; 1x1 then 3x3; 1x1 then
    5x5; 3x3 max pool then 1x1. N x H x W x C becomes N x H x W x (c1 + c2[1] + c3[1] + c4).

    >>> Inception(64, (96, 128), (16, 32), 32)(tf.ones((1, 28, 28, 192))).shape
    TensorShape([1, 28, 28, 256])
    """

    def __init__(self, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int, **kwargs: Any):
        super().__init__(resolve_block(spec.Inception(c1, c2, c3, c4)), **kwargs)

    @classmethod
    def from_node(cls, node: spec.Inception, **kwargs: Any) -> Inception:
        """The block of a table, with the padding, the bias and the normalisation that its layers have there."""
        block = cls.__new__(cls)
        Concat.__init__(block, node, **kwargs)
        return block

    def call(self, x: tf.Tensor) -> tf.Tensor:
        p1 = self.p1_1(x)
        p2 = self.p2_2(self.p2_1(x))
        p3 = self.p3_2(self.p3_1(x))
        p4 = self.p4_2(self.p4_1(x))
        return keras.ops.concatenate((p1, p2, p3, p4), axis=-1)


class Residual(Paths):
    """shortcut + scale · body, activation."""

    node: spec.Residual

    def call(self, x: tf.Tensor) -> tf.Tensor:
        total = self.path("shortcut", x) + self.node.scale * self.path("body", x)
        return activate(total, self.node.activation)


BUILDERS: dict[type, Callable[..., keras.layers.Layer]] = {
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
