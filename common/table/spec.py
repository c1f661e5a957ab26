"""The vocabulary the tables are written in.

A network is a table of these nodes and nothing else; what a node means is defined once, in
`common.compare.reference`, and built three times, in ``googlenet_*/layers.py`` and ``blocks.py``.

A layer leaves to its network what the network states once for all of them: the padding convention,
the normalisation, the bias (`INHERIT`), the number of classes (`CLASSES`), its input channels.
`common.table.resolve` fills these in, so that the packages only ever see explicit numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any, TypeVar

from common.table.padding import Pad, Pair, Same

N = TypeVar("N")
INHERIT = "inherit"  # as the network states
CLASSES = "classes"  # as many as the network has classes


def pair(value: int | Pair) -> Pair:
    """(height, width) from one number or two.

    >>> pair(3), pair((1, 7))
    ((3, 3), (1, 7))
    """
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def _count(node: Conv | Dense, value: int | str) -> int:
    if isinstance(value, str):
        raise ValueError(f"{node}: as many as the network has {value}, which is not resolved yet")
    return value


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalisation over N, H and W (Ioffe & Szegedy 2015, Algorithm 1).

    ``momentum`` is the weight of the *old* running value, as in Keras and MXNet; torch's argument
    of the same name is one minus this.
    """

    eps: float = 1e-5
    momentum: float = 0.9


class Window:
    """What convolution and pooling share: a window of ``kernel``, moved by ``stride`` over a padded map.

    Numbers for both axes may be given as one. ``padding`` is left to the network unless the layer states its own.
    """

    kernel: int | Pair
    stride: int | Pair
    padding: Pad | Same | str

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernel", pair(self.kernel))
        object.__setattr__(self, "stride", pair(self.stride))

    @property
    def window(self) -> tuple[Pair, Pair, Pad | Same]:
        """(kernel, stride, padding) of a resolved layer, as the functions of `common.table.padding` take them.

        Raises:
            ValueError: the padding is still left to the network.

        >>> MaxPool(3, stride=2, padding=Pad()).window
        ((3, 3), (2, 2), Pad(before=(0, 0), after=(0, 0), ceil=False))
        """
        if isinstance(self.padding, str):
            raise ValueError(f"{self}: its padding is not resolved yet")
        return pair(self.kernel), pair(self.stride), self.padding


@dataclass(frozen=True)
class Conv(Window):
    """Convolution unit: convolution, then normalisation, then activation, where the table has them.

    ``classes`` says of a resolved layer that it has a channel for each class.
    """

    channels: int | str
    kernel: int | Pair
    stride: int | Pair = 1
    padding: Pad | Same | str = INHERIT
    bias: bool | str = INHERIT
    norm: BatchNorm | str | None = INHERIT
    activation: str | None = "relu"
    in_channels: int | None = None
    classes: bool = False

    @property
    def out_channels(self) -> int:
        """The channels of a resolved layer.

        Raises:
            ValueError: they are still left to the network.
        """
        return _count(self, self.channels)


@dataclass(frozen=True)
class MaxPool(Window):
    """Maximum over the window; padding counts as −inf."""

    kernel: int | Pair
    stride: int | Pair = 1
    padding: Pad | Same | str = INHERIT


@dataclass(frozen=True)
class AvgPool(Window):
    """Mean over the window. ``count_padding``: whether zeros from the padding count as elements.

    torch and MXNet count them unless told not to, Keras never does, so a table that pads says which.
    """

    kernel: int | Pair
    stride: int | Pair = 1
    padding: Pad | Same | str = INHERIT
    count_padding: bool = False


@dataclass(frozen=True)
class GlobalAvgPool:
    """Mean over the whole map; the output is C x 1 x 1."""


@dataclass(frozen=True)
class AdaptiveAvgPool:
    """Means of ``size`` x ``size`` windows that cover a map of any size; they overlap where it does not divide.

    Row i is the mean of rows ⌊i·H/size⌋ to ⌈(i+1)·H/size⌉ - 1, as in ``torch.nn.AdaptiveAvgPool2d``.
    """

    size: int


@dataclass(frozen=True)
class LRN:
    """Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3).

    x / (k + alpha/size · Σ x²)^beta, summed over the ``size`` channels around each one: the meaning of
    Caffe and torch. TensorFlow and MXNet spell the same function with other numbers.
    """

    size: int = 5
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0


@dataclass(frozen=True)
class Dropout:
    """Zero each element with probability ``p`` while training, and scale the rest by 1/(1-p)."""

    p: float


@dataclass(frozen=True)
class Dense:
    """Fully connected layer on the map flattened in the order C, H, W.

    ``classes`` says of a resolved layer that it has a unit for each class.
    """

    units: int | str
    activation: str | None = None
    in_features: int | None = None
    classes: bool = False

    @property
    def out_features(self) -> int:
        """The units of a resolved layer.

        Raises:
            ValueError: they are still left to the network.
        """
        return _count(self, self.units)


@dataclass(frozen=True)
class Flatten:
    """The map as a vector, in the order C, H, W."""


@dataclass(frozen=True, init=False)
class Stage:
    """Named nodes, one after the other."""

    nodes: dict[str, Node]

    def __init__(self, **nodes: Node):
        object.__setattr__(self, "nodes", nodes)

    @property
    def children(self) -> dict[str, Node]:
        """The nodes directly inside, by name, in the order of computation."""
        return self.nodes

    def rebuilt(self: N, change: Callable[[Node], Node]) -> N:
        """The same stage with ``change(child)`` in place of each child."""
        return _with(self, nodes={name: change(child) for name, child in self.nodes.items()})


