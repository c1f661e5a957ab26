"""The layers of the vocabulary in PyTorch: one class for each kind of node, with its meaning exactly.

Maps are N x C x H x W.
"""

from __future__ import annotations

from math import inf

import torch
import torch.nn.functional as F
from torch import fx, nn

from common.contract.building import activation, normalisation
from common.contract.moving import Moving
from common.table import spec
from common.table.padding import Pad, Pair, Same, sides, symmetric

MOVING = Moving(unbiased=True)  # torch.nn.BatchNorm2d, last paragraph of its description
ACTIVATIONS = {None: lambda x: x, "relu": F.relu}


def native_padding(node: spec.Conv | spec.Window) -> Pair:
    """What torch can add by itself: equal numbers on both sides. The rest is left to `pad`."""
    return symmetric(*node.window) or (0, 0)


def pad(x: torch.Tensor, node: spec.Conv | spec.Window, value: float = 0.0) -> torch.Tensor:
    """x with the table's padding around it, where torch cannot add it by itself."""
    return x if symmetric(*node.window) else pad_by_size(x, *node.window, value)


@fx.wrap  # symbolic_trace takes it as one operation, because the size of the image decides inside
def pad_by_size(x: torch.Tensor, kernel: Pair, stride: Pair, padding: Pad | Same, value: float) -> torch.Tensor:
    """x with as many rows and columns around it as `common.table.padding.sides` says for its size."""
    (top, bottom), (left, right) = sides(x.shape[2:], kernel, stride, padding)
    return F.pad(x, (left, right, top, bottom), value=value)


def activate(x: torch.Tensor, name: str | None) -> torch.Tensor:
    """The activation called ``name`` of x, which may have any shape; x itself for None.

    Raises:
        InputError: an activation that is not in `ACTIVATIONS`; says the choices.

    >>> activate(torch.tensor([-1.0, 2.0]), "relu")
    tensor([0., 2.])
    """
    return activation(name, ACTIVATIONS)(x)


def flat(x: torch.Tensor) -> torch.Tensor:
    """Maps N x C x H x W as vectors N x (C H W), in that order; vectors stay as they are.

    >>> flat(torch.zeros(2, 3, 4, 5)).shape
    torch.Size([2, 60])
    """
    return x.flatten(1)


@fx.wrap
def local_response_norm(x: torch.Tensor, size: int, alpha: float, beta: float, k: float) -> torch.Tensor:
    """PyTorch's own, for 16-bit numbers too: these are computed in float32, because its pooling does not know them."""
    wide = x.float() if x.dtype.itemsize == 2 else x
    return F.local_response_norm(wide, size, alpha, beta, k).to(x.dtype)


@fx.wrap
def check_maps(x: torch.Tensor) -> None:
    """Require four axes of what is normalised by its channels.

    Raises:
        ValueError: another number of axes.

    >>> check_maps(torch.zeros(1, 2, 3))
    Traceback (most recent call last):
        ...
    ValueError: expected maps N x C x H x W, not an input of 3 axes
    """
    if x.dim() != 4:
        raise ValueError(f"expected maps N x C x H x W, not an input of {x.dim()} axes")


class Conv(nn.Conv2d):
    """Convolution, normalisation, activation."""

    def __init__(self, node: spec.Conv):
        super().__init__(
            node.in_channels, node.out_channels, node.kernel, node.stride, native_padding(node), bias=node.bias
        )
        self.node = node
        norm = normalisation(node)
        self.norm = BatchNorm(norm, node.out_channels) if norm else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = super().forward(pad(x, self.node))
        if self.norm is not None:
            x = self.norm(x)
        return activate(x, self.node.activation)


class BatchNorm(nn.BatchNorm2d):
    """Batch normalisation; torch's momentum is the weight of the new batch."""

    def __init__(self, node: spec.BatchNorm, channels: int):
        super().__init__(channels, eps=node.eps, momentum=1 - node.momentum)

    def _check_input_dim(self, x: torch.Tensor) -> None:
        check_maps(x)


class MaxPool(nn.MaxPool2d):
    """Maximum; torch's own padding is −inf, and so is ours."""

    def __init__(self, node: spec.MaxPool):
        super().__init__(node.kernel, node.stride, native_padding(node))
        self.node = node

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(pad(x, self.node, value=-inf))


class AvgPool(nn.AvgPool2d):
    """Mean of all elements, or of those inside the image."""

    def __init__(self, node: spec.AvgPool):
        super().__init__(node.kernel, node.stride, native_padding(node), count_include_pad=True)
        self.node = node

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = super().forward(pad(x, self.node))
        if self.node.count_padding:
            return mean
        return mean / super().forward(pad(torch.ones_like(x[:1, :1]), self.node))


class GlobalAvgPool(nn.AdaptiveAvgPool2d):
    """Mean of the whole map, as 1 x 1."""

    def __init__(self, node: spec.GlobalAvgPool):
        super().__init__(1)


class AdaptiveAvgPool(nn.AdaptiveAvgPool2d):
    """Means of windows that cover the map."""

    def __init__(self, node: spec.AdaptiveAvgPool):
        super().__init__(node.size)


class LRN(nn.LocalResponseNorm):
    """Local response normalisation; torch's alpha means what the table's does."""

    def __init__(self, node: spec.LRN):
        super().__init__(node.size, alpha=node.alpha, beta=node.beta, k=node.k)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return local_response_norm(x, self.size, self.alpha, self.beta, self.k)


class Dropout(nn.Dropout):
    """Dropout, while training."""

    def __init__(self, node: spec.Dropout):
        super().__init__(node.p)


class Dense(nn.Linear):
    """Fully connected layer on the flattened map (C, H, W), activation."""

    def __init__(self, node: spec.Dense):
        super().__init__(node.in_features, node.units)
        self.node = node

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return activate(super().forward(flat(x)), self.node.activation)


class Flatten(nn.Flatten):
    """The map as a vector, in the order C, H, W."""

    def __init__(self, node: spec.Flatten):
        super().__init__()
