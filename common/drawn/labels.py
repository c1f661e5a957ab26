"""What is written into a drawing: what layers are called, sizes of maps, and what a part of the network is in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from common.table.analysis import Layers, Table, Totals
from common.table.layers import Layer
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    Concat,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    Node,
    Residual,
    Stage,
    Window,
)


@dataclass(frozen=True)
class Manner:
    """What most convolutions of a network end with; only the others say what they end with.

    Attributes:
        norm: whether with a normalisation.
        activation: with which one, or None.
    """

    norm: bool
    activation: str | None

    def notes(self) -> str:
        """What it is, in words.

        >>> Manner(norm=True, activation="relu").notes()
        'Convolutions end with batch normalisation and a ReLU, unless they say otherwise.'
        """
        ends = ["batch normalisation"] * self.norm + ["a ReLU"] * (self.activation is not None)
        if not ends:
            return "Convolutions are linear and not normalised, unless they say otherwise."
        return f"Convolutions end with {' and '.join(ends)}, unless they say otherwise."

    def others(self, conv: Conv) -> list[str]:
        """What a convolution ends with, where it is another one than most.

        >>> Manner(norm=True, activation="relu").others(Conv(8, 1, activation=None, norm=None))
        ['linear', 'no norm']
        """
        words = []
        if conv.activation != self.activation:
            words.append("ReLU" if conv.activation else "linear")
        if bool(conv.norm) != self.norm:
            words.append("norm" if conv.norm else "no norm")
        return words


def manner(layers: Layers) -> Manner:
    """What most convolutions end with.

    >>> from common import nets
    >>> manner(nets.get("d2l").layers)
    Manner(norm=False, activation='relu')
    """
    convs = [layer.node for layer in layers.values() if isinstance(layer.node, Conv)]
    ways = Counter((bool(conv.norm), conv.activation) for conv in convs)
    return Manner(*ways.most_common(1)[0][0]) if ways else Manner(False, "relu")


def size(shape: Sequence[int]) -> str:
    """The size of a map, channels first, or how many numbers a vector has.

    >>> size((192, 28, 28)), size((1024,))
    ('192×28×28', '1024')
    """
    return "×".join(map(str, shape))


def _window(node: Window, kind: str) -> str:
    kernel, (rows, columns) = node.moved
    stride = "" if (rows, columns) == (1, 1) else f" /{rows}" if rows == columns else f" /{rows}×{columns}"
    return f"{size(kernel)} {kind}{stride}"


def layer(node: Node, manner: Manner) -> str:
    """What is written into the box of a layer.

    >>> from common.table.spec import MaxPool
    >>> most = Manner(norm=False, activation="relu")
    >>> layer(Conv(64, 7, stride=2, norm=None), most), layer(MaxPool(3, stride=2), most)
    ('7×7 conv /2, 64', '3×3 max pool /2')
    """
    match node:
        case Conv():
            return ", ".join([_window(node, "conv"), str(node.out_channels), *manner.others(node)])
        case MaxPool():
            return _window(node, "max pool")
        case AvgPool():
            return _window(node, "avg pool")
        case GlobalAvgPool():
            return "global avg pool"
        case AdaptiveAvgPool():
            return f"avg pool to {node.size}×{node.size}"
        case LRN():
            return f"LRN over {node.size}"
        case Dropout():
            return f"dropout {node.p:g}"
        case Dense():
            return ", ".join(["dense", str(node.out_features), *(["ReLU"] if node.activation else [])])
        case _:
            return "flatten"


KINDS: dict[type, str] = {
    Conv: "conv",
    MaxPool: "max",
    AvgPool: "average",
    GlobalAvgPool: "average",
    AdaptiveAvgPool: "average",
    LRN: "norm",
    Dropout: "dropout",
    Dense: "dense",
}


def kind(node: Node) -> str:
    """The key of `common.drawn.looks.KINDS` of a layer.

    >>> kind(Dropout(0.5))
    'dropout'
    """
    return KINDS.get(type(node), "flatten")


def merge(node: Concat | Residual, channels: int) -> str:
    """What is written where paths come together.

    >>> merge(Residual((Conv(8, 1),), scale=0.17), 8)
    'ReLU(x + 0.17 × body)'
    """
    if not isinstance(node, Residual):
        return f"concat, {channels}"
    factor = "" if abs(node.scale) == 1 else f"{abs(node.scale):g} × "
    start = "shortcut" if node.paths["shortcut"] else "x"
    body = "body" if node.paths["body"] else "x"
    text = f"{start} {'−' if node.scale < 0 else '+'} {factor}{body}"
    return f"ReLU({text})" if node.activation else text


def run(names: Sequence[str]) -> str:
    """Names of equal blocks in a row.

    >>> run(["b4.4b"]), run(["b4.4b", "b4.4c", "b4.4d"])
    ('b4.4b', 'b4.4b to b4.4d')
    """
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"


def costs(totals: Totals) -> list[str]:
    """Parameters and multiply-adds in words; nothing where there are none.

    >>> costs(Totals(params=9_408, statistics=0, macs=118_013_952))
    ['9,408 parameters', '118,013,952 multiply-adds']
    """
    numbers = {"parameters": totals.params, "multiply-adds": totals.macs}
    return [f"{number:,} {words}" for words, number in numbers.items() if number]


def titled(names: Sequence[str], words: str, one: Layer, totals: Totals) -> str:
    """The title of a part: its name, what it is, the sizes of the maps in front and behind, and what it costs.

    Args:
        names: canonical; of several equal blocks, all.
        one: the first of them.
        totals: what that one costs.

    >>> from common import nets
    >>> conv = nets.get("d2l").layers["b1.conv1"]
    >>> titled(["b1.conv1"], "7×7 conv /2, 64", conv, Totals(conv.params, 0, conv.macs))
    'b1.conv1: 7×7 conv /2, 64; 1×96×96 to 64×48×48; 3,200 parameters; 7,225,344 multiply-adds'
    """
    equal = [f"{len(names)} equal blocks, of which each has"] if len(names) > 1 else []
    return f"{run(names)}: {'; '.join([words, f'{size(one.input)} to {size(one.shape)}', *equal, *costs(totals)])}"


def totals(layers: Layers) -> dict[str, Totals]:
    """What each layer, and all layers of each block and stage together, cost, by canonical name.

    >>> from common import nets
    >>> layers = nets.get("d2l").layers
    >>> totals(layers)["b3.3a"] == layers.totals("b3.3a")
    True
    """
    sums = {name: [0, 0, 0] for name in layers}
    for name, layer in layers.items():
        numbers = (layer.params, layer.statistics, layer.macs) if layer.leaf else (0, 0, 0)
        parts = name.split(".")
        for outer in (".".join(parts[:i]) for i in range(1, len(parts) + 1)):
            sums[outer] = [old + new for old, new in zip(sums[outer], numbers, strict=True)]
    return {name: Totals(*numbers) for name, numbers in sums.items()}


def whole(table: Table, layers: Layers) -> str:
    """The line below the title: name, size of the images, and what the network without its heads has.

    >>> from common import nets
    >>> whole(nets.get("d2l"), nets.get("d2l").layers)
    'd2l at 1×96×96 · 5,977,530 parameters · 276,066,304 multiply-adds · 22 layers deep'
    """
    image = next(iter(layers.values())).input
    parts = [layers.totals(name) for name in table.trunk]
    totals = Totals(*(sum(getattr(part, key) for part in parts) for key in ("params", "statistics", "macs")))
    return " · ".join([f"{table.name} at {size(image)}", *costs(totals), f"{layers['fc'].depth} layers deep"])


def block(layer: Layer) -> str:
    """What a block, a stage or a head is called in words.

    >>> from common import nets
    >>> block(nets.get("d2l").layers["b3.3a"])
    'concatenation of 4 paths'
    """
    match layer.node:
        case Residual():
            return "residual sum"
        case Concat(paths=paths):
            return f"concatenation of {len(paths)} path{'s' * (len(paths) > 1)}"
        case Stage(nodes=nodes):
            return f"{len(nodes)} part{'s' * (len(nodes) > 1)}"
    return ""
