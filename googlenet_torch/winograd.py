"""3x3 convolutions with a quarter of the products, by minimal filtering.

16 outputs of such a convolution, a tile of 4 x 4, come from 6 x 6 inputs. By themselves they take 144 products for each
pair of channels. Where inputs and kernel are transformed first, 36 do, and the outputs are a transform of these
(Winograd 1980, "Arithmetic Complexity of Computations"; Lavin & Gray 2016, "Fast Algorithms for Convolutional Neural
Networks", section 4). It is the same function. Its roundings are larger, and `filtered` accounts for them.
"""

from __future__ import annotations

from math import ceil, prod

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common.base.machine import of_cpuinfo
from common.contract.predicting import even
from common.table import spec
from common.table.analysis import Table
from common.table.padding import output_size, sides

TILE, SPAN = 4, 6  # the side of a tile of outputs, and of the inputs that it comes from
PRODUCTS = SPAN * SPAN  # for each pair of channels
POINTS = (0, 3 / 4, -3 / 4, 3 / 2, -3 / 2)  # where polynomials are multiplied, beside infinity: few digits are lost
FEWEST_TILES = 32  # for the transformed kernel is four times as large, and is read once for all of them
ROUNDINGS = 32  # units of float32 that the outputs may be wrong by
UNITS_PER_LAYER = 8  # that count as round-off (docs/tolerances.md)
ACTIVATIONS = (None, "relu")
ALL_DIGITS = ("none", "ieee")  # https://docs.pytorch.org/docs/stable/backends.html; none is the default
AT_A_TIME = 2**23  # bytes of transformed maps: what the caches of a processor or two hold


