"""The arrays that a package is given: what is refused, and how the others reach a framework.

One rule for every package, because the frameworks differ here: MXNet ends in an error of its own where there is no
image, PyTorch does not take negative strides, and memory that is shared with the caller could be changed by either.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.sizes import check_input


def check_images(table: Table, images: np.ndarray, *, aux: bool) -> None:
    """Require images that the network takes: a NumPy array of real numbers, N x C x H x W, with at least one image.

    Any strides and any order of memory will do; so will whole numbers and booleans, which count as real numbers.

    Args:
        table: the resolved table of the network.
        images: N x C x H x W.
        aux: whether the auxiliary heads take part.

    Raises:
        InputError: something else than such an array, no image at all, or images that
            `common.table.sizes.check_input` refuses.

    >>> from common import nets
    >>> check_images(nets.get("d2l"), np.zeros((0, 1, 96, 96)), aux=False)
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: a batch without images
    """
    if not isinstance(images, np.ndarray):
        raise InputError(f"images must be a NumPy array, N x C x H x W, not of type {type(images).__name__}")
    if images.dtype.kind not in "biuf":
        raise InputError(f"images must be real numbers, not of dtype {images.dtype}")
    check_input(table, images.shape[1:], aux=aux)
    if not len(images):
        raise InputError("a batch without images")


def check_labels(labels: Any, images: int) -> None:
    """Require one whole number for each image; whether it is a class is checked by `common.contract.loss.targets`.

    Raises:
        InputError: another number of labels, or labels that are not whole numbers; booleans are not, because NumPy
            takes them for a mask.

    >>> check_labels(np.array([0.0, 1.0]), images=2)
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: labels must be whole numbers, not of dtype float64
    """
    if np.shape(labels) != (images,):
        raise InputError(f"{images} images need as many labels, not an array of shape {np.shape(labels)}")
    dtype = np.asarray(labels).dtype
    if dtype.kind not in "iu":
        raise InputError(f"labels must be whole numbers, not of dtype {dtype}")


def plain(array: np.ndarray, dtype: str) -> np.ndarray:
    """A copy that any framework takes: of the dtype, contiguous in C order, writable, in memory of its own.

    >>> plain(np.arange(3)[::-1], "float32")
    array([2., 1., 0.], dtype=float32)
    """
    return np.array(array, dtype=dtype, order="C")
