"""Where the output of a command goes: tables for people, and the same data as JSON on request."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from common.base.errors import InputError
from common.base.files import check_writable, replacing
from common.base.printable import printable
from common.cli.monitor import Monitor
from common.cli.show.columns import folded
from common.cli.show.figures import shortened
from common.cli.show.plain import fit

if TYPE_CHECKING:
    from common.runs.run import Run

MOST = 1 << 16  # columns that a line can have which goes to no terminal
PROSE = 120  # columns that a line of words has at most on a terminal: longer ones are hard to read
LONGEST = 2000  # characters of one line of text


def one_line(text: Text) -> Text:
    r"""The same text on one printable line of `LONGEST` characters at most.

    >>> one_line(Text("digits\nAGREE: all")).plain
    'digits\\nAGREE: all'
    """
    words = shortened(printable(shortened(text.plain, LONGEST)), LONGEST)
    return text if words == text.plain else Text(words, text.style)


def _is_special(path: str) -> bool:
    """Whether it is there, and neither a file nor a folder: a pipe, a terminal, /dev/null."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _write_special(path: str, text: str) -> None:
    """Write to a pipe or a device.

    Raises:
        InputError: it takes no more, or nobody reads the pipe.
    """
    try:
        # A pipe that nobody reads would be waited for without end.
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
        os.set_blocking(handle, True)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        why = "nobody reads this pipe" if error.errno == errno.ENXIO else error.strerror
        raise InputError(f"{path}: cannot be written: {why}") from None


def _width(stream: Any) -> int:
    """The columns of what a stream writes to: ``COLUMNS``, or the terminal's own; of files and pipes, `MOST`."""
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and 0 < int(said) < MOST:
        return int(said)
    try:
        return os.get_terminal_size(stream.fileno()).columns or MOST
    except (AttributeError, OSError, ValueError):  # no terminal, or no file at all
        return MOST


class Output:
    """Prints for people on stdout, or on stderr if JSON goes to stdout. It has colours on a terminal only.

    Args:
        json_to: a file for the JSON, ``-`` for stdout, or None.

    Raises:
        InputError: the file cannot be written, for instance because it is a folder.
    """

    def __init__(self, json_to: str | None = None):
        if json_to is not None and json_to != "-" and not _is_special(json_to):
            check_writable(json_to)
        self.json_to = json_to
        stream = sys.stderr if json_to == "-" else sys.stdout
        self.console = Console(file=stream, width=_width(stream), highlight=False, markup=False, emoji=False)

    def print(self, parts: Iterable[RenderableType]) -> None:
        """Print the parts one below the other, on a terminal fitted to it.

        Each `Text` is one line, whatever words of others are in it; where it goes on on a second one, that begins with
        spaces. One that must not be broken, such as a command to copy, has ``no_wrap``.
        """
        for part in parts:
            for line in self._lines(part) if isinstance(part, Text) else [part]:
                self.console.print(line, soft_wrap=True)

    def _lines(self, part: Text) -> list[Text]:
        line, width = one_line(part), min(self.console.width, PROSE)
        return [line] if part.no_wrap or self.console.width == MOST else folded(line, width)

    @contextmanager
    def training(self, run: Run) -> Iterator[Callable[[dict[str, Any]], None]]:
        """A function that shows the records of a run as they come."""
        monitor = Monitor(self.console, self.say, run)
        with monitor.shown():
            yield monitor.report

    def write(self, text: str) -> None:
        """Print a text as it is, such as a file that goes into a pipe."""
        self.console.out(text, end="", highlight=False)

    def say(self, line: str, *, whole: bool = False) -> None:
        """Print one line; a ``whole`` one, such as a command to copy, is not broken."""
        self.print([Text(line, no_wrap=whole)])

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
        settings: dict[str, Any] = {
            "console": console,
            "transient": True,
            "disable": not (console.is_terminal or console.is_jupyter),
        }
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
        if _is_special(self.json_to):
            _write_special(self.json_to, text)
            return
        with replacing(self.json_to) as temporary:
            temporary.write_text(text, encoding="utf-8")