def _transforms() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of inputs (6 x 6), of kernels (6 x 3) and of products (4 x 6), each for one axis: Toom and Cook's algorithm.

    Inputs are the coefficients that make the algorithm for a product of polynomials one for a filter, its transpose.
    """
    points, last = np.array(POINTS), SPAN - 1
    inputs, kernels, outputs = np.zeros((SPAN, SPAN)), np.zeros((SPAN, 3)), np.zeros((TILE, SPAN))
    for i, point in enumerate(points):
        others = np.delete(points, i)
        inputs[i, :last] = np.poly(others)[::-1]
        kernels[i] = point ** np.arange(3) / np.prod(point - others)
        outputs[:, i] = point ** np.arange(TILE)
    inputs[last] = np.poly(points)[::-1]
    kernels[last, -1] = outputs[-1, last] = 1
    return inputs, kernels, outputs


INPUTS, KERNELS, OUTPUTS = _transforms()


def filtered(table: Table, shape: tuple[int, int, int], batch: int) -> list[str]:
    """The names of the convolutions of a table that are worth it, for images of one shape (C, H, W) in float32.

    They have kernels of 3 x 3, stride 1, and channels and tiles enough. There are as many of the largest as add at most
    half of what counts as round-off; their errors add up as the root of their number does (Higham & Mary 2019, "A new
    approach to probabilistic rounding error analysis"). There is none where PyTorch has been told that products of
    matrices need not keep all digits of float32 (``torch.set_float32_matmul_precision``).

    >>> from common import nets
    >>> filtered(nets.get("imagenet_aux"), (3, 224, 224), 8)[:3]
    ['b2.conv2', 'b3.3a.p2_2', 'b3.3b.p2_2']
    """
    if torch.backends.mkldnn.matmul.fp32_precision not in ALL_DIGITS:
        return []
    macs = {
        name: layer.macs
        for name, layer in table.at(shape, aux=False).items()
        if isinstance(layer.node, spec.Conv) and _pays(layer.node, layer.input[0], layer.shape, batch)
    }
    most = int((table.depth * UNITS_PER_LAYER / 2 / ROUNDINGS) ** 2)
    largest = sorted(macs, key=lambda name: -macs[name])[:most]
    return [name for name in macs if name in largest]


def products_pay() -> bool:
    """Whether filtering by PyTorch's products of matrices is faster here than oneDNN's convolutions.

    MKL, which PyTorch multiplies by, leaves AVX-512 unused on processors that are not Intel's. oneDNN does not.
    """
    wide = torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.backends.mkl.is_available()
    return not wide or of_cpuinfo("vendor_id") == "GenuineIntel"


def _pays(node: spec.Conv, channels: int, output: tuple[int, ...], batch: int) -> bool:
    """Whether the products that are saved weigh more than the transforms, which each channel has, in and out.

    Args:
        channels: of the input.
        output: (C, H, W).
    """
    if node.kernel != (3, 3) or node.stride != (1, 1) or node.activation not in ACTIVATIONS:
        return False
    tiles = batch * prod(ceil(side / TILE) for side in output[1:])
    return channels * output[0] >= PRODUCTS * (channels + output[0]) and tiles >= FEWEST_TILES


class Winograd(nn.Module):
    """A 3 x 3 convolution of stride 1 in float32, and its activation.

    Args:
        node: of the table.
        weight: the kernel, OIHW, in any dtype.
        bias: one number for each output channel, or None.
    """

    at_a_time = AT_A_TIME

    def __init__(self, node: spec.Conv, weight: np.ndarray, bias: np.ndarray | None):
        super().__init__()
        self.node, self.channels = node, weight.shape[1]
        self.kernels: torch.Tensor  # 36 x C x K, transformed
        kernels = np.einsum("ai,bj,ocij->abco", KERNELS, KERNELS, weight.astype(np.float64), optimize=True)
        arrays = {
            "kernels": kernels.reshape(PRODUCTS, weight.shape[1], weight.shape[0]),
            "bias": np.zeros(len(weight)) if bias is None else bias,
            "inwards": np.kron(INPUTS, INPUTS),
            "outwards": np.kron(OUTPUTS, OUTPUTS),
        }
        for name, array in arrays.items():
            self.register_buffer(name, torch.from_numpy(np.array(array, np.float32)), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps N x C x H x W with the channels of a pixel side by side; so are those that are returned."""
        size = (x.shape[2], x.shape[3])
        rows, columns = output_size(size, *self.node.window)
        down, across = ceil(rows / TILE), ceil(columns / TILE)
        (top, _), (left, _) = sides(size, *self.node.window)
        below, right = TILE * down + 2 - top - size[0], TILE * across + 2 - left - size[1]
        padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, left, right, top, below))
        maps = self._maps(padded, down, across).flatten(3, 4).flatten(1, 2)
        return maps[:, :rows, :columns].permute(0, 3, 1, 2)

    def _maps(self, padded: torch.Tensor, down: int, across: int) -> torch.Tensor:
        """The outputs of all tiles, N x down x 4 x across x 4 x K, of inputs N x H x W x C.

        They are computed as many at a time as the caches hold. The inputs of neighbours overlap.
        """
        count, outputs = len(padded), len(self.bias)
        tiles = padded.unfold(1, SPAN, TILE).unfold(2, SPAN, TILE).permute(4, 5, 0, 1, 2, 3)
        maps = padded.new_empty(count, down, TILE, across, TILE, outputs)
        images, lines = self._at_a_time(count, down, across)
        for i in range(0, count, images):
            for j in range(0, down, lines):
                place = maps[i : i + images, j : j + lines]
                torch.add(self._products(tiles[:, :, i : i + images, j : j + lines]), self.bias, out=place)
                if self.node.activation == "relu":
                    place.relu_()
        return maps

    def _at_a_time(self, count: int, down: int, across: int) -> tuple[int, int]:
        """How many images, and of one image how many lines of tiles, are computed at a time: as even as can be."""
        line = 4 * across * (2 * PRODUCTS * self.channels + (PRODUCTS + TILE * TILE) * len(self.bias))
        lines = max(1, self.at_a_time // line)
        return (even(count, lines // down), down) if lines >= down else (1, even(down, lines))

    def _products(self, tiles: torch.Tensor) -> torch.Tensor:
        """The outputs of some tiles, before the bias, n x down x 4 x across x 4 x K."""
        _, _, images, down, across, channels = tiles.shape
        transformed = (self.inwards @ tiles.reshape(PRODUCTS, -1)).view(PRODUCTS, -1, channels)
        products = torch.bmm(transformed, self.kernels).view(PRODUCTS, -1)
        outputs = (self.outwards @ products).view(TILE, TILE, images, down, across, len(self.bias))
        return outputs.permute(2, 3, 0, 4, 1, 5)
