"""The part of a network up to one of its layers: a network of its own, which computes that layer's output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import cast

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.layers import Shape
from common.table.resolve import resolve
from common.table.spec import Concat, Flatten, GlobalAvgPool, Node, Paths, Stage

POOLED = "pooled"  # the stage that is added behind the layer


def until(table: Table, layer: str, shape: Shape | None = None, *, pooled: bool = True) -> Table:
    """The network up to a layer, with the layer's output as its logits: the mean of each map, or all of it flattened.

    Its tensors are called as in the whole network.

    Args:
        table: resolved.
        layer: canonical name of a stage, a block or a layer, but for those of the heads.
        shape: (C, H, W) of the images; None is the table's own input.
        pooled: give N x C, the mean over rows and columns; else N x (C · H · W) in the order C, H, W.

    Raises:
        InputError: images that the network does not take, or a stage called as the one that is added.
        KeyError: no such layer.

    >>> from common import nets
    >>> part = until(nets.get("d2l"), "b3.3a.p4_1", (1, 32, 32))
    >>> list(part.stages), list(part.stages["b3"].nodes["3a"].paths), part.num_classes
    (['b1', 'b2', 'b3', 'pooled'], ['p4'], 192)
    """
    shape = shape or table.input
    output = table.at(shape, aux=False)[layer]
    if layer == "fc":
        return resolve(replace(table, aux={}, input=shape, published=()))
    first, *rest = layer.split(".")
    names = list(table.stages)
    stages = {name: table.stages[name] for name in names[: names.index(first) + 1]}
    stages[first] = cast(Stage, _cut(stages[first], rest))
    if pooled and not output.flat:
        if POOLED in stages:
            raise InputError(f"{table.name}: its stage {POOLED!r} has the name that is needed here")
        stages[POOLED] = Stage(pool=GlobalAvgPool())
    width = output.output[0] if pooled else prod(output.output)
    return resolve(
        replace(table, stages=stages, classifier=Flatten(), aux={}, num_classes=width, input=shape, published=())
    )


def _cut(node: Node, rest: list[str]) -> Node:
    """The node up to the one inside of it that the rest of a name leads to; the node itself where nothing is left."""
    if not rest:
        return node
    first, *inner = rest
    if isinstance(node, Stage):
        return Stage(**_before(node.nodes, first, inner))
    assert isinstance(node, Paths)
    path = next(name for name, nodes in node.paths.items() if first in nodes)
    # Of a single path it concatenates nothing; its nodes are called as before, by their path and position.
    return Concat(**{path: tuple(_before(node.paths[path], first, inner).values())})


def _before(nodes: Mapping[str, Node], last: str, inner: list[str]) -> dict[str, Node]:
    """The nodes up to the one called ``last``, which is cut itself."""
    names = list(nodes)
    kept = {name: nodes[name] for name in names[: names.index(last) + 1]}
    return {**kept, last: _cut(nodes[last], inner)}
