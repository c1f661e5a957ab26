"""Which blocks of a table are one class, and what its arguments are.

Blocks are of one class where they differ in their channels alone, or in the scale and the activation of a residual sum.
Channels that are the same in all blocks of a class are written into it, and the others become its arguments: ``c2`` is
what varies in the path ``p2``, a pair where two numbers do. The paper's own block has its four arguments always.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from common.table.analysis import Table
from common.table.layers import Layer
from common.table.spec import Conv, Dense, Inception, Node, Paths, Residual, Stage
from common.written.channels import Channels, fixed
from common.written.names import identifier

Key = tuple[str, ...]  # where a number stands within a block: names, then the field
Value = int | float | bool
CHANNELS, INPUTS, SCALE, RELU = "channels", "in_features", "scale", "relu"


def structure(node: Node | Paths) -> tuple:
    """What blocks of one class have in common: all but their channels, their scales and their activations.

    >>> structure(Inception(1, (2, 3), (4, 5), 6)) == structure(Inception(6, (5, 4), (3, 2), 1))
    True
    """
    if isinstance(node, Stage):
        return (Stage, *((name, structure(child)) for name, child in node.nodes.items()))
    if isinstance(node, Paths):
        paths = ((path, *((name, structure(c)) for name, c in nodes.items())) for path, nodes in node.paths.items())
        return (type(node), *paths)
    if isinstance(node, Conv):
        return (replace(node, channels=1, in_channels=None, classes=False),)
    if isinstance(node, Dense):
        return (replace(node, units=1, in_features=None, classes=False),)
    return (node,)


@dataclass(frozen=True)
class Argument:
    """One argument of a class, of one number or several.

    Attributes:
        name: such as ``c2``.
        keys: of its numbers, for each of which one of the places that have it.
    """

    name: str
    keys: tuple[Key, ...]

    def texts(self) -> tuple[str, ...]:
        """Each of its numbers as code, such as ``c2[1]``."""
        return (self.name,) if len(self.keys) == 1 else tuple(f"{self.name}[{i}]" for i in range(len(self.keys)))


@dataclass(frozen=True)
class Member:
    """One block of a class: its canonical name, its node, and its layer, which says the maps in and out."""

    name: str
    node: Paths
    layer: Layer


class BlockClass:
    """A class of blocks.

    Attributes:
        members: its blocks, in the order of computation.
        inputs: whether its layers are told how many numbers they take, as those of PyTorch are.
        classes: those of the blocks within, by their structure.
        name: of the class, in the file.
        owner: the class within which it occurs first; None of blocks of a stage.
        order: of its first block among the layers of the table.
        vector: whether all of its blocks get vectors rather than maps; known once those who make them are written.
    """

    def __init__(self, members: list[Member], classes: Mapping[tuple, BlockClass], *, inputs: bool):
        self.members = members
        self.classes = classes
        self.inputs = inputs
        self.name = ""
        self.order = 0
        self.vector = True
        self.owner: BlockClass | None = None

    @property
    def node(self) -> Paths:
        """The first of its blocks."""
        return self.members[0].node

    def values(self, node: Paths) -> dict[Key, Value]:
        """Every number of a block that may vary, by its place."""
        return {key: value for key, value in self._numbers(node) if self.inputs or key[-1] != INPUTS}

    def _numbers(self, node: Node | Paths, path: Key = ()) -> Iterator[tuple[Key, Value]]:
        if isinstance(node, Residual) and not path:
            yield (SCALE,), node.scale
            yield (RELU,), node.activation is not None
        if isinstance(node, Paths) and path:
            inner = self.classes[structure(node)]
            values = inner.values(node)
            yield from (((*path, *key), values[key]) for argument in inner.arguments for key in argument.keys)
        elif isinstance(node, Stage | Paths):
            for name, child in node.children.items():
                yield from self._numbers(child, (*path, name))
        elif isinstance(node, Conv):
            yield (*path, CHANNELS), node.out_channels
        elif isinstance(node, Dense):
            yield (*path, CHANNELS), node.out_features
            yield (*path, INPUTS), node.in_features or 0

    @cached_property
    def _columns(self) -> dict[Key, tuple[Value, ...]]:
        rows = [self.values(member.node) for member in self.members]
        return {key: tuple(row[key] for row in rows) for key in rows[0]}

    @cached_property
    def same(self) -> dict[Key, Key]:
        """Each place whose number varies, to the first place that has the same number in every block."""
        first: dict[tuple[Value, ...], Key] = {}
        found = {}
        for key, column in self._columns.items():
            if self._of_the_papers(key):
                found[key] = key
            elif len(set(column)) > 1:
                found[key] = first.setdefault((key[-1] in (SCALE, RELU), *column), key)
        return found

    def _of_the_papers(self, key: Key) -> bool:
        """Whether a number is one of the four arguments of the paper's own block, which are always arguments."""
        return isinstance(self.node, Inception) or isinstance(self.node.children.get(key[0]), Inception)

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """Its arguments, in the order of the paths; scale and activation last."""
        groups: dict[str, list[Key]] = {}
        for key in dict.fromkeys(self.same.values()):
            groups.setdefault(self._group(key), []).append(key)
        if len(groups) == 1 and len(next(iter(groups.values()))) == 1 and not groups.keys() & {SCALE, RELU}:
            groups = {"channels": next(iter(groups.values()))}
        last = sorted(groups, key=lambda name: name in (SCALE, RELU))
        return tuple(Argument(name, tuple(groups[name])) for name in last)

    def _group(self, key: Key) -> str:
        """The argument that a number belongs to: that of its path, or of the block within."""
        if len(key) == 1:
            return key[0]
        child = self.node.children[key[0]]
        if isinstance(child, Paths):
            inner = self.classes[structure(child)]
            (name,) = (argument.name for argument in inner.arguments if key[1:] in argument.keys)
            blocks = [name for name, each in self.node.children.items() if isinstance(each, Paths)]
            return name if blocks == [key[0]] and name not in (SCALE, RELU) else identifier(f"{key[0]}_{name}")
        path = next(path for path, nodes in self.node.paths.items() if key[0] in nodes)
        of_path = re.sub(r"^p(?=\d+$)", "c", path)
        return identifier(f"{of_path}_inputs" if key[-1] == INPUTS else of_path)

    @cached_property
    def codes(self) -> dict[Key, Channels]:
        """Each number of its blocks as code within the class, by its place; those of blocks within too."""
        texts = {key: text for each in self.arguments for key, text in zip(each.keys, each.texts(), strict=True)}
        first = self.values(self.node)
        found = {
            key: Channels((texts[self.same[key]],)) if key in self.same else fixed(int(value))
            for key, value in first.items()
            if key in self.same or key[-1] not in (SCALE, RELU)
        }
        return {**found, **self._within(found)}

    def _within(self, found: Mapping[Key, Channels], node: Node | None = None, path: Key = ()) -> dict[Key, Channels]:
        codes: dict[Key, Channels] = {}
        for name, child in (node or self.node).children.items():  # type: ignore[union-attr]
            place = (*path, name)
            if isinstance(child, Stage):
                codes |= self._within(found, child, place)
            elif isinstance(child, Paths):
                inner = self.classes[structure(child)]
                given = {
                    text: found[(*place, *key)]
                    for each in inner.arguments
                    for key, text in zip(each.keys, each.texts(), strict=True)
                }
                codes |= {(*place, *key): code.put(given) for key, code in inner.codes.items()}
        return codes


def classes_of(table: Table, *, inputs: bool) -> dict[tuple, BlockClass]:
    """The classes of a table's blocks by their structure; what lies within others comes before them.

    Args:
        inputs: whether layers are told how many numbers they take.
    """
    members: dict[tuple, list[Member]] = {}
    layers = table.layers
    for name, layer in layers.items():  # blocks come after their own layers, and after blocks within
        if isinstance(layer.node, Paths):
            members.setdefault(structure(layer.node), []).append(Member(name, layer.node, layer))
    found: dict[tuple, BlockClass] = {}
    for key, blocks in members.items():
        found[key] = BlockClass(blocks, found, inputs=inputs)
    for order, outer in enumerate(found.values()):
        outer.order = order
        for child in within(outer.node):
            inner = found[structure(child)]
            inner.owner = inner.owner or outer
    return found


def within(node: Node | Paths) -> Iterator[Paths]:
    """The blocks directly within one, those in stages too.

    >>> [type(block).__name__ for block in within(Stage(a=Inception(1, (1, 1), (1, 1), 1)))]
    ['Inception']
    """
    for child in node.children.values() if isinstance(node, Stage | Paths) else ():
        if isinstance(child, Paths):
            yield child
        elif isinstance(child, Stage):
            yield from within(child)
