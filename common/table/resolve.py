"""From a table as it is written to one in which every number is explicit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeVar, cast

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.layers import Shape, walk, walk_network
from common.table.padding import Pad, conventional
from common.table.spec import (
    CLASSES,
    INHERIT,
    LRN,
    AvgPool,
    Conv,
    Dense,
    Dropout,
    MaxPool,
    Network,
    Node,
    Paths,
    Stage,
)

N = TypeVar("N", bound=Network)
Block = TypeVar("Block", bound=Node)


def transform(node: Node, leaf: Callable[[Node], Node]) -> Node:
    """The same tree with ``leaf`` applied to each of its leaves; blocks keep their types."""
    if isinstance(node, Stage | Paths):
        return node.rebuilt(lambda child: transform(child, leaf))
    return leaf(node)


def transform_network(network: N, leaf: Callable[[Node], Node]) -> N:
    """`transform` for the stages, the classifier and the auxiliary heads."""
    return replace(
        network,
        stages={name: transform(stage, leaf) for name, stage in network.stages.items()},
        classifier=transform(network.classifier, leaf),
        aux={name: replace(aux, head=transform(aux.head, leaf)) for name, aux in network.aux.items()},
    )


def resolve_layer(node: Node, *, convention: str, norm=None, bias: bool = True, num_classes: int | None = None) -> Node:
    """Fill in what one layer left to its network; its inputs are forgotten, for `resolve_inputs` to fill in."""
    match node:
        case Conv() | MaxPool() | AvgPool() if node.padding == INHERIT:
            padding = conventional(convention, node.kernel, node.stride, pool=not isinstance(node, Conv))
            node = replace(node, padding=padding)
    if isinstance(node, AvgPool) and isinstance(node.padding, Pad) and node.padding.ceil:
        raise InputError("an average pool that rounds up is not in the vocabulary: the table must state its padding")
    if isinstance(node, LRN) and node.size % 2 == 0:
        raise InputError(
            f"local response normalisation over {node.size} channels has no centre: an odd number is needed"
        )
    match node:
        case Conv():
            classes = node.classes or node.channels == CLASSES
            return replace(
                node,
                channels=num_classes if classes else node.channels,
                classes=classes,
                bias=bias if node.bias == INHERIT else node.bias,
                norm=norm if node.norm == INHERIT else node.norm,
                in_channels=None,
            )
        case Dense():
            classes = node.classes or node.units == CLASSES
            return replace(node, units=num_classes if classes else node.units, in_features=None, classes=classes)
    return node


def resolve_inputs(node: Node, shape: Shape) -> Node:
    """Fill in the input channels of convolutions, and the input features of dense layers, given (C, H, W)."""
    inputs = iter([layer.input for layer in walk(node, shape) if isinstance(layer.node, Conv | Dense)])

    def leaf(node: Node) -> Node:
        match node:
            case Conv():
                return replace(node, in_channels=next(inputs)[0])
            case Dense():
                c, h, w = next(inputs)
                return replace(node, in_features=c * h * w)
        return node

    return transform(node, leaf)


def resolve_block(node: Block, in_channels: int | None = None) -> Block:
    """A block on its own, as in the book: ``floor`` padding, biases, no normalisation. Its type stays."""
    resolved = transform(node, lambda leaf: resolve_layer(leaf, convention="floor"))
    return cast(Block, resolved if in_channels is None else resolve_inputs(resolved, (in_channels, 1, 1)))


def resolve(
    network: Network, *, in_channels: int | None = None, num_classes: int | None = None, aux: bool | None = None
) -> Table:
    """The table, as written or resolved before, with every number explicit for so many channels and classes.

    Args:
        aux: keep the auxiliary heads; None keeps what the table has.

    Raises:
        InputError: a number below 1, or heads asked of a table that has none.
    """
    for what, value in (("in_channels", in_channels), ("num_classes", num_classes)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise InputError(f"{what} must be a whole number of at least 1, not {value!r}")
    if not (aux is None or isinstance(aux, bool)):
        raise InputError(f"aux must be True, False or None, not {aux!r}")
    if aux and not network.aux:
        raise InputError(f"network {network.name!r} has no auxiliary heads: the choices for aux are False and None")
    channels, height, width = network.input
    network = replace(
        network,
        input=(in_channels or channels, height, width),
        num_classes=num_classes or network.num_classes,
        aux={} if aux is False else network.aux,
    )

    def leaf(node: Node) -> Node:
        return resolve_layer(
            node,
            convention=network.convention,
            norm=network.norm,
            bias=network.bias,
            num_classes=network.num_classes,
        )

    network = transform_network(network, leaf)
    shapes = {layer.name: layer.output for layer in walk_network(network, network.input, aux=False)}
    blocks = [f"{name}.{block}" for name, stage in network.stages.items() for block in stage.nodes]
    for name, aux in network.aux.items():
        if aux.after not in blocks:
            raise InputError(
                f"{network.name}: head {name!r} branches off after {aux.after!r}, which is no block of the table"
            )
    before = dict(zip(network.trunk, [network.input, *(shapes[name] for name in network.stages)], strict=True))
    resolved = replace(
        network,
        stages={name: resolve_inputs(stage, before[name]) for name, stage in network.stages.items()},
        classifier=resolve_inputs(network.classifier, before["fc"]),
        aux={name: replace(aux, head=resolve_inputs(aux.head, shapes[aux.after])) for name, aux in network.aux.items()},
    )
    return Table(**{field.name: getattr(resolved, field.name) for field in fields(Network)})


def with_dropout(table: Table, p: float) -> Table:
    """The table with every dropout probability ``p``."""
    return transform_network(table, lambda node: Dropout(p) if isinstance(node, Dropout) else node)


def without_dropout(table: Table) -> Table:
    """The table with every dropout probability 0, so that training is a function of its input alone."""
    return with_dropout(table, 0.0)


def with_aux_weight(table: Table, weight: float) -> Table:
    """The table with every head's loss weighted by ``weight``."""
    return replace(table, aux={name: replace(aux, loss_weight=weight) for name, aux in table.aux.items()})
