"""The features of pictures that scores are computed from, and what they are of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from common.base.errors import InputError
from common.data.images import open_image
from common.features.extraction import BATCH, Extractor, Place
from common.features.taps import layer_of
from common.runs.prediction import check_trained
from common.table.resolve import without_dropout
from common.table.tensors import Weights
from common.weights.bundle import Bundle
from common.weights.canonical import digest


class Features(Extractor):
    """A trained network in one framework, which makes features of pictures, N x D.

    Args:
        trained: weights, with their preprocessing.
        backend_name: for `common.contract.backend.load`.
        dtype: ``float32`` or ``float64``.
        batch: how many pictures are computed at a time.
        layer: for `common.features.taps.layer_of`; None is what the classifier gets.
        picture: what is done to each picture before it is prepared.
        training: normalise by the statistics of the pictures that are computed together, as a net in training mode
            does; dropout is left out. For `common.scores.explain`.

    Attributes:
        origin: what the features are of, for `common.scores.statistics.Statistics`. The digest is that of the weights
            that features depend on, in float32: it is the same for every format, dtype and classifier.
        width: D.
        backend, framework: the name of the package; the framework's own and its version.

    Raises:
        InputError: weights that do not say how images are prepared, or prepare them in a size that depends on the
            picture, or in one that the network does not take; no such layer, no such backend.
    """

    def __init__(
        self,
        trained: Bundle,
        backend_name: str,
        dtype: str,
        batch: int = BATCH,
        layer: str | None = None,
        picture: Callable[[Image.Image], Image.Image] = lambda picture: picture,
        training: bool = False,
    ):
        if check_trained(trained).size() is None:
            raise InputError(
                "features of images of different sizes are not compared: take a --preprocessing that gives one size"
            )
        bare = replace(trained, table=without_dropout(trained.table))
        super().__init__(bare, backend_name, layer=layer, dtype=dtype, batch=batch)
        (self.width,) = self.shape
        self.backend, self.framework, self.layer = backend_name, self.metadata["framework"], layer
        self._picture, self._training = picture, training
        name = layer_of(trained.table, layer)
        self._of_classifier = name == list(trained.table.stages)[-1]
        self._classifier = trained.weights.get("fc.weight")
        self.origin = {
            "network": trained.table.name,
            "layer": name,
            "weights": _digest(self._package.get_weights(self._net)),
            "preprocessing": self.preprocessing.dumps(),
        }

    @property
    def has_logits(self) -> bool:
        """Whether logits follow from the features: they are what the classifier gets."""
        return self._of_classifier and (self._classifier is None or self._classifier.shape[1] == self.width)

    def logits(self, features: np.ndarray) -> np.ndarray:
        """The logits of features, N x K in float64, without the classifier's bias, as the Inception score takes them.

        A network that has no dense classifier has features that are logits.
        """
        features = np.asarray(features, np.float64)
        return features if self._classifier is None else features @ self._classifier.T.astype(np.float64)

    def _predictor(self, count: int) -> Callable[[np.ndarray], np.ndarray]:
        if self._training:
            return lambda images: self._package.layer_outputs(self._net, images, training=True)["fc"]
        return super()._predictor(count)

    def _opened(self, place: Place) -> Image.Image:
        return self._picture(open_image(place))


def _digest(weights: Weights) -> str:
    with np.errstate(over="ignore"):
        return digest({name: array.astype(np.float32) for name, array in weights.items()})
