"""Layers in operations that PyTorch's compiler takes apart, and makes loops of C++ of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common.table import spec
from googlenet_torch.blocks import Residual
from googlenet_torch.layers import activate
from googlenet_torch.winograd import INPUTS, OUTPUTS, PRODUCTS, SPAN, TILE, Winograd


class TracedWinograd(Winograd):
    """`Winograd` with transforms along one axis, and then along the other: a third of the arithmetic, or less.

    Written as products of matrices they would be slower; as sums of scaled maps they are loops that pass over the maps
    once. The 36 products are one 1x1 convolution of 36 groups, whose kernels oneDNN lays out once.
    """

    at_a_time = 2**26  # bytes: each portion is code of its own, which takes seconds to make

    def __init__(self, node: spec.Conv, weight: np.ndarray, bias: np.ndarray | None):
        super().__init__(node, weight, bias)
        self.kernels = self.kernels.transpose(1, 2).reshape(-1, self.channels, 1, 1)  # 36 K x C x 1 x 1
        del self.inwards, self.outwards

    def _maps(self, padded: torch.Tensor, down: int, across: int) -> torch.Tensor:
        images, lines = self._at_a_time(len(padded), down, across)
        parts = [
            [some[:, TILE * i : TILE * min(i + lines, down) + 2] for i in range(0, down, lines)]
            for some in padded.split(images)
        ]
        return _joined([_joined([self._outputs(part, across) for part in some], 1) for some in parts], 0)

    def _outputs(self, padded: torch.Tensor, across: int) -> torch.Tensor:
        """The outputs of some lines of tiles, n x down x 4 x across x 4 x K, of inputs n x H x W x C."""
        count, down = len(padded), (padded.shape[1] - 2) // TILE
        rows = torch.stack(_combined(INPUTS, _shifted(padded, 1, down)), 3)  # n x down x W x 6 x C
        inputs = torch.stack(_combined(INPUTS, _shifted(rows, 2, across)), 4)  # n x down x across x 6 x 6 x C
        pixels = inputs.reshape(1, count * down * across, 1, PRODUCTS * self.channels).permute(0, 3, 1, 2)
        products = F.conv2d(pixels, self.kernels, groups=PRODUCTS).permute(0, 2, 3, 1)
        products = products.reshape(count, down, across, SPAN, SPAN, len(self.bias))
        columns = torch.stack(_combined(OUTPUTS, products.unbind(4)), 4)  # n x down x across x 6 x 4 x K
        outputs = _combined(OUTPUTS, columns.unbind(3))
        return torch.stack([activate(row + self.bias, self.node.activation) for row in outputs], 2)


def _shifted(maps: torch.Tensor, axis: int, tiles: int) -> list[torch.Tensor]:
    """The first, the second, ... and the sixth of the inputs of each tile along an axis."""
    every = (slice(None),) * axis
    return [maps[(*every, slice(i, i + TILE * tiles - 3, TILE))] for i in range(SPAN)]


def _combined(matrix: np.ndarray, parts: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """The product of a small matrix and a vector of maps, without the zeros."""
    rows = [[(number, part) for number, part in zip(row, parts, strict=True) if number] for row in matrix.tolist()]
    return [sum((number * part for number, part in row[1:]), row[0][0] * row[0][1]) for row in rows]


def _joined(parts: list[torch.Tensor], axis: int) -> torch.Tensor:
    return torch.cat(parts, axis) if len(parts) > 1 else parts[0]


class Scaled(nn.Module):
    """A residual block whose scale is a tensor.

    PyTorch 2.13 multiplies scales that are numbers into the kernels before them, and gives all of a net the last one.
    """

    def __init__(self, block: Residual):
        super().__init__()
        self.block, self.scale = block, nn.Buffer(torch.tensor(block.node.scale))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total = self.block.path("shortcut", x) + self.scale * self.block.path("body", x)
        return activate(total, self.block.node.activation)
