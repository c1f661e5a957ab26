"""The mean and covariance of the features of a set of images, and the files that hold them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from common.base.errors import InputError
from common.base.files import replacing
from common.scores.frechet import check_covariance, check_shapes, frechet_distance
from common.scores.moments import Moments
from common.scores.npz import read_arrays
from common.weights.budget import cut

MEAN, COVARIANCE, COUNT = "mu", "sigma", "count"  # the first two as pytorch-fid, clean-fid and the first FID call them
ORIGIN = ("network", "layer", "weights", "preprocessing")
MOST_IMAGES = 1 << 53


@dataclass(frozen=True, eq=False)
class Statistics:
    """What a Fréchet distance needs of a set of images.

    Attributes:
        mean: D.
        covariance: D x D.
        count: how many images; None where nobody has said, as in the files of other tools.
        origin: what the features are of, as far as it is known: ``network``, ``layer``, ``weights`` (the digest of
            the weights' file) and ``preprocessing``.
    """

    mean: np.ndarray
    covariance: np.ndarray
    count: int | None = None
    origin: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, moments: Moments, origin: Mapping[str, str]) -> Statistics:
        """Of sums over images.

        Raises:
            InputError: fewer than two images.
        """
        return cls(moments.mean, moments.covariance, moments.count, origin)

    @property
    def singular(self) -> bool:
        """Whether the images are too few for a covariance of full rank: n images give at most n - 1."""
        return self.count is not None and self.count <= len(self.mean)

    def distance(self, other: Statistics) -> float:
        """The Fréchet distance to another set's.

        Raises:
            InputError: features of another origin, or what is no covariance.

        >>> ones = Statistics(np.ones(2), np.eye(2))
        >>> ones.distance(Statistics(np.zeros(2), np.eye(2)))
        2.0
        """
        check_comparable(self.origin, len(self.mean), other.origin, len(other.mean))
        eps = max(_eps(each.covariance) for each in (self, other))
        return frechet_distance(self.mean, self.covariance, other.mean, other.covariance, eps=eps)

    def save(self, path: str | os.PathLike) -> None:
        """Write an ``.npz`` file that pytorch-fid and clean-fid read too, whole or not at all.

        Raises:
            InputError: the file cannot be written.
        """
        more = {} if self.count is None else {COUNT: np.int64(self.count)}
        with replacing(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **{MEAN: self.mean, COVARIANCE: self.covariance}, **more, **self.origin)


PLURAL = {"network": "networks", "layer": "layers", "weights": "weights", "preprocessing": "preprocessings"}


def check_comparable(origin: Mapping[str, str], width: int, other: Mapping[str, str], other_width: int) -> None:
    """Require that two sets have features of one kind, as far as it is known.

    Args:
        origin, other: what the features are of, as in `Statistics`.
        width, other_width: how many features there are.

    Raises:
        InputError: another network, layer, weights, preprocessing, or number of features.

    >>> check_comparable({"layer": "b5"}, 2048, {}, 2048)
    >>> check_comparable({"layer": "b5"}, 2048, {"layer": "b4"}, 768)
    Traceback (most recent call last):
    common.base.errors.InputError: the two sets have features of different layers, 'b5' and 'b4': make both in one way
    """
    for key in ORIGIN:
        one, two = origin.get(key), other.get(key)
        if one is not None and two is not None and one != two:
            raise InputError(
                f"the two sets have features of different {PLURAL[key]}, {cut(one)} and {cut(two)}: make both in one "
                "way"
            )
    if width != other_width:
        raise InputError(f"the two sets have {width:,} and {other_width:,} features: they are of different layers")


def read(path: str | os.PathLike) -> Statistics:
    """Statistics that `Statistics.save` wrote, or pytorch-fid, clean-fid, or another tool: ``mu`` and ``sigma``.

    Raises:
        InputError: no such file, a damaged one, one without these, or numbers that are no statistics: a covariance is
            symmetric and has no eigenvalue below 0.

    >>> Statistics(np.zeros(2), np.eye(2), 50, {"layer": "2048"}).save("photos.npz")
    >>> read("photos.npz").count, dict(read("photos.npz").origin)
    (50, {'layer': '2048'})
    """
    arrays = read_arrays(path, [MEAN, COVARIANCE, COUNT, *ORIGIN])
    for name in (MEAN, COVARIANCE):
        if name not in arrays:
            raise InputError(f"{path}: no statistics in it: it has no {name!r}")
    try:
        check_shapes(arrays[MEAN], arrays[COVARIANCE])
        check_covariance(arrays[COVARIANCE], _eps(arrays[COVARIANCE]))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    origin = {key: str(arrays[key]) for key in ORIGIN if key in arrays and arrays[key].dtype.kind == "U"}
    return Statistics(arrays[MEAN], arrays[COVARIANCE], _count(path, arrays.get(COUNT)), origin)


def _count(path: str | os.PathLike, array: np.ndarray | None) -> int | None:
    if array is None:
        return None
    if array.shape != () or array.dtype.kind not in "iu" or not 2 <= int(array) <= MOST_IMAGES:
        raise InputError(f"{path}: its count of images is no whole number from 2 on")
    return int(array)


def _eps(covariance: np.ndarray) -> float:
    """Of the floating point dtype that a covariance has; whole numbers count as float64."""
    return float(np.finfo(covariance.dtype if covariance.dtype.kind == "f" else np.float64).eps)
