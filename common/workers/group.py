"""What the workers of a group do together: add arrays up, hear of the first, and wait for each other.

The one rule of docs/workers.md stands on `Group.sum`: loss and gradients of a step are sums over the whole batch.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from common.base.errors import InputError

SECONDS = 60.0  # that the others may take to come to an exchange
JOINING = 600.0  # that they may take to come to the first one: they import frameworks and read data before it


class WorkerLost(InputError):
    """Another worker of the group ended, hangs, or cannot be reached; the step is not made."""


class Refused(InputError):
    """Another worker cannot go on, and has told why; its message is that line.

    Attributes:
        rank: of that worker.
    """

    def __init__(self, line: str, rank: int = 0):
        super().__init__(line)
        self.rank = rank


class Group(Protocol):
    """The workers that make one step together, as one of them sees it.

    All workers call the same methods in the same order, with arrays of the same shape and dtype; what comes back is the
    same in all of them, bit for bit. Each call ends within the time limit of the group, whatever the others do.

    Attributes:
        rank: of this worker, from 0.
        size: how many workers there are.
        seconds: that this worker has spent in calls so far, waiting included.
    """

    rank: int
    size: int
    seconds: float

    def sum(self, array: np.ndarray) -> np.ndarray:
        """The sum of the workers' arrays, by an order that depends on nothing but their number and the shape.

        Args:
            array: float32 or float64, of any shape.

        Raises:
            WorkerLost: a worker did not come within the time limit.
        """

    def broadcast(self, array: np.ndarray) -> np.ndarray:
        """The array of rank 0; the others give one of the same shape and dtype.

        Args:
            array: float32, float64, or int64, of any shape.

        Raises:
            WorkerLost: a worker did not come within the time limit.
        """

    def barrier(self, seconds: float | None = None) -> None:
        """Wait until all workers are here.

        Args:
            seconds: time limit of this call; None is that of the group.

        Raises:
            WorkerLost: a worker did not come within the time limit.
        """

    def close(self) -> None:
        """Leave the group; nothing else is called afterwards."""


class Alone:
    """A group of one, which exchanges nothing.

    >>> Alone().sum(np.array([1.0, 2.0]))
    array([1., 2.])
    """

    rank, size, seconds = 0, 1, 0.0

    def sum(self, array: np.ndarray) -> np.ndarray:
        """A copy of the array."""
        return array.copy()

    def broadcast(self, array: np.ndarray) -> np.ndarray:
        """A copy of the array."""
        return array.copy()

    def barrier(self, seconds: float | None = None) -> None:
        """Nobody to wait for."""

    def close(self) -> None:
        """Nothing to leave."""


def require_same(group: Group, digest: bytes, name: str) -> None:
    """Require that all workers hold the same as rank 0.

    Args:
        digest: of what this worker holds, of the same length in all workers.
        name: what it is, for the message.

    Raises:
        InputError: this worker, or another one, holds something else.
        WorkerLost: a worker did not come.

    >>> require_same(Alone(), b"1234", "the weights")
    """
    own = np.frombuffer(digest, np.uint8).astype(np.float64)
    other = float(not np.array_equal(own, group.broadcast(own)))
    if group.sum(np.array([other])).item():
        raise InputError(f"{name} of the workers are not those of rank 0: give all workers the same files and options")
