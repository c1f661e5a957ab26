"""What a user did wrong, said in one line."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """Bad input. Its message is one line: what is wrong, where, and what to do.

    The command line prints the line and exits with 2; in Python it is a ``ValueError``.
    """


class ShapeError(InputError):
    """A layer that cannot take the map it is given, most often because the image is too small."""


class MissingBackend(InputError):
    """A backend whose framework is not installed."""


def innermost(error: BaseException) -> BaseException:
    """What lies at the bottom of errors within errors."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return error


def choose(kind: str, name: str, choices: Iterable[str]) -> str:
    """Return ``name`` if it is one of ``choices``.

    Raises:
        InputError: names the nearest choice, and all of them.
    """
    choices = list(choices)
    if name in choices:
        return name
    near = get_close_matches(str(name), choices, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise InputError(f"unknown {kind} {name!r}: {hint}the choices are {', '.join(choices)}")
