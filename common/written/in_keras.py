"""Layers in the words of Keras."""

from __future__ import annotations

from typing import ClassVar

from common.table.padding import SAME as SAME_RULE
from common.table.padding import Pad, fixed, is_same
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    MaxPool,
    Node,
    Paths,
    Window,
)
from common.written.dialect import AROUND, CEIL, EVEN, NATIVE, SAME, ZEROS, Dialect, Place
from common.written.layout import Call
from common.written.numbers import number, size
from common.written.templates import SIDES, computing, heading, indented, lines, said_of

SAME_PADDING = '''
    def same(x, kernel, stride, value=0.0):
        """Pad as TensorFlow's SAME: ceil(n / stride) windows, the odd row at the end."""
        sides = []
        for n, k, s in zip(x.shape[1:3], kernel, stride, strict=True):
            total = max((-(-n // s) - 1) * s + k - n, 0)
            sides.append((total // 2, total - total // 2))
        return ops.pad(x, ((0, 0), *sides, (0, 0)), constant_values=value)
'''
AROUND_PADDING = '''
    def around(x, kernel, stride, before, after, ceil, value=0.0):
        """Pad by so many rows and columns; with ceil by what the last window lacks too."""
        sides, windows = [], zip(kernel, stride, before, after, strict=True)
        for n, (k, s, first, last) in zip(x.shape[1:3], windows, strict=True):
            if ceil:
                steps = -(-(n + first + last - k) // s)
                steps -= steps * s >= n + first  # no window begins behind the map
                last = max(steps * s + k - n - first, 0)
            sides.append((first, last))
        return ops.pad(x, ((0, 0), *sides, (0, 0)), constant_values=value)
'''
CEIL_POOL = """
    def call(self, x):
        below, right = (
            (k - n) % s
            for n, k, s in zip(x.shape[1:3], self.pool_size, self.strides, strict=True)
        )
        sides = ((0, 0), (0, below), (0, right), (0, 0))
        return super().call(ops.pad(x, sides, constant_values=-inf))
"""
EVEN_POOL = """
    def __init__(self, *size, padding, **settings):
        super().__init__(*size, **settings)
        self.sides = ((0, 0), (padding, padding), (padding, padding), (0, 0))

    def call(self, x):
        return super().call(ops.pad(x, self.sides, constant_values=-inf))
"""
BUILD = """
    def build(self, shape):
        super().build((None, None, None, shape[-1]))  # of the map without its padding
"""
LRN_LAYER = '''
    class LRN(layers.Layer):
        """Divides by (k + alpha / size * sum) ** beta: squares of the channels around."""

        def __init__(self, size, alpha, beta, k):
            super().__init__()
            self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

        def call(self, x):
            half, channels = self.size // 2, x.shape[-1]
            squares = ops.pad(ops.square(x), ((0, 0), (0, 0), (0, 0), (half, half)))
            total = sum(squares[..., i : i + channels] for i in range(self.size))
            return x / (self.k + self.alpha / self.size * total) ** self.beta
'''
ADAPTIVE = '''
    class AdaptiveAvgPool(layers.Layer):
        """Means of size x size windows that cover the map, as in PyTorch."""

        def __init__(self, size):
            super().__init__()
            self.size = size

        def call(self, x):
            for axis in (1, 2):
                n = x.shape[axis]
                windows = (
                    range(i * n // self.size, -(-(i + 1) * n // self.size))
                    for i in range(self.size)
                )
                means = [
                    ops.mean(ops.take(x, window, axis), axis, keepdims=True)
                    for window in windows
                ]
                x = ops.concatenate(means, axis)
            return x
'''
FLATTEN = '''
    class Flatten(layers.Layer):
        """In the order C, H, W, as PyTorch and MXNet flatten."""

        def call(self, x):
            return ops.reshape(ops.transpose(x, (0, 3, 1, 2)), (-1, prod(x.shape[1:])))
'''


