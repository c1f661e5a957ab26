"""Resizing a picture in floating point numbers, as the code that the Fréchet Inception Distance is computed with does.

Frameworks disagree about where a pixel lies and about rounding, and the published scores follow them. So each rule here
is that of one origin, to the last bit of float32.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from common.table.padding import Pair

Axis = tuple[np.ndarray, np.ndarray, np.ndarray]  # positions of two neighbours, and the share of the second


def tensorflow1(pixels: np.ndarray, size: Pair, dtype: str) -> np.ndarray:
    """Bilinear without antialiasing: pixel i of the result lies at i · (old size / new size) of the picture.

    Source: TensorFlow 1, core/kernels/resize_bilinear_op.cc with neither align_corners nor half_pixel_centers. The
    scale is a number of float32 whatever the type, as torch-fidelity has it.

    Args:
        pixels: H x W x C.
        size: (height, width) of the result.
        dtype: float32, as TensorFlow computes, or float64.

    >>> tensorflow1(np.array([[[0], [10]]]), (1, 4), "float32").ravel().tolist()
    [0.0, 5.0, 10.0, 10.0]
    """

    def along(old: int, new: int) -> Axis:
        places = (np.arange(new, dtype=dtype) * np.float32(old / new)).astype(dtype)
        first = places.astype(np.int64)
        return first, np.minimum(first + 1, old - 1), places - first.astype(dtype)

    (top, bottom, down), (left, right, across) = (along(*both) for both in zip(pixels.shape, size, strict=False))
    pixels = pixels.astype(dtype)
    rows = pixels[:, left] + (pixels[:, right] - pixels[:, left]) * across[:, None]
    return rows[top] + (rows[bottom] - rows[top]) * down[:, None, None]


def torch(pixels: np.ndarray, size: Pair, dtype: str) -> np.ndarray:
    """Bilinear without antialiasing: the centres of pixels lie at halves, in the picture as in the result.

    Source: ``torch.nn.functional.interpolate(mode="bilinear", align_corners=False)`` of pixels divided by 255, as
    torchvision's ToTensor gives them. In float32 products and sums are rounded once where PyTorch's kernel does so.

    Args:
        pixels: H x W x C, from 0 to 255.
        size: (height, width) of the result.
        dtype: float32 or float64.

    >>> torch(np.array([[[0], [255]]]), (1, 4), "float32").ravel().tolist()
    [0.0, 63.75, 191.25, 255.0]
    """
    kind = np.dtype(dtype).type

    def along(old: int, new: int) -> Axis:
        places = _sum(kind(old) / kind(new), np.arange(new, dtype=dtype) + kind(0.5), kind(-0.5), dtype)
        places = np.maximum(places, kind(0))
        first = places.astype(np.int64)
        return first, np.minimum(first + 1, old - 1), places - first.astype(dtype)

    (top, bottom, down), (left, right, across) = (along(*both) for both in zip(pixels.shape, size, strict=False))
    pixels = pixels.astype(dtype) / kind(255)
    upper, lower = pixels[top], pixels[bottom]
    down, across = down[:, None, None], across[:, None]
    above, before = 1 - down, 1 - across
    mixed = _sum(upper[:, left], above * before, upper[:, right] * (above * across), dtype)
    mixed = _sum(lower[:, left], down * before, mixed, dtype)
    return _sum(lower[:, right], down * across, mixed, dtype).astype(np.float64) * 255


def _sum(first: np.ndarray, second: np.ndarray, more: np.ndarray, dtype: str) -> np.ndarray:
    """first · second + more; in float32 rounded once, as processors do it in one step."""
    if dtype == "float64":
        return first * second + more
    first, second, more = (np.asarray(value, np.float64) for value in (first, second, more))
    return (first * second + more).astype(dtype)


def bicubic(pixels: np.ndarray, size: Pair, dtype: str) -> np.ndarray:
    """Bicubic with antialiasing, each channel by itself and without rounding to whole numbers, cut to 0 to 255.

    Source: clean-fid's ``make_resizer("PIL", False, "bicubic")``; Parmar et al. 2022. Pillow computes it in float32
    whatever ``dtype`` says.

    Args:
        pixels: H x W x C, from 0 to 255.
        size: (height, width) of the result.
        dtype: not used.

    >>> bicubic(np.full((8, 8, 1), 7), (2, 2), "float32").ravel().tolist()
    [7.0, 7.0, 7.0, 7.0]
    """
    channels = [Image.fromarray(np.float32(pixels[:, :, i])) for i in range(pixels.shape[2])]
    resized = [channel.resize(size[::-1], Image.Resampling.BICUBIC) for channel in channels]
    return np.stack([np.asarray(channel).clip(0, 255) for channel in resized], axis=2)


RULES: dict[str, Callable[[np.ndarray, Pair, str], np.ndarray]] = {
    "bilinear-tensorflow1": tensorflow1,
    "bilinear-torch": torch,
    "bicubic-float": bicubic,
}


def resized(pixels: np.ndarray, size: Pair, rule: str, dtype: str) -> np.ndarray:
    """H x W x C of floating point numbers, by one of `RULES`; a picture that has the size already is left as it is.

    >>> resized(np.full((2, 3, 1), 7), (2, 3), "bicubic-float", "float32").shape
    (2, 3, 1)
    """
    if pixels.shape[:2] == tuple(size):
        return pixels.astype(dtype)
    return RULES[rule](pixels, size, dtype)
