"""A whole drawing: the columns of stages, with a title above and a legend below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import log

from common.base.errors import InputError
from common.base.printable import as_line
from common.drawn import labels
from common.drawn.margins import Block, head, legend
from common.drawn.pieces import HIGH, Sheet, fitting, sheet
from common.drawn.shapes import Box, Drawing, Item, Words, flat, moved, wire
from common.drawn.stages import AT, BELOW, EDGE, Column
from common.table.analysis import Table
from common.table.layers import Shape
from common.table.sizes import check_input, fits

MARGIN = 24
GUTTER = 40  # between columns, with room for the way from the end of one to the beginning of the next
LANE = 14  # from the end of a column to the way that leaves it
SHAPE = 1.45  # width / height that columns are chosen for: that of a page on its side
LEAST = 420.0  # the width of a drawing, without its margins
MOST = 64  # columns


def drawing(
    table: Table, *, image_size: tuple[int, int] | None = None, fold: bool = True, columns: int | None = None
) -> Drawing:
    """A network drawn: stages, blocks with their paths, layers, heads, and the sizes of maps.

    Heads that do not take images of this size are left out, and a note says so.

    Args:
        table: resolved.
        image_size: (H, W) in pixels; None is the table's own.
        fold: draw equal blocks in a row once.
        columns: how many at most; None is as many as make the drawing a page on its side.

    Raises:
        InputError: images that the table does not take, or no such number of columns.

    >>> from common import nets
    >>> drawing(nets.get("d2l")).title
    'GoogLeNet of the book'
    """
    if columns is not None and not 1 <= columns <= MOST:
        raise InputError(f"columns of a drawing are 1 to {MOST}, not {columns}")
    shape: Shape = (table.input[0], *(image_size or table.input[1:]))
    check_input(table, shape, aux=False)
    aux = bool(table.aux) and fits(table, shape[1:], aux=True) is None
    drawn = sheet(table, table.at(shape, aux=aux), fold=fold)
    body = _body([Column(drawn, names) for names in _columns(drawn, columns)], labels.size(shape))
    boxes = [getattr(item, "frame", item) for item in flat(body)]
    wide = max(LEAST, *(box.x + box.width for box in boxes if isinstance(box, Box)))
    above = head(table.title, labels.whole(table, drawn.layers), wide)
    left_out = () if aux else tuple(table.aux)
    notes = [drawn.manner.notes(), *_left_out(left_out)]
    below = legend({box.kind for box in boxes if isinstance(box, Box)}, notes, wide)
    items, y = list[Item](), float(MARGIN)
    for part, room in ((above, 26), (Block(body, _bottom(body)), 30), (below, MARGIN)):
        items += moved(part.items, MARGIN, y)
        y += part.height + room
    size, line = (wide + 2 * MARGIN, y), labels.whole(table, drawn.layers)
    return Drawing(as_line(table.title), line, *size, tuple(items), shape, left_out)


def _left_out(heads: Sequence[str]) -> list[str]:
    return [f"Heads that do not take images of this size are left out: {', '.join(heads)}."] if heads else []


def _columns(drawn: Sheet, most: int | None) -> list[list[str]]:
    """The stages of each column, the classifier in the last one with the last stage."""
    names = list(drawn.table.stages)
    alone = [Column(drawn, [name]) for name in names]
    highs, wides = [column.bottom + EDGE for column in alone], [column.edge + column.left for column in alone]
    highs[-1] += 2 * (HIGH + EDGE)
    best: tuple[float, list[list[str]]] | None = None
    for step in range(33):
        limit = max(highs) + (sum(highs) - max(highs)) * step / 32
        parts = _filled(highs, limit)
        if len(parts) > (most or MOST) and step < 32:
            continue
        high = max(sum(highs[i] for i in part) for part in parts)
        wide = sum(max(wides[i] for i in part) + GUTTER for part in parts)
        cost = abs(log(wide / high / SHAPE))
        chosen = [[names[i] for i in part] for part in parts]
        if best is None or cost < best[0] - 1e-9:
            best = cost, chosen
    assert best
    best[1][-1].append("fc")
    return best[1]


def _filled(highs: Sequence[float], limit: float) -> list[list[int]]:
    """The places of stages in columns that are at most so high.

    >>> _filled([2, 2, 3, 1], 4)
    [[0, 1], [2, 3]]
    """
    parts: list[list[int]] = [[]]
    for i, high in enumerate(highs):
        if parts[-1] and sum(highs[j] for j in parts[-1]) + high > limit:
            parts.append([])
        parts[-1].append(i)
    return parts


def _body(columns: Sequence[Column], image: str) -> tuple[Item, ...]:
    """The columns side by side, the data in front of the first one, and the ways from each to the next."""
    top, x = HIGH + EDGE, 0.0
    axes, items = [], list[Item]()
    for column in columns:
        axes.append(x + column.left)
        items += moved(column.items, axes[-1], top)
        x = axes[-1] + column.edge + GUTTER
    items += _image(columns[0], axes[0], top, image)
    for (before, column), (left, right) in zip(pairwise(columns), pairwise(axes), strict=True):
        y, solid = column.first or (0, False)
        low, lane = top + before.bottom + BELOW + 10, left + before.edge + LANE
        way = (
            (left, top + before.last),
            (left, low),
            (lane, low),
            (lane, HIGH / 2),
            (right, HIGH / 2),
            (right, top + y),
        )
        items.append(wire(*way, arrow=solid))
    return tuple(items)


def _image(column: Column, axis: float, top: float, size: str) -> list[Item]:
    """What the data come from, and their way to the first column."""
    wide = fitting("image")
    y, solid = column.first or (0, False)
    return [
        Box(axis - wide / 2, 0, wide, HIGH, "end", "image"),
        Words(axis + AT, HIGH + BELOW, size, "size"),
        wire((axis, HIGH), (axis, top + y), arrow=solid),
    ]


def _bottom(items: Sequence[Item]) -> float:
    """y of where boxes, frames and ways end."""
    found = 0.0
    for item in flat(items):
        box = getattr(item, "frame", item)
        if isinstance(box, Box):
            found = max(found, box.y + box.height)
        found = max([found, *(y for _, y in getattr(item, "points", ()))])
    return found
