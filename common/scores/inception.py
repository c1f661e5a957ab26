"""The Inception Score (IS): how sure a classifier is of each picture, and how many classes it sees in all of them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from common.base.errors import InputError
from common.contract.loss import log_softmax
from common.scores.spread import SEED, Rows, Spread, spread

SPLITS = 10  # those of the paper's code
CHUNK = 1024  # rows that are read at once


def inception_score(logits: Rows, *, splits: int = SPLITS, seed: int | None = SEED) -> Spread:
    """exp of the mean divergence of each picture's classes from those of all (Salimans et al. 2016).

    It is 1 where all pictures look alike, and at most the number of classes. The published score takes logits without
    the classifier's bias.

    Args:
        logits: N x K.
        splits: parts of consecutive images, each with a score of its own; they differ by at most one image.
        seed: of the shuffling before the images are split, as torch-fidelity does it; None leaves them in order.

    Raises:
        InputError: no parts, or more than images.

    >>> inception_score(np.array([[99.0, 0.0], [0.0, 99.0]] * 5), splits=1).mean
    2.0
    """
    count = len(logits)
    if not 1 <= splits <= count:
        raise InputError(f"{splits} parts of {count:,} images: take from 1 to {count:,}")
    order = np.arange(count) if seed is None else np.random.RandomState(seed).permutation(count)
    edges = [i * count // splits for i in range(splits + 1)]
    with np.errstate(over="ignore", invalid="ignore"):
        scores = [_score(logits, order[start:end]) for start, end in pairwise(edges)]
    return spread(scores, "the Inception score")


def _score(logits: Rows, numbers: np.ndarray) -> float:
    """Of the rows of these numbers: the mean of sum p log p, less that of sum q log q for the mean q of all p."""
    shares, own = 0.0, 0.0
    for start in range(0, len(numbers), CHUNK):
        logs = log_softmax(np.asarray(logits[numbers[start : start + CHUNK]], np.float64))
        p = np.exp(logs)
        shares = shares + p.sum(axis=0)
        own += float((p * logs).sum())
    q = np.asarray(shares) / len(numbers)
    together = float((q[q > 0] * np.log(q[q > 0])).sum())
    return float(np.exp(own / len(numbers) - together))
