"""What a shell may complete: the names of networks, backends and recipes. Typer's own scripts ask for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

VARIABLE = "_GOOGLENET_COMPLETE"  # by which a shell asks, in the words of Typer


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def nets(incomplete: str) -> list[str]:
    """The networks whose names begin so.

    >>> nets("vgg")
    ['vgg11', 'vgg16']
    """
    from common import nets as tables

    return _beginning(tables.names(), incomplete)


def backends(incomplete: str) -> list[str]:
    """The backends, and the word for all of them, that begin so; behind a comma, the next one of a list.

    >>> backends("t"), backends("torch,m")
    (['torch', 'tf'], ['torch,mxnet'])
    """
    from common.cli.listed import backends as known

    given, comma, last = incomplete.rpartition(",")
    names = known() if comma else [*known(), "all"]
    return [f"{given}{comma}{name}" for name in _beginning(names, last)]


def recipes(incomplete: str) -> list[str]:
    """The recipes that begin so.

    >>> recipes("ci")
    ['cifar10', 'cifar10_cosine']
    """
    from common.cli.listed import recipes as known

    return _beginning(known(), incomplete)


def answer(command: Any, instruction: str) -> int:
    """Answer a shell that asks by `VARIABLE`; returns the exit code.

    Args:
        command: of Typer, with all its subcommands.
        instruction: such as ``complete_bash``.
    """
    from typer.completion import shell_complete

    return shell_complete(command, {}, "googlenet", VARIABLE, instruction)
