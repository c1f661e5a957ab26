"""Definitions that a file may need, as text with a few words left open."""

from __future__ import annotations

from textwrap import dedent

from common.table.spec import AvgPool, MaxPool, Window

SIDES = [
    "def __init__(self, *size, before, after, ceil=False, **settings):",
    "    super().__init__(*size, **settings)",
    "    self.sides = before, after, ceil",
    "",
]


def lines(text: str, **words: str) -> list[str]:
    """The lines of a template, with ``<word>`` filled in.

    >>> lines('''
    ...     def f(x):
    ...         return <y>
    ... ''', y="x")
    ['def f(x):', '    return x']
    """
    filled = dedent(text).strip("\n")
    for word, value in words.items():
        filled = filled.replace(f"<{word}>", value)
    return filled.splitlines()


def heading(name: str, base: str, norm: object, activation: object) -> list[str]:
    """How a class of convolutions begins.

    >>> heading("Conv", "nn.Conv2d", None, "relu")[0]
    'class Conv(nn.Conv2d):'
    """
    parts = ["Convolution", *["batch normalisation"] * bool(norm), *["ReLU"] * bool(activation)]
    return [f"class {name}({base}):", f'    """{", ".join(parts[:-1])} and {parts[-1]}."""', ""]


def said_of(rule: str, node: Window) -> str:
    """What the docstring of a class that pads says.

    Args:
        rule: ``Same``, ``Ceil``, or by numbers.
    """
    counted = ", which count in the mean" if isinstance(node, AvgPool) and node.count_padding else ""
    if rule == "Same":
        return f"With TensorFlow's SAME padding{counted and ', whose zeros count in the mean'}."
    if rule == "Padded":
        return "With so many rows and columns of -inf on each side."
    if rule == "Ceil":
        return "Rounding up: the rows and columns that the last window lacks are -inf."
    return f"With {'-inf' if isinstance(node, MaxPool) else 'zeros'} on each side by number{counted}."


def computing(method: str, pad: str, ones: str, window: list[str], node: Window) -> list[str]:
    """The lines that pad and then do what the class below does; a mean that does not count zeros is one of ones too.

    Args:
        method: what is called with the padded map.
        pad: the function that pads.
        ones: the function that makes a map of ones.
        window: what the padding depends on.
    """
    fill = ", -inf" if isinstance(node, MaxPool) else ""
    lines = [f"    window = {', '.join(window)}"]
    if isinstance(node, AvgPool) and not node.count_padding:
        lines.append(f"    mean = {method}({pad}(x, *window))")
        return [*lines, f"    return mean / {method}({pad}({ones}(x), *window))"]
    return [*lines, f"    return {method}({pad}(x, *window{fill}))"]


def indented(body: list[str]) -> list[str]:
    """Lines one level deeper.

    >>> indented(["a", ""])
    ['    a', '']
    """
    return [f"    {line}" if line else "" for line in body]
