"""How fast memory is: large arrays are copied, by as many threads as a framework has."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

COPIES = 5  # of which the best counts
LARGE = 64 << 20  # bytes of one thread's array: more than caches hold


def copied(threads: int, size: int = LARGE) -> int:
    """Bytes that one copy moves: each is read once, and written once.

    >>> copied(2, 8)
    32
    """
    return 2 * threads * size


def copying(threads: int, size: int = LARGE) -> Callable[[], None]:
    """A function in which each thread copies an array of its own.

    Args:
        threads: how many.
        size: bytes of one array.

    >>> copying(2, 8)()
    """
    pairs = [(np.ones(size, "uint8"), np.zeros(size, "uint8")) for _ in range(threads)]
    pool = ThreadPoolExecutor(threads)

    def copy() -> None:
        list(pool.map(lambda pair: np.copyto(pair[1], pair[0]), pairs))

    return copy
