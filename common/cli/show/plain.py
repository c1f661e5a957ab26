"""What all tables and lines for people are made of. Text of others is shown as it is, on one line, and cut."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from common.base.printable import printable
from common.cli.show.figures import shortened

LETTERS = 120  # of a cell of a table, and of a name within a line


def fit(words: str) -> str:
    r"""Text of others, such as labels and file names, as one printable piece of `LETTERS` characters at most.

    >>> fit("a\n\x1b[31mb")
    'a\\n\\x1b[31mb'
    >>> len(fit("x" * 10**6))
    120
    """
    return shortened(printable(shortened(words, LETTERS, end=True)), LETTERS, end=True)


class Plain(Table):
    """A table without lines between cells. Each row is one line whatever its words are."""

    def add_row(self, *cells: str | Text, style: str | None = None) -> None:  # type: ignore[override]
        """Add a row. A cell is a string, which goes through `fit`, or a `Text` with colours."""
        super().add_row(*(fit(cell) if isinstance(cell, str) else cell for cell in cells), style=style)


def table(*columns: str) -> Plain:
    """An empty table with these columns; one whose name starts with ``>`` is aligned to the right.

    >>> from rich.console import Console
    >>> sizes = table("name", ">size")
    >>> sizes.add_row("d2l", "5,977,530")
    >>> Console(width=30).print(sizes)
    name        size
    d2l    5,977,530
    """
    plain = Plain(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for column in columns:
        justify = "right" if column.startswith(">") else "left"
        plain.add_column(fit(column.lstrip(">")), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    return plain


def title(words: str) -> Text:
    """A bold line, such as the one above a table."""
    return Text(words, style="bold")


def shape(values: Sequence[int]) -> str:
    """The numbers of a shape with ``x`` between them.

    >>> shape([64, 24, 24])
    '64x24x24'
    """
    return "x".join(map(str, values))


def share(correct: int, images: int) -> str:
    """How many of how many, and the percentage.

    >>> share(9012, 10000)
    '9,012 of 10,000 (90.12%)'
    >>> share(0, 0)
    '0 of 0'
    """
    return f"{correct:,} of {images:,}" + (f" ({correct / images:.2%})" if images else "")


def error(value: float | None, limit: float, judged: bool = True) -> Text:
    """A relative error as a cell of a table: green, or red and marked ✗ if it is beyond its limit.

    Args:
        value: the error; None is infinite, as in JSON.
        limit: the largest error that counts as round-off.
        judged: False marks an error beyond its limit with a question mark, in yellow.

    >>> error(3e-9, 1e-12).plain, error(3e-9, 1e-12, judged=False).plain, error(3e-16, 1e-12).plain
    ('3.0e-09 ✗', '3.0e-09 ?', '3.0e-16  ')
    """
    text = "-" if value is None else f"{value:.1e}"
    if value is not None and value <= limit:
        return Text(f"{text}  ", style="green")
    return Text(f"{text} ✗", style="bold red") if judged else Text(f"{text} ?", style="bold yellow")


def written(files: Sequence[str | os.PathLike]) -> list[RenderableType]:
    """An empty line, and a line with the names of the files that a command has written."""
    return [Text(""), Text(f"written: {', '.join(fit(os.fspath(file)) for file in files)}")]
