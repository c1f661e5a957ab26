"""How tables and lines are fitted to the width of a terminal: the one rule for all that the commands print.

Columns in which nothing stands vanish. Where a table is too wide, first the gaps between its columns become narrower;
then heads and words are folded; then columns that may be left out are left out, the last first, and a line says which;
and what is still too wide goes below, in a second table with the same first column. A number is never cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.text import Text

GAPS = (3, 2)  # spaces between columns: usually, and where the terminal is narrow
NAME, WORDS = 30, 20  # cells that the first column, and any other column of words, keep at least
INDENT = 2  # spaces before what goes on on a second line: no words of others can pass for a line of their own

PIECE = re.compile(r"\s+|\S+?(?:(?<=[/_-])(?=[^\W\d_])|(?=\s)|$)")  # which a line may end behind


@dataclass
class Column:
    """A column of a table.

    Attributes:
        head: what stands above it.
        right: whether it is aligned to the right, as numbers are; these are never folded.
        spare: whether it may be left out where the terminal is narrow.
        words: cells that it keeps at least, if it is of words.
        cells: one for each row.
    """

    head: Text
    right: bool = False
    spare: bool = False
    words: int = WORDS
    cells: list[Text] = field(default_factory=list)

    @property
    def natural(self) -> int:
        """The width of its widest cell, or of its head."""
        return max(cell.cell_len for cell in (self.head, *self.cells))

    @property
    def least(self) -> int:
        """The width that it needs once its head, or its words, are folded."""
        if not self.right:
            return min(self.natural, self.words)
        longest = max(map(cell_len, self.head.plain.split()), default=0)
        return max(longest, *(cell.cell_len for cell in self.cells), 0)


def folded(words: Text, width: int) -> list[Text]:
    """A text on as many lines as it needs, broken at spaces, or between the parts of paths and names.

    >>> [line.plain for line in folded(Text("a path: holiday/IMG_0042.png"), 14)]
    ['a path:', '  holiday/', '  IMG_0042.png']
    """
    if words.cell_len <= width:
        return [words]
    plain, start = words.plain, 0
    lines: list[Text] = []
    indent = min(len(plain) - len(plain.lstrip(" ")) + INDENT, width // 2)
    while start < len(plain):
        room = width - (indent if lines else 0)
        end = _break(plain, start, room)
        line = words[start:end]
        line.rstrip()
        lines.append(Text(" " * indent).append_text(line) if lines else line)
        start = end
    return [line for line in lines if line.plain.strip()]


def _break(words: str, start: int, width: int) -> int:
    """Where the line that starts at ``start`` ends: behind the last piece that fits, or within one that never would."""
    end = start
    for piece in PIECE.finditer(words, start):
        if cell_len(words[start : piece.end()].rstrip()) > width:
            break
        end = piece.end()
    if end > start:
        return end
    while end < len(words) and cell_len(words[start : end + 1]) <= width:
        end += 1
    within = end
    while start + 1 < within < len(words) and words[within - 1 : within + 1].isdigit():
        within -= 1  # not within a number
    return within if within > start + 1 else max(end, start + 1)


def filled(columns: Sequence[Column]) -> list[Column]:
    """The first column, and those of the others in which something stands; of a table without rows, all."""
    first, *others = columns
    return [first, *(column for column in others if not column.cells or any(cell.plain for cell in column.cells))]


def fitted(columns: Sequence[Column], width: int) -> Iterator[Text]:
    """The lines of a table on a terminal of so many columns."""
    seen = filled(columns)
    shown = list(seen)
    while _needed(shown) > width and any(column.spare for column in shown):
        shown.remove([column for column in shown if column.spare][-1])
    for number, block in enumerate(_blocks(shown, width)):
        if number:
            yield Text("")
        yield from _drawn(block, width)
    if missing := [column.head.plain for column in seen if column not in shown]:
        yield from folded(Text(f"left out, for the terminal is narrow: {', '.join(missing)}", style="dim"), width)


def _needed(columns: Sequence[Column]) -> int:
    """The least width of a table of these columns."""
    return sum(column.least for column in columns) + GAPS[-1] * (len(columns) - 1)


def _blocks(columns: list[Column], width: int) -> Iterator[list[Column]]:
    """The columns that stand beside each other; each time with the first one."""
    first, *others = columns
    block = [first]
    for column in others:
        if len(block) > 1 and _needed([*block, column]) > width:
            yield block
            block = [first]
        block.append(column)
    yield block


def _widths(columns: Sequence[Column], room: int) -> list[int]:
    """The width of each column: its natural one where there is room for all, else at least its least."""
    widths = [column.least for column in columns]
    room -= sum(widths)
    for at in sorted(range(len(columns)), key=lambda at: columns[at].natural - widths[at]):
        more = min(columns[at].natural - widths[at], max(room, 0))
        widths[at] += more
        room -= more
    return widths


def _drawn(columns: Sequence[Column], width: int) -> Iterator[Text]:
    """The lines of columns that fit beside each other."""
    natural = sum(column.natural for column in columns)
    gap = next((gap for gap in GAPS if natural + gap * (len(columns) - 1) <= width), GAPS[-1])
    widths = _widths(columns, width - gap * (len(columns) - 1))
    heads = [column.head for column in columns]
    for row in (heads, *zip(*(column.cells for column in columns), strict=True)):
        if row is not heads or any(head.plain for head in heads):
            yield from _row(columns, row, widths, gap)


def _row(columns: Sequence[Column], cells: Sequence[Text], widths: Sequence[int], gap: int) -> Iterator[Text]:
    """The lines of one row; heads of numbers are folded without an indent."""
    lines = [
        _head(cell, width) if column.right else folded(cell, width)
        for column, cell, width in zip(columns, cells, widths, strict=True)
    ]
    for number in range(max(map(len, lines))):
        line = Text()
        for at, (column, width) in enumerate(zip(columns, widths, strict=True)):
            cell = lines[at][number] if number < len(lines[at]) else Text("")
            space = " " * (width - cell.cell_len)
            parts = (space, cell) if column.right else (cell, space)
            for part in (*parts, " " * gap * (at + 1 < len(columns))):
                line.append_text(part) if isinstance(part, Text) else line.append(part)
        line.rstrip()
        yield line


def _head(words: Text, width: int) -> list[Text]:
    """A head, or a number, on lines of whole words."""
    lines = [""]
    for word in words.plain.split() if words.cell_len > width else ():
        joined = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], joined] if cell_len(joined) <= width else [*lines, word]
    return [Text(line) for line in lines if line] or [words]
