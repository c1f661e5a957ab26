"""Arguments as programs have them, and errors in the words of Python."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from common.base.errors import InputError
from common.base.progress import Nobody, Watcher
from common.cli.options import MOST

P = ParamSpec("P")
R = TypeVar("R")
Size = int | tuple[int, int] | None
Path = str | os.PathLike
OPTION = re.compile(r"--([a-z]+(?:-[a-z]+)*)(?:[ =](?=[0-9]))?")


def size_of(size: Size) -> tuple[int, int] | None:
    """(H, W) of a size of image.

    Raises:
        InputError: neither a whole number of pixels nor two.

    >>> size_of(96), size_of((96, 128)), size_of(None)
    ((96, 96), (96, 128), None)
    """
    if size is None:
        return None
    sides = (size, size) if isinstance(size, int) else tuple(size) if isinstance(size, tuple | list) else ()
    if len(sides) != 2 or not all(type(side) is int and 0 < side <= MOST for side in sides):
        raise InputError(f"image_size is a number of pixels or (height, width), such as 96 or (96, 128), not {size!r}")
    return sides[0], sides[1]


def listed(values: Sequence[Any] | Any) -> list[Any] | None:
    """Several values, or one, as a list; None stays.

    >>> listed("torch"), listed(["torch", "tf"]), listed(None)
    (['torch'], ['torch', 'tf'], None)
    """
    if values is None:
        return None
    return [values] if isinstance(values, str | os.PathLike) else list(values)


def watcher(progress: bool) -> Watcher:
    """Who is told how far work has come: nobody, or whoever looks at the terminal or the notebook."""
    if not progress:
        return Nobody()
    from common.cli.show.output import Output

    return Output()


def in_words_of_python(line: str) -> str:
    """A message in which options of the command line are arguments.

    >>> in_words_of_python("say it with --preprocessing, such as --image-size 96")
    'say it with preprocessing=, such as image_size=96'
    """
    return OPTION.sub(lambda match: f"{match[1].replace('-', '_')}=", line)


def in_python(function: Callable[P, R]) -> Callable[P, R]:
    """A function whose `InputError` speaks of arguments where the command line speaks of options."""

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except InputError as error:
            error.args = (in_words_of_python(str(error)),)
            raise

    return called
