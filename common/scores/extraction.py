"""The features of pictures: what a network's classifier gets, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from common import nets
from common.base.errors import InputError
from common.contract import backend
from common.data.background import in_background
from common.data.images import open_image
from common.runs.prediction import check_trained
from common.table.analysis import Table
from common.table.resolve import without_dropout
from common.table.sizes import check_input
from common.table.spec import Flatten
from common.table.tensors import Weights
from common.weights.bundle import Bundle
from common.weights.canonical import digest

BATCH = 32
AHEAD = 2  # batches that are prepared while one is computed


def headless(table: Table, shape: tuple[int, int, int]) -> Table:
    """The network without its classifier and its heads: its logits are the features, N x D.

    Args:
        table: resolved.
        shape: (C, H, W) of the images, which D depends on where the last stage does not pool its maps.

    Raises:
        InputError: images that the network does not take.

    >>> headless(nets.get("d2l"), (1, 32, 32)).num_classes
    1024
    """
    width = prod(table.at(shape, aux=False)[list(table.stages)[-1]].output)
    return nets.get(replace(table, classifier=Flatten(), aux={}, num_classes=width))


class Features:
    """A trained network in one framework, which makes features of pictures.

    Attributes:
        origin: what the features are of, for `common.scores.statistics.Statistics`. The digest is that of the weights
            that features depend on, in float32: it is the same for every format, dtype and classifier.
        width: D.
        backend, framework: the name of the package; the framework's own and its version.
        dtype: what is computed in.

    Args:
        trained: weights, with their preprocessing.
        backend_name: for `common.contract.backend.load`.
        dtype: ``float32`` or ``float64``.
        batch: how many pictures are computed at a time.
        picture: what is done to each picture before it is prepared.
        training: normalise by the statistics of the pictures that are computed together, as a net in training mode
            does; dropout is left out. For `common.scores.explain`.

    Raises:
        InputError: weights that do not say how images are prepared, or prepare them in a size that depends on the
            picture, or in one that the network does not take; no such backend.
    """

    def __init__(
        self,
        trained: Bundle,
        backend_name: str,
        dtype: str,
        batch: int = BATCH,
        picture: Callable[[Image.Image], Image.Image] = lambda picture: picture,
        training: bool = False,
    ):
        self.preprocessing = check_trained(trained)
        size = self.preprocessing.size()
        if size is None:
            raise InputError(
                "features of images of different sizes are not compared: take a --preprocessing that gives one size"
            )
        shape = (trained.table.input[0], *size)
        check_input(trained.table, shape, aux=False)
        self.table = headless(without_dropout(trained.table), shape)
        self._picture, self._training = picture, training
        self.width, self.batch, self.dtype = self.table.num_classes, batch, dtype
        self._classifier = trained.weights.get("fc.weight")
        self._package: Any = backend.load(backend_name)
        own = {name: array for name, array in trained.weights.items() if name in self.table.shapes}
        self._net = self._package.build_net(self.table, weights=own, dtype=dtype)
        self.backend, self.framework = backend_name, self._package.FRAMEWORK
        self.origin = {
            "network": trained.table.name,
            "layer": list(trained.table.stages)[-1],
            "weights": _digest(own),
            "preprocessing": self.preprocessing.dumps(),
        }

    def of(self, paths: Sequence[Path]) -> Iterator[np.ndarray]:
        """Features of these pictures, in their order, as arrays n x D of the network's dtype.

        Raises:
            InputError: a picture that is missing or broken, or features that are no numbers.
        """
        done = 0
        for images in in_background(self._prepared(paths), AHEAD):
            features = self._features(images)
            broken = np.flatnonzero(~np.isfinite(features).all(axis=1))
            if len(broken):
                raise InputError(
                    f"{paths[done + broken[0]]}: its features are infinite or no numbers: these weights are of no use"
                )
            done += len(images)
            yield features

    def _features(self, images: np.ndarray) -> np.ndarray:
        if self._training:
            return self._package.layer_outputs(self._net, images, training=True)["fc"]
        return self._package.predict(self._net, images)

    def logits(self, features: np.ndarray) -> np.ndarray:
        """The logits of features, N x K in float64, without the classifier's bias, as the Inception score takes them.

        A network that has no dense classifier has features that are logits.
        """
        features = np.asarray(features, np.float64)
        return features if self._classifier is None else features @ self._classifier.T.astype(np.float64)

    def _prepared(self, paths: Sequence[Path]) -> Iterator[np.ndarray]:
        for start in range(0, len(paths), self.batch):
            yield np.stack([self._image(path) for path in paths[start : start + self.batch]])

    def _image(self, path: Path) -> np.ndarray:
        picture = self._picture(open_image(path))
        try:
            return self.preprocessing(picture, self.dtype).astype(self.dtype)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None


def _digest(weights: Weights) -> str:
    with np.errstate(over="ignore"):
        return digest({name: array.astype(np.float32) for name, array in weights.items()})
