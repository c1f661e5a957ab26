"""Python's search for objects that only refer to one another, which takes time and finds nothing during imports."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without that search until the end; afterwards as before, and what there is then counts as old.

    The import of a framework makes a million objects that stay. To search them again and again is a tenth of it, and
    to search them as young ones, twice more, another. See https://docs.python.org/3/library/gc.html#gc.freeze.

    >>> with uncollected():
    ...     gc.isenabled()
    False
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            if not gc.get_freeze_count():  # else they are somebody's, and stay frozen
                gc.freeze()
                gc.unfreeze()  # into the oldest generation, without a look at them
            gc.enable()
