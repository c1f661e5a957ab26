"""The seconds of each layer itself: what is computed inside of it counts there, and not twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """What `googlenet_torch.bench.watching` and alike are given.

    Attributes:
        seconds: name to seconds of itself. A name that begins with a dot is put behind that of who computes it.

    >>> now = iter([0.0, 1.0, 5.0, 7.0])
    >>> watch = Stopwatch(lambda: next(now))
    >>> with watch("b1.conv1"), watch(".activation"):
    ...     pass
    >>> watch.seconds
    {'b1.conv1.activation': 4.0, 'b1.conv1': 3.0}
    """

    def __init__(self, clock: Callable[[], float] = perf_counter):
        self.seconds: dict[str, float] = {}
        self._clock = clock
        self._open = [("", 0.0)]  # who computes now, outermost first, and the seconds of what was inside of each

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count what happens in the block."""
        whole = self._open[-1][0] + name if name.startswith(".") else name
        self._open.append((whole, 0.0))
        start = self._clock()
        yield
        took = self._clock() - start
        _, inside = self._open.pop()
        self.seconds[whole] = self.seconds.get(whole, 0.0) + took - inside
        outer, others = self._open[-1]
        self._open[-1] = (outer, others + took)
