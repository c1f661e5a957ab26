"""What all tables and lines for people are made of. Text of others is shown as it is, on one line, and cut."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from common.base.printable import printable
from common.cli.show.columns import NAME, WORDS, Column, fitted
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


class Plain:
    """A table without lines between cells. `columns` says how it is fitted to a terminal."""

    def __init__(self, *columns: Column):
        self.columns = columns

    def add_row(self, *cells: str | Text, style: str = "") -> None:
        """Add a row. A cell is a string, which goes through `fit`, or a `Text` with colours."""
        for column, cell in zip(self.columns, cells, strict=True):
            text = Text(fit(cell)) if isinstance(cell, str) else cell.copy()
            text.stylize_before(style)
            column.cells.append(text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Its lines, as wide as the console."""
        yield from fitted(self.columns, options.max_width)


def table(*columns: str) -> Plain:
    """An empty table with these columns.

    Args:
        columns: what stands above each. One that starts with ``>`` is aligned to the right, as numbers are. One that
            starts with ``?``, or ``?>``, is left out where the terminal is too narrow. Without any head, the table has
            no line for them.

    >>> sizes = table("name", ">size", ">of heads", "?>depth")
    >>> sizes.add_row("d2l", "5,977,530", "", "22")
    >>> Console(width=30).print(sizes)
    name        size   depth
    d2l    5,977,530      22
    >>> Console(width=18).print(sizes)
    name        size
    d2l    5,977,530
    left out, for the
      terminal is
      narrow: depth
    """
    return Plain(*(_column(column, NAME if place == 0 else WORDS) for place, column in enumerate(columns)))


def _column(words: str, least: int) -> Column:
    name = words.removeprefix("?")
    head = Text(fit(name.removeprefix(">")), style="bold")
    return Column(head, right=name.startswith(">"), spare=words.startswith("?"), words=least)


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
    """An empty line, and a line with the names of the files that a command has written, which can be copied."""
    return [Text(""), Text(f"written: {', '.join(fit(os.fspath(file)) for file in files)}", no_wrap=True)]
