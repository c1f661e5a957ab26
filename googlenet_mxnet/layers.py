"""The layers of the vocabulary in Gluon: one class for each kind of node, with its meaning exactly.

Maps are N x C x H x W, of ``mx.nd`` or, after ``npx.set_np()``, of ``mx.np``.
"""

from __future__ import annotations

from math import inf
from types import ModuleType
from typing import Any

from common.contract.building import activation, normalisation
from common.contract.moving import Moving
from common.table import spec
from common.table.padding import Pair, fixed, sides, symmetric
from googlenet_mxnet.arrays import Array, Sized, to_caller, to_nd
from googlenet_mxnet.framework import mx, nn

MOVING = Moving(unbiased=False, momentum_dtype="float32")  # mxnet, BatchNormParam::momentum
ACTIVATIONS = {None: lambda F, x: x, "relu": lambda F, x: to_caller(F.relu(to_nd(x)))}

# What Gluon calls the tensors of a layer.
NAMES = {
    "weight": "weight",
    "bias": "bias",
    "norm.weight": "norm.gamma",
    "norm.bias": "norm.beta",
    "norm.running_mean": "norm.running_mean",
    "norm.running_var": "norm.running_var",
}


def native_padding(node: spec.Conv | spec.Window) -> Pair:
    """What MXNet can add by itself: equal numbers on both sides. The rest is left to `pad`."""
    return symmetric(*node.window) or (0, 0)


def pad(F: ModuleType, x: Array, node: spec.Conv | spec.Window, value: float = 0.0) -> Array:
    """x with the table's padding around it, where MXNet cannot add it by itself."""
    if symmetric(*node.window):
        return x
    numbers = fixed(*node.window)
    if numbers is None:  # then x is no symbol: see `Sized`
        (top, bottom), (left, right) = sides(x.shape[2:], *node.window)
    else:
        (top, left), (bottom, right) = numbers.before, numbers.after
    width = (0, 0, 0, 0, top, bottom, left, right)
    # mx.np.pad takes constant_values and pads with 0 whatever they are.
    return to_caller(F.pad(to_nd(x), mode="constant", pad_width=width, constant_value=value))


def activate(F: ModuleType, x: Array, name: str | None) -> Array:
    """The activation called ``name`` of x, which may have any shape; x itself for None.

    Raises:
        InputError: an activation that is not in `ACTIVATIONS`; says the choices.

    >>> activate(mx.nd, mx.nd.array([-1.0, 2.0]), "relu").asnumpy()
    array([0., 2.], dtype=float32)
    """
    return activation(name, ACTIVATIONS)(F, x)


def flat(x: Array) -> Array:
    """Maps N x C x H x W as vectors N x (C H W), in that order; vectors stay as they are.

    >>> flat(mx.nd.zeros((2, 3, 4, 5))).shape
    (2, 60)
    """
    F = mx.sym if isinstance(x, mx.sym.Symbol) else mx.nd
    return to_caller(F.flatten(to_nd(x)))


class Conv(Sized, nn.Conv2D):
    """Convolution, normalisation, activation."""

    def __init__(self, node: spec.Conv, **kwargs: Any):
        super().__init__(
            node.out_channels,
            node.kernel,
            node.stride,
            native_padding(node),
            in_channels=node.in_channels or 0,
            use_bias=node.bias,
            **kwargs,
        )
        self.node = node
        norm = normalisation(node)
        with self.name_scope():
            self.norm = BatchNorm(norm, node.out_channels) if norm else None

    def hybrid_forward(self, F: ModuleType, x: Array, weight: Array, bias: Array | None = None) -> Array:
        x = super().hybrid_forward(F, pad(F, x, self.node), weight, bias)
        if self.norm is not None:
            x = self.norm(x)
        return activate(F, x, self.node.activation)


class BatchNorm(nn.BatchNorm):
    """Batch normalisation; MXNet's momentum is the weight of the old value, as in the table."""

    def __init__(self, node: spec.BatchNorm, channels: int, **kwargs: Any):
        super().__init__(momentum=node.momentum, epsilon=node.eps, in_channels=channels, **kwargs)


class MaxPool(Sized, nn.MaxPool2D):
    """Maximum; MXNet's own padding is −inf, and so is ours."""

    def __init__(self, node: spec.MaxPool, **kwargs: Any):
        super().__init__(node.kernel, node.stride, native_padding(node), **kwargs)
        self.node = node

    def hybrid_forward(self, F: ModuleType, x: Array) -> Array:
        return super().hybrid_forward(F, pad(F, x, self.node, value=-inf))


class AvgPool(Sized, nn.AvgPool2D):
    """Mean of all elements, or of those inside the image."""

    def __init__(self, node: spec.AvgPool, **kwargs: Any):
        super().__init__(node.kernel, node.stride, native_padding(node), count_include_pad=True, **kwargs)
        self.node = node

    def hybrid_forward(self, F: ModuleType, x: Array) -> Array:
        mean = super().hybrid_forward(F, pad(F, x, self.node))
        if self.node.count_padding:
            return mean
        ones = to_caller(F.ones_like(to_nd(x)))
        return mean / super().hybrid_forward(F, pad(F, ones, self.node))


class GlobalAvgPool(nn.GlobalAvgPool2D):
    """Mean of the whole map, as 1 x 1."""

    def __init__(self, node: spec.GlobalAvgPool, **kwargs: Any):
        super().__init__(**kwargs)


class AdaptiveAvgPool(mx.gluon.HybridBlock):
    """Means of windows that cover the map."""

    def __init__(self, node: spec.AdaptiveAvgPool, **kwargs: Any):
        super().__init__(**kwargs)
        self.node = node

    def hybrid_forward(self, F: ModuleType, x: Array) -> Array:
        return to_caller(F.contrib.AdaptiveAvgPooling2D(to_nd(x), output_size=self.node.size))


class LRN(mx.gluon.HybridBlock):
    """Local response normalisation, composed: MXNet's own knows no float64."""

    def __init__(self, node: spec.LRN, **kwargs: Any):
        super().__init__(**kwargs)
        self.node = node

    def hybrid_forward(self, F: ModuleType, x: Array) -> Array:
        node, x = self.node, to_nd(x)
        squares = F.expand_dims(F.square(x), axis=1)  # the channels become an axis to pool over
        window = {"kernel": (node.size, 1, 1), "pad": (node.size // 2, 0, 0)}
        total = F.squeeze(F.Pooling(squares, pool_type="sum", **window), axis=1)
        return to_caller(x / (node.k + node.alpha / node.size * total) ** node.beta)


class Dropout(nn.Dropout):
    """Dropout, while training."""

    def __init__(self, node: spec.Dropout, **kwargs: Any):
        super().__init__(node.p, **kwargs)


class Dense(nn.Dense):
    """Fully connected layer on the flattened map (C, H, W), activation."""

    def __init__(self, node: spec.Dense, **kwargs: Any):
        super().__init__(node.units, in_units=node.in_features, **kwargs)
        self.node = node

    def hybrid_forward(self, F: ModuleType, x: Array, weight: Array, bias: Array | None = None) -> Array:
        return activate(F, super().hybrid_forward(F, x, weight, bias), self.node.activation)


class Flatten(nn.Flatten):
    """The map as a vector, in the order C, H, W."""

    def __init__(self, node: spec.Flatten, **kwargs: Any):
        super().__init__(**kwargs)
