"""The fastest way that PyTorch has here to compute what ``predict`` does: the same function, for images of one size."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from common.base.errors import InputError
from common.contract.predicting import (
    BATCH,
    Compute,
    Layers,
    Predictor,
    Shape,
    before_classifier,
    require_finite,
    require_float32,
    shape_for,
    stage_portions,
)
from common.table.padding import Pair, sides
from common.table.sizes import Side
from googlenet_torch.arrays import from_array, to_array
from googlenet_torch.layers import AvgPool, Conv, MaxPool, flat
from googlenet_torch.measure import layer_outputs
from googlenet_torch.onednn import FastConv, in_onednn
from googlenet_torch.rewriting import channels_last, folded_conv, native_pool, rewritten
from googlenet_torch.weights import arrays
from googlenet_torch.winograd import Winograd, filtered, products_pay

if TYPE_CHECKING:
    from googlenet_torch.net import Net


def predictor(
    net: Net, *, image_size: Side | None = None, batch: int = BATCH, bfloat16: bool = False, compiled: bool = False
) -> Predictor:
    """`predict` of one net for many batches, the fastest way, with copies of the weights that the net has now.

    Normalisation is folded into the convolutions. On processors oneDNN computes a convolution with its activation, and
    on all devices the channels of a pixel lie side by side; both but in float64, where they do not pay. A processor
    computes in each stage as many images at a time as its caches hold, and in float32 the largest 3x3 convolutions with
    a quarter of the products (`googlenet_torch.winograd`). Hooks of the layers are not called.

    Args:
        net: in any mode; it stays as it is. In bfloat16 after ``net.bfloat16()``.
        image_size: (H, W) of the images, or the side of a square; None is the table's own.
        batch: at most how many images are computed at a time.
        bfloat16: compute in it up to the classifier, which stays in float32; see docs/speed.md for what that costs.
        compiled: into machine code by PyTorch's compiler and one of C++, which takes a minute or so.

    Raises:
        InputError: a size that the network does not take, fewer than one image at a time, weights that are not finite,
            bfloat16 for a net that is not in float32, or compiled where `googlenet_torch.compiled` cannot.

    >>> from googlenet_torch import build_net
    >>> predictor(build_net("d2l"), image_size=32)(np.zeros((2, 1, 32, 32))).shape
    (2, 10)
    """
    shape, like = shape_for(net.table, image_size, batch), next(net.parameters())
    if bfloat16 and compiled:
        raise InputError("bfloat16 and compiled are two fast paths: choose one of them")
    require_finite(arrays(net, before_classifier(net.table)))
    batch, _ = _portions(net, shape, batch, 2 if bfloat16 else like.dtype.itemsize)
    if compiled:
        from googlenet_torch.compiled import computing  # which needs the compiler's two seconds of imports

        return Predictor(net.table, shape, batch, *computing(net, shape, batch))
    return Predictor(net.table, shape, batch, *_computing(net, shape, batch, bfloat16))


def _computing(net: Net, shape: Shape, batch: int, bfloat16: bool) -> tuple[str, Compute, Layers | None]:
    """How, in words; from at most ``batch`` images to their logits; and to every layer, where that is in bfloat16."""
    like = next(net.parameters())
    if bfloat16:
        require_float32(str(like.dtype).removeprefix("torch."))
        like = like.new_empty(0, dtype=torch.bfloat16)
    fast, fused, last = _faster(net, shape, batch, like), in_onednn(like), like.dtype != torch.float64
    _, stages = _portions(net, shape, batch, like.dtype.itemsize)

    def compute(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode(), torch.autocast(like.device.type, enabled=False):
            images = from_array(x, like)
            return to_array(_trunk(fast, channels_last(images) if last else images, stages))

    ways = (
        "bfloat16" * (like.dtype == torch.bfloat16),
        "normalisation folded",
        "channels last" * last,
        "convolution and activation in one by oneDNN" * fused,
        "3x3 convolutions by Winograd's filtering" * any(isinstance(layer, Winograd) for layer in fast.modules()),
    )
    return ", ".join(filter(None, ways)), compute, partial(layer_outputs, fast) if bfloat16 else None


def _portions(net: Net, shape: Shape, batch: int, number_bytes: int) -> tuple[int, dict[str, int]]:
    """How many images are computed at a time, and how many of these by each stage."""
    if next(net.parameters()).device.type != "cpu":
        return batch, dict.fromkeys(net.table.stages, batch)
    return stage_portions(net.table, shape, batch, number_bytes, torch.get_num_threads())


def _trunk(fast: Net, x: torch.Tensor, stages: Mapping[str, int]) -> torch.Tensor:
    """What the net's own ``trunk`` computes, each stage of so many images at a time."""
    for name, count in stages.items():
        stage = getattr(fast, name)
        x = stage(x) if len(x) <= count else torch.cat([stage(part) for part in x.split(count)])
    return fast.fc(flat(x))


def _faster(net: Net, shape: Shape, batch: int, like: torch.Tensor) -> Net:
    """A copy of the net, in evaluation mode and without its heads, whose layers are faster for images of one shape.

    All is of the dtype of ``like``, but for the classifier, which stays as it is.
    """
    others = like.dtype == torch.float32 and in_onednn(like)
    minimal = filtered(net.table, shape, batch) if others and products_pay() else ()

    def replace(name: str, layer: nn.Module, size: Pair) -> nn.Module | None:
        match layer:
            case Conv() if name in minimal:
                return Winograd(layer.node, *folded_conv(layer))
            case Conv():
                return FastConv(layer.node, *folded_conv(layer), size, batch, like)
            case MaxPool() if others and _neighbours(layer, size):
                return Neighbours()
            case MaxPool() | AvgPool():
                return native_pool(layer, size)
        return None

    fast = rewritten(net, shape, replace)
    classifier = fast.fc
    fast.fc = nn.Identity()
    fast.to(like.dtype)
    fast.fc = Widened(classifier) if like.dtype != next(net.parameters()).dtype else classifier
    return fast if like.dtype == torch.float64 else fast.to(memory_format=torch.channels_last)


def _neighbours(pool: MaxPool, size: Pair) -> bool:
    """Whether its windows are those of `Neighbours`, for maps of a size (H, W)."""
    kernel, stride, _ = pool.node.window
    return (kernel, stride) == ((3, 3), (1, 1)) and sides(size, *pool.node.window) == ((1, 1), (1, 1))


class Neighbours(nn.Module):
    """The maximum of each pixel and the eight around it, by maxima of rows and then of columns.

    PyTorch's own pool finds too where each maximum is, which nobody asks for here.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = x.permute(0, 2, 3, 1)
        for axis in (1, 2):
            maps = self._of_three(maps, axis)
        return maps.permute(0, 3, 1, 2)

    @staticmethod
    def _of_three(maps: torch.Tensor, axis: int) -> torch.Tensor:
        """Of each row or column, the one before it and the one after it."""
        pairs, found = maps.shape[axis] - 1, torch.empty_like(maps)
        before, after = maps.narrow(axis, 0, pairs), maps.narrow(axis, 1, pairs)
        torch.maximum(before, after, out=found.narrow(axis, 0, pairs))
        found.select(axis, -1).copy_(maps.select(axis, -1))
        later = found.narrow(axis, 1, pairs)
        torch.maximum(later, before, out=later)
        return found


class Widened(nn.Module):
    """A layer in float32, of what is computed in bfloat16 before it: logits keep all their digits."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.layer = layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x.float())
