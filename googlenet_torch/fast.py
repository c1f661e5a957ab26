"""The fastest way that PyTorch has here to compute what ``predict`` does: the same function, for images of one size."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common.contract.building import normalisation
from common.contract.folding import folded
from common.contract.predicting import BATCH, Compute, Layers, Predictor, Shape, portion, require_float32, shape_for
from common.table import spec
from common.table.padding import Pad, Pair, output_size, sides, symmetric
from common.table.sizes import Side
from googlenet_torch.arrays import from_array, to_array
from googlenet_torch.layers import AvgPool, Conv, MaxPool, activate, pad
from googlenet_torch.measure import layer_outputs

if TYPE_CHECKING:
    from googlenet_torch.net import Net

ONEDNN = (torch.float32, torch.bfloat16)  # what oneDNN computes convolutions in


def predictor(net: Net, *, image_size: Side | None = None, batch: int = BATCH, bfloat16: bool = False) -> Predictor:
    """`predict` of one net for many batches, the fastest way, with copies of the weights that the net has now.

    Normalisation is folded into the convolutions. On processors oneDNN computes a convolution with its activation, and
    on all devices the channels of a pixel lie side by side; both but in float64, where they do not pay. A processor
    computes at a time as many images as its caches hold. Hooks of the layers are not called.

    Args:
        net: in any mode; it stays as it is. In bfloat16 after ``net.bfloat16()``.
        image_size: (H, W) of the images, or the side of a square; None is the table's own.
        batch: at most how many images are computed at a time.
        bfloat16: compute in it up to the classifier, which stays in float32; see docs/speed.md for what that costs.

    Raises:
        InputError: a size that the network does not take, fewer than one image at a time, or bfloat16 for a net that is
            not in float32.

    >>> from googlenet_torch import build_net
    >>> predictor(build_net("d2l"), image_size=32)(np.zeros((2, 1, 32, 32))).shape
    (2, 10)
    """
    shape, like = shape_for(net.table, image_size, batch), next(net.parameters())
    if like.device.type == "cpu":
        width = 2 if bfloat16 else like.dtype.itemsize
        batch = portion(net.table, shape, batch, width, torch.get_num_threads())
    return Predictor(net.table, shape, batch, *_computing(net, shape, batch, bfloat16))


def _computing(net: Net, shape: Shape, batch: int, bfloat16: bool) -> tuple[str, Compute, Layers | None]:
    """How, in words; from at most ``batch`` images to their logits; and to every layer, where that is in bfloat16."""
    like = next(net.parameters())
    if bfloat16:
        require_float32(str(like.dtype).removeprefix("torch."))
        like = like.new_empty(0, dtype=torch.bfloat16)
    fast, fused, last = _faster(net, shape, batch, like), _in_onednn(like), like.dtype != torch.float64

    def compute(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode(), torch.autocast(like.device.type, enabled=False):
            # Not .to(memory_format=), which leaves images of one channel as they are.
            images = from_array(x.transpose(0, 2, 3, 1), like).permute(0, 3, 1, 2) if last else from_array(x, like)
            return to_array(fast.trunk(images))

    ways = (
        "bfloat16" * (like.dtype == torch.bfloat16),
        "normalisation folded",
        "channels last" * last,
        "convolution and activation in one by oneDNN" * fused,
    )
    return ", ".join(filter(None, ways)), compute, partial(layer_outputs, fast) if bfloat16 else None


def _in_onednn(like: torch.Tensor) -> bool:
    """Whether convolutions of such numbers are computed by oneDNN, with operators that this PyTorch has."""
    return (
        like.device.type == "cpu"
        and like.dtype in ONEDNN
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_convolution_pointwise")
        and hasattr(torch._C._nn, "mkldnn_reorder_conv2d_weight")
        and (like.dtype == torch.float32 or torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )


def _faster(net: Net, shape: Shape, batch: int, like: torch.Tensor) -> Net:
    """A copy of the net, in evaluation mode and without its heads, whose layers are faster for images of one shape.

    All is of the dtype of ``like``, but for the classifier, which stays as it is.
    """
    fast = copy.deepcopy(net).eval()
    for name in net.table.heads:
        delattr(fast, name)
    for name, layer in net.table.at(shape, aux=False).items():
        module, (parent, _, leaf) = fast.get_submodule(name), name.rpartition(".")
        match module:
            case Conv():
                setattr(fast.get_submodule(parent), leaf, FastConv(module, layer.input[1:], batch, like))
            case MaxPool() | AvgPool() if native := _native_pool(module, layer.input[1:]):
                setattr(fast.get_submodule(parent), leaf, native)
    classifier = fast.fc
    fast.fc = nn.Identity()
    fast.to(like.dtype)
    fast.fc = Widened(classifier) if like.dtype != next(net.parameters()).dtype else classifier
    return fast if like.dtype == torch.float64 else fast.to(memory_format=torch.channels_last)


def _native_pool(pool: MaxPool | AvgPool, size: Pair) -> nn.Module | None:
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


class Widened(nn.Module):
    """A layer in float32, of what is computed in bfloat16 before it: logits keep all their digits."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x.float())


class FastConv(nn.Module):
    """A convolution with its normalisation folded in, and its activation.

    Args:
        conv: the layer; its weights are copied.
        size: (H, W) of its maps.
        batch: how many there are at a time; oneDNN lays the kernel out for that, and takes others too.
        like: a tensor of the dtype to compute in.
    """

    def __init__(self, conv: Conv, size: Pair, batch: int, like: torch.Tensor):
        super().__init__()
        norm = normalisation(conv.node)
        tensors = {name: to_array(tensor) for name, tensor in conv.state_dict().items()}
        weight, bias = folded(tensors, norm.eps if norm else None)
        self.node, self.stride, self.padding = conv.node, conv.stride, conv.padding
        self.weight = nn.Parameter(from_array(weight, like), requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(from_array(bias, like), requires_grad=False)
        self.packed = self._pack(size, batch) if _in_onednn(like) else None

    def _pack(self, size: Pair, batch: int) -> torch.Tensor:
        """The kernel as oneDNN wants it, opaque to everything else."""
        rows, columns = (n + sum(added) for n, added in zip(size, self._added(size), strict=True))
        maps = [batch, self.node.in_channels, rows, columns]
        return torch._C._nn.mkldnn_reorder_conv2d_weight(
            self.weight.detach().to_mkldnn(), self.padding, self.stride, (1, 1), 1, maps
        )

    def _added(self, size: Pair) -> tuple[Pair, Pair]:
        """The rows and columns that `pad` adds by hand."""
        return ((0, 0), (0, 0)) if symmetric(*self.node.window) else sides(size, *self.node.window)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, relu = pad(x, self.node), self.node.activation == "relu"
        if self.packed is None:
            return activate(F.conv2d(x, self.weight, self.bias, self.stride, self.padding), self.node.activation)
        y = torch.ops.mkldnn._convolution_pointwise(
            *(x, self.packed, self.bias, self.padding, self.stride, (1, 1), 1), "relu" if relu else "none", [], ""
        )
        return y if relu else activate(y, self.node.activation)
