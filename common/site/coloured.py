"""Python as coloured HTML, line by line, for one style sheet in light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape
from typing import Any

# The letter of the style sheet for each kind of token of Pygments; the nearest one above a kind counts.
LETTERS = {
    "Token.Keyword": "k",
    "Token.Operator.Word": "k",
    "Token.Name.Builtin.Pseudo": "",  # self, which is everywhere
    "Token.Name.Builtin": "b",
    "Token.Name.Function": "d",
    "Token.Name.Class": "d",
    "Token.Name.Decorator": "d",
    "Token.Literal.String": "s",
    "Token.Literal.Number": "n",
    "Token.Comment": "c",
}
INDENTS = (0, 4, 8, 12, 16, 20)  # columns that the style sheet has a hanging indent for
Names = Mapping[int, tuple[str, ...]]


def coloured(code: str, names: Names | None = None) -> list[str]:
    """The lines of Python code as HTML; without its marks each is the line, with its end.

    Args:
        code: any text; what is no Python is shown as it is.
        names: by the number of a line, from 1, the canonical names that it stands for.

    Raises:
        ImportError: see `common.site.rendering.require_libraries`.

    >>> coloured("x = 1", {1: ("b1",)})
    ['<span class="l i0" data-name="b1">x = <i class=n>1</i></span>']
    """
    lines = _lines(code)
    return [_line(number, pieces, (names or {}).get(number, ())) for number, pieces in enumerate(lines, 1)]


def _tokens(code: str) -> Iterator[tuple[str, str]]:
    """(letter, text) of every token; neighbours of one letter are one."""
    from pygments.lexers import PythonLexer

    letter, text = "", ""
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(code):
        own = _letter(kind)
        if own != letter and value.strip():
            yield letter, text
            letter, text = own, ""
        text += value
    yield letter, text


def _letter(kind: Any) -> str:
    while kind is not None:
        if (letter := LETTERS.get(str(kind))) is not None:
            return letter
        kind = kind.parent
    return ""


@lru_cache(maxsize=1024)
def _lines(code: str) -> list[list[tuple[str, str]]]:
    """The tokens of each line; one that goes over several is in each of them."""
    lines: list[list[tuple[str, str]]] = [[]]
    for letter, text in _tokens(code):
        for piece in text.splitlines(keepends=True):
            lines[-1].append((letter, piece))
            if piece.endswith("\n"):
                lines.append([])
    return lines if lines[-1] else lines[:-1]


def _line(number: int, pieces: list[tuple[str, str]], names: tuple[str, ...]) -> str:
    text = "".join(piece for _, piece in pieces)
    columns = len(text) - len(text.lstrip(" "))
    indent = max(each for each in INDENTS if each <= columns)
    named = f' data-name="{escape(" ".join(names))}"' if names else ""
    return f'<span class="l i{indent}"{named}>{"".join(_marked(*piece) for piece in pieces)}</span>'


def _marked(letter: str, text: str) -> str:
    """A piece of a line in its colour; spaces around it have none."""
    inner = text.strip()
    if not letter or not inner:
        return escape(text, quote=False)
    before, _, after = text.partition(inner)
    return f"{before}<i class={letter}>{escape(inner, quote=False)}</i>{after}"
