"""How long something went on that goes on several times at once."""

from __future__ import annotations

import numpy as np


def covered(spans: np.ndarray) -> float:
    """The seconds that lie in any of several spans of time; where some overlap they count once.

    Args:
        spans: N x 2, the begin and the end of each, in any order.

    >>> covered(np.array([[4.0, 5.0], [0.0, 2.0], [1.0, 3.0], [1.5, 1.75]])), covered(np.zeros((0, 2)))
    (4.0, 0.0)
    """
    total, until = 0.0, -np.inf
    for begin, end in sorted(spans.tolist()):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total
