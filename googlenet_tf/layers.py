"""The layers of the vocabulary in Keras: one class for each kind of node, with its meaning exactly.

Maps are N x H x W x C.
"""

from __future__ import annotations

from math import inf, prod
from typing import Any

from common.contract.building import activation, normalisation
from common.contract.moving import Moving
from common.table import spec
from common.table.padding import adaptive, is_same, sides
from googlenet_tf.framework import keras, ops, tf

MOVING = Moving(unbiased=False)  # keras.layers.BatchNormalization, by keras.ops.moments
ACTIVATIONS = {None: lambda x: x, "relu": ops.relu}

# What Keras calls the tensors of a layer.
NAMES = {
    "weight": "kernel",
    "bias": "bias",
    "norm.weight": "norm.gamma",
    "norm.bias": "norm.beta",
    "norm.running_mean": "norm.moving_mean",
    "norm.running_var": "norm.moving_variance",
}


def native_padding(node: spec.Conv | spec.Window) -> str:
    """What Keras can add by itself: TensorFlow's SAME. The rest is left to `pad`."""
    return "same" if is_same(*node.window) else "valid"


def pad(x: tf.Tensor, node: spec.Conv | spec.Window, value: float = 0.0) -> tf.Tensor:
    """x with the table's padding around it, where Keras cannot add it by itself."""
    if is_same(*node.window):
        return x
    added = sides(x.shape[1:3], *node.window)
    return ops.pad(x, ((0, 0), *added, (0, 0)), constant_values=value)


def activate(x: tf.Tensor, name: str | None) -> tf.Tensor:
    """The activation called ``name`` of x, which may have any shape; x itself for None.

    Raises:
        InputError: an activation that is not in `ACTIVATIONS`; says the choices.

    >>> activate(tf.constant([-1.0, 2.0]), "relu").numpy()
    array([0., 2.], dtype=float32)
    """
    return activation(name, ACTIVATIONS)(x)


def flat(x: tf.Tensor) -> tf.Tensor:
    """Maps N x H x W x C as vectors N x (C H W), in the table's order; vectors stay as they are.

    >>> flat(tf.zeros((2, 4, 5, 3))).shape
    TensorShape([2, 60])
    """
    return x if len(x.shape) == 2 else ops.reshape(ops.transpose(x, (0, 3, 1, 2)), (-1, prod(x.shape[1:])))


class Conv(keras.layers.Conv2D):
    """Convolution, normalisation, activation."""

    def __init__(self, node: spec.Conv, **kwargs: Any):
        super().__init__(
            node.out_channels,
            node.kernel,
            node.stride,
            native_padding(node),
            data_format="channels_last",
            use_bias=node.bias,
            **kwargs,
        )
        self.node = node
        norm = normalisation(node)
        self.norm = BatchNorm(norm, node.out_channels, name="norm", dtype=self.dtype_policy) if norm else None
        if node.in_channels is not None:  # the table knows it: no need to wait for an image
            self.build((None, None, None, node.in_channels))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        x = super().call(pad(x, self.node))
        if self.norm is not None:
            x = self.norm(x)
        return activate(x, self.node.activation)


class BatchNorm(keras.layers.BatchNormalization):
    """Batch normalisation; Keras' momentum is the weight of the old value, as in the table."""

    def __init__(self, node: spec.BatchNorm, channels: int, **kwargs: Any):
        super().__init__(momentum=node.momentum, epsilon=node.eps, **kwargs)
        self.build((None, None, None, channels))


class MaxPool(keras.layers.MaxPooling2D):
    """Maximum; TensorFlow's own padding is −inf, and so is ours."""

    def __init__(self, node: spec.MaxPool, **kwargs: Any):
        super().__init__(node.kernel, node.stride, native_padding(node), data_format="channels_last", **kwargs)
        self.node = node

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return super().call(pad(x, self.node, value=-inf))


class AvgPool(keras.layers.AveragePooling2D):
    """Mean of all elements, or of those inside the image; Keras never counts what it adds by itself."""

    def __init__(self, node: spec.AvgPool, **kwargs: Any):
        super().__init__(node.kernel, node.stride, "valid", data_format="channels_last", **kwargs)
        self.node = node

    def pad(self, x: tf.Tensor) -> tf.Tensor:
        """x with the table's padding, all of it in sight."""
        added = sides(x.shape[1:3], *self.node.window)
        return ops.pad(x, ((0, 0), *added, (0, 0)))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        mean = super().call(self.pad(x))
        if self.node.count_padding:
            return mean
        return mean / super().call(self.pad(ops.ones_like(x)))


class GlobalAvgPool(keras.layers.GlobalAveragePooling2D):
    """Mean of the whole map, as 1 x 1."""

    def __init__(self, node: spec.GlobalAvgPool, **kwargs: Any):
        super().__init__(data_format="channels_last", keepdims=True, **kwargs)


class AdaptiveAvgPool(keras.layers.Layer):
    """Means of windows that cover the map, composed: Keras has its own only since 3.13."""

    def __init__(self, node: spec.AdaptiveAvgPool, **kwargs: Any):
        super().__init__(**kwargs)
        self.node = node

    def call(self, x: tf.Tensor) -> tf.Tensor:
        for axis in (1, 2):
            windows = adaptive(x.shape[axis], self.node.size)
            means = [ops.mean(ops.take(x, range(*window), axis), axis, keepdims=True) for window in windows]
            x = ops.concatenate(means, axis)
        return x


class LRN(keras.layers.Layer):
    """Local response normalisation, composed: TensorFlow's own knows no float64."""

    def __init__(self, node: spec.LRN, **kwargs: Any):
        super().__init__(**kwargs)
        self.node = node

    def call(self, x: tf.Tensor) -> tf.Tensor:
        node, channels, half = self.node, x.shape[-1], self.node.size // 2
        squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (half, half)))
        total = sum(squares[..., i : i + channels] for i in range(node.size))
        return x / (node.k + node.alpha / node.size * total) ** node.beta


class Dropout(keras.layers.Dropout):
    """Dropout, while training."""

    def __init__(self, node: spec.Dropout, **kwargs: Any):
        super().__init__(node.p, **kwargs)


class Dense(keras.layers.Dense):
    """Fully connected layer on the map flattened in the table's order (C, H, W), activation."""

    def __init__(self, node: spec.Dense, **kwargs: Any):
        super().__init__(node.units, **kwargs)
        self.node = node
        self.build((None, node.in_features))
        self.input_spec = None  # a map is welcome: call flattens it

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return activate(super().call(flat(x)), self.node.activation)


class Flatten(keras.layers.Layer):
    """The map as a vector, in the table's order C, H, W."""

    def __init__(self, node: spec.Flatten, **kwargs: Any):
        super().__init__(**kwargs)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return flat(x)
