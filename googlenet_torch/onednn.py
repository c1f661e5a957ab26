"""Convolutions that oneDNN computes with their activation in one, on processors."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common.table import spec
from common.table.padding import Pair, sides, symmetric
from googlenet_torch.arrays import from_array
from googlenet_torch.layers import activate, native_padding, pad

DTYPES = (torch.float32, torch.bfloat16)  # what oneDNN computes convolutions in


def in_onednn(like: torch.Tensor) -> bool:
    """Whether convolutions of such numbers are computed by oneDNN, with operators that this PyTorch has.

    >>> in_onednn(torch.zeros(1, dtype=torch.float64))
    False
    """
    return (
        like.device.type == "cpu"
        and like.dtype in DTYPES
        and torch.backends.mkldnn.is_available()
        and hasattr(torch.ops.mkldnn, "_convolution_pointwise")
        and hasattr(torch._C._nn, "mkldnn_reorder_conv2d_weight")
        and (like.dtype == torch.float32 or torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )


class FastConv(nn.Module):
    """A convolution with its normalisation folded in, and its activation.

    Args:
        node: of the table.
        weight, bias: arrays, OIHW and one number for each output channel, or no bias.
        size: (H, W) of the maps.
        batch: how many there are at a time; oneDNN lays the kernel out for that, and takes others too. None leaves it
            to PyTorch's compiler to lay it out.
        like: a tensor of the dtype to compute in.
    """

    def __init__(
        self,
        node: spec.Conv,
        weight: np.ndarray,
        bias: np.ndarray | None,
        size: Pair,
        batch: int | None,
        like: torch.Tensor,
    ):
        super().__init__()
        self.node, self.stride, self.padding = node, node.stride, native_padding(node)
        self.weight = nn.Parameter(from_array(weight, like), requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(from_array(bias, like), requires_grad=False)
        self.packed = self._pack(size, batch) if batch is not None and in_onednn(like) else None

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
