"""Mistakes that shapes and parameter counts cannot see, each as an edit of one layer of a table.

Every one was published once, or is what another framework does by itself; docs/differences.md says more of each.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, cast

from common import nets
from common.table.analysis import Table
from common.table.layers import Layer
from common.table.padding import VALID, Pad
from common.table.resolve import transform_network
from common.table.spec import LRN, AvgPool, BatchNorm, Concat, Conv, GlobalAvgPool, MaxPool, Network, Node, Paths, Stage

Edit = Callable[[Layer], Node | None]


@dataclass(frozen=True)
class Mistake:
    """A mistake in one place of a table.

    Attributes:
        key: its name.
        edit: from a layer to the node that the mistake makes of it; None where the mistake cannot be made.
        nth: which of the layers where it can be made, from 0; the last of them where there are fewer.
    """

    key: str
    edit: Edit
    nth: int = 0


@dataclass(frozen=True)
class Made:
    """A table with a mistake.

    Attributes:
        where: canonical name of the layer or block that is wrong.
        table: the wrong table.
    """

    where: str
    table: Table


def _of_one_side(layer: Layer) -> Node | None:
    """TensorFlow's SAME pads an even map by one row less in front than this table does on both sides."""
    match layer.node:
        case Conv(padding=Pad(ceil=False) as pad, stride=(2, 2)) if pad.before == pad.after and min(pad.before) > 0:
            top, left = pad.before
            return replace(layer.node, padding=replace(pad, before=(top - 1, left - 1)))
    return None


def _of_both_sides(layer: Layer) -> Node | None:
    """Rounding up, emulated by a row of padding on both sides."""
    match layer.node:
        case MaxPool(padding=Pad(before=(0, 0), ceil=True)) as pool:
            return replace(pool, padding=Pad((1, 1), (1, 1)))
    return None


def _without_relu(layer: Layer) -> Node | None:
    match layer.node:
        case Conv(activation="relu") as conv:
            return replace(conv, activation=None)
    return None


def _averaged(layer: Layer) -> Node | None:
    match layer.node:
        case MaxPool(padding=Pad(ceil=False) as pad) as pool:
            return AvgPool(pool.kernel, pool.stride, pad)
    return None


def _greatest(layer: Layer) -> Node | None:
    """The largest element of the whole map, for its mean."""
    if isinstance(layer.node, GlobalAvgPool) and layer.input[1:] != (1, 1):
        return MaxPool((layer.input[1], layer.input[2]), 1, VALID)
    return None


def _of_one_pixel(layer: Layer) -> Node | None:
    match layer.node:
        case MaxPool(kernel=(3, 3), stride=(1, 1), padding=Pad(before=(1, 1), after=(1, 1))) as pool:
            return replace(pool, kernel=(1, 1), padding=VALID)
    return None


def _counted(layer: Layer) -> Node | None:
    """Whether an average counts the zeros of its padding: the other way round."""
    match layer.node:
        case AvgPool() as pool if pool.padding != VALID:
            return replace(pool, count_padding=not pool.count_padding)
    return None


def _normed(layer: Layer, eps: Callable[[BatchNorm], float]) -> Node | None:
    match layer.node:
        case Conv(norm=BatchNorm() as norm) as conv:
            return replace(conv, norm=replace(norm, eps=eps(norm)))
    return None


def _default_eps(layer: Layer) -> Node | None:
    """Keras' own eps for PyTorch's, or the reverse."""
    return _normed(layer, lambda norm: 1e-3 if norm.eps < 1e-4 else 1e-5)


def _eps_of_channels(layer: Layer) -> Node | None:
    """``BatchNorm2d(n, n)``: the second argument is eps."""
    return _normed(layer, lambda norm: float(layer.output[0]))


def _undivided(layer: Layer) -> Node | None:
    """Keras and TensorFlow do not divide alpha by the size of the window."""
    match layer.node:
        case LRN() as lrn:
            return replace(lrn, alpha=lrn.alpha * lrn.size)
    return None


def _in_another_order(layer: Layer) -> Node | None:
    if isinstance(layer.node, Concat) and len(layer.node.paths) > 1:
        return Concat(**{name: tuple(nodes.values()) for name, nodes in reversed(layer.node.paths.items())})
    return None


MISTAKES = (
    Mistake("same", _of_one_side),
    Mistake("both-sides", _of_both_sides),
    Mistake("relu", _without_relu, nth=2),
    Mistake("average", _averaged),
    Mistake("global-max", _greatest),
    Mistake("pool-1x1", _of_one_pixel),
    Mistake("count-padding", _counted),
    Mistake("eps-default", _default_eps),
    Mistake("eps-channels", _eps_of_channels, nth=3),
    Mistake("lrn-alpha", _undivided),
    Mistake("order", _in_another_order, nth=3),
)


def make(mistake: Mistake, table: Table, shape: tuple[int, int, int]) -> Made | None:
    """A table with a mistake in one of its layers, without its heads; None where the table has no layer for it.

    Args:
        shape: (C, H, W) of the images that it is for.

    >>> [each.key for each in MISTAKES if make(each, nets.get("nin"), (1, 224, 224))]
    ['relu', 'average', 'global-max']
    >>> make(MISTAKES[2], nets.get("d2l"), (1, 64, 64)).where
    'b2.conv2'
    """
    own = transform_network(headless(table, shape), copy)  # no two places share a node
    nodes = [(layer.name, layer.node, mistake.edit(layer)) for layer in own.layers.values()]
    possible = [(name, node, wrong) for name, node, wrong in nodes if wrong is not None]
    if not possible:
        return None
    where, old, new = possible[min(mistake.nth, len(possible) - 1)]
    return Made(where, nets.get(with_node(own, old, new)))


def headless(table: Table, shape: tuple[int, int, int]) -> Table:
    """A table without its auxiliary heads, for images of another shape.

    >>> headless(nets.get("caffe"), (3, 64, 64)).trunk == nets.get("caffe").trunk
    True
    """
    return cast(Table, nets.get(replace(table, aux={}, input=shape)))


def with_node(network: Network, old: Node, new: Node) -> Network:
    """A network with one node in the place of another.

    Args:
        old: the node itself; one that is merely equal stays.

    >>> d2l = nets.get("d2l")
    >>> with_node(d2l, d2l.stages["b1"].nodes["pool1"], AvgPool(3, 2)).stages["b1"].nodes["pool1"].kernel
    (3, 3)
    """

    def replaced(node: Any) -> Any:
        if node is old:
            return new
        return node.rebuilt(replaced) if isinstance(node, Stage | Paths) else node

    return replace(
        network,
        stages={name: replaced(stage) for name, stage in network.stages.items()},
        classifier=replaced(network.classifier),
        aux={name: replace(aux, head=replaced(aux.head)) for name, aux in network.aux.items()},
    )
