"""Where the output of a command goes: tables for people, and the same data as JSON on request."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from common.base.errors import InputError
from common.base.files import replacing
from common.base.printable import printable
from common.cli.show.figures import shortened
from common.cli.show.plain import fit

MOST = 1 << 16  # columns that a line can have
LONGEST = 2000  # characters of one line of text


def one_line(text: Text) -> Text:
    r"""The same text on one printable line of `LONGEST` characters at most.

    >>> one_line(Text("digits\nAGREE: all")).plain
    'digits\\nAGREE: all'
    """
    words = shortened(printable(shortened(text.plain, LONGEST)), LONGEST)
    return text if words == text.plain else Text(words, text.style)


class Output:
    """Prints for people on stdout, or on stderr if JSON goes to stdout. It has colours on a terminal only.

    Args:
        json_to: a file for the JSON, ``-`` for stdout, or None.

    Raises:
        InputError: the folder of the file does not exist, or the file is a folder.
    """

    def __init__(self, json_to: str | None = None):
        if json_to not in (None, "-"):
            path = os.path.abspath(json_to)
            if os.path.isdir(path) or not os.path.isdir(os.path.dirname(path)):
                what = "a folder" if os.path.isdir(path) else "no such folder"
                raise InputError(f"{json_to}: cannot be written: {what}")
        self.json_to = json_to
        stream = sys.stderr if json_to == "-" else sys.stdout
        # A table wider than the terminal is broken by the terminal rather than cut: its numbers must stay whole.
        self.console = Console(file=stream, width=MOST, highlight=False, markup=False, emoji=False)

    def print(self, parts: Iterable[RenderableType]) -> None:
        """Print the parts one below the other. Each `Text` is one line, whatever words of others are in it."""
        for part in parts:
            if isinstance(part, Text):
                self.console.print(one_line(part), soft_wrap=True)
            else:
                self.console.print(part)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """A function that shows on a terminal, until the block ends, what is being done."""
        with Console(stderr=True).status("", spinner="dots") as status:
            yield lambda task: status.update(Text(f"{fit(task)} ..."))

    @contextmanager
    def bar(self, task: str) -> Iterator[Callable[[Iterable, int | None], Iterable]]:
        """A `common.base.progress.Progress` that shows on a terminal how far a loop has come."""
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
        settings: dict[str, Any] = {"console": console, "transient": True, "disable": not console.is_terminal}
        with Progress(*columns, TimeRemainingColumn(), **settings) as progress:
            yield lambda items, total: progress.track(items, total=total, description=fit(task))

    def json(self, data: Any) -> None:
        """Write the data where the user asked for it, whole or not at all."""
        if self.json_to is None:
            return
        text = json.dumps(data, indent=2, allow_nan=False) + "\n"
        if self.json_to == "-":
            print(text, end="", flush=True)
            return
        if os.path.exists(self.json_to) and not os.path.isfile(self.json_to):  # a pipe, a terminal, /dev/null
            try:
                with open(self.json_to, "w", encoding="utf-8") as file:
                    file.write(text)
            except OSError as error:
                raise InputError(f"{self.json_to}: cannot be written: {error.strerror}") from None
            return
        with replacing(self.json_to) as temporary:
            temporary.write_text(text, encoding="utf-8")
