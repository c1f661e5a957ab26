"""Layers, and blocks with their paths side by side, as pieces of a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from common.drawn import labels
from common.drawn.folding import runs
from common.drawn.labels import Manner
from common.drawn.looks import TEXT
from common.drawn.measures import width
from common.drawn.shapes import Box, Group, Item, Part, Piece, Point, Wire, moved, wire
from common.table.analysis import Layers, Table, Totals
from common.table.spec import Concat, Node, Paths, Residual, Stage, leaves

HIGH = 24  # of a box
BAR = 20  # of where paths come together
GAP = 18  # between boxes of a path, which has room for an arrow
BETWEEN = 10  # between paths
BUS = 10  # from the top of a block to where its paths part
DROP = 20  # from there to the first boxes
LANE = 26  # the width of a path without layers
PAD = 8  # within the frame of a block in a block
SIDE = 10  # of a box, from its border to its text
LEAST = 62  # the width of a box


@dataclass(frozen=True)
class Sheet:
    """What is drawn, and what all of its parts have in common.

    Attributes:
        layers: at the size of the images.
        fold: whether equal blocks in a row are drawn once.
        manner: what most convolutions end with.
        totals: what each part costs, by canonical name.
        unit: the width of boxes in paths, unless their text is wider.
        trunk: the width of boxes of layers in stages.
    """

    table: Table
    layers: Layers
    fold: bool
    manner: Manner
    totals: Mapping[str, Totals]
    unit: float = LEAST
    trunk: float = LEAST

    def runs(self, nodes: Mapping[str, Node], prefix: str) -> list[list[str]]:
        """The names of nodes, of which equal blocks in a row are together if they are drawn once."""
        return runs(nodes, prefix, self.layers, self.table.taps) if self.fold else [[name] for name in nodes]

    def wide(self, node: Node) -> float:
        """The width that the box of a layer needs."""
        return fitting(labels.layer(node, self.manner))

    def title(self, names: tuple[str, ...], words: str) -> str:
        """What a part is, in words: its name, ``words``, sizes and costs."""
        return labels.titled(names, words, self.layers[names[0]], self.totals[names[0]])

    def heads(self, name: str) -> tuple[str, ...]:
        """The names of the heads that branch off after a block, and are drawn."""
        return tuple(head for head in self.table.taps.get(name, ()) if head in self.layers)


def sheet(table: Table, layers: Layers, *, fold: bool) -> Sheet:
    """What is drawn of a table.

    Args:
        layers: at the size of the images.
    """
    found = Sheet(table, layers, fold, labels.manner(layers), labels.totals(layers))
    blocks = [layer.node for layer in layers.values() if isinstance(layer.node, Paths)]
    within = sorted(found.wide(leaf) for block in blocks for leaf in leaves(block))
    stages = [node for stage in table.stages.values() for node in stage.nodes.values()]
    trunk = [found.wide(node) for node in (*stages, table.classifier) if not isinstance(node, Stage | Paths)]
    # A few long texts in paths do not widen all others.
    return replace(found, unit=within[len(within) * 9 // 10] if within else LEAST, trunk=max(trunk))


def fitting(text: str) -> float:
    """The width of a box that has room for a text.

    >>> fitting("2 classes") > fitting("") == LEAST
    True
    """
    return max(LEAST, width(text, TEXT) + 2 * SIDE)


def below(names: Sequence[str], child: str) -> tuple[str, ...]:
    """The canonical names of what is called ``child`` in each of several equal blocks.

    >>> below(["b4.4b", "b4.4c"], "p1_1")
    ('b4.4b.p1_1', 'b4.4c.p1_1')
    """
    return tuple(f"{name}.{child}" for name in names)


def piece(sheet: Sheet, node: Node, names: tuple[str, ...], wide: float) -> Piece:
    """A layer, a block, or a stage within a block.

    Args:
        names: canonical; of equal blocks that are drawn once, all.
        wide: of the box of a layer.
    """
    if isinstance(node, Paths):
        return framed(sheet, parted(sheet, node, names), node, names)
    if isinstance(node, Stage):
        return framed(sheet, chain(sheet, node.nodes, names), node, names)
    text = labels.layer(node, sheet.manner)
    part = Part("layer", names, sheet.title(names, text))
    return Piece((Box(0, 0, wide, HIGH, labels.kind(node), text, part),), wide, HIGH, wide / 2, solid=True)


def framed(sheet: Sheet, content: Piece, node: Paths | Stage, names: tuple[str, ...]) -> Piece:
    """A block within another, with a frame around it."""
    title = sheet.title(names, labels.block(sheet.layers[names[0]]))
    high, wide = content.height + PAD, content.width + 2 * PAD
    axis = content.axis + PAD
    items: list[Item] = [*content.at(axis, 0), wire((axis, content.height), (axis, high), arrow=False)]
    return Piece((Group(Part("block", names, title), Box(0, 0, wide, high, "inner"), tuple(items)),), wide, high, axis)


def chain(sheet: Sheet, nodes: Mapping[str, Node], names: tuple[str, ...]) -> Piece:
    """Nodes one below the other; nothing at all is a lane.

    Args:
        names: canonical, of what the nodes are in.
    """
    if not nodes:
        return Piece((), LANE, 0, LANE / 2)
    wide = max([sheet.unit, *(sheet.wide(node) for node in nodes.values() if not isinstance(node, Paths | Stage))])
    pieces = []
    for run in sheet.runs(nodes, names[0]):
        inside = tuple(name for child in run for name in below(names, child))
        pieces.append(piece(sheet, nodes[run[0]], inside, wide))
    return stacked(pieces)


def stacked(pieces: Sequence[Piece]) -> Piece:
    """Pieces one below the other, with arrows between them."""
    axis = max(each.axis for each in pieces)
    items: list[Item] = []
    y = 0.0
    for before, each in zip([None, *pieces], pieces, strict=False):
        if before:
            items.append(wire((axis, y), (axis, y + GAP), arrow=each.solid))
            y += GAP
        items += each.at(axis, y)
        y += each.height
    return Piece(tuple(items), axis + max(each.width - each.axis for each in pieces), y, axis, solid=pieces[0].solid)


def parted(sheet: Sheet, node: Paths, names: tuple[str, ...]) -> Piece:
    """Paths side by side, which part at the top and come together in a bar or a sum at the bottom."""
    columns = {path: chain(sheet, nodes, names) for path, nodes in node.paths.items()}
    high = max(column.height for column in columns.values())
    lefts, x = {}, 0.0
    for path, column in columns.items():
        lefts[path] = x
        x += column.width + BETWEEN
    wide, bar = x - BETWEEN, BUS + DROP + high + GAP
    axis = _axis(node, columns, lefts, wide)
    items: list[Item] = []
    for path, column in columns.items():
        items.append(_path(path, names, column, (lefts[path], bar), axis))
    assert isinstance(node, Concat | Residual)
    text = labels.merge(node, sheet.layers[names[0]].output[0])
    need = fitting(text)
    left, right = min(0, axis - need / 2), max(wide, axis + need / 2)
    items.append(Box(left, bar, right - left, BAR, "sum" if isinstance(node, Residual) else "concat", text))
    return Piece(moved(items, -left, 0), right - left, bar + BAR, axis - left)


def _axis(node: Paths, columns: Mapping[str, Piece], lefts: Mapping[str, float], wide: float) -> float:
    """Where the data come in: in the middle, or straight above the one path that has layers, of a sum with a bare x."""
    full = [path for path, nodes in node.paths.items() if nodes]
    if isinstance(node, Residual) and len(full) == 1:
        return lefts[full[0]] + columns[full[0]].axis
    return wide / 2


def _path(path: str, names: tuple[str, ...], column: Piece, corner: Point, axis: float) -> Group:
    """One of the paths, with the ways to it and from it.

    Args:
        corner: (left, top of the bar at which it ends).
        axis: of the block.
    """
    left, bar = corner
    x, top = left + column.axis, bar - GAP - column.height
    to = ((axis, 0), (axis, BUS), (x, BUS))
    ways: tuple[Wire, ...] = (wire(*to, (x, bar)),)
    if column.items:
        ways = (wire(*to, (x, top), arrow=column.solid), wire((x, bar - GAP), (x, bar)))
    part = Part("path", below(names, path), f"{labels.run(below(names, path))}: path")
    frame = Box(left, BUS, column.width, bar - BUS, "path")
    return Group(part, frame, (*ways, *column.at(x, top)))


def heading(names: Sequence[str]) -> tuple[str, str]:
    """(own names of equal blocks in a row, how many they are) as written above a block.

    >>> heading(["b4.4b"]), heading(["b4.4b", "b4.4c"])
    (('4b', ''), ('4b – 4c', '×2'))
    """
    own = [name.rpartition(".")[2] for name in names]
    return (own[0], "") if len(own) == 1 else (f"{own[0]} – {own[-1]}", f"×{len(own)}")
