"""In which order Keras puts the layers of a functional model: ``model.layers``, by which files number them.

Layers farther from the output come first; of those equally far, the one that a walk from the output back to
the input meets first (keras/src/ops/function.py, ``map_graph``).
"""

from __future__ import annotations

from dataclasses import dataclass

from common.table.analysis import Table
from common.table.spec import Concat, Conv, Dropout, Node, Residual, Stage


@dataclass(eq=False)
class _Operation:
    """A Keras layer: ``layer`` is the canonical name if it is a convolution."""

    inputs: tuple[_Operation, ...] = ()
    layer: str | None = None
    depth: int = 0


def _chain(name: str, nodes: dict[str, Node], x: _Operation) -> _Operation:
    for child, node in nodes.items():
        x = _operations(f"{name}.{child}" if name else child, node, x)
    return x


def _operations(name: str, node: Node, x: _Operation) -> _Operation:
    """The last of the Keras layers that a node becomes: normalisation and activation are layers of their own."""
    match node:
        case Stage():
            return _chain(name, node.nodes, x)
        case Concat():
            return _Operation(tuple(_chain(name, path, x) for path in node.paths.values()))
        case Residual():
            shortcut, body = (_chain(name, node.paths[path], x) for path in ("shortcut", "body"))
            total = _Operation((shortcut, body))
            return _Operation((total,)) if node.activation else total
        case Conv():
            y = _Operation((x,), name)
            y = _Operation((y,)) if node.norm else y
            return _Operation((y,)) if node.activation else y
        case Dropout():
            return x  # Keras Applications has none
        case _:
            return _Operation((x,))


def by_depth(table: Table) -> list[str]:
    """The convolutions of a table by their place in ``model.layers``; normalisations are in the same order."""
    output = _chain("", table.trunk, _Operation())
    met = {output: 0}
    order: list[_Operation] = []  # inputs before what needs them
    path = [(output, iter(output.inputs))]
    while path:  # a walk into the depth, without recursion: the path is longer than Python allows
        operation, rest = path[-1]
        before = next(rest, None)
        if before is None:
            order.append(operation)
            path.pop()
        elif before not in met:
            met[before] = len(met)
            path.append((before, iter(before.inputs)))
    for operation in reversed(order):
        for before in operation.inputs:
            before.depth = max(before.depth, operation.depth + 1)
    ordered = sorted(met, key=lambda operation: (-operation.depth, met[operation]))
    return [operation.layer for operation in ordered if operation.layer]
