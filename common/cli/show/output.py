"""Where a command's words go: tables for people, the same as JSON on request."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from common.base.errors import InputError
from common.base.files import replacing
from common.base.printable import printable

MOST = 1 << 16  # columns that a line can have


def silence(stream) -> None:
    """Let nothing more arrive where nobody reads any more, as behind ``| head``: the work goes on to its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Lasting(Console):
    """A console that outlasts its reader; Rich's own would end the command."""

    def on_broken_pipe(self) -> None:
        """Called by Rich."""
        silence(self.file)


class Output:
    """Prints for people on stdout, or on stderr if JSON goes to stdout; colours only on a terminal.

    Args:
        json_to: a file for the JSON, ``-`` for stdout, or None.

    Raises:
        InputError: no such folder for the file, or a folder in its place: better told now than after the work.
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
        self.console = Lasting(file=stream, width=MOST, highlight=False, markup=False, emoji=False)

    def print(self, parts) -> None:
        """One after the other; lines of text are never broken."""
        for part in parts:
            if isinstance(part, Text):
                clean = "\n".join(map(printable, part.plain.split("\n")))
                self.console.print(part if clean == part.plain else Text(clean, part.style), soft_wrap=True)
            else:
                self.console.print(part)

    @contextmanager
    def progress(self) -> Iterator:
        """A function that shows, on a terminal, what is being done."""
        with Console(stderr=True).status("", spinner="dots") as status:
            yield lambda what: status.update(f"{what} ...")

    @contextmanager
    def bar(self, what: str) -> Iterator:
        """A function that shows, on a terminal, how far a loop over so many items has come."""
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            yield lambda items, total: progress.track(items, total=total, description=what)

    def json(self, data) -> None:
        """Write the data where the user asked for it, whole or not at all."""
        if self.json_to is None:
            return
        text = json.dumps(data, indent=2, allow_nan=False) + "\n"
        if self.json_to == "-":
            try:
                print(text, end="", flush=True)
            except BrokenPipeError:
                silence(sys.stdout)
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
