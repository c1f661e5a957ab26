"""Which blocks are drawn once for several: equal ones in a row."""

from __future__ import annotations

from collections.abc import Container, Mapping

from common.table.analysis import Layers
from common.table.spec import Node, Paths


def runs(nodes: Mapping[str, Node], prefix: str, layers: Layers, apart: Container[str]) -> list[list[str]]:
    """The names of nodes, of which equal blocks in a row are together.

    Blocks are equal where all of their numbers are, those of the maps in front and behind too.

    Args:
        prefix: canonical name of what the nodes are in.
        apart: canonical names of blocks that a run may end with but not go on after, because a head branches off there.

    >>> from common import nets
    >>> table = nets.get("inception_v4")
    >>> runs(table.stages["b3"].nodes, "b3", table.layers, table.taps)
    [['3a', '3b', '3c', '3d']]
    """
    found: list[list[str]] = []
    for name in nodes:
        last = found[-1][-1] if found else ""
        if last and f"{prefix}.{last}" not in apart and _equal(f"{prefix}.{last}", f"{prefix}.{name}", layers):
            found[-1].append(name)
        else:
            found.append([name])
    return found


def _equal(one: str, other: str, layers: Layers) -> bool:
    """Whether the second of two neighbours is a block and does what the first one does."""
    a, b = layers[one], layers[other]
    return isinstance(b.node, Paths) and a.node == b.node and a.input == b.input and a.output == b.output
