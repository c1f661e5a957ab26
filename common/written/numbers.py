"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

from common.table.padding import Pair
from common.written.layout import Call


def number(value: float) -> str:
    """A number as people write it.

    >>> number(0.0001), number(0.75), number(1.0)
    ('1e-4', '0.75', '1')
    """
    short = Decimal(repr(float(value))).normalize()
    return f"{short:e}" if 0 < abs(value) < 0.001 or abs(value) >= 1e9 else f"{short:f}"


def size(value: Pair) -> object:
    """Rows and columns: one number where they are equal.

    >>> str(size((3, 3))), str(size((1, 7)))
    ('3', '(1, 7)')
    """
    return value[0] if value[0] == value[1] else Call("", value)
