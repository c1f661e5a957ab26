"""Batches: shuffled, augmented, resized, normalised, made ahead in the background; one stream for all frameworks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from PIL import Image

from common.base.errors import InputError
from common.data.background import in_background
from common.data.dataset import Split
from common.data.draws import EPOCHS, draws
from common.data.preprocessing import Preprocessing
from common.data.statistics import preparation, statistics
from common.workers.shares import share

__all__ = ["Augment", "Batches", "preparation", "statistics"]
AHEAD = 3  # batches that wait or are being made: enough to bridge a slow one, and little memory


@dataclass(frozen=True)
class Augment:
    """What He et al. 2016 (section 4.2) do to images of CIFAR-10, after resizing and before normalising.

    Or, before resizing, the cut of Szegedy et al. 2015 (section 6): a part of the picture becomes the whole image. Its
    area is drawn evenly between a share of the picture's and all of it, and its sides are as 3:4 to 4:3.

    Attributes:
        resized_crop: that share, above 0 and at most 1; None is no such cut.
        pad: black pixels put around all four sides, before a part of the former size is cut at random.
        flip: whether half of the images, drawn at random, are mirrored left to right.
    """

    pad: int = 0
    flip: bool = False
    resized_crop: float | None = None

    def cut(self, picture: Image.Image, words: np.ndarray) -> Image.Image:
        """A part of a picture, by two words of 64 random bits: their halves say how large, how wide, and where."""
        if self.resized_crop is None:
            return picture
        size, shape, across, down = (half / 2**32 for word in words[:2] for half in divmod(int(word), 2**32))
        area = picture.width * picture.height * (self.resized_crop + (1 - self.resized_crop) * size)
        ratio = (3 / 4) ** (1 - 2 * shape)  # evenly on a scale of logarithms, as torchvision has it
        width = min(max(round(sqrt(area * ratio)), 1), picture.width)
        height = min(max(round(sqrt(area / ratio)), 1), picture.height)
        left, top = int(across * (picture.width - width + 1)), int(down * (picture.height - height + 1))
        return picture.crop((left, top, left + width, top + height))

    def __call__(self, pixels: np.ndarray, words: np.ndarray) -> np.ndarray:
        """H x W x C, uint8, of such an array; three words of 64 random bits say where to cut and whether to flip."""
        top, left = (int(word) % (2 * self.pad + 1) for word in words[:2])
        if self.pad:
            height, width, channels = pixels.shape
            padded = np.zeros((height + 2 * self.pad, width + 2 * self.pad, channels), np.uint8)
            padded[self.pad : self.pad + height, self.pad : self.pad + width] = pixels
            pixels = padded[top : top + height, left : left + width]
        return pixels[:, ::-1] if self.flip and int(words[2]) >> 63 else pixels


class Batches:
    """The samples of a split as batches (x, y): x float32, N x C x H x W, contiguous; y int64, N.

    x is what the preprocessing makes of the pictures, rounded to float32. The last batch is smaller if it must be.
    Everything random follows from the seed and the number of the epoch, so that any position can be returned to.

    Args:
        split: the pictures and their labels.
        preprocessing: one that makes images of one size.
        batch: how many samples make a batch.
        seed: of the order, the cuts and the flips.
        augment: what is done to the images of an epoch; None is nothing.
        worker: (rank, size of the group): only this worker's share of each batch is read and made.

    Raises:
        InputError: a batch of no samples, or sizes that depend on the picture.
    """

    def __init__(
        self,
        split: Split,
        preprocessing: Preprocessing,
        *,
        batch: int,
        seed: int,
        augment: Augment | None = None,
        worker: tuple[int, int] = (0, 1),
    ):
        if batch < 1:
            raise InputError(f"a batch of {batch} images: take at least 1")
        size = preprocessing.size()
        if size is None:
            raise InputError("images of different sizes do not fit one batch: the preprocessing must give a size")
        self.split, self.preprocessing, self.batch = split, preprocessing, batch
        self.size, self.seed, self.augment, self.worker = size, seed, augment, worker
        self._exactly = replace(preprocessing, resize=size, crop=None)
        channels = len(preprocessing.mean)
        levels = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], channels, 2)
        self._tables = np.ascontiguousarray(preprocessing.normalised(levels)[:, 0].T.astype(np.float32))

    def __len__(self) -> int:
        return -(-len(self.split) // self.batch)

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The batches of an epoch, each sample once, shuffled and augmented; from the batch ``start`` on.

        Raises:
            InputError: ``start`` is not from 0 to the number of batches; what reading the pictures raises comes where
                their batch would have come.
        """
        if not 0 <= start <= len(self):
            raise InputError(f"an epoch of {len(self)} batches cannot start at {start}")
        words = draws(self.seed, EPOCHS + number, len(self.split))
        order = np.argsort(words[0], kind="stable")
        return in_background(self._batches(order, words[1:], start), AHEAD)

    def in_order(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """All samples once, in the order of the split and as they are, to evaluate on."""
        return in_background(self._batches(np.arange(len(self.split)), None, 0), AHEAD)

    def _batches(self, order: np.ndarray, words: np.ndarray | None, start: int) -> Iterator:
        for at in range(start * self.batch, len(order), self.batch):
            chosen = order[at : at + self.batch]
            chosen = chosen[share(len(chosen), *self.worker)]
            x = np.empty((len(chosen), len(self._tables), *self.size), np.float32)
            for image, i in zip(x, chosen, strict=True):
                self._prepare(image, i, None if words is None else words[:, i])
            yield x, self.split.labels[chosen]

    def _prepare(self, image: np.ndarray, i: int, words: np.ndarray | None) -> None:
        """Fill the C x H x W of a sample."""
        picture, preprocessing = self.split.images.picture(i), self.preprocessing
        if words is not None and self.augment and self.augment.resized_crop is not None:
            picture, preprocessing = self.augment.cut(picture, words), self._exactly
        try:
            pixels = preprocessing.pixels(picture)
        except InputError as error:
            raise InputError(f"{self.split.images.name(i)}: {error}") from None
        if self.augment and words is not None:
            pixels = self.augment(pixels, words)
        if pixels.dtype != np.uint8:  # fractions are in no table
            image[:] = np.moveaxis(self.preprocessing.normalised(pixels), 2, 0)
            return
        for channel, table in enumerate(self._tables):
            # All bytes are positions in the table: clipping changes nothing, and spares NumPy a copy of the image.
            np.take(table, pixels[:, :, channel], out=image[channel], mode="clip")
