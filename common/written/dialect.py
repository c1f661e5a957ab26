"""What the three frameworks have in common when a layer of a table is written in their words.

A layer becomes a call, such as ``Conv(64, 128, 3, padding=1)``. Where the framework has no such layer of its own, the
file gets a definition for it, which is noted in `Dialect.definitions`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.padding import Pad
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Node,
    Paths,
    Window,
    leaves,
)
from common.written.channels import Channels
from common.written.layout import Call
from common.written.numbers import size

# Who pads: the framework's own layer, one in front of it, or a class that is called so.
NATIVE, ZEROS, SAME, EVEN, CEIL, AROUND = "", "zeros", "Same", "Padded", "Ceil", "Around"


@dataclass(frozen=True)
class Place:
    """Where a layer stands.

    Attributes:
        name: of the layer in its block or stage.
        inputs: channels in front of it, as code.
        channels: its own, as code; of a layer without any, those in front of it.
        features: numbers that a dense layer takes, as code.
        flat: whether it gets a vector.
        pixel: whether it gets a map of one pixel, whatever the size of the image.
        ends_flat: whether nothing behind it needs rows and columns.
    """

    name: str
    inputs: Channels | None
    channels: Channels | None
    features: Channels | None = None
    flat: bool = False
    pixel: bool = False
    ends_flat: bool = False


class Dialect(ABC):
    """How a framework is written.

    Attributes:
        definitions: what the file must define, by name: the lines of each.
        kinds: the classes of convolutions, by normalisation and activation.
    """

    framework: ClassVar[str]
    takes_inputs: ClassVar[bool]  # whether layers are told how many channels they get
    channels_last: ClassVar[bool] = False  # whether the channels are the last axis of a map
    pools_to_vectors: ClassVar[bool]  # whether the mean of the whole map may be a vector
    stride: ClassVar[str]  # the argument's name
    bias: ClassVar[str]
    plain: ClassVar[str]  # the framework's own convolution
    imports: ClassVar[tuple[tuple[str, str], ...]]  # (a pattern of code, the line that it needs), in order

    def __init__(self, table: Table):
        self.definitions: dict[str, list[str]] = {}
        self.convolutions = [
            leaf
            for stage in (*table.stages.values(), *table.heads.values())
            for leaf in leaves(stage)
            if isinstance(leaf, Conv)
        ]
        self.kinds: dict[tuple[object, object], str] = {}
        standard = (table.norm, "relu")
        for key in dict.fromkeys([standard, *((each.norm, each.activation) for each in self.convolutions)]):
            self.kinds[key] = "Conv" if key == standard else self._name_of_kind(*key)

    def _name_of_kind(self, norm: object, activation: object) -> str:
        if norm is None and activation is None:
            return self.plain
        word = {(False, True): "ReLUConv", (True, False): "NormConv", (True, True): "NormReLUConv"}[
            norm is not None, activation is not None
        ]
        others = sum(name.rstrip("0123456789") == word for name in self.kinds.values())
        return f"{word}{others + 1}" if others else word

    def axes(self, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """What (C, H, W) stands for in the order of the framework; anything shorter as it is."""
        return (*shape[1:], shape[0]) if self.channels_last and len(shape) == 3 else shape

    @abstractmethod
    def rule(self, node: Window) -> str:
        """Who pads a window: the framework, by `NATIVE`, or a class of the file."""

    @abstractmethod
    def native(self, node: Window) -> list[str]:
        """The framework's own padding as arguments of a call."""

    @abstractmethod
    def define_kind(self, name: str, norm: BatchNorm | None, activation: str | None, no_bias: bool) -> list[str]:
        """The lines of a class of convolutions."""

    @abstractmethod
    def define_padded(self, rule: str, base: str, node: Window) -> list[str]:
        """The lines of a class that pads by a rule in front of its base; defines what it calls."""

    def layer(self, node: Node, place: Place) -> list[tuple[str, Call]]:
        """A layer as attributes: mostly one; more where the framework flattens or rectifies in a layer of its own.

        Raises:
            InputError: a type of node that is not in the vocabulary.
        """
        match node:
            case Conv():
                return [*self.before(node, place.name), (place.name, self._conv(node, place))]
            case MaxPool() | AvgPool():
                return [*self.before(node, place.name), (place.name, self._pool(node))]
            case GlobalAvgPool():
                return [(place.name, self.global_pool(place))]
            case AdaptiveAvgPool():
                return [(place.name, self.adaptive_pool(node))]
            case LRN():
                return [(place.name, self.lrn(node))]
            case Dropout():
                return [(place.name, self.dropout(node))]
            case Dense():
                return self.dense(node, place)
            case Flatten():
                return [(place.name, self.flatten(place))]
            case _:
                raise InputError(f"{place.name}: {type(node).__name__} cannot be written: it is not in the vocabulary")

    def _conv(self, node: Conv, place: Place) -> Call:
        key = (node.norm, node.activation)
        base, alike = self.kinds[key], [each for each in self.convolutions if (each.norm, each.activation) == key]
        no_bias = base != self.plain and not any(each.bias for each in alike)
        if base != self.plain:
            norm = node.norm if isinstance(node.norm, BatchNorm) else None
            self.define(base, lambda: self.define_kind(base, norm, node.activation, no_bias))
        settings = self._settings(node)
        if not node.bias and not no_bias:
            settings.append(f"{self.bias}=False")
        inputs = (place.inputs,) if self.takes_inputs else ()
        return Call(self._padded(base, node), (*inputs, place.channels, size(node.window[0]), *settings))

    def _pool(self, node: MaxPool | AvgPool) -> Call:
        base = self.pool(node)
        kernel, stride, _ = node.window
        counts = self.counting(node) if self.rule(node) == NATIVE else []
        settings = [setting for setting in self._settings(node) if not setting.startswith(f"{self.stride}=")]
        return Call(self._padded(base, node), (size(kernel), f"{self.stride}={size(stride)}", *settings, *counts))

    def _settings(self, node: Window) -> list[str]:
        _, stride, padding = node.window
        rule = self.rule(node)
        settings = [] if stride == (1, 1) else [f"{self.stride}={size(stride)}"]
        if rule == NATIVE:
            settings += self.native(node)
        elif rule == EVEN and isinstance(padding, Pad):
            settings += [f"padding={size(padding.before)}"]
        elif rule == AROUND and isinstance(padding, Pad):
            settings += [f"before={padding.before}", f"after={padding.after}", *["ceil=True"] * padding.ceil]
        return settings

    def _padded(self, base: str, node: Window) -> str:
        rule = self.rule(node)
        if rule in (NATIVE, ZEROS):
            return base
        short = base.rpartition(".")[2]
        counting = isinstance(node, AvgPool) and node.count_padding and rule in (SAME, AROUND)
        name = f"{rule}{'Counting' * counting}{short}"
        return self.define(name, lambda: [f"class {name}({base}):", *self.define_padded(rule, base, node)])

    def define(self, name: str, lines: Callable[[], list[str]]) -> str:
        """Note a definition under its name, once; what it needs comes before it.

        Returns:
            The name.
        """
        if name not in self.definitions:
            wanted = lines()
            self.definitions[name] = wanted
        return name

    def before(self, node: Window, name: str) -> list[tuple[str, Call]]:
        """A layer of the framework's own that pads in front of a window, as attributes; most have none."""
        return []

    @abstractmethod
    def pool(self, node: MaxPool | AvgPool) -> str:
        """The framework's own pool."""

    @abstractmethod
    def counting(self, node: MaxPool | AvgPool) -> list[str]:
        """What an average pool of the framework's own is told of the zeros around the map, as arguments."""

    @abstractmethod
    def global_pool(self, place: Place) -> Call:
        """The mean of the whole map."""

    @abstractmethod
    def adaptive_pool(self, node: AdaptiveAvgPool) -> Call:
        """Means of windows that cover the map."""

    @abstractmethod
    def lrn(self, node: LRN) -> Call:
        """Local response normalisation."""

    @abstractmethod
    def dropout(self, node: Dropout) -> Call:
        """Dropout."""

    @abstractmethod
    def dense(self, node: Dense, place: Place) -> list[tuple[str, Call]]:
        """A dense layer on a flattened map, and its activation."""

    @abstractmethod
    def flatten(self, place: Place) -> Call:
        """The map as a vector in the order C, H, W."""

    @abstractmethod
    def is_sized(self, node: Node | Paths) -> bool:
        """Whether a layer must see the size of its map, so that the framework cannot compile it."""
