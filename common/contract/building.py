"""Which of a package's layers and blocks builds a node of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from common.base.errors import InputError
from common.table.spec import Node

Builder = TypeVar("Builder")


def builder(node: Node, builders: Mapping[type, Builder]) -> Builder:
    """What ``builders`` has for the type of a node or, if it has nothing for that, for the nearest type above it.

    A package without a block of its own for `Inception` so builds it as the `Concat` that it is.

    Raises:
        InputError: a node of a type that no builder is for; names the type, and the types there are builders for.

    >>> from common.table.spec import Concat, Conv, Inception
    >>> builder(Inception(1, (1, 2), (1, 2), 1), {Conv: "a convolution", Concat: "parallel paths"})
    'parallel paths'
    """
    for kind in type(node).__mro__:
        if kind in builders:
            return builders[kind]
    known = ", ".join(kind.__name__ for kind in builders)
    raise InputError(f"a node of type {type(node).__name__} cannot be built: the types of nodes are {known}")
