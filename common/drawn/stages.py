"""The trunk of a network: stages one below the other in a column, and the heads that branch off beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from common.drawn import labels
from common.drawn.looks import ROLES
from common.drawn.measures import width
from common.drawn.pieces import HIGH, Sheet, chain, fitting, heading, parted, piece
from common.drawn.shapes import Box, Group, Item, Part, Piece, Words, wire
from common.table.spec import Paths

TITLE = 26  # the height of a title within a frame
LINE = 18  # from the top of a frame to the line on which its title stands
EDGE = 30  # between parts of the trunk, with room for the size of a map
BELOW = 18  # from a part to the line on which the size of its map stands
AT = 8  # between the axis and words beside it
PAD = 14  # within the frame of a stage or a head
INSET = 12  # within the frame of a block
LEAST = 100  # from the axis to the frame of a block on each side
BESIDE = 24  # from stages to the heads beside them
TAP = 14  # from where a head branches off to what comes next
CARD = 3  # from one to the next of the cards behind a frame that stands for several


class Column:
    """Stages one below the other, from y = 0 on. The data come down on x = 0.

    Attributes:
        items: what is drawn.
        left, right: from the axis to the sides of the stages.
        first: y to which the data come, and whether there is a box.
        last: y from which the data go on.
        bottom: y of where everything ends.
        edge: x of where everything ends.
    """

    def __init__(self, sheet: Sheet, names: Sequence[str]):
        """Draw parts of the trunk: stages, or ``fc``."""
        self.sheet = sheet
        self.items: list[Item] = []
        self.first: tuple[float, bool] | None = None
        self.last = self.bottom = 0.0
        self._ways: list[Item] = []
        self._beside: list[Item] = []
        self._heads = float("-inf")  # y of where the last head ends
        inside = {name: [_inside(sheet, name, run) for run in _runs(sheet, name)] for name in names}
        sides = [side for name in names for side in _sides(sheet, name, inside[name])]
        self.left, self.right = (max(LEAST, *each) + PAD for each in zip(*sides, strict=True))
        self.edge = self.right
        for name in names:
            top = self.bottom + (EDGE if name != names[0] else 0)
            self._stage(name, top, inside[name]) if name != "fc" else self._classifier(top)
        self.items += [*self._ways, *self._beside]
        self.bottom = max(self.bottom, self._heads)

    def _to(self, top: float, *, solid: bool) -> None:
        """The way of the data from the part before to the next one, at y = ``top``."""
        if self.first is None:
            self.first = (top, solid)
        else:
            self._ways.append(wire((0, self.last), (0, top), arrow=solid))

    def _size(self, y: float, name: str) -> Words:
        """The size of the map behind a part that ends at y."""
        return Words(AT, y + BELOW, labels.size(self.sheet.layers[name].shape), "size")

    def _classifier(self, top: float) -> None:
        text = f"{self.sheet.table.num_classes} classes"
        end, wide = top + HIGH + EDGE, fitting(text)
        self._to(top, solid=True)
        self.items += piece(self.sheet, self.sheet.table.classifier, ("fc",), self.sheet.trunk).at(0, top)
        self.items.append(Box(-wide / 2, end, wide, HIGH, "end", text))
        self._ways.append(wire((0, top + HIGH), (0, end)))
        self.last = self.bottom = end + HIGH

    def _stage(self, name: str, top: float, inside: Sequence[Piece]) -> None:
        """Add a stage, whose frame begins at y = ``top``."""
        items: list[Item] = [Words(PAD - self.left, top + LINE, name, "stage")]
        runs, y = _runs(self.sheet, name), top + TITLE
        for run, part in zip(runs, inside, strict=True):
            end = self._node(items, run, part, y)
            y = self._branches(run[-1], end, last=run is runs[-1])
            if run is not runs[-1]:
                items.append(self._size(end, run[-1]))
        self.bottom = max(y, end + PAD)
        layer = self.sheet.layers[name]
        stage = Part("stage", (name,), self.sheet.title((name,), labels.block(layer)))
        frame = Box(-self.left, top, self.left + self.right, self.bottom - top, "stage")
        self.items.append(Group(stage, frame, tuple(items)))
        self._ways.append(self._size(self.bottom, name))

    def _node(self, items: list[Item], names: tuple[str, ...], part: Piece, top: float) -> float:
        """Add a layer or a block to the items of a stage; returns where it ends."""
        layer = self.sheet.layers[names[0]]
        if not isinstance(layer.node, Paths):
            self._to(top, solid=part.solid)
            items += part.at(0, top)
            self.last = top + part.height
            return self.last
        inner = top + TITLE
        self._to(inner, solid=False)
        self.last = inner + part.height
        left, right = self.left - PAD, self.right - PAD
        own, times = heading(names)
        frame = Box(-left, top, left + right, TITLE + part.height + INSET, "block")
        cards = [CARD * i for i in range(min(len(names) - 1, 2), 0, -1)]
        behind = tuple(Box(frame.x + by, top + by, frame.width, frame.height, "block") for by in cards)
        words = [Words(INSET - left, top + LINE, own, "block"), Words(right - INSET, top + LINE, times, "times", True)]
        block = Part("block", names, self.sheet.title(names, labels.block(layer)))
        items.append(Group(block, frame, (*words[: 1 + bool(times)], *part.at(0, inner)), behind))
        return top + frame.height + (cards[0] if cards else 0)

    def _branches(self, name: str, end: float, *, last: bool) -> float:
        """Add the heads that branch off after a part that ends at y = ``end``; returns where the next part begins."""
        y = end + (PAD / 2 if last else BELOW + 6)  # below the size of the map
        heads = self.sheet.heads(name)
        for head in heads:
            tap = max(y, self._heads + TAP)
            self._head(head, tap)
            y = tap + TAP
        return y if heads else end if last else end + EDGE

    def _head(self, name: str, tap: float) -> None:
        """Add a head that branches off at y = ``tap``, beside the stages."""
        aux, layer = self.sheet.table.aux[name], self.sheet.layers[name]
        words = f"{name}, loss × {aux.loss_weight:g}"
        inner = chain(self.sheet, aux.head.nodes, (name,))
        half = max(inner.axis, inner.width - inner.axis, width(words, ROLES["block"].size, bold=True) / 2) + PAD
        axis, top = self.right + BESIDE + half, tap + TAP
        frame = Box(axis - half, top, 2 * half, PAD + inner.height + TITLE, "head")
        under = Words(axis - half + PAD, top + frame.height - 9, words, "block")
        way = wire((0, tap), (axis, tap), (axis, top + PAD), arrow=inner.solid)
        part = Part("head", (name,), self.sheet.title((name,), labels.block(layer)))
        self._beside.append(Group(part, frame, (way, under, *inner.at(axis, top + PAD))))
        self._heads = top + frame.height
        self.edge = max(self.edge, axis + half)


def _runs(sheet: Sheet, name: str) -> list[tuple[str, ...]]:
    """The canonical names of the parts of a stage, of which equal blocks in a row are together."""
    if name == "fc":
        return [("fc",)]
    return [tuple(f"{name}.{each}" for each in run) for run in sheet.runs(sheet.table.stages[name].nodes, name)]


def _inside(sheet: Sheet, stage: str, names: tuple[str, ...]) -> Piece:
    """What is drawn of a part of a stage within its frame, if it has one."""
    node = sheet.layers[names[0]].node
    return parted(sheet, node, names) if isinstance(node, Paths) else piece(sheet, node, names, sheet.trunk)


def _sides(sheet: Sheet, name: str, inside: Sequence[Piece]) -> Iterator[tuple[float, float]]:
    """(left, right) of the axis: the room that each part of a stage needs, and each text beside the axis."""
    yield _wide(name, "stage"), AT + _wide(labels.size(sheet.layers[name].shape), "size")
    for names, part in zip(_runs(sheet, name), inside, strict=True):
        own, times = heading(names)
        yield INSET + max(part.axis, _wide(own, "block")), INSET + max(part.width - part.axis, _wide(times, "times"))
        yield 0, AT + _wide(labels.size(sheet.layers[names[-1]].shape), "size")


def _wide(text: str, role: str) -> float:
    """The width of words, and what keeps them from the axis."""
    return width(text, ROLES[role].size, bold=ROLES[role].bold) + AT
