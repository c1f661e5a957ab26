"""Nodes of a table as attributes of the module that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from common.table.analysis import Table
from common.table.spec import Dense, Dropout, Flatten, GlobalAvgPool, Node, Paths, Stage, Window, leaves
from common.written.blocks import CHANNELS, INPUTS, BlockClass, Key, structure
from common.written.channels import Channels, fixed
from common.written.dialect import Place
from common.written.flow import flow
from common.written.layout import Call
from common.written.names import untaken
from common.written.style import Style

Attributes = list[tuple[str, Call]]


@dataclass(frozen=True)
class Inputs:
    """What a node gets: channels as code, and whether it is a vector, or a map of one pixel at any size of image."""

    channels: Channels | None
    flat: bool = False
    pixel: bool = False

    def behind(self, node: Node, channels: Channels | None) -> Inputs:
        """What the next node gets.

        >>> Inputs(fixed(3)).behind(Flatten(), None).flat
        True
        """
        flat = self.flat or any(isinstance(each, Dense | Flatten) for each in leaves(node))
        stays = isinstance(node, Dropout) or (isinstance(node, Window) and node.moved == ((1, 1), (1, 1)))
        pixel = isinstance(node, GlobalAvgPool) or (self.pixel and stays)
        return Inputs(channels, flat, pixel)


class Spelling:
    """Writes nodes in one framework.

    Args:
        style: its words.
        dialect: notes what the file must define.
        classes: of the blocks.

    Attributes:
        vectors: the places of the nodes behind which is a vector; filled while they are written.
    """

    def __init__(self, style: Style, table: Table, classes: Mapping[tuple, BlockClass]):
        self.style, self.classes = style, classes
        self.dialect = style.dialect(table)
        self.vectors: set[Key] = set()

    def attributes(
        self,
        nodes: Mapping[str, Node],
        inputs: Inputs,
        codes: Mapping[Key, Channels],
        path: Key = (),
        *,
        ends_flat: bool = False,
    ) -> tuple[dict[str, Attributes], Inputs]:
        """(each node's attributes by its name; what is behind the last one), of nodes one after the other.

        Args:
            codes: the numbers of layers as code, by their place.
            path: the place of what holds them.
            ends_flat: whether a vector will do behind the last one.
        """
        found: dict[str, Attributes] = {}
        rest = list(nodes.values())
        for name, node in nodes.items():
            rest = rest[1:]
            vector = ends_flat and all(isinstance(each, Dense | Dropout | Flatten) for each in rest)
            found[name] = self._attributes(name, node, inputs, codes, (*path, name), vector)
            taken = [*nodes, *(each for other in found.values() for each, _ in other if other is not found[name])]
            found[name] = [(each if each == name else untaken(each, taken), call) for each, call in found[name]]
            inputs = inputs.behind(node, flow(node, inputs.channels, codes, (*path, name)))
            if vector and isinstance(node, GlobalAvgPool) and self.dialect.pools_to_vectors:
                inputs = replace(inputs, flat=True)
            if inputs.flat:
                self.vectors.add((*path, name))
        return found, inputs

    def _attributes(
        self, name: str, node: Node, inputs: Inputs, codes: Mapping[Key, Channels], place: Key, vector: bool
    ) -> Attributes:
        if isinstance(node, Stage):
            inner, _ = self.attributes(node.nodes, inputs, codes, place)
            entries = [Call("", (f'"{each}"', call)) for attributes in inner.values() for each, call in attributes]
            return [(name, Call("Stage", tuple(entries)))]
        if isinstance(node, Paths):
            return [(name, self.block(node, inputs, codes, place))]
        channels, features = codes.get((*place, CHANNELS), inputs.channels), codes.get((*place, INPUTS))
        where = Place(name, inputs.channels, channels, features, inputs.flat, inputs.pixel, vector)
        return self.dialect.layer(node, where)

    def block(self, node: Paths, inputs: Inputs, codes: Mapping[Key, Channels], place: Key) -> Call:
        """A block as a call of its class."""
        block = self.classes[structure(node)]
        block.vector = block.vector and inputs.flat
        values = block.values(node)
        given: list[object] = [inputs.channels] if self.dialect.takes_inputs else []
        for argument in block.arguments:
            each = [codes.get((*place, *key), _code(values[key])) for key in argument.keys]
            value: object = each[0] if len(each) == 1 else _whole([str(one) for one in each]) or Call("", tuple(each))
            given.append(f"{argument.name}={value}" if argument.name in ("scale", "relu") else value)
        return Call(block.name, tuple(given))


def _whole(codes: list[str]) -> str | None:
    """The pair that numbers are all of: ``c2`` of ``c2[0]`` and ``c2[1]``."""
    name = codes[0].removesuffix("[0]")
    return name if codes == [f"{name}[{i}]" for i in range(len(codes))] else None


def _code(value: float) -> object:
    return fixed(value) if isinstance(value, int) and not isinstance(value, bool) else value
