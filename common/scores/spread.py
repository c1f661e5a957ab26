"""A score that is estimated from several parts of the images: its mean, and how far the parts lie apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from common.base.errors import InputError

SEED = 2020  # of what is drawn, where nobody says another; torch-fidelity's


class Rows(Protocol):
    """What features are read from: an array N x D, or a file of rows."""

    def __len__(self) -> int:
        """How many rows there are."""

    def __getitem__(self, numbers: np.ndarray, /) -> np.ndarray:
        """The rows of these numbers, n x D."""


class Spread(NamedTuple):
    """The mean of several estimates, and their standard deviation (divisor n)."""

    mean: float
    std: float


def spread(estimates: Sequence[float], score: str) -> Spread:
    """The spread of estimates of a score; its name is for the message.

    Raises:
        InputError: one is infinite or no number.

    >>> spread([1.0, 3.0], "the kernel distance")
    Spread(mean=2.0, std=1.0)
    """
    finite(float(np.sum(estimates)), score)
    return Spread(float(np.mean(estimates)), float(np.std(estimates)))


def finite(value: float, score: str) -> float:
    """The value of a score, which must be a number.

    Raises:
        InputError: it is infinite or no number.

    >>> finite(float("inf"), "the Fréchet distance")
    Traceback (most recent call last):
    common.base.errors.InputError: the Fréchet distance is beyond all numbers: features as large as these are of no use
    """
    if not np.isfinite(value):
        raise InputError(f"{score} is beyond all numbers: features as large as these are of no use")
    return value
