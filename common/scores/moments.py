"""The mean and the covariance of features, summed in one pass over them, in memory that does not grow with it."""

from __future__ import annotations

import numpy as np

from common.base.errors import InputError
from common.base.machine import require_memory

BLOCK = 256  # rows that are summed at once: enough for a fast product of matrices, and few megabytes
LEAST = 2  # rows: one has no covariance


class Moments:
    """Sums rows of D numbers: their mean, and their covariance with the divisor n - 1, as ``np.cov`` has it.

    The first row is taken from all rows. Each block of `BLOCK` rows is centred on its own mean, and joined to the sums
    so far by the rule of Chan, Golub and LeVeque (1979, "Updating formulae and a pairwise algorithm for computing
    sample variances"). So a large mean does not cancel against large squares. All is summed in float64. The blocks are
    cut from the rows, not from the batches that they come in: the sums are the same to the last bit however many rows
    a batch has.

    Attributes:
        count: rows so far.

    >>> moments = Moments()
    >>> moments.add(np.array([[0.0, 1.0], [2.0, 5.0]]))
    >>> moments.mean.tolist(), moments.covariance.tolist()
    ([1.0, 3.0], [[2.0, 4.0], [4.0, 8.0]])
    """

    def __init__(self) -> None:
        self.count = 0
        self._shift = np.empty(0)
        self._waiting = np.empty((0, 0))  # rows of a block that is not full yet, less the shift
        self._filled = 0
        self._sums: _Sums | None = None

    def add(self, rows: np.ndarray) -> None:
        """Count rows, N x D, of any real dtype.

        Raises:
            InputError: not two axes, another D than before, a number that is infinite or none, or more memory than
                there is.
        """
        width = rows.shape[-1] if rows.ndim == 2 and self._sums is None else len(self._shift)
        if rows.ndim != 2 or rows.shape[1] != width or width == 0:
            raise InputError(f"features must be N x {width or 'D'}, not {' x '.join(map(str, rows.shape))}")
        broken = np.flatnonzero(~np.isfinite(rows).all(axis=1))
        if len(broken):
            raise InputError(
                f"the features of image {self.count + broken[0] + 1} are infinite or no numbers: these weights or this "
                "image are of no use"
            )
        if self._sums is None and len(rows):
            self._start(rows[0].astype(np.float64))
        self.count += len(rows)
        while len(rows):
            taken = rows[: BLOCK - self._filled]
            self._waiting[self._filled : self._filled + len(taken)] = taken.astype(np.float64) - self._shift
            self._filled += len(taken)
            rows = rows[len(taken) :]
            if self._filled == BLOCK:
                self._sums = self._joined()
                self._filled = 0

    @property
    def mean(self) -> np.ndarray:
        """Of all rows so far: D, float64.

        Raises:
            InputError: no rows.
        """
        self._require(1)
        return self._shift + self._joined().mean

    @property
    def covariance(self) -> np.ndarray:
        """Of all rows so far: D x D, float64, symmetric to the last bit.

        Raises:
            InputError: fewer than two rows.
        """
        self._require(LEAST)
        return self._joined().scatter / (self.count - 1)

    def _require(self, least: int) -> None:
        if self.count < least:
            raise InputError(f"{self.count} images: at least {least} are needed, for one alone has no covariance")

    def _start(self, row: np.ndarray) -> None:
        width = len(row)
        require_memory(3 * 8 * width * width, f"covariances of {width:,} features", "take a layer with fewer")
        self._shift = row
        self._waiting = np.empty((BLOCK, width))
        self._sums = _Sums(0, np.zeros(width), np.zeros((width, width)))

    def _joined(self) -> _Sums:
        """The sums of the full blocks and of the block that waits."""
        assert self._sums is not None
        return self._sums.with_block(self._waiting[: self._filled]) if self._filled else self._sums


class _Sums:
    """The mean of n rows, and their scatter: the sum of the outer products of what each differs from it by."""

    def __init__(self, count: int, mean: np.ndarray, scatter: np.ndarray):
        self.count, self.mean, self.scatter = count, mean, scatter

    def with_block(self, block: np.ndarray) -> _Sums:
        """The sums of these rows and a block of others."""
        own = block.mean(axis=0)
        centred = block - own
        count = self.count + len(block)
        apart = own - self.mean
        with np.errstate(over="ignore", invalid="ignore"):
            scatter = centred.T @ centred
            scatter += np.outer(apart, apart) * (self.count * len(block) / count)
            scatter += self.scatter
        return _Sums(count, self.mean + apart * (len(block) / count), scatter)
