"""Who of a group gets which part of a batch, and which numbers of chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from common.workers.group import Group


def share(count: int, rank: int, size: int) -> slice:
    """Which of ``count`` images belong to a worker: contiguous parts in the order of ranks, as equal as can be.

    The first ones get one more; where there are fewer images than workers, the last get none.

    Args:
        count: images of the whole batch.
        rank: of the worker, from 0.
        size: how many workers there are.

    >>> [share(8, rank, 3) for rank in range(3)]
    [slice(0, 3, None), slice(3, 6, None), slice(6, 8, None)]
    >>> share(1, rank=1, size=2)
    slice(1, 1, None)
    """
    each, more = divmod(count, size)
    start = rank * each + min(rank, more)
    return slice(start, start + each + (rank < more))


def seed_of(seed: int, rank: int) -> int:
    """The seed of what a worker draws in a step, such as dropout; rank 0 draws as one worker alone does.

    >>> seed_of(7, rank=0), seed_of(7, rank=1) == seed_of(7, rank=1), seed_of(7, rank=1) == seed_of(7, rank=2)
    (7, True, False)
    """
    return seed if rank == 0 else int(np.random.SeedSequence([seed, rank]).generate_state(1)[0]) >> 1


def whole(group: Group, x: np.ndarray) -> int:
    """How many images the whole batch has, of which this worker has ``x``; the same number in all workers.

    Raises:
        WorkerLost: another worker did not come.

    >>> from common.workers.group import Alone
    >>> whole(Alone(), np.ones((7, 1, 2, 2)))
    7
    """
    count = _images(x)
    return count if group.size == 1 else int(group.sum(np.array([float(count)])).item())


def counted(x: np.ndarray, y: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, float]:
    """(images, labels, their share of the whole batch), with one black image that does not count in place of none.

    So every worker makes every exchange of a step, and no framework computes with empty arrays.

    Args:
        x: the worker's images, N x C x H x W.
        y: their labels.
        count: images of the whole batch.

    >>> x, y, share = counted(np.ones((0, 1, 2, 2)), np.ones(0, int), count=3)
    >>> x.shape, y, share
    ((1, 1, 2, 2), array([0]), 0.0)
    """
    if _images(x) or not count or np.ndim(x) != 4:
        return x, y, _images(x) / count if count else 1.0
    return np.zeros((1, *x.shape[1:]), x.dtype), np.zeros(1, np.int64), 0.0


def _images(x: np.ndarray) -> int:
    """How many images there are; what is no batch, and is refused later, is one."""
    return int(np.shape(x)[0]) if np.ndim(x) else 1
