"""The same net from other layers, which are faster for images of one size."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from common.contract.building import normalisation
from common.contract.folding import folded
from common.contract.predicting import Shape
from common.table import spec
from common.table.padding import Pad, Pair, output_size, sides, symmetric
from googlenet_torch.arrays import to_array
from googlenet_torch.layers import AvgPool, Conv, MaxPool

if TYPE_CHECKING:
    from googlenet_torch.net import Net

Replace = Callable[[str, nn.Module, Pair], "nn.Module | None"]


def copied(net: Net) -> Net:
    """A copy of the net in evaluation mode, without the hooks that somebody has registered with it."""
    own = copy.deepcopy(net).eval()
    for module in own.modules():
        module._forward_hooks.clear()
        module._forward_pre_hooks.clear()
    return own


def rewritten(net: Net, shape: Shape, replace: Replace) -> Net:
    """A copy of the net, in evaluation mode and without its heads, with other layers.

    Args:
        shape: (C, H, W) of the images.
        replace: from the name of a layer, the layer, and (H, W) of the maps it gets, to the one in its place, or None.
    """
    fast = copied(net)
    for name in net.table.heads:
        delattr(fast, name)
    for name, layer in net.table.at(shape, aux=False).items():
        new, (parent, _, leaf) = replace(name, fast.get_submodule(name), layer.input[1:]), name.rpartition(".")
        if new is not None:
            setattr(fast.get_submodule(parent), leaf, new)
    return fast


def folded_conv(conv: Conv) -> tuple[np.ndarray, np.ndarray | None]:
    """Kernel and bias of a convolution with its normalisation folded in."""
    norm = normalisation(conv.node)
    return folded({name: to_array(tensor) for name, tensor in conv.state_dict().items()}, norm.eps if norm else None)


def native_pool(pool: MaxPool | AvgPool, size: Pair) -> nn.Module | None:
    """PyTorch's own pool that has the very same windows for maps of a size (H, W), where there is one."""
    node, (kernel, stride, _) = pool.node, pool.node.window
    if isinstance(node, spec.AvgPool):
        own = symmetric(*node.window)
        return nn.AvgPool2d(kernel, stride, own, count_include_pad=node.count_padding) if own else None
    (top, _), (left, _) = sides(size, *node.window)
    for up in (False, True):
        if output_size(size, kernel, stride, Pad((top, left), (top, left), up)) == output_size(size, *node.window):
            return nn.MaxPool2d(kernel, stride, (top, left), ceil_mode=up)
    return None


def channels_last(x: torch.Tensor) -> torch.Tensor:
    """A copy of maps N x C x H x W in which the channels of a pixel lie side by side.

    Not by ``.contiguous(memory_format=)``, which leaves maps of one channel as they are.
    """
    return x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
