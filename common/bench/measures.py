"""Numbers out of times: medians, quartiles, and when a process has warmed up."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import median

WINDOW = 3  # turns whose median is compared with that of as many before
NEAR = 0.05  # by how much, relative to the earlier, the two may differ
MOST_WARMING = 15  # turns of warming up, after which a process is measured all the same
TURN = 0.4  # seconds that a turn takes at least, where one call takes less
MOST_CALLS = 1000  # of a turn


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies, on a straight line between neighbours.

    >>> quantile([1.0, 2.0, 3.0, 4.0], 0.5), quantile([5.0], 0.95)
    (2.5, 5.0)
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and quartiles.

    >>> spread([1.0, 2.0, 3.0, 4.0, 5.0])
    {'median': 3.0, 'q25': 2.0, 'q75': 4.0}
    """
    return {"median": median(values), "q25": quantile(values, 0.25), "q75": quantile(values, 0.75)}


def steady(turns: Sequence[float]) -> bool:
    """Whether a process has warmed up.

    The median of its last `WINDOW` turns is within `NEAR` of the median of the `WINDOW` turns before.

    Args:
        turns: seconds a call, of each turn so far.

    >>> steady([9.0, 3.0, 1.0, 1.0, 1.02, 1.01, 1.0, 1.01]), steady([3.0, 2.0, 1.0, 0.9, 0.8, 0.7])
    (True, False)
    """
    if len(turns) < 2 * WINDOW:
        return False
    before, last = median(turns[-2 * WINDOW : -WINDOW]), median(turns[-WINDOW:])
    return abs(last - before) <= NEAR * before


def calls_of_a_turn(seconds: float) -> int:
    """How many calls of so many seconds make a turn.

    >>> calls_of_a_turn(0.03), calls_of_a_turn(2.0), calls_of_a_turn(0.0)
    (14, 1, 1000)
    """
    return max(1, min(MOST_CALLS, ceil(TURN / seconds))) if seconds > 0 else MOST_CALLS
