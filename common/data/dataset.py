"""A data set: pictures of bytes, their labels, and the names of the classes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
from PIL import Image

from common.base.errors import InputError
from common.data.draws import HOLDING, draws
from common.data.images import open_image

SPLITS = ("test", "validation", "train")


class Images:
    """Pictures by number, of which a part is a list of numbers and no copy.

    Args:
        source: what `_open` takes the picture from, by its number there.
        chosen: the numbers in the source; all of them if not given.
    """

    def __init__(self, source: Sequence | np.ndarray, chosen: np.ndarray | None = None):
        self.source = source
        self.chosen = np.arange(len(source)) if chosen is None else chosen

    def __len__(self) -> int:
        return len(self.chosen)

    def subset(self, indices: np.ndarray) -> Images:
        """Those of these numbers, in this order."""
        return type(self)(self.source, self.chosen[indices])

    def picture(self, i: int) -> Image.Image:
        """The picture: mode L (grey) or RGB.

        Raises:
            InputError: a file that is broken, no image, or of too many pixels.
        """
        return self._open(self.source[self.chosen[i]])

    def name(self, i: int) -> str:
        """What an error calls it."""
        return f"image {self.chosen[i]}"

    def _open(self, item: Any) -> Image.Image:
        raise NotImplementedError


class ArrayImages(Images):
    """Pictures in memory: uint8, N x H x W x C, with 1 or 3 channels."""

    def _open(self, item: np.ndarray) -> Image.Image:
        return Image.fromarray(item[:, :, 0] if item.shape[2] == 1 else item)


class FileImages(Images):
    """Pictures in files, as paths; each is decoded when it is asked for, and no earlier."""

    def name(self, i: int) -> str:
        return os.fspath(self.source[self.chosen[i]])

    def _open(self, item: str | os.PathLike) -> Image.Image:
        return open_image(item)


@dataclass(frozen=True)
class Split:
    """Pictures with their labels.

    Attributes:
        images: N pictures.
        labels: N numbers of classes, int64.
    """

    images: Images
    labels: np.ndarray

    def __post_init__(self):
        if len(self.images) != len(self.labels):
            raise InputError(f"{len(self.images)} images with {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, indices: np.ndarray) -> Split:
        """Those of these numbers, in this order; the pixels are not copied."""
        indices = np.asarray(indices, np.int64)
        return Split(self.images.subset(indices), self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """What a classifier is trained and judged on.

    Attributes:
        name: of the data.
        classes: their names; a label is a position in them.
        channels: 1 (grey) or 3 (red, green, blue).
        train, validation, test: None where the data have no such part.

    Raises:
        InputError: a label that is no position in the classes.
    """

    name: str
    classes: tuple[str, ...]
    channels: int
    train: Split
    validation: Split | None = None
    test: Split | None = None

    def __post_init__(self):
        for part in SPLITS:
            split = getattr(self, part)
            if split is None:
                continue
            for i in np.flatnonzero((split.labels < 0) | (split.labels >= len(self.classes)))[:1]:
                raise InputError(
                    f"{self.name}: {split.images.name(i)} of {part} has the label {split.labels[i]};"
                    f" the {len(self.classes)} classes have 0 to {len(self.classes) - 1}"
                )

    @property
    def counts(self) -> dict[str, int | None]:
        """How many images each part has; None for one that there is not."""
        splits = {part: getattr(self, part) for part in SPLITS}
        return {part: None if split is None else len(split) for part, split in splits.items()}


def hold_out(split: Split, fraction: float, seed: int) -> tuple[Split, Split]:
    """Two parts of a split: the rest, and the fraction of each class that is held out, drawn from the seed.

    At least one image of each class is held out and one stays; a class of a single image stays whole.

    Raises:
        InputError: the fraction is not from 0 to below 1, or no class has an image to spare.
    """
    if not 0 <= fraction < 1:
        raise InputError(f"a fraction of {fraction} cannot be held out: take one from 0 to below 1")
    held = np.zeros(len(split), bool)
    order = np.argsort(draws(seed, HOLDING, len(split))[0], kind="stable")
    order = order[np.argsort(split.labels[order], kind="stable")]  # class by class, and as drawn within each
    for members in np.split(order, np.flatnonzero(np.diff(split.labels[order])) + 1) if fraction else ():
        held[members[: min(max(floor(fraction * len(members) + 0.5), 1), len(members) - 1)]] = True
    if fraction and not held.any():
        raise InputError(f"nothing can be held out of {len(split)} images: no class has two")
    return split.subset(np.flatnonzero(~held)), split.subset(np.flatnonzero(held))
