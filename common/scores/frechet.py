"""The Fréchet distance between two Gaussians: what the Fréchet Inception Distance (FID) is of features."""

from __future__ import annotations

import numpy as np

from common.base.errors import InputError
from common.scores.spread import finite

EPS = float(np.finfo(np.float64).eps)


def frechet_distance(
    mean: np.ndarray,
    covariance: np.ndarray,
    other_mean: np.ndarray,
    other_covariance: np.ndarray,
    *,
    eps: float = EPS,
) -> float:
    """The squared Fréchet distance, |m1 - m2|^2 + trace(S1) + trace(S2) - 2 trace((S1 S2)^(1/2)).

    It is that of two Gaussians with these means and covariances (Dowson and Landau 1982).

    The trace of the root is the sum of the singular values of R1^T R2, where S = R R^T and R comes from the
    eigenvalues of S. These are the roots of the eigenvalues of S1^(1/2) S2 S1^(1/2), which is symmetric. So nothing is
    imaginary, and covariances without full rank need no offset on their diagonal. `pytorch-fid` takes a general matrix
    root of S1 S2, `torch-fidelity` its general eigenvalues: both leave imaginary parts and drop them.

    Args:
        mean, covariance: of one set; D, and D x D.
        other_mean, other_covariance: of the other.
        eps: of the dtype that the covariances were computed in.

    Returns:
        The distance, in squared units of the features; never below 0, and 0 for equal statistics up to round-off.

    Raises:
        InputError: shapes that do not fit, a number that is infinite or none, or a matrix that is no covariance.

    >>> frechet_distance(np.zeros(2), np.eye(2), np.ones(2), 4 * np.eye(2))  # 2 + 2 (1 - 2)^2
    4.0
    """
    for each, matrix in ((mean, covariance), (other_mean, other_covariance)):
        check_shapes(each, matrix)
    if len(mean) != len(other_mean):
        raise InputError(f"statistics of {len(mean)} features and of {len(other_mean)}: they are of different layers")
    apart = np.asarray(mean, np.float64) - np.asarray(other_mean, np.float64)
    roots = covariance_root(covariance, eps), covariance_root(other_covariance, eps)
    common = np.linalg.svd(roots[0].T @ roots[1], compute_uv=False).sum()
    with np.errstate(over="ignore"):
        distance = apart @ apart + np.trace(covariance) + np.trace(other_covariance) - 2 * common
    return max(finite(float(distance), "the Fréchet distance"), 0.0)


def check_shapes(mean: np.ndarray, covariance: np.ndarray) -> None:
    """Require D means, a D x D covariance, and numbers throughout.

    Raises:
        InputError: anything else.

    >>> check_shapes(np.zeros(2), np.eye(3))
    Traceback (most recent call last):
    common.base.errors.InputError: no statistics of features: means 2, covariance 3 x 3
    """
    if mean.ndim != 1 or len(mean) == 0 or covariance.shape != (len(mean), len(mean)):
        means, matrix = (" x ".join(map(str, array.shape)) or "one number" for array in (mean, covariance))
        raise InputError(f"no statistics of features: means {means}, covariance {matrix}")
    for array, name in ((mean, "mean"), (covariance, "covariance")):
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise InputError(f"no statistics of features: the {name} has a number that is infinite or none")


def covariance_root(covariance: np.ndarray, eps: float = EPS) -> np.ndarray:
    """R, D x r and float64, with R R^T the covariance and r its rank; the eigenvectors, scaled.

    An eigenvalue within D eps of 0, relative to the largest, is round-off of 0 and left out; its root would not be
    small.

    Raises:
        InputError: the matrix is not symmetric, or has an eigenvalue below that.

    >>> covariance_root(np.array([[4.0, 0.0], [0.0, 0.0]])).tolist()
    [[2.0], [0.0]]
    >>> covariance_root(np.array([[1.0, 0.0], [0.0, -1.0]]))
    Traceback (most recent call last):
    common.base.errors.InputError: no covariance: it has the eigenvalue -1, and the largest is 1
    """
    symmetric, round_off = _symmetric(covariance, eps)
    values, vectors = np.linalg.eigh(symmetric)
    _check_spectrum(values, round_off)
    kept = values > round_off * max(values[-1], 0.0)
    return vectors[:, kept] * np.sqrt(values[kept])


def check_covariance(covariance: np.ndarray, eps: float = EPS) -> None:
    """Require what `covariance_root` does, in half the time.

    Raises:
        InputError: the matrix is not symmetric, or has an eigenvalue below 0 by more than round-off.

    >>> check_covariance(np.array([[1.0, 0.5], [0.0, 1.0]]))
    Traceback (most recent call last):
    common.base.errors.InputError: no covariance: the matrix is not symmetric
    """
    symmetric, round_off = _symmetric(covariance, eps)
    _check_spectrum(np.linalg.eigvalsh(symmetric), round_off)


def _symmetric(covariance: np.ndarray, eps: float) -> tuple[np.ndarray, float]:
    """The matrix in float64 without what is not symmetric in it, and its round-off relative to the largest number."""
    covariance = np.asarray(covariance, np.float64)
    round_off = len(covariance) * eps
    if np.abs(covariance - covariance.T).max() > round_off * np.abs(covariance).max():
        raise InputError("no covariance: the matrix is not symmetric")
    return (covariance + covariance.T) / 2, round_off


def _check_spectrum(values: np.ndarray, round_off: float) -> None:
    """Require eigenvalues, in ascending order, that are not below 0 by more than round-off."""
    top = max(values[-1], 0.0)
    if values[0] < -round_off * top or (top == 0 and values[0] < 0):
        raise InputError(f"no covariance: it has the eigenvalue {values[0]:g}, and the largest is {values[-1]:g}")
