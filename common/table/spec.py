"""The vocabulary the tables are written in.

A network is a table of these nodes and nothing else; what a node means is defined once, in
`common.compare.reference`, and built three times, in ``googlenet_*/layers.py`` and ``blocks.py``.

A layer leaves to its network what the network states once for all of them: the padding convention,
the normalisation, the bias (`INHERIT`), the number of classes (`CLASSES`), its input channels.
`common.table.resolve` fills these in, so that the packages only ever see explicit numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from common.table.padding import Pad, Pair, Same

INHERIT = "inherit"  # as the network states
CLASSES = "classes"  # as many as the network has classes


def pair(value: int | Pair) -> Pair:
    """(height, width) from one number or two."""
    return (value, value) if isinstance(value, int) else tuple(value)


@dataclass(frozen=True)
class BatchNorm:
    """Batch normalisation over N, H and W (Ioffe & Szegedy 2015, Algorithm 1).

    ``momentum`` is the weight of the *old* running value, as in Keras and MXNet; torch's argument
    of the same name is one minus this.
    """

    eps: float = 1e-5
    momentum: float = 0.9


@dataclass(frozen=True)
class Window:
    """What convolution and pooling share: a window of ``kernel``, moved by ``stride``."""

    kernel: int | Pair
    stride: int | Pair = 1
    padding: Pad | Same | str = INHERIT

    def __post_init__(self):
        object.__setattr__(self, "kernel", pair(self.kernel))
        object.__setattr__(self, "stride", pair(self.stride))


@dataclass(frozen=True)
class Conv:
    """Convolution unit: convolution, then normalisation, then activation, where the table has them.

    ``classes`` remembers, once a table is resolved, that its channels are as many as the classes.
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

    __post_init__ = Window.__post_init__


@dataclass(frozen=True)
class MaxPool(Window):
    """Maximum over the window; padding counts as −inf."""


@dataclass(frozen=True)
class AvgPool(Window):
    """Mean over the window. ``count_padding``: whether zeros from the padding count as elements.

    torch and MXNet count them unless told not to, Keras never does, so a table that pads says which.
    """

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

    ``classes`` remembers, once a table is resolved, that its units are as many as the classes.
    """

    units: int | str
    activation: str | None = None
    in_features: int | None = None
    classes: bool = False


@dataclass(frozen=True)
class Flatten:
    """The map as a vector, in the order C, H, W."""


@dataclass(frozen=True, init=False)
class Stage:
    """Named nodes, one after the other."""

    nodes: dict[str, Node]

    def __init__(self, **nodes: Node):
        object.__setattr__(self, "nodes", nodes)


@dataclass(frozen=True, init=False)
class Concat:
    """Parallel paths, concatenated on the channels: the Inception block.

    Each path is a sequence; its nodes are named by path and position: ``p2_1``, ``p2_2``. An empty
    path passes the input on. A path may hold another `Concat`: branches that split again.
    """

    paths: dict[str, dict[str, Node]]

    def __init__(self, **paths: tuple[Node, ...]):
        object.__setattr__(self, "paths", _positions(paths))


@dataclass(frozen=True, init=False)
class Residual:
    """``activation(shortcut(x) + scale · body(x))``; an empty shortcut passes x on.

    Szegedy et al. 2016 (Inception-v4), section 3.2 and Figure 20; nodes are named ``body_1``, ...
    """

    paths: dict[str, dict[str, Node]]
    scale: float
    activation: str | None

    def __init__(self, body, shortcut=(), *, scale: float = 1.0, activation: str | None = "relu"):
        object.__setattr__(self, "paths", _positions({"body": body, "shortcut": shortcut}))
        object.__setattr__(self, "scale", scale)
        object.__setattr__(self, "activation", activation)


def _positions(paths: dict[str, tuple[Node, ...]]) -> dict[str, dict[str, Node]]:
    return {path: {f"{path}_{i}": node for i, node in enumerate(nodes, 1)} for path, nodes in paths.items()}


def leaves(node: Node) -> Iterator[Node]:
    """The layers of a tree, in the order of computation."""
    match node:
        case Stage():
            children = list(node.nodes.values())
        case Concat() | Residual():
            children = [child for path in node.paths.values() for child in path.values()]
        case _:
            yield node
            return
    for child in children:
        yield from leaves(child)


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
