"""Arguments in the form that Typer knows."""

from __future__ import annotations

from collections.abc import Sequence

from common.base.errors import InputError

SPREADING = ("--images", "--against")  # take several values
DIGITS = 9  # of one of several numbers in one text


def spread(arguments: Sequence[str]) -> list[str]:
    """The same arguments with ``--images a b`` as ``--images a --images b``.

    Raises:
        InputError: such an option without a value, or any with an empty text for one: what it means is unclear.

    >>> spread(["compare", "--images", "a.png", "b.png", "--gradients"])
    ['compare', '--images', 'a.png', '--images', 'b.png', '--gradients']
    """
    option, plain = None, []
    for i, argument in enumerate(arguments):
        _require_value(argument, arguments[i - 1] if i else "")
        if argument.startswith("-") and argument != "-":
            option = argument if argument in SPREADING else None
            if option and all(value.startswith("-") for value in arguments[i + 1 : i + 2]):
                raise InputError(f"{option} needs at least one value")
            plain += [] if option else [argument]
        else:
            plain += [option, argument] if option else [argument]
    return plain


def counts(option: str, text: str | None) -> list[int] | None:
    """Whole numbers from text such as ``1,8,32``; None from None.

    Args:
        option: for the message.

    Raises:
        InputError: other text, or a number that is 0 or that nothing here can count.

    >>> counts("--batch", "1,8")
    [1, 8]
    """
    if text is None:
        return None
    numbers = [int(word) for word in text.split(",") if word.isascii() and word.isdigit() and len(word) <= DIGITS]
    if len(numbers) != text.count(",") + 1 or not all(numbers):
        raise InputError(f"{option} {text!r}: give whole numbers above 0, such as 1,8,32, of at most {DIGITS} digits")
    return numbers


def _require_value(argument: str, before: str) -> None:
    """Require that an argument is no empty value of the option before it, or of its own option after an equals sign."""
    if before.startswith("--") and "=" not in before and argument == "":
        raise InputError(f"{before} has an empty value: leave it out, or say what it is")
    if argument.startswith("--") and argument.endswith("=") and argument.count("=") == 1:
        raise InputError(f"{argument[:-1]} has an empty value: leave it out, or say what it is")
