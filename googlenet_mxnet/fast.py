"""The fastest way that Gluon has here to compute what ``predict`` does: the same function, for images of one size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np

from common.base.errors import InputError
from common.contract.building import normalisation
from common.contract.folding import folded
from common.contract.predicting import (
    BATCH,
    Compute,
    Predictor,
    Shape,
    before_classifier,
    refuse_compiled,
    require_finite,
    shape_for,
)
from common.table import spec
from common.table.padding import Pair, output_size, sides, symmetric
from common.table.sizes import Side
from googlenet_mxnet.blocks import Concat, Residual, Stage
from googlenet_mxnet.framework import mx
from googlenet_mxnet.layers import NAMES, AvgPool, Conv, MaxPool, activate, flat
from googlenet_mxnet.learning import Operators
from googlenet_mxnet.weights import arrays

if TYPE_CHECKING:
    from googlenet_mxnet.net import Net

FUSED = Operators(mx.sym)  # whose ReLU oneDNN takes together with the convolution before it
IMAGES = "images"  # the name of what goes in; no parameter of Gluon's is called so


def predictor(
    net: Net, *, image_size: Side | None = None, batch: int = BATCH, bfloat16: bool = False, compiled: bool = False
) -> Predictor:
    """`predict` of one net for many batches, the fastest way, with copies of the weights that the net has now.

    The net is one symbol for images of one size, with memory of its own for one batch: MXNet's pools do the padding,
    normalisation is folded into the convolutions, and in float32 oneDNN computes these with what follows them. A batch
    that is not full takes as long as a full one. Hooks of the layers are not called.

    Args:
        net: as it is, it stays.
        image_size: (H, W) of the images, or the side of a square; None is the table's own.
        batch: how many images are computed at a time.
        bfloat16: MXNet 1.9.1 computes in float32 and float64 only.
        compiled: only PyTorch's predictor is.

    Raises:
        InputError: a size that the network does not take, fewer than one image at a time, weights that are not finite,
            bfloat16, or compiled.

    >>> from googlenet_mxnet import build_net
    >>> predictor(build_net("d2l"), image_size=32)(np.zeros((2, 1, 32, 32))).shape
    (2, 10)
    """
    refuse_compiled("MXNet Gluon", compiled)
    shape = shape_for(net.table, image_size, batch)
    require_finite(arrays(net, before_classifier(net.table)))
    return Predictor(net.table, shape, batch, *_computing(net, shape, batch, bfloat16))


def _computing(net: Net, shape: Shape, batch: int, bfloat16: bool) -> tuple[str, Compute]:
    """How, in words; from at most ``batch`` images to their logits."""
    if bfloat16:
        raise InputError("MXNet 1.9.1 does not compute in bfloat16: the choices are float32 and float64")
    dtype = next(iter(net.collect_params().values())).dtype
    fused = np.dtype(dtype) == np.float32
    with _classic():
        graph = Graph(net, (batch, *shape))
        symbol = graph.logits.optimize_for("MKLDNN", args=graph.arrays, aux={}) if fused else graph.logits
        images = mx.nd.zeros((batch, *shape), dtype=dtype)
        inputs = [images if name == IMAGES else graph.arrays[name] for name in symbol.list_inputs()]
        compiled = mx.nd.CachedOp(symbol, [("static_alloc", True), ("static_shape", True)])

    def compute(x: np.ndarray) -> np.ndarray:
        with _classic():
            images[: len(x)] = x
            return compiled(*inputs).asnumpy()[: len(x)]

    ways = ("one symbol, normalisation folded", "fused by oneDNN" * fused)
    return ", ".join(filter(None, ways)), compute


@contextmanager
def _classic() -> Iterator[None]:
    """In evaluation mode, with the arrays and shapes of ``mx.nd`` and ``mx.sym``, also after ``npx.set_np()``."""
    with mx.autograd.pause(train_mode=False), mx.util.np_array(False), mx.util.np_shape(False):
        yield


class Graph:
    """A net as one symbol for images of one shape, N x C x H x W, with the operators that MXNet is fastest in.

    Attributes:
        logits: the symbol.
        arrays: copies of what it wants beside the images, by name.
    """

    def __init__(self, net: Net, shape: tuple[int, ...]):
        parameters = {p.name: p for p in net.collect_params().values()}
        self.arrays: dict[str, mx.nd.NDArray] = {}
        x = mx.sym.var(IMAGES, shape=shape)
        for name in net.table.stages:
            x = self._of(getattr(net, name), x)
        self.logits = net.fc.forward(flat(x))
        for name in (*self.logits.list_arguments(), *self.logits.list_auxiliary_states()):
            if name != IMAGES and name not in self.arrays:
                self._var(name, parameters[name].data().asnumpy())

    def _var(self, name: str, array: np.ndarray) -> mx.sym.Symbol:
        self.arrays[name] = mx.nd.array(array, dtype=array.dtype)
        return mx.sym.var(name, shape=array.shape)

    def _of(self, block: mx.gluon.HybridBlock, x: mx.sym.Symbol) -> mx.sym.Symbol:
        """What a block makes of x."""
        match block:
            case Stage():
                return self._chain(block, block.node.nodes, x)
            case Concat():
                return mx.sym.concat(*(self._chain(block, path, x) for path in block.node.paths.values()), dim=1)
            case Residual():
                return self._residual(block, x)
            case Conv():
                return self._conv(block, x)
            case MaxPool() | AvgPool():
                return _pool(block.node, x)
        return block.forward(x)

    def _chain(self, block: Stage | Concat | Residual, names: Iterable[str], x: mx.sym.Symbol) -> mx.sym.Symbol:
        for name in names:
            x = self._of(getattr(block, name), x)
        return x

    def _residual(self, block: Residual, x: mx.sym.Symbol) -> mx.sym.Symbol:
        """shortcut + scale · body, activation. oneDNN adds the shortcut to a convolution that has the scale in it."""
        shortcut, body = (list(block.node.paths[path]) for path in ("shortcut", "body"))
        end, scale = getattr(block, body[-1]) if body else None, block.node.scale
        if isinstance(end, Conv) and end.node.activation is None:
            y = self._conv(end, self._chain(block, body[:-1], x), scale)
        else:
            y = scale * self._chain(block, body, x)
        return activate(FUSED, y + self._chain(block, shortcut, x), block.node.activation)

    def _conv(self, block: Conv, x: mx.sym.Symbol, scale: float = 1.0) -> mx.sym.Symbol:
        """Convolution with its normalisation and a scale folded in, and its activation."""
        node, norm = block.node, normalisation(block.node)
        wanted = [name for name in NAMES if name == "weight" or (node.bias if name == "bias" else norm)]
        tensors = {name: attrgetter(NAMES[name])(block).data().asnumpy() for name in wanted}
        weight, bias = folded(tensors, norm.eps if norm else None, scale)
        own = symmetric(*node.window)
        y = mx.sym.Convolution(
            x if own else _padded(x, node, 0.0),
            self._var(block.weight.name, weight),
            *(() if bias is None else (self._var(f"{block.weight.name}_bias", bias),)),
            no_bias=bias is None,
            num_filter=node.out_channels,
            kernel=node.kernel,
            stride=node.stride,
            pad=own or (0, 0),
        )
        return activate(FUSED, y, node.activation)


def _size(x: mx.sym.Symbol) -> Pair:
    """H and W of maps."""
    _, ((_, _, height, width),), _ = x.infer_shape()
    return height, width


def _padded(x: mx.sym.Symbol, node: spec.Conv | spec.Window, value: float) -> mx.sym.Symbol:
    """x with the table's padding around it, as an operator of its own, which is slow."""
    (top, bottom), (left, right) = sides(_size(x), *node.window)
    return mx.sym.pad(x, mode="constant", pad_width=(0, 0, 0, 0, top, bottom, left, right), constant_value=value)


def _pool(node: spec.MaxPool | spec.AvgPool, x: mx.sym.Symbol) -> mx.sym.Symbol:
    """MXNet's own pool with the very same windows, where there is one; else a pool behind a padding.

    Where what lies outside of the image does not count, only where windows start, and how many there are, makes a
    difference.
    """
    size, own, largest = _size(x), symmetric(*node.window), isinstance(node, spec.MaxPool)
    counted = isinstance(node, spec.AvgPool) and node.count_padding
    pool = {"kernel": node.kernel, "stride": node.stride, "pool_type": "max" if largest else "avg"}
    if own and counted:
        return mx.sym.Pooling(x, pad=own, count_include_pad=True, **pool)
    if not counted:
        (top, _), (left, _) = sides(size, *node.window)
        for convention in ("valid", "full"):
            rounded = {"pad": (top, left), "pooling_convention": convention, "count_include_pad": False}
            y = mx.sym.Pooling(x, **rounded, **pool)
            if _size(y) == output_size(size, *node.window):
                return y
    y = mx.sym.Pooling(_padded(x, node, -np.inf if largest else 0.0), **pool)
    if largest or counted:
        return y
    return y / mx.sym.Pooling(_padded(mx.sym.ones_like(x), node, 0.0), **pool)
