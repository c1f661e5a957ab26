"""The Kernel Inception Distance (KID): the squared maximum mean discrepancy of features, over random subsets."""

from __future__ import annotations

import numpy as np

from common.base.errors import InputError
from common.base.progress import Progress, quietly
from common.scores.spread import SEED, Rows, Spread, spread

SUBSETS, SUBSET = 100, 1000  # how many, and of how many images: those of torch-fidelity and of the paper's own code


def kernel_distance(
    features: Rows,
    other: Rows,
    *,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET,
    seed: int = SEED,
    progress: Progress = quietly,
) -> Spread:
    """The KID of two sets of features (Bińkowski et al. 2018, "Demystifying MMD GANs").

    Each subset is drawn without replacement from each set, and gives an unbiased estimate by the kernel
    (x . y / D + 1)^3. An estimate may lie below 0 where the sets are alike. The draws are those of torch-fidelity for
    the same seed, and all is computed in float64.

    Args:
        features, other: N x D and M x D.
        subsets: how many estimates.
        subset_size: how many images of each set an estimate takes.
        seed: of the draws, from 0 to 2^32 - 1.
        progress: wraps the subsets.

    Raises:
        InputError: other D, a subset of fewer than two images or of more than a set has, or no subsets.

    >>> line = np.array([[0.0], [1.0], [2.0]])
    >>> kernel_distance(line, line + 1, subsets=2, subset_size=3).mean > 0
    True
    """
    if subsets < 1:
        raise InputError(f"{subsets} subsets: at least 1 is needed")
    if not 2 <= subset_size <= min(len(features), len(other)):
        raise InputError(
            f"a subset of {subset_size:,} images: take from 2 to {min(len(features), len(other)):,}, which the smaller "
            "set has"
        )
    draws = np.random.RandomState(seed)
    estimates = []
    for _ in progress(range(subsets), subsets):
        x, y = (
            np.asarray(rows[draws.choice(len(rows), subset_size, replace=False)], np.float64)
            for rows in (features, other)
        )
        if x.shape != y.shape:
            raise InputError(f"features of {x.shape[1]} and of {y.shape[1]} numbers: they are of different layers")
        estimates.append(discrepancy(x, y))
    return spread(estimates, "the kernel distance")


def discrepancy(x: np.ndarray, y: np.ndarray) -> float:
    """The unbiased estimate of the squared maximum mean discrepancy of two sets, each n x D, by the kernel of KID.

    Gretton et al. 2012, "A Kernel Two-Sample Test", equation 3.

    >>> discrepancy(np.array([[0.0], [2.0]]), np.array([[0.0], [2.0]]))  # 1 + 1 - (1 + 1 + 1 + 125) / 2
    -62.0
    """
    count = len(x)
    with np.errstate(over="ignore", invalid="ignore"):
        within = sum(kernel.sum() - np.trace(kernel) for kernel in (_kernel(x, x), _kernel(y, y)))
        return float(within / (count * (count - 1)) - 2 * _kernel(x, y).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(x . y / D + 1)^3 of every pair, n x n; two products, as NumPy's power is many times slower."""
    kernel = x @ y.T
    kernel /= x.shape[1]
    kernel += 1
    return kernel * kernel * kernel
