"""What a drawing is made of: boxes, wires and words at places in pixels, grouped as the network is.

A `Piece` is part of a drawing at the origin: the data come in at the top of its axis and leave at the bottom.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

Point = tuple[float, float]  # x from the left, y from the top


@dataclass(frozen=True)
class Part:
    """The part of a network that a group or a box stands for.

    Attributes:
        kind: ``stage``, ``head``, ``block``, ``path`` or ``layer``.
        names: canonical; several where equal blocks are drawn once.
        title: what it is, in words.
    """

    kind: str
    names: tuple[str, ...]
    title: str


@dataclass(frozen=True)
class Box:
    """A rectangle with a line of text in its middle.

    Attributes:
        x, y: of its upper left corner.
        kind: what it looks like: a key of `common.drawn.looks.KINDS`.
        part: the layer that it stands for; None of concatenations, sums and the ends of the network.
    """

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str = ""
    part: Part | None = None


@dataclass(frozen=True)
class Wire:
    """The way of the data: a line of points, with rounded corners, and an arrowhead at its end or none."""

    points: tuple[Point, ...]
    arrow: bool = True


@dataclass(frozen=True)
class Words:
    """A line of text outside of boxes.

    Attributes:
        x, y: of its beginning, and of the line on which letters stand.
        role: what it looks like: a key of `common.drawn.looks.ROLES`.
        right: whether ``x`` is its end.
    """

    x: float
    y: float
    text: str
    role: str
    right: bool = False


@dataclass(frozen=True)
class Group:
    """A part of the network, with all that belongs to it.

    Attributes:
        frame: the rectangle around it; that of a path is not seen.
        behind: rectangles behind that one, like cards: the other blocks that it stands for.
    """

    part: Part
    frame: Box
    items: tuple[Item, ...]
    behind: tuple[Box, ...] = ()


Item = Box | Wire | Words | Group


@dataclass(frozen=True)
class Piece:
    """Part of a drawing, with its upper left corner at the origin.

    Attributes:
        axis: x of where the data come in, at the top, and leave, at the bottom.
        solid: whether it is one box, at which an arrow can end.
    """

    items: tuple[Item, ...]
    width: float
    height: float
    axis: float
    solid: bool = False

    def at(self, axis: float, y: float) -> tuple[Item, ...]:
        """Its items with the axis at ``axis`` and the top at ``y``."""
        return moved(self.items, axis - self.axis, y)


@dataclass(frozen=True)
class Drawing:
    """A whole drawing, from 0 to its width and height in pixels.

    Attributes:
        title, description: of the whole, in words.
        image: (C, H, W) of the images.
        left_out: names of heads that do not take images of this size.
    """

    title: str
    description: str
    width: float
    height: float
    items: tuple[Item, ...]
    image: tuple[int, int, int]
    left_out: tuple[str, ...] = ()

    def flat(self) -> Iterator[Item]:
        """Every item; a group comes before what is in it."""
        yield from flat(self.items)


def flat(items: Sequence[Item]) -> Iterator[Item]:
    """Every item and what is in it; a group comes before what is in it.

    >>> inner, part = Words(0, 0, "b1", "stage"), Part("stage", ("b1",), "b1")
    >>> [type(item).__name__ for item in flat([Group(part, Box(0, 0, 9, 9, "stage"), (inner,))])]
    ['Group', 'Words']
    """
    for item in items:
        yield item
        if isinstance(item, Group):
            yield from flat(item.items)


def _box(box: Box, dx: float, dy: float) -> Box:
    return replace(box, x=box.x + dx, y=box.y + dy)


def moved(items: Sequence[Item], dx: float, dy: float) -> tuple[Item, ...]:
    """The same items elsewhere.

    >>> moved([Words(1, 2, "b1", "stage")], 10, 0)
    (Words(x=11, y=2, text='b1', role='stage', right=False),)
    """
    return tuple(_moved(item, dx, dy) for item in items)


def _moved(item: Item, dx: float, dy: float) -> Item:
    if isinstance(item, Wire):
        return replace(item, points=tuple((x + dx, y + dy) for x, y in item.points))
    if isinstance(item, Group):
        behind = tuple(_box(card, dx, dy) for card in item.behind)
        return replace(item, frame=_box(item.frame, dx, dy), items=moved(item.items, dx, dy), behind=behind)
    return replace(item, x=item.x + dx, y=item.y + dy)


def wire(*points: Point, arrow: bool = True) -> Wire:
    """A wire through the points, without those that lie on the way between their neighbours.

    >>> wire((0, 0), (0, 5), (0, 9)).points
    ((0, 0), (0, 9))
    """
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and any(kept[-2][i] == kept[-1][i] == point[i] for i in (0, 1)):
            kept.pop()
        kept.append(point)
    return Wire(tuple(kept), arrow)
