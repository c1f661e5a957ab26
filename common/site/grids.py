"""Relative errors as cells of a table: how large, beside which limit, and where on a logarithmic scale."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, log10

LOWEST, HIGHEST = -17, 1  # powers of ten at the ends of the scale
TICKS = tuple(range(-16, HIGHEST, 4))
AGREE, DIVERGE, NOT_JUDGED, MISSING = "agree", "diverge", "unjudged", "missing"


@dataclass(frozen=True)
class Cell:
    """What one framework's error is, in one place.

    Attributes:
        error: relative; infinite where there is no number to give; None where nothing was measured.
        limit: the largest error that agrees.
        excused: whether round-off alone explains an error beyond the limit, so that nothing can be said.
        detail: what the error is of, where the row is about several.
        first: the layer or tensor at which this framework leaves the table first, where that is here.
    """

    error: float | None
    limit: float
    excused: bool = False
    detail: str = ""
    first: str = ""

    @property
    def verdict(self) -> str:
        """One of `AGREE`, `DIVERGE`, `NOT_JUDGED` and `MISSING`.

        >>> [Cell(error, limit=1e-13).verdict for error in (1e-15, 1e-3, inf, None)]
        ['agree', 'diverge', 'diverge', 'missing']
        """
        if self.error is None:
            return MISSING
        return AGREE if self.error <= self.limit else NOT_JUDGED if self.excused else DIVERGE

    @property
    def text(self) -> str:
        """The error as a reader sees it.

        >>> [Cell(error, limit=1e-13).text for error in (0.0, 1.44e-16, 0.25, inf, None)]
        ['0', '1.4e−16', '2.5e−01', '∞', '']
        """
        return scientific(self.error)

    @property
    def at(self) -> float:
        """Where the error is on the scale; see `place`."""
        return place(inf if self.error is None else self.error)


@dataclass(frozen=True)
class Row:
    """A row of cells, by backend."""

    name: str
    cells: dict[str, Cell]

    @property
    def limit(self) -> float:
        """The strictest limit of the row."""
        return min((cell.limit for cell in self.cells.values()), default=0.0)


def scientific(number: float | None) -> str:
    """A number with two digits; "" for none.

    >>> scientific(3.9e-14)
    '3.9e−14'
    """
    if number is None:
        return ""
    return "∞" if number == inf else "0" if number == 0 else f"{number:.1e}".replace("-", "−")


def place(number: float) -> float:
    """Where a number is on a logarithmic scale, from 0 at 1e-17 or below to 1 at 10 or above.

    >>> [place(number) for number in (0.0, 1e-17, 1e-8, inf)]
    [0.0, 0.0, 0.5, 1.0]
    """
    if not 0 < number < inf:
        return 0.0 if number == 0 else 1.0
    return round(min(max((log10(number) - LOWEST) / (HIGHEST - LOWEST), 0.0), 1.0), 4)
