"""What each part of a layer must do at least: multiplications, and bytes that go to memory and come from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from common.table import spec
from common.table.layers import Layer
from common.table.padding import sides

KINDS: dict[type, str] = {
    **{spec.Conv: "convolution", spec.Dense: "dense", spec.LRN: "LRN", spec.Dropout: "dropout"},
    **dict.fromkeys((spec.MaxPool, spec.AvgPool, spec.GlobalAvgPool, spec.AdaptiveAvgPool), "pooling"),
    **{spec.Concat: "joining", spec.Inception: "joining", spec.Residual: "joining"},
}
PARTS = {"norm": "normalisation", "padding": "padding", "activation": "activation"}
REST = "between layers"


@dataclass(frozen=True)
class Work:
    """What is computed under one name.

    Attributes:
        layer: the canonical name of the layer or block.
        kind: ``convolution``, ``normalisation``, ``activation``, ``padding``, ``pooling``, ``joining``, ``dense``, ...
        macs: multiplications with additions, of all images of a call.
        bytes: that are read and written at least, if nothing stays in a cache: inputs, outputs and weights once each.
    """

    layer: str
    kind: str
    macs: int
    bytes: int


def work(layers: Mapping[str, Layer], name: str, batch: int, width: int) -> Work:
    """The work of what `googlenet_torch.bench.watching` and alike give a name.

    Args:
        layers: of a table, at the size of the images.
        name: such as ``b1.conv1``, ``b1.conv1.norm`` or ``b1.conv1.activation``.
        batch: images a call.
        width: bytes of a number.

    >>> from common import nets
    >>> layers = nets.get("d2l").layers
    >>> work(layers, "b1.conv1.activation", 2, 4)
    Work(layer='b1.conv1', kind='activation', macs=0, bytes=2359296)
    >>> work(layers, "b1.conv1", 1, 4).macs == layers["b1.conv1"].macs
    True
    """
    owner, _, part = name.rpartition(".")
    if name not in layers and part in PARTS:
        return Work(owner, PARTS[part], 0, width * batch * _moved(layers[owner], part))
    layer = layers[name]
    kind = KINDS.get(type(layer.node), REST)
    numbers = batch * _moved(layer, kind) + layer.params * (kind in ("convolution", "dense"))
    return Work(name, kind, batch * layer.macs, width * numbers)


def _moved(layer: Layer, what: str) -> int:
    """How many numbers of one image are read and written."""
    taken, given = prod(layer.input), prod(layer.output)
    match what:
        case "padding":
            assert isinstance(layer.node, spec.Window)
            (top, bottom), (left, right) = sides(layer.input[1:], *layer.node.window)
            channels, h, w = layer.input
            return taken + channels * (h + top + bottom) * (w + left + right)
        case "norm" | "activation" | "LRN":
            return 2 * given
        case "joining":  # a sum reads two maps; what is concatenated is read and written
            return (3 if isinstance(layer.node, spec.Residual) else 2) * given
        case "convolution" | "dense" | "pooling":
            return taken + given
        case _:
            return 0
