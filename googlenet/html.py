"""Results as notebooks show them: the lines and tables of the commands as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from rich.console import Console, RenderableType
from rich.text import Text

from common.cli.show.columns import Column, filled
from common.cli.show.output import one_line
from common.cli.show.plain import Plain

TALL = 24  # rows that a table shows at once; of more, the others are reached by scrolling
LINE = "font-family: monospace; white-space: pre-wrap"
FRAME = f"max-height: {1.6 * TALL:.0f}em; overflow: auto; width: fit-content; max-width: 100%"
CELL = "padding: 0.1em 1.2em 0.1em 0; font-family: monospace; white-space: pre; background: inherit"


def html(parts: Iterable[RenderableType]) -> str:
    """What a command prints, as HTML; words of others are only words there.

    Args:
        parts: lines and tables, one below the other.

    >>> html([Text("a < b", style="bold")])
    '<div style="font-family: monospace; white-space: pre-wrap"><span style="font-weight: bold">a &lt; b</span></div>'
    """
    return "\n".join(_table(part) if isinstance(part, Plain) else _line(part) for part in parts)


def _line(part: RenderableType) -> str:
    """A line; an empty one keeps its height."""
    text = one_line(part) if isinstance(part, Text) else Text(str(part))
    return f'<div style="{LINE}">{_styled(text) or "&nbsp;"}</div>'


def _styled(text: Text) -> str:
    """The words with their colours."""
    return "".join(_spans(text))


def _spans(text: Text) -> Iterator[str]:
    for segment in Text().append_text(text).render(Console(highlight=False, markup=False, emoji=False)):
        css = segment.style.get_html_style() if segment.style else ""
        yield f'<span style="{css}">{escape(segment.text)}</span>' if css else escape(segment.text)


def _table(plain: Plain) -> str:
    """A table, with the columns in which something stands."""
    columns = filled(plain.columns)
    rows = [_row("td", columns, cells) for cells in zip(*(column.cells for column in columns), strict=True)]
    if any(column.head.plain for column in columns):
        rows.insert(0, _row("th", columns, [column.head for column in columns]))
    return f'<div style="{FRAME}"><table style="border: none">{"".join(rows)}</table></div>'


def _row(tag: str, columns: Iterable[Column], cells: Iterable[Text]) -> str:
    sides = ("right" if column.right else "left" for column in columns)
    inner = "".join(
        f'<{tag} style="{CELL}; text-align: {side}">{_styled(cell)}</{tag}>'
        for side, cell in zip(sides, cells, strict=True)
    )
    return f"<tr>{inner}</tr>"
