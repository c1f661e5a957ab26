"""Layers in the words of PyTorch."""

from __future__ import annotations

from typing import ClassVar

from common.table.padding import SAME as SAME_RULE
from common.table.padding import Pad, symmetric
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
from common.written.dialect import AROUND, NATIVE, SAME, Dialect, Place
from common.written.layout import Call
from common.written.numbers import number, size
from common.written.templates import SIDES, computing, heading, indented, lines, said_of

PAIR = """
    def pair(n):
        return n if isinstance(n, tuple) else (n, n)
"""
SAME_PADDING = '''
    def same(x, kernel, stride, value=0.0):
        """Pad as TensorFlow's SAME: ceil(n / stride) windows, the odd row at the end."""
        sides = []
        for n, k, s in zip(x.shape[2:], pair(kernel), pair(stride), strict=True):
            total = max((-(-n // s) - 1) * s + k - n, 0)
            sides = [total // 2, total - total // 2, *sides]  # the last axis comes first
        return F.pad(x, sides, value=value)
'''
AROUND_PADDING = '''
    def around(x, kernel, stride, before, after, ceil, value=0.0):
        """Pad by so many rows and columns; with ceil by what the last window lacks too."""
        sides, windows = [], zip(pair(kernel), pair(stride), before, after, strict=True)
        for n, (k, s, first, last) in zip(x.shape[2:], windows, strict=True):
            if ceil:
                steps = -(-(n + first + last - k) // s)
                steps -= steps * s >= n + first  # no window begins behind the map
                last = max(steps * s + k - n - first, 0)
            sides = [first, last, *sides]  # the last axis comes first
        return F.pad(x, sides, value=value)
'''


class Torch(Dialect):
    """PyTorch."""

    framework = "PyTorch"
    takes_inputs = True
    pools_to_vectors = False
    stride = "stride"
    bias = "bias"
    plain = "nn.Conv2d"
    imports: ClassVar = (
        (r"\binf\b", "from math import inf"),
        ("", ""),
        (r"\btorch\.", "import torch"),
        (r"\bnn\.", "from torch import nn"),
        (r"\bF\.", "from torch.nn import functional as F"),
    )

    def rule(self, node: Window) -> str:
        kernel, stride, padding = node.window
        even = symmetric(kernel, stride, padding)
        if isinstance(node, MaxPool) and isinstance(padding, Pad) and padding.before == padding.after:
            even = padding.before
        too_wide = even and not isinstance(node, Conv) and any(2 * p > k for p, k in zip(even, kernel, strict=True))
        if even is not None and not too_wide:
            return NATIVE
        return SAME if padding == SAME_RULE else AROUND

    def native(self, node: Window) -> list[str]:
        kernel, stride, padding = node.window
        ceil = isinstance(padding, Pad) and padding.ceil
        even = padding.before if isinstance(padding, Pad) else symmetric(kernel, stride, padding) or (0, 0)
        return [*([f"padding={size(even)}"] if even != (0, 0) else []), *(["ceil_mode=True"] if ceil else [])]

    def define_kind(self, name: str, norm: BatchNorm | None, activation: str | None, no_bias: bool) -> list[str]:
        given = "bias=False, " if no_bias else ""
        init = f"""
            def __init__(self, in_channels, channels, kernel, **settings):
                super().__init__(in_channels, channels, kernel, {given}**settings)
        """
        body = lines(init) if norm or no_bias else []
        value = "super().forward(x)"
        if norm:
            momentum = number(round(1 - norm.momentum, 12))
            body.append(f"    self.norm = nn.BatchNorm2d(channels, eps={number(norm.eps)}, momentum={momentum})")
            value = f"self.norm({value})"
        value = f"F.relu({value})" if activation else value
        body += [*[""] * bool(body), "def forward(self, x):", f"    return {value}"]
        return [*heading(name, self.plain, norm, activation), *indented(body)]

    def define_padded(self, rule: str, base: str, node: Window) -> list[str]:
        self.define("pair", lambda: lines(PAIR))
        function = rule.lower()
        self.define(function, lambda: lines({SAME: SAME_PADDING, AROUND: AROUND_PADDING}[rule]))
        head = [f'"""{said_of(rule, node)}"""', "", *(SIDES if rule == AROUND else []), "def forward(self, x):"]
        window = ["self.kernel_size", "self.stride", *["*self.sides"] * (rule == AROUND)]
        return indented([*head, *computing("super().forward", function, "torch.ones_like", window, node)])

    def pool(self, node: MaxPool | AvgPool) -> str:
        return "nn.MaxPool2d" if isinstance(node, MaxPool) else "nn.AvgPool2d"

    def counting(self, node: MaxPool | AvgPool) -> list[str]:
        padded = symmetric(*node.window) != (0, 0)
        return ["count_include_pad=False"] if isinstance(node, AvgPool) and padded and not node.count_padding else []

    def global_pool(self, place: Place) -> Call:
        return Call("nn.AdaptiveAvgPool2d", (1,))

    def adaptive_pool(self, node: AdaptiveAvgPool) -> Call:
        return Call("nn.AdaptiveAvgPool2d", (node.size,))

    def lrn(self, node: LRN) -> Call:
        settings = (f"{name}={number(getattr(node, name))}" for name in ("alpha", "beta", "k"))
        return Call("nn.LocalResponseNorm", (node.size, *settings))

    def dropout(self, node: Dropout) -> Call:
        return Call("nn.Dropout", (number(node.p),))

    def dense(self, node: Dense, place: Place) -> list[tuple[str, Call]]:
        return [
            *([] if place.flat else [(f"{place.name}_flat", Call("nn.Flatten", ()))]),
            (place.name, Call("nn.Linear", (place.features, place.channels))),
            *([(f"{place.name}_relu", Call("nn.ReLU", ()))] if node.activation else []),
        ]

    def flatten(self, place: Place) -> Call:
        return Call("nn.Flatten", ())

    def is_sized(self, node: Node | Paths) -> bool:
        return False
