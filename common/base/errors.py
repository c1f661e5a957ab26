"""What a user did wrong, told in one line."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from common.base.printable import as_line, shortened


class InputError(ValueError):
    r"""Bad input. Its message is one line: what is wrong, where, and what to do.

    The command line prints the line and exits with 2; in Python it is a ``ValueError``. Whatever text of others the
    message quotes, the line stays printable and short (`common.base.printable.as_line`).

    >>> str(InputError("labels.txt: its first line is '\x1b[31m\n'"))
    "labels.txt: its first line is '\\x1b[31m '"
    """

    def __str__(self) -> str:
        return as_line(super().__str__())


class ShapeError(InputError):
    """A layer cannot take the map that it is given, most often because the image is too small."""


class MissingBackend(InputError):
    """The framework of a backend is not installed."""


class MissingLibrary(InputError):
    """A library that not everything needs is not installed, or does not import."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, the one it came of, and so on to the first.

    >>> try:
    ...     raise KeyError("a") from OSError("b")
    ... except KeyError as error:
    ...     [type(each).__name__ for each in causes(error)]
    ['KeyError', 'OSError']
    """
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def root_cause(error: BaseException) -> BaseException:
    """The first exception of a chain: the one that all others came of.

    >>> try:
    ...     raise KeyError("a") from OSError("b")
    ... except KeyError as error:
    ...     root_cause(error)
    OSError('b')
    """
    *_, first = causes(error)
    return first


def choose(kind: str, name: str, choices: Iterable[str]) -> str:
    """Return ``name`` if it is one of ``choices``.

    Args:
        kind: what is chosen, for the message.

    Raises:
        InputError: it is none of them; names the nearest choice, and all of them.

    >>> choose("table", "d2l", ["d2l", "paper"])
    'd2l'
    >>> choose("table", "papr", ["d2l", "paper"])
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: unknown table 'papr': did you mean 'paper'? the choices are d2l, paper
    """
    choices = list(choices)
    if name in choices:
        return name
    near = get_close_matches(shortened(str(name)), choices, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise InputError(f"unknown {kind} {name!r}: {hint}the choices are {', '.join(choices)}")
