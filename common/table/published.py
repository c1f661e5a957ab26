"""A paper's own table beside the arithmetic, with the rows marked where the two disagree."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from common.table.analysis import Table
from common.table.layers import Layer

# Szegedy et al. 2015 count weights without biases in units of 1024, and multiply-adds in millions.
KILO, MEGA = 1024, 1_000_000


@dataclass(frozen=True)
class Row:
    """One row of a paper's table, beside the arithmetic.

    Attributes:
        layers: canonical names of the layers or blocks that the row counts.
        params_printed, macs_printed: as in the paper, such as ``2.7K`` and ``34M``.
        params, macs: computed, in the paper's units.
        params_agree, macs_agree: whether both say the same to the last printed digit.
    """

    layers: tuple[str, ...]
    params_printed: str
    params: float
    params_agree: bool
    macs_printed: str
    macs: float
    macs_agree: bool


def agrees(printed: str, value: float) -> bool:
    """Whether ``value`` is within one unit of the last digit that ``printed`` shows.

    >>> agrees("2.7K", 2.65), agrees("2.7K", 9.19)
    (True, False)
    """
    digits = printed.rstrip("KM")
    decimals = len(digits.partition(".")[2])
    return abs(float(digits) - value) <= 10**-decimals


def rows(table: Table) -> list[Row]:
    """The published rows of a table, at its own size of image; empty where no paper printed any.

    >>> from common import nets
    >>> [row.layers for row in rows(nets.get("paper")) if not row.macs_agree]
    [('b1.conv1',), ('b5.5a',)]
    """
    layers = table.at(aux=False)

    def under(name: str) -> list[Layer]:
        return [x for x in layers.values() if x.macs and (x.name == name or x.name.startswith(f"{name}."))]

    found = []
    for row in table.published:
        chosen = [layer for name in row.layers for layer in under(name)]
        params = sum(x.macs // prod(x.output[1:]) for x in chosen) / KILO  # one weight, one multiply-add a position
        macs = sum(x.macs for x in chosen) / MEGA
        found.append(
            Row(row.layers, row.params, params, agrees(row.params, params), row.macs, macs, agrees(row.macs, macs))
        )
    return found
