"""What stands above and below the drawing of a network: its title, and the legend."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import NamedTuple

from common.drawn.looks import KINDS, ROLES
from common.drawn.measures import cut, lines, width
from common.drawn.shapes import Box, Item, Words

SWATCH = 26, 14  # width and height of a box of the legend
ROW = 22  # the height of a row of the legend
APART = 18  # between entries of the legend
LEADING = 1.4  # from line to line, in sizes of the font


class Block(NamedTuple):
    """Items from y = 0 on, and how high they are."""

    items: Sequence[Item]
    height: float


def head(title: str, line: str, wide: float) -> Block:
    """The title, and a line below it, which is broken where it is wider than ``wide``."""
    size = ROLES["title"].size
    words = Words(0, size, cut(title, size, wide, bold=True), "title")
    below = _paragraph(line, "subtitle", wide, size + 6)
    return Block([words, *below.items], below.height)


def legend(kinds: Container[str], notes: Sequence[str], wide: float) -> Block:
    """A box of each kind that there is, with its name, and notes below."""
    items: list[Item] = []
    x = y = 0.0
    for kind, look in KINDS.items():
        if kind not in kinds or not look.words:
            continue
        need = SWATCH[0] + 6 + width(look.words, ROLES["note"].size)
        if x and x + need > wide:
            x, y = 0, y + ROW
        items += [Box(x, y, *SWATCH, kind), Words(x + SWATCH[0] + 6, y + 11, look.words, "note")]
        x += need + APART
    y += ROW
    for note in notes:
        paragraph = _paragraph(note, "note", wide, y)
        items += paragraph.items
        y = paragraph.height
    return Block(items, y)


def _paragraph(text: str, role: str, wide: float, top: float) -> Block:
    """A text in lines from y = ``top`` on, and y of where they end."""
    size = ROLES[role].size
    broken = lines(text, size, wide)
    words = [Words(0, top + size + i * size * LEADING, line, role) for i, line in enumerate(broken)]
    return Block(words, top + len(broken) * size * LEADING)
