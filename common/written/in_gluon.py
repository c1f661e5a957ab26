"""Layers in the words of Gluon."""

from __future__ import annotations

from typing import ClassVar

from common.table.padding import SAME as SAME_RULE
from common.table.padding import Pad, symmetric
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Dense,
    Dropout,
    MaxPool,
    Node,
    Paths,
    Window,
)
from common.written.dialect import AROUND, NATIVE, SAME, Dialect, Place
from common.written.layout import Call
from common.written.numbers import number, size
from common.written.templates import SIDES, computing, heading, indented, lines, said_of

SAME_PADDING = '''
    def same(x, kernel, stride, value=0.0):
        """Pad as TensorFlow's SAME: ceil(n / stride) windows, the odd row at the end."""
        sides = [0, 0, 0, 0]
        for n, k, s in zip(x.shape[2:], kernel, stride, strict=True):
            total = max((-(-n // s) - 1) * s + k - n, 0)
            sides += [total // 2, total - total // 2]
        return mx.nd.pad(x, mode="constant", pad_width=sides, constant_value=value)
'''
AROUND_PADDING = '''
    def around(x, kernel, stride, before, after, ceil, value=0.0):
        """Pad by so many rows and columns; with ceil by what the last window lacks too."""
        sides, windows = [0, 0, 0, 0], zip(kernel, stride, before, after, strict=True)
        for n, (k, s, first, last) in zip(x.shape[2:], windows, strict=True):
            if ceil:
                steps = -(-(n + first + last - k) // s)
                steps -= steps * s >= n + first  # no window begins behind the map
                last = max(steps * s + k - n - first, 0)
            sides += [first, last]
        return mx.nd.pad(x, mode="constant", pad_width=sides, constant_value=value)
'''
LRN_LAYER = '''
    class LRN(nn.HybridBlock):
        """Divides by (k + alpha / size * sum) ** beta: squares of the channels around."""

        def __init__(self, size, alpha, beta, k):
            super().__init__()
            self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

        def hybrid_forward(self, F, x):
            squares = F.expand_dims(F.square(x), axis=1)  # an axis to pool over
            window = {"kernel": (self.size, 1, 1), "pad": (self.size // 2, 0, 0)}
            total = F.squeeze(F.Pooling(squares, pool_type="sum", **window), axis=1)
            return x / (self.k + self.alpha / self.size * total) ** self.beta
'''
ADAPTIVE = '''
    class AdaptiveAvgPool(nn.HybridBlock):
        """Means of size x size windows that cover the map."""

        def __init__(self, size):
            super().__init__()
            self.size = size

        def hybrid_forward(self, F, x):
            return F.contrib.AdaptiveAvgPooling2D(x, output_size=self.size)
'''


class Gluon(Dialect):
    """MXNet Gluon, with arrays of ``mx.nd``."""

    framework = "MXNet Gluon"
    takes_inputs = False
    pools_to_vectors = False
    stride = "strides"
    bias = "use_bias"
    plain = "nn.Conv2D"
    imports: ClassVar = (
        (r"\binf\b", "from math import inf"),
        (r"\battrgetter\(", "from operator import attrgetter"),
        ("", ""),
        ("", "import numpy as np"),
        ("", ""),
        ("", "np.bool = bool  # MXNet 1.9.1 asks for it, and NumPy has it no more"),
        ("", ""),
        (r"\bmx\.", "import mxnet as mx  # noqa: E402"),
        (r"\bautograd\.", "from mxnet import autograd  # noqa: E402"),
        ("", "from mxnet.gluon import nn  # noqa: E402"),
    )

    def rule(self, node: Window) -> str:
        kernel, stride, padding = node.window
        no_further = all(s <= k for k, s in zip(kernel, stride, strict=True))
        if symmetric(kernel, stride, padding) is not None:
            return NATIVE
        if isinstance(node, MaxPool) and padding == Pad(ceil=True) and no_further:
            return NATIVE
        return SAME if padding == SAME_RULE else AROUND

    def native(self, node: Window) -> list[str]:
        even = symmetric(*node.window)
        if even is None:
            return ["ceil_mode=True"]
        return [] if even == (0, 0) else [f"padding={size(even)}"]

    def define_kind(self, name: str, norm: BatchNorm | None, activation: str | None, no_bias: bool) -> list[str]:
        given = "use_bias=False, " if no_bias else ""
        init = f"""
            def __init__(self, channels, kernel, **settings):
                super().__init__(channels, kernel, {given}**settings)
        """
        body = lines(init) if norm or no_bias else []
        value = "super().hybrid_forward(F, x, weight, bias)"
        if norm:
            body.append(f"    self.norm = nn.BatchNorm(momentum={number(norm.momentum)}, epsilon={number(norm.eps)})")
            value = f"self.norm({value})"
        value = f"F.relu({value})" if activation else value
        body += [*[""] * bool(body), "def hybrid_forward(self, F, x, weight, bias=None):", f"    return {value}"]
        return [*heading(name, self.plain, norm, activation), *indented(body)]

    def define_padded(self, rule: str, base: str, node: Window) -> list[str]:
        function = rule.lower()
        self.define(function, lambda: lines({SAME: SAME_PADDING, AROUND: AROUND_PADDING}[rule]))
        body = [f'"""{said_of(rule, node)}"""', "", *(SIDES if rule == AROUND else [])]
        window = ['self._kwargs["kernel"]', 'self._kwargs["stride"]', *["*self.sides"] * (rule == AROUND)]
        body.append("def forward(self, x):")
        return indented([*body, *computing("super().forward", function, "mx.nd.ones_like", window, node)])

    def pool(self, node: MaxPool | AvgPool) -> str:
        return "nn.MaxPool2D" if isinstance(node, MaxPool) else "nn.AvgPool2D"

    def counting(self, node: MaxPool | AvgPool) -> list[str]:
        padded = symmetric(*node.window) != (0, 0)
        return ["count_include_pad=False"] if isinstance(node, AvgPool) and padded and not node.count_padding else []

    def global_pool(self, place: Place) -> Call:
        return Call("nn.GlobalAvgPool2D", ())

    def adaptive_pool(self, node: AdaptiveAvgPool) -> Call:
        return Call(self.define("AdaptiveAvgPool", lambda: lines(ADAPTIVE)), (node.size,))

    def lrn(self, node: LRN) -> Call:
        settings = (f"{name}={number(getattr(node, name))}" for name in ("alpha", "beta", "k"))
        return Call(self.define("LRN", lambda: lines(LRN_LAYER)), (node.size, *settings))

    def dropout(self, node: Dropout) -> Call:
        return Call("nn.Dropout", (number(node.p),))

    def dense(self, node: Dense, place: Place) -> list[tuple[str, Call]]:
        activation = [f'activation="{node.activation}"'] if node.activation else []
        return [(place.name, Call("nn.Dense", (place.channels, *activation)))]

    def flatten(self, place: Place) -> Call:
        return Call("nn.Flatten", ())

    def is_sized(self, node: Node | Paths) -> bool:
        return isinstance(node, Window) and self.rule(node) != NATIVE
