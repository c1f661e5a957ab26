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
    """One row of the paper's table: printed and computed numbers, in the paper's units, and whether they agree."""

    layers: tuple[str, ...]
    params_printed: str
    params: float
    params_agree: bool
    macs_printed: str
    macs: float
    macs_agree: bool


def agrees(printed: str, value: float) -> bool:
    """Whether ``value`` is within one unit of the last digit that ``printed``, such as ``2.7K``, shows."""
    digits = printed.rstrip("KM")
    decimals = len(digits.partition(".")[2])
    return abs(float(digits) - value) <= 10**-decimals


def rows(table: Table) -> list[Row]:
    """The published rows of a resolved table, at the network's own input; empty if nothing was published."""
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
