"""Pictures that a program has in memory, as arrays N x C x H x W of bytes, with labels or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from common.base.errors import InputError, choose
from common.data.dataset import SPLITS, ArrayImages, Dataset, Split

NAME = "arrays"  # of such data, where a run says what it was trained on


def pixels(images: object) -> np.ndarray:
    """N x H x W x C, uint8, of pictures as programs have them.

    Args:
        images: N x C x H x W, or N x H x W of grey ones; bytes, with 1 channel or 3.

    Raises:
        InputError: another shape, or other numbers: what 0 and 1 mean as numbers nobody can tell.

    >>> pixels(np.zeros((5, 3, 8, 9), np.uint8)).shape
    (5, 8, 9, 3)
    """
    array = np.asarray(images)
    if array.ndim == 3:
        array = array[:, None]
    if array.ndim != 4 or not array.size or array.shape[1] not in (1, 3):
        raise InputError(f"pictures are an array N x C x H x W with 1 or 3 channels, not of shape {array.shape}")
    if array.dtype != np.uint8:
        raise InputError(f"pictures are numbers from 0 to 255 of the type uint8, not {array.dtype}")
    return array.transpose(0, 2, 3, 1)


def pictures(images: object) -> list[Image.Image]:
    """The pictures of an array, for which see `pixels`.

    >>> pictures(np.zeros((1, 3, 8, 9), np.uint8))[0].size
    (9, 8)
    """
    return [Image.fromarray(each[:, :, 0] if each.shape[2] == 1 else each) for each in pixels(images)]


def dataset(
    data: Mapping[str, Any] | Sequence[Any], classes: Sequence[str] | None = None, part: str = "train"
) -> Dataset:
    """A data set of arrays.

    Args:
        data: (images, labels) of one part, or those of ``train``, ``validation`` and ``test`` by name. Images are as
            for `pixels`, labels N whole numbers from 0.
        classes: the name of each; None calls them by their numbers.
        part: which part it is, if it is one.

    Raises:
        InputError: arrays that are no pictures or no labels, or do not fit each other.

    >>> x, y = np.zeros((4, 1, 8, 8), np.uint8), [0, 1, 1, 0]
    >>> dataset((x, y)).classes, dataset({"train": (x, y), "test": (x, y)}, ["cat", "dog"]).counts
    (('0', '1'), {'test': 4, 'validation': None, 'train': 4})
    """
    parts = data if isinstance(data, Mapping) else {part: data}
    splits = {choose("part of the data", name, SPLITS): _split(given) for name, given in parts.items()}
    if not splits:
        raise InputError(f"data without a part: give some of {', '.join(SPLITS)}")
    if classes is None:
        classes = tuple(map(str, range(1 + max(int(split.labels.max()) for split in splits.values()))))
    channels, *others = {np.shape(split.images.source)[3] for split in splits.values()}
    if others:
        raise InputError("the parts of the data have pictures of 1 and of 3 channels: take one kind")
    empty = next(iter(splits.values())).subset(np.arange(0))
    return Dataset(NAME, tuple(classes), channels, **{"train": empty, **splits})


def _split(data: Any) -> Split:
    """One part, of (images, labels)."""
    if not (isinstance(data, tuple | list) and len(data) == 2):
        raise InputError("a part of the data is (images, labels)")
    labels = np.asarray(data[1])
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise InputError(f"labels are whole numbers, one for each image, not {labels.dtype} of shape {labels.shape}")
    return Split(ArrayImages(pixels(data[0])), labels.astype(np.int64))
