"""The features of pictures at a layer of a network, batch by batch, in any framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from common import __version__
from common.base.errors import InputError
from common.contract import backend
from common.data.background import in_background
from common.data.fetch import fetch_image
from common.data.images import open_image
from common.features.taps import UNBIASED, layer_of
from common.runs.prediction import check_trained
from common.table.sizes import check_input
from common.table.until import until
from common.weights.bundle import Bundle
from common.weights.canonical import digest

BATCH = 32
MANY = 64  # pictures, from which on a framework takes less time to compile the network than it saves
AHEAD = 2  # batches that are prepared while one is computed
Place = Path | str  # of a picture: a file, or an address of http or https


class Extractor:
    """Makes features of pictures, N x D, or whole maps, N x C x H x W.

    Only what the layer depends on is built and computed.

    Args:
        trained: weights, with their preprocessing.
        backend_name: for `common.contract.backend.load`.
        layer: for `common.features.taps.layer_of`.
        maps: keep rows and columns; else they are averaged. What has none is the same either way.
        dtype: ``float32`` or ``float64``, to prepare the pictures and to compute in; None is that of the weights.
        batch: pictures at a time.

    Attributes:
        shape: of one picture's features, (D,) or (C, H, W).
        dtype: of the features.
        metadata: texts that say what the features are: ``network``, ``layer`` as it was asked for, ``maps``,
            ``weights`` (the digest of the tensors that they depend on), ``preprocessing``, ``backend``, ``framework``,
            ``dtype`` and ``googlenet``, our own version.

    Raises:
        InputError: weights that do not say how pictures are prepared, no such layer, maps of pictures that keep their
            own sizes, a size that the network does not take, no such backend.
    """

    def __init__(
        self,
        trained: Bundle,
        backend_name: str,
        *,
        layer: str | None = None,
        maps: bool = False,
        dtype: str | None = None,
        batch: int = BATCH,
    ):
        table, self.preprocessing = trained.table, check_trained(trained)
        name = layer_of(table, layer)
        size = self.preprocessing.size()
        if size is None and maps:
            raise InputError("maps of pictures of different sizes fit no array: take a --preprocessing of one size")
        shape = table.input if size is None else (table.input[0], *size)
        check_input(table, shape, aux=False)
        self.table = until(table, name, shape, pooled=not maps)
        self.dtype, self.batch = dtype or trained.dtype, batch if size else 1
        output = table.at(shape, aux=False)[name]
        self.shape: tuple[int, ...] = output.shape if maps else output.output[:1]
        weights = {key: trained.weights[key] for key in self.table.shapes}
        if layer == UNBIASED:
            weights["fc.bias"] = np.zeros_like(weights["fc.bias"])
        self._package: Any = backend.load(backend_name)
        self._fast = backend.declared(backend_name).fast and size is not None
        self._net = self._package.build_net(self.table, weights=weights, dtype=self.dtype)
        self.metadata = {
            "network": table.name,
            "layer": layer or name,
            "maps": "yes" if maps else "no",
            "weights": digest(weights),
            "preprocessing": self.preprocessing.dumps(),
            "backend": backend_name,
            "framework": self._package.FRAMEWORK,
            "dtype": self.dtype,
            "googlenet": __version__,
        }

    def of(self, places: Sequence[Place]) -> Iterator[np.ndarray]:
        """The features of these pictures, in their order, batch by batch: n x `shape`, of `dtype`.

        Raises:
            InputError: a picture that is missing or broken, or that the network does not take, or features that are
                infinite or no numbers; names the picture.
        """
        predict, done = self._predictor(len(places)), 0
        for images in in_background(self._prepared(places), AHEAD):
            features = predict(images).reshape(len(images), *self.shape)
            bad = np.flatnonzero(~np.isfinite(features).reshape(len(images), -1).all(axis=1))
            if len(bad):
                raise InputError(f"{places[done + bad[0]]}: its features are not finite: these weights are of no use")
            done += len(images)
            yield features

    def _predictor(self, count: int) -> Callable[[np.ndarray], np.ndarray]:
        """From images to the logits of the part of the network up to the layer, for so many pictures."""
        return self._predictor_of_many if self._fast and count >= MANY else partial(self._package.predict, self._net)

    @cached_property
    def _predictor_of_many(self) -> Callable[[np.ndarray], np.ndarray]:
        """The package's own way, which takes some seconds to make."""
        return self._package.predictor(self._net, image_size=self.preprocessing.size(), batch=self.batch)

    def batches(self, count: int) -> int:
        """In how many batches so many pictures come."""
        return -(-count // self.batch)

    def _prepared(self, places: Sequence[Place]) -> Iterator[np.ndarray]:
        for start in range(0, len(places), self.batch):
            yield np.stack([self._image(place) for place in places[start : start + self.batch]])

    def _opened(self, place: Place) -> Image.Image:
        return fetch_image(place) if isinstance(place, str) else open_image(place)

    def _image(self, place: Place) -> np.ndarray:
        """C x H x W of a picture."""
        picture = self._opened(place)
        try:
            image = self.preprocessing(picture, self.dtype).astype(self.dtype)
            check_input(self.table, image.shape, aux=False)
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
        return image
