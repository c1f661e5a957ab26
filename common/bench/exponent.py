"""How fast a cost grows: its exponent, the straight line through it, and where it is linear."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

NEAR = 0.15  # by how much an exponent between neighbours may differ where a cost is called linear
Pairs = Sequence[tuple[float, float]]  # (how much, what it costs), by how much


def line(pairs: Pairs) -> dict[str, float] | None:
    """The straight line of least squares: what it costs at 0, and what each more costs; None of fewer than two.

    >>> line([(1, 5.0), (2, 7.0), (4, 11.0)])
    {'at_0': 3.0, 'each': 2.0}
    """
    if len(pairs) < 2:
        return None
    mean_x, mean_y = (sum(numbers) / len(pairs) for numbers in zip(*pairs, strict=True))
    squares = sum((x - mean_x) ** 2 for x, _ in pairs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in pairs) / squares
    return {"at_0": mean_y - slope * mean_x, "each": slope}


def exponent(pairs: Pairs) -> float | None:
    """The power of how much that a cost grows with: the line of least squares through the logarithms.

    >>> exponent([(1, 3.0), (2, 12.0), (4, 48.0)])
    2.0
    >>> exponent([(1, 3.0)]) is None
    True
    """
    fitted = line([(log(x), log(y)) for x, y in pairs])
    return None if fitted is None else round(fitted["each"], 9)


def linear(pairs: Pairs, expected: float) -> tuple[float, float] | None:
    """The longest part in which the exponent between neighbours is near the expected one; None without such a part.

    Args:
        pairs: at least two for an answer.
        expected: 1 where twice as much should cost twice as much; -1 where it should cost half.

    >>> linear([(1, 5.0), (2, 6.0), (4, 12.0), (8, 24.0), (16, 90.0)], 1)
    (2, 8)
    """
    best: tuple[int, int] | None = None
    begin = 0
    for at in range(1, len(pairs)):
        between = exponent(pairs[at - 1 : at + 1])
        if between is None or abs(between - expected) > NEAR:
            begin = at
        elif best is None or at - begin > best[1] - best[0]:
            best = (begin, at)
    return best and (pairs[best[0]][0], pairs[best[1]][0])
