"""How work shows how far it has come, to whoever watches: the command line, a notebook, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

# From items and how many there are (None where nobody knows) to the items; the command line's `Output.bar` gives one.
Progress = Callable[[Iterable, int | None], Iterable]


def quietly(items: Iterable, total: int | None) -> Iterable:
    """The `Progress` that shows nothing.

    >>> list(quietly("abc", total=3))
    ['a', 'b', 'c']
    """
    return items


class Watcher(Protocol):
    """Whoever is told what is being done. `Nobody` is one; the command line's `Output` shows it on a terminal."""

    def progress(self) -> AbstractContextManager[Callable[[str], None]]:
        """A function to call with what is being done, until the block ends."""

    def bar(self, task: str) -> AbstractContextManager[Progress]:
        """A `Progress` for the loops of one task, until the block ends."""

    def training(self, run: Any) -> AbstractContextManager[Callable[[dict[str, Any]], None]]:
        """A function to call with every record of a run's history, until the block ends."""

    def say(self, line: str, *, whole: bool = False) -> None:
        """A line that stays; a ``whole`` one, such as a command to copy, is not broken."""


class Nobody:
    """The `Watcher` that shows nothing.

    >>> with Nobody().bar("reading") as bar:
    ...     list(bar("abc", 3))
    ['a', 'b', 'c']
    """

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """A function that does nothing."""
        yield lambda task: None

    @contextmanager
    def bar(self, task: str) -> Iterator[Progress]:
        """`quietly`."""
        yield quietly

    @contextmanager
    def training(self, run: Any) -> Iterator[Callable[[dict[str, Any]], None]]:
        """A function that does nothing."""
        yield lambda record: None

    def say(self, line: str, *, whole: bool = False) -> None:
        """Nothing."""
