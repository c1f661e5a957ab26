"""Arguments in the form that Typer knows."""

from __future__ import annotations

from collections.abc import Sequence

from common.base.errors import InputError

SPREADING = ("--images", "--against")  # take several values


def spread(arguments: Sequence[str]) -> list[str]:
    """The same arguments with ``--images a b`` as ``--images a --images b``.

    Raises:
        InputError: such an option without a value.

    >>> spread(["compare", "--images", "a.png", "b.png", "--gradients"])
    ['compare', '--images', 'a.png', '--images', 'b.png', '--gradients']
    """
    option, plain = None, []
    for i, argument in enumerate(arguments):
        if argument.startswith("-") and argument != "-":
            option = argument if argument in SPREADING else None
            if option and all(value.startswith("-") for value in arguments[i + 1 : i + 2]):
                raise InputError(f"{option} needs at least one value")
            plain += [] if option else [argument]
        else:
            plain += [option, argument] if option else [argument]
    return plain