class Keras(Dialect):
    """Keras, with the channels last."""

    framework = "Keras"
    takes_inputs = False
    channels_last = True
    pools_to_vectors = True
    stride = "strides"
    bias = "use_bias"
    plain = "layers.Conv2D"
    imports: ClassVar = (
        (r"\b(?:inf|prod)\b", "from math import <inf|prod>"),
        (r"\battrgetter\(", "from operator import attrgetter"),
        ("", ""),
        (r"\bkeras\.", "import keras"),
        (r"\bnp\.", "import numpy as np"),
        (r"\b(?:layers|ops)\.", "from keras import <layers|ops>"),
    )

    def rule(self, node: Window) -> str:
        kernel, stride, padding = node.window
        numbers = fixed(kernel, stride, padding)
        counting = isinstance(node, AvgPool) and node.count_padding
        if numbers == Pad() or (is_same(kernel, stride, padding) and not counting):
            return NATIVE
        if numbers and (counting or isinstance(node, Conv)):
            return ZEROS
        if padding == SAME_RULE:
            return SAME
        if numbers and len({*numbers.before, *numbers.after}) == 1 and isinstance(node, MaxPool):
            return EVEN
        no_further = all(s <= k for k, s in zip(kernel, stride, strict=True))
        return CEIL if padding == Pad(ceil=True) and isinstance(node, MaxPool) and no_further else AROUND

    def native(self, node: Window) -> list[str]:
        return [] if fixed(*node.window) == Pad() else ['padding="same"']

    def define_kind(self, name: str, norm: BatchNorm | None, activation: str | None, no_bias: bool) -> list[str]:
        given = "use_bias=False, " if no_bias else ""
        init = f"""
            def __init__(self, channels, kernel, **settings):
                super().__init__(channels, kernel, {given}**settings)
        """
        body = lines(init) if norm or no_bias else []
        value = "super().call(x)"
        if norm:
            settings = f"momentum={number(norm.momentum)}, epsilon={number(norm.eps)}"
            body.append(f"    self.norm = layers.BatchNormalization({settings})")
            value = f"self.norm({value})"
        value = f"ops.relu({value})" if activation else value
        body += [*[""] * bool(body), "def call(self, x):", f"    return {value}"]
        return [*heading(name, self.plain, norm, activation), *indented(body)]

    def define_padded(self, rule: str, base: str, node: Window) -> list[str]:
        body = [f'"""{said_of(rule, node)}"""', ""]
        if rule in (CEIL, EVEN):
            return indented([*body, *lines(CEIL_POOL if rule == CEIL else EVEN_POOL)])
        body += SIDES if rule == AROUND else []
        if isinstance(node, Conv):
            body += [*lines(BUILD), ""]
        kernel = "self.kernel_size" if isinstance(node, Conv) else "self.pool_size"
        function = rule.lower()
        self.define(function, lambda: lines({SAME: SAME_PADDING, AROUND: AROUND_PADDING}[rule]))
        window = [kernel, "self.strides", *["*self.sides"] * (rule == AROUND)]
        return indented(
            [*body, "def call(self, x):", *computing("super().call", function, "ops.ones_like", window, node)]
        )

    def before(self, node: Window, name: str) -> list[tuple[str, Call]]:
        padding = fixed(*node.window)
        if self.rule(node) != ZEROS or padding is None:
            return []
        (top, left), (bottom, right) = padding.before, padding.after
        rows, columns = Call("", (top, bottom)), Call("", (left, right))
        sides = Call("", (rows, columns)) if padding.before != padding.after else size(padding.before)
        return [(f"{name}_pad", Call("layers.ZeroPadding2D", (sides,)))]

    def pool(self, node: MaxPool | AvgPool) -> str:
        return "layers.MaxPool2D" if isinstance(node, MaxPool) else "layers.AvgPool2D"

    def counting(self, node: MaxPool | AvgPool) -> list[str]:
        return []

    def global_pool(self, place: Place) -> Call:
        return Call("layers.GlobalAvgPool2D", () if place.ends_flat else ("keepdims=True",))

    def adaptive_pool(self, node: AdaptiveAvgPool) -> Call:
        return Call(self.define("AdaptiveAvgPool", lambda: lines(ADAPTIVE)), (node.size,))

    def lrn(self, node: LRN) -> Call:
        settings = (f"{name}={number(getattr(node, name))}" for name in ("alpha", "beta", "k"))
        return Call(self.define("LRN", lambda: lines(LRN_LAYER)), (node.size, *settings))

    def dropout(self, node: Dropout) -> Call:
        return Call("layers.Dropout", (number(node.p),))

    def dense(self, node: Dense, place: Place) -> list[tuple[str, Call]]:
        activation = [f'activation="{node.activation}"'] if node.activation else []
        return [
            *([] if place.flat else [(f"{place.name}_flat", self.flatten(place))]),
            (place.name, Call("layers.Dense", (place.channels, *activation))),
        ]

    def flatten(self, place: Place) -> Call:
        if place.pixel or place.flat:
            return Call("layers.Flatten", ())
        return Call(self.define("Flatten", lambda: lines(FLATTEN)), ())

    def is_sized(self, node: Node | Paths) -> bool:
        return False
