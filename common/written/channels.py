"""Numbers of channels as code: sums of names and a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Channels:
    """A sum, such as ``c1 + c2[1] + 32``.

    >>> str(Channels(("c1",)) + Channels(("c2[1]",), 32)), str(Channels((), 64))
    ('c1 + c2[1] + 32', '64')
    """

    names: tuple[str, ...] = ()
    number: int = 0

    def __add__(self, other: Channels) -> Channels:
        return Channels(self.names + other.names, self.number + other.number)

    def __str__(self) -> str:
        return " + ".join([*self.names, *([str(self.number)] if self.number or not self.names else [])])

    def put(self, values: Mapping[str, Channels]) -> Channels:
        """The sum with other sums in place of its names.

        >>> str(Channels(("c1",), 1).put({"c1": Channels(("c4",), 2)}))
        'c4 + 3'
        """
        total = Channels((), self.number)
        for name in self.names:
            total += values[name]
        return total


def fixed(number: int) -> Channels:
    """A number that is the same everywhere.

    >>> str(fixed(64))
    '64'
    """
    return Channels((), number)
