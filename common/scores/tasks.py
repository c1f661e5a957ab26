"""How work that has several parts shows how far it has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from common.base.progress import Progress, quietly

T = TypeVar("T")
Task = Callable[[str], AbstractContextManager[Progress]]  # from what is being done to the `Progress` of its items


@contextmanager
def silently(task: str) -> Iterator[Progress]:
    """The `Task` that shows nothing.

    >>> with silently("computing") as progress:
    ...     list(progress("ab", 2))
    ['a', 'b']
    """
    yield quietly


def at_once(task: Task, name: str, work: Callable[[], T]) -> T:
    """What ``work`` returns; it has no items to count, and is shown as long as it lasts.

    >>> at_once(silently, "adding", lambda: 1 + 1)
    2
    """
    with task(name) as progress:
        (result,) = [work() for _ in progress(range(1), None)]
    return result