@dataclass(frozen=True, init=False)
class Paths:
    """Parallel paths from one input, each a sequence; what becomes of their ends is the subclass's matter.

    Nodes are named by path and position: ``p2_1``, ``p2_2``. An empty path passes the input on. A path may hold
    another block: branches that split again.
    """

    paths: dict[str, dict[str, Node]]

    def __init__(self, **paths: tuple[Node, ...]):
        named = {path: {f"{path}_{i}": node for i, node in enumerate(nodes, 1)} for path, nodes in paths.items()}
        object.__setattr__(self, "paths", named)

    @property
    def children(self) -> dict[str, Node]:
        """The nodes directly inside, by name, path after path."""
        return {name: child for path in self.paths.values() for name, child in path.items()}

    def rebuilt(self: N, change: Callable[[Node], Node]) -> N:
        """The same block, of the same type, with ``change(child)`` in place of each child.

        >>> Inception(1, (1, 2), (1, 2), 1).rebuilt(lambda child: child) == Inception(1, (1, 2), (1, 2), 1)
        True
        """
        paths = {path: {name: change(child) for name, child in nodes.items()} for path, nodes in self.paths.items()}
        return _with(self, paths=paths)


@dataclass(frozen=True, init=False)
class Concat(Paths):
    """Parallel paths, concatenated on the channels in the order of the paths."""


@dataclass(frozen=True, init=False)
class Inception(Concat):
    """The Inception block: four parallel paths, concatenated (Szegedy et al. 2015, Figure 2b).

    The paths are 1x1; 1x1, 3x3; 1x1, 5x5; 3x3 max pool, 1x1. A block with other paths is a `Concat`.

    Args:
        c1: channels of the first path's 1x1.
        c2: channels of the second path's 1x1 and 3x3.
        c3: channels of the third path's 1x1 and 5x5.
        c4: channels of the fourth path's 1x1, behind its pool.

    >>> list(Inception(64, (96, 128), (16, 32), 32).children)
    ['p1_1', 'p2_1', 'p2_2', 'p3_1', 'p3_2', 'p4_1', 'p4_2']
    """

    def __init__(self, c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int):
        super().__init__(
            p1=(Conv(c1, 1),),
            p2=(Conv(c2[0], 1), Conv(c2[1], 3)),
            p3=(Conv(c3[0], 1), Conv(c3[1], 5)),
            p4=(MaxPool(3), Conv(c4, 1)),
        )


@dataclass(frozen=True, init=False)
class Residual(Paths):
    """``activation(shortcut(x) + scale · body(x))``; an empty shortcut passes x on.

    Szegedy et al. 2016 (Inception-v4), section 3.2 and Figure 20; nodes are named ``body_1``, ...
    """

    scale: float
    activation: str | None

    def __init__(
        self,
        body: tuple[Node, ...],
        shortcut: tuple[Node, ...] = (),
        *,
        scale: float = 1.0,
        activation: str | None = "relu",
    ):
        super().__init__(body=body, shortcut=shortcut)
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "activation", activation)


def _with(node: N, **fields: Any) -> N:
    """The node with other fields: `dataclasses.replace` where the arguments of a node are not its fields."""
    changed = copy(node)
    for name, value in fields.items():
        object.__setattr__(changed, name, value)
    return changed


def leaves(node: Node) -> Iterator[Node]:
    """The layers of a tree, in the order of computation."""
    if isinstance(node, Stage | Paths):
        for child in node.children.values():
            yield from leaves(child)
    else:
        yield node


Node = (
    Conv
    | MaxPool
    | AvgPool
    | GlobalAvgPool
    | AdaptiveAvgPool
    | LRN
    | Dropout
    | Dense
    | Flatten
    | Stage
    | Concat
    | Inception
    | Residual
)


@dataclass(frozen=True)
class Aux:
    """An auxiliary classifier: ``head`` branches off ``after`` a block while training.

    ``loss_weight`` is the weight of its loss in the sum (Szegedy et al. 2015, section 5: 0.3).
    """

    after: str
    head: Stage
    loss_weight: float = 0.3


@dataclass(frozen=True)
class PublishedRow:
    """A row of a paper's own table: ``params`` and ``macs`` as printed there, for the layers it names."""

    layers: tuple[str, ...]
    params: str
    macs: str


@dataclass(frozen=True)
class Network:
    """A table: the stages in order, the classifier, and what all layers share.

    ``name`` is followed by a colon and a word where several versions of a table are published:
    ``inception_v3`` and ``inception_v3:keras``. ``input`` is (C, H, W); ``departures`` says, in sentences,
    where the table leaves its source. The ``classifier``, called ``fc``, makes the logits, N x K.
    """

    name: str
    title: str
    source: str
    input: tuple[int, int, int]
    num_classes: int
    convention: str
    stages: dict[str, Stage]
    norm: BatchNorm | None = None
    bias: bool = True
    aux: dict[str, Aux] = field(default_factory=dict)
    departures: tuple[str, ...] = ()
    published: tuple[PublishedRow, ...] = ()
    classifier: Dense | Flatten = Dense(CLASSES)

    @property
    def trunk(self) -> dict[str, Node]:
        """The stages in order, then the classifier, ``fc``."""
        return {**self.stages, "fc": self.classifier}

    @property
    def heads(self) -> dict[str, Stage]:
        """The auxiliary heads, by name."""
        return {name: aux.head for name, aux in self.aux.items()}
