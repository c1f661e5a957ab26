"""Python as a formatter leaves it: calls on one line where they fit, and otherwise an argument a line."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from common.base.printable import as_line

WIDTH = 88  # columns


@dataclass(frozen=True)
class Call:
    """``head(arguments)``; without a head a tuple.

    >>> str(Call("Conv", (3, "64", Call("", (1, 7)))))
    'Conv(3, 64, (1, 7))'
    """

    head: str
    arguments: tuple[object, ...]

    def __str__(self) -> str:
        only = "," if not self.head and len(self.arguments) == 1 else ""
        return f"{self.head}({', '.join(map(str, self.arguments))}{only})"


def laid_out(expression: object, indent: int, before: str = "", behind: str = "") -> list[str]:
    """The lines of an expression.

    Args:
        indent: columns in front of it.
        before, behind: what stands on its first and its last line, such as ``self.b1 =`` and a comma.

    >>> laid_out(Call("f", (1, 2)), 0, behind=",")
    ['f(1, 2),']
    >>> [len(line) for line in laid_out(Call("f", ("a" * 50, "b" * 50)), 0, behind=",")]
    [2, 55, 55, 2]
    """
    line = f"{' ' * indent}{before}{expression}{behind}"
    if len(line) <= WIDTH or not isinstance(expression, Call) or not expression.arguments:
        return [line]
    return exploded(expression, indent, before, behind)


def exploded(call: Call, indent: int, before: str = "", behind: str = "") -> list[str]:
    """The lines of a call with an argument a line; arguments as of `laid_out`.

    >>> exploded(Call("Stage", ("a", "b")), 0)
    ['Stage(', '    a,', '    b,', ')']
    """
    lines = [f"{' ' * indent}{before}{call.head}("]
    for argument in call.arguments:
        lines += laid_out(argument, indent + 4, behind=",")
    return [*lines, f"{' ' * indent}){behind}"]


def commented(lines: Sequence[str], comment: str, indent: int) -> list[str]:
    """Lines with a comment behind them, or above them where it does not fit; none where it is empty.

    >>> commented(["    x = 1"], "one", 4)
    ['    x = 1  # one']
    """
    if not comment:
        return list(lines)
    line = f"{lines[0]}  # {comment}"
    return [line] if len(lines) == 1 and len(line) <= WIDTH else [f"{' ' * indent}# {comment}", *lines]


def paragraph(text: str, first: str = "", rest: str = "") -> list[str]:
    """The lines of prose within a docstring, whatever it says.

    Args:
        first, rest: what stands before its first line, and before the others.

    >>> paragraph("one two", "- ", "  ")
    ['- one two']
    """
    safe = as_line(text).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return [line.rstrip() for line in textwrap.wrap(safe, WIDTH, initial_indent=first, subsequent_indent=rest)]
