"""How many channels come out of nodes, as code."""

from __future__ import annotations

from collections.abc import Mapping

from common.table.spec import Conv, Dense, Flatten, Node, Paths, Residual, Stage
from common.written.blocks import CHANNELS, Key
from common.written.channels import Channels


def flow(node: Node, channels: Channels | None, codes: Mapping[Key, Channels], path: Key = ()) -> Channels | None:
    """The channels behind a node; None behind what flattens, where dense layers say what they take.

    Args:
        channels: in front of it.
        codes: the numbers of its layers as code, by their place.
        path: the place of the node.
    """
    if isinstance(node, Stage):
        return chain(node.nodes, channels, codes, path)
    if isinstance(node, Paths):
        ends = [chain(nodes, channels, codes, path) for nodes in node.paths.values()]
        if isinstance(node, Residual):
            return ends[-1]
        return None if any(end is None for end in ends) else sum((end for end in ends if end), Channels())
    if isinstance(node, Conv):
        return codes[(*path, CHANNELS)]
    return None if isinstance(node, Dense | Flatten) else channels


def chain(
    nodes: Mapping[str, Node], channels: Channels | None, codes: Mapping[Key, Channels], path: Key = ()
) -> Channels | None:
    """`flow` through nodes one after the other."""
    for name, node in nodes.items():
        channels = flow(node, channels, codes, (*path, name))
    return channels
