"""From a table as it is written to one in which every number is explicit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeVar, cast

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.checks import only, require, whole, within
from common.table.layers import Shape, walk, walk_network
from common.table.padding import conventional
from common.table.spec import (
    CLASSES,
    INHERIT,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    MaxPool,
    Network,
    Node,
    Paths,
    Stage,
)

Net = TypeVar("Net", bound=Network)
Tree = TypeVar("Tree", bound=Node | Paths)


def transform(node: Tree, leaf: Callable[[Node], Node]) -> Tree:
    """The same tree with ``leaf`` applied to each of its layers; blocks keep their types.

    >>> transform(Stage(drop=Dropout(0.5)), lambda layer: Dropout(0.2)).nodes["drop"].p
    0.2
    """
    if isinstance(node, Stage | Paths):
        return cast(Tree, node.rebuilt(lambda child: transform(child, leaf)))
    return cast(Tree, leaf(node))


def transform_network(network: Net, leaf: Callable[[Node], Node]) -> Net:
    """`transform` for the stages, the classifier and the auxiliary heads.

    >>> from common import nets
    >>> bare = transform_network(nets.get("paper"), lambda layer: Dropout(0) if isinstance(layer, Dropout) else layer)
    >>> bare.stages["b5"].nodes["dropout"].p
    0
    """
    return replace(
        network,
        stages={name: transform(stage, leaf) for name, stage in network.stages.items()},
        classifier=transform(network.classifier, leaf),
        aux={name: replace(aux, head=transform(aux.head, leaf)) for name, aux in network.aux.items()},
    )


def resolve_layer(
    node: Node,
    *,
    convention: str,
    norm: BatchNorm | None = None,
    bias: bool = True,
    num_classes: int | None = None,
) -> Node:
    """Fill in what one layer left to its network; its inputs are forgotten, for `resolve_inputs` to fill in.

    Args:
        convention, norm, bias, num_classes: as the network states them; without ``num_classes`` a layer that has as
            many channels as there are classes stays as it is.

    Raises:
        InputError: the convention has no padding for this layer, which must state its own.

    >>> resolve_layer(MaxPool(3, stride=2), convention="ceil").padding
    Pad(before=(0, 0), after=(0, 0), ceil=True)
    """
    match node:
        case Conv() | MaxPool() | AvgPool() if node.padding == INHERIT:
            node = replace(node, padding=conventional(convention, *node.moved, pool=not isinstance(node, Conv)))
    match node:
        case Conv():
            classes = node.classes or node.channels == CLASSES
            return replace(
                node,
                channels=num_classes if classes and num_classes else node.channels,
                classes=classes,
                bias=bias if node.bias == INHERIT else node.bias,
                norm=norm if node.norm == INHERIT else node.norm,
                in_channels=None,
            )
        case Dense():
            classes = node.classes or node.units == CLASSES
            units = num_classes if classes and num_classes else node.units
            return replace(node, units=units, in_features=None, classes=classes)
    return node


def resolve_inputs(node: Tree, shape: Shape) -> Tree:
    """Fill in the input channels of convolutions, and the input features of dense layers, given (C, H, W).

    Raises:
        ShapeError: names the first layer that cannot take its map.

    >>> resolve_inputs(Stage(fc=Dense(10)), (3, 4, 4)).nodes["fc"].in_features
    48
    """
    inputs = iter([layer.input for layer in walk(cast(Node, node), shape) if isinstance(layer.node, Conv | Dense)])

    def leaf(node: Node) -> Node:
        match node:
            case Conv():
                return replace(node, in_channels=next(inputs)[0])
            case Dense():
                c, h, w = next(inputs)
                return replace(node, in_features=c * h * w)
        return node

    return transform(node, leaf)


def resolve_block(node: Tree, in_channels: int | None = None) -> Tree:
    """A block on its own, as in the book: ``floor`` padding, biases, no normalisation.

    Args:
        in_channels: of the map in front of it; None leaves them open.

    Raises:
        InputError: a number of channels below 1, or a layer to which ``floor`` gives no padding.

    >>> resolve_block(Stage(conv=Conv(8, 3)), in_channels=4).nodes["conv"].in_channels
    4
    """
    if in_channels is not None:
        require("in_channels", in_channels, whole(1))
    node = transform(node, lambda leaf: resolve_layer(leaf, convention="floor"))
    return node if in_channels is None else resolve_inputs(node, (in_channels, 1, 1))


def resolve(
    network: Network, *, in_channels: int | None = None, num_classes: int | None = None, aux: bool | None = None
) -> Table:
    """The table, as written or resolved before, with every number explicit for so many channels and classes.

    Args:
        in_channels, num_classes: None is the network's own.
        aux: keep the auxiliary heads; None keeps what the network has.

    Raises:
        InputError: a number below 1; heads asked of a network that has none; a network that breaks a rule of the
            vocabulary, by its name and that of the node.
        ShapeError: a layer that does not take its map, or logits that are not as many as the classes.
    """
    check_choices(network, in_channels, num_classes, aux)
    channels, height, width = network.input
    network = replace(
        network,
        input=(in_channels or channels, height, width),
        num_classes=num_classes or network.num_classes,
        aux={} if aux is False else network.aux,
    )
    with within(network.name):
        explicit = _with_inputs(_with_settings(network))
    return Table(**{field.name: getattr(explicit, field.name) for field in fields(Network)})


def check_choices(network: Network, in_channels: int | None, num_classes: int | None, aux: bool | None) -> None:
    """Require whole numbers above 0, and heads only of a network that has them.

    Raises:
        InputError: says which choice it is.
    """
    for name, value in (("in_channels", in_channels), ("num_classes", num_classes)):
        if value is not None:
            require(name, value, whole(1))
    require("aux", aux, only(True, False, None))
    if aux and not network.aux:
        raise InputError(f"network {network.name!r} has no auxiliary heads: the choices for aux are False and None")


def _with_settings(network: Network) -> Network:
    """The network whose layers state all but the channels of their inputs."""

    def leaf(node: Node) -> Node:
        return resolve_layer(
            node,
            convention=network.convention,
            norm=network.norm,
            bias=network.bias,
            num_classes=network.num_classes,
        )

    return transform_network(network, leaf)


def _with_inputs(network: Network) -> Network:
    """The network whose layers state the channels of their inputs too."""
    shapes = {layer.name: layer.output for layer in walk_network(network)}
    before = dict(zip(network.trunk, [network.input, *(shapes[name] for name in network.stages)], strict=True))
    return replace(
        network,
        stages={name: resolve_inputs(stage, before[name]) for name, stage in network.stages.items()},
        classifier=resolve_inputs(network.classifier, before["fc"]),
        aux={name: replace(aux, head=resolve_inputs(aux.head, shapes[aux.after])) for name, aux in network.aux.items()},
    )


def with_dropout(table: Net, p: float) -> Net:
    """The table with every dropout probability ``p``.

    Raises:
        InputError: ``p`` is not from 0 to below 1.

    >>> from common import nets
    >>> with_dropout(nets.get("paper"), 0.1).stages["b5"].nodes["dropout"].p
    0.1
    """
    return transform_network(table, lambda node: Dropout(p) if isinstance(node, Dropout) else node)


def without_dropout(table: Net) -> Net:
    """The table with every dropout probability 0, so that training is a function of its input alone.

    >>> from common import nets
    >>> without_dropout(nets.get("paper")).stages["b5"].nodes["dropout"].p
    0.0
    """
    return with_dropout(table, 0.0)


def with_aux_weight(table: Net, weight: float) -> Net:
    """The table with every head's loss weighted by ``weight``.

    Raises:
        InputError: a negative weight.

    >>> from common import nets
    >>> with_aux_weight(nets.get("paper"), 0.5).aux["aux1"].loss_weight
    0.5
    """
    return replace(table, aux={name: replace(aux, loss_weight=weight) for name, aux in table.aux.items()})
