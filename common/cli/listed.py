"""Help texts that name what there is: backends, recipes, files. They are filled in when somebody asks for help."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand


def either(words: Iterable[str]) -> str:
    """Words as a choice.

    >>> either(["torch", "tf", "mxnet"])
    'torch, tf or mxnet'
    """
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def backends() -> list[str]:
    """The names of the backends, plug-ins included."""
    from common.contract.backend import packages

    return list(packages())


def recipes() -> list[str]:
    """The names of the recipes that a network is trained by."""
    from common.contract.recipe import PARITY, RECIPES

    return [name for name in RECIPES if name != PARITY]


def schedules() -> list[str]:
    """The names of the schedules."""
    from common.contract.schedules import SCHEDULES

    return list(SCHEDULES)


def files() -> list[str]:
    """The suffixes of the frameworks' own files."""
    from common.weights.native import kinds

    return list(kinds())


LISTS = {"backends": backends, "recipes": recipes, "schedules": schedules, "files": files}


def filled(text: str) -> str:
    """A help text in which ``{backends}`` stands for all their names, and ``{backends|or}`` for one of them.

    >>> filled("How the rate changes: {schedules|or}.")
    'How the rate changes: constant, step, plateau or cosine.'
    """

    def words(match: re.Match) -> str:
        found = LISTS[match["list"]]()
        return either(found) if match["or"] else ", ".join(found)

    return re.sub(rf"{{(?P<list>{'|'.join(LISTS)})(?P<or>\|or)?}}", words, text)


class Listed(TyperCommand):
    """A command whose help texts go through `filled`; nothing is imported for that before help is shown."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options and arguments with their help."""
        for parameter in self.params:
            text = getattr(parameter, "help", None)
            if text:
                setattr(parameter, "help", filled(text))  # noqa: B010  (Typer's types leave it out)
        super().format_options(ctx, formatter)
