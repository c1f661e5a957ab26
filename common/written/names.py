"""Names in Python: of attributes, variables and classes."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from string import ascii_uppercase

OURS = frozenset(("self", "x", "F", "torch", "nn", "mx", "keras", "layers", "ops", "inf", "prod", "in_channels"))


def identifier(name: str) -> str:
    """A name for a variable that is as near to a table's as can be.

    >>> identifier("p1"), identifier("3a"), identifier("lambda"), identifier("x")
    ('p1', 'path_3a', 'path_lambda', 'path_x')
    """
    usable = name.isidentifier() and not keyword.iskeyword(name) and name not in OURS
    return name if usable else f"path_{name}"


def attribute(name: str, of: str = "self") -> str:
    """How code reads an attribute.

    >>> attribute("b1"), attribute("3a", "self.b3")
    ('self.b1', 'getattr(self.b3, "3a")')
    """
    plain = name.isidentifier() and not keyword.iskeyword(name)
    return f"{of}.{name}" if plain else f'getattr({of}, "{name}")'


def titled(title: str) -> str:
    """A class name of a network's title: its words up to the first that says of whom or with what.

    >>> titled("GoogLeNet of the book"), titled("Inception-ResNet v1 of facenet"), titled("Two slim Inception blocks")
    ('GoogLeNet', 'InceptionResNetV1', 'TwoSlimInceptionBlocks')
    """
    words = re.findall(r"[A-Za-z0-9]+", re.split(r" (?:of|with|as|for) |,", title)[0])
    name = "".join(word[0].upper() + word[1:] for word in words)
    usable = name.isidentifier() and not keyword.iskeyword(name) and len(name) <= 30
    return name if usable else "Net"


def lettered(word: str, count: int) -> list[str]:
    """So many names from one word: itself, or with a letter each.

    >>> lettered("Inception", 1), lettered("Inception", 2)
    (['Inception'], ['InceptionA', 'InceptionB'])
    """
    if count == 1:
        return [word]
    return [f"{word}{ascii_uppercase[i] if i < len(ascii_uppercase) else i}" for i in range(count)]


def untaken(name: str, taken: Iterable[str]) -> str:
    """The name, or with as many ``_`` behind it as it needs to be another than those.

    >>> untaken("relu", ["relu", "relu_"])
    'relu__'
    """
    while name in taken:
        name += "_"
    return name
