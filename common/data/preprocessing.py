"""From a picture to the numbers a network takes: what belongs to weights as much as their values do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from math import prod
from typing import Any

import numpy as np
from PIL import Image

from common.base.errors import InputError, choose
from common.base.printable import shortened
from common.data import resizing
from common.data.encoded import most_pixels
from common.table.analysis import Table
from common.table.padding import Pair

INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
MOST_SIDE = 4096  # pixels; published networks take up to 512
LEAST, MOST = 1e-9, 1e9  # numbers that float32 divides and multiplies by without becoming 0 or infinite
MOST_TEXT = 10_000  # characters of the settings as JSON, which have some 200
LETTERS = 60  # of a setting, in an error
ORDERS = {"RGB": 3, "BGR": 3, "L": 1}  # and how many channels they have


@dataclass(frozen=True)
class Preprocessing:
    """Resize, cut at the centre, order the channels, then (pixel · scale - mean) / std, pixels from 0 to 255.

    It is checked when it is made, wherever its settings come from: code, or the metadata of a file.

    Attributes:
        resize: the length of the shorter side, or (height, width) exactly; 1 to 4096 pixels.
        crop: (height, width) of the part at the centre; None is the whole.
        interpolation: of the resizing: nearest, bilinear, bicubic, as Pillow does them on whole numbers; or one of
            `common.data.resizing.RULES`, which keep the fractions.
        order: of the channels: RGB, BGR, or L (grey).
        scale: what a pixel is multiplied by; 1e-9 to 1e9.
        mean: one number for each channel, in the order of the channels; -1e9 to 1e9.
        std: likewise; 1e-9 to 1e9.

    Raises:
        InputError: a setting of another type or out of its range, a crop that no picture of that size has, or as many
            numbers as the order has no channels.

    >>> grey = Preprocessing(resize=4, crop=(4, 4), order="L", mean=(0.5,), std=(0.5,))
    >>> grey(Image.new("L", (8, 4), 255)).tolist()
    [[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]]
    >>> print(grey)
    shorter side to 4 (bilinear), centre 4x4, L, (pixel * 0.00392157 - [0.5]) / [0.5]
    >>> Preprocessing(resize=9000, crop=None)
    Traceback (most recent call last):
    common.base.errors.InputError: resize must be a side of 1 to 4096 pixels, or two, not 9000
    """

    resize: int | Pair
    crop: Pair | None
    interpolation: str = "bilinear"
    order: str = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)

    def __post_init__(self) -> None:
        choose("interpolation", self.interpolation, [*INTERPOLATIONS, *resizing.RULES])
        channels = ORDERS[choose("order of channels", self.order, ORDERS)]
        for name in ("resize", "crop"):
            size = getattr(self, name)
            one_side = name == "resize" and _is_side(size)
            two_sides = isinstance(size, tuple) and len(size) == 2 and all(map(_is_side, size))
            if not (one_side or two_sides or (name == "crop" and size is None)):
                sides = "a side" if name == "resize" else "None"
                raise InputError(f"{name} must be {sides} of 1 to {MOST_SIDE} pixels, or two, not {_shown(size)}")
        for name, least in (("scale", LEAST), ("mean", -MOST), ("std", LEAST)):
            values = (self.scale,) if name == "scale" else getattr(self, name)
            if not isinstance(values, tuple) or len(values) != (1 if name == "scale" else channels):
                raise InputError(f"{name} must be {channels} numbers for the order {self.order}, not {_shown(values)}")
            for value in values:
                if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= MOST:
                    raise InputError(f"{name} must be a number from {least:g} to {MOST:g}, not {_shown(value)}")
        if self.crop and min(self.crop) > min(_sides(self.resize)):
            raise InputError(f"the crop {self.crop} is larger than any picture that is resized to {self.resize}")

    def __call__(self, picture: Image.Image, dtype: str = "float32") -> np.ndarray:
        """C x H x W, float64, of an RGB or grey picture.

        Args:
            dtype: float32 or float64, which a resizing that keeps the fractions computes them in.

        Raises:
            InputError: the picture is smaller than the part to cut, even after resizing, or would become huge.
        """
        return np.ascontiguousarray(np.moveaxis(self.normalised(self.pixels(picture, dtype)), 2, 0))

    def pixels(self, picture: Image.Image, dtype: str = "float32") -> np.ndarray:
        """H x W x C: resized, cut, and with its channels in order, but not yet normalised.

        They are of uint8, or floating point numbers from 0 to 255 where the resizing keeps the fractions.

        Raises:
            InputError: as for a call.
        """
        size = self._resized(picture.size)
        if prod(size) > most_pixels():
            raise InputError(
                f"a picture of {picture.height}x{picture.width} is resized to more than {most_pixels()} pixels: cut it"
            )
        keeps_fractions = self.interpolation in resizing.RULES
        if not keeps_fractions:
            picture = picture.resize(size, INTERPOLATIONS[self.interpolation])
            if self.crop is not None:
                picture = picture.crop(_centre(picture.size, self.crop))
        pixels = np.asarray(picture.convert("L" if self.order == "L" else "RGB"))
        pixels = pixels.reshape(*pixels.shape[:2], -1)
        if keeps_fractions:
            pixels = resizing.resized(pixels, size[::-1], self.interpolation, dtype)
            if self.crop is not None:
                left, top, right, bottom = _centre(size, self.crop)
                pixels = pixels[top:bottom, left:right]
        return pixels[:, :, ::-1] if self.order == "BGR" else pixels

    def normalised(self, pixels: np.ndarray) -> np.ndarray:
        """H x W x C, float64, of pixels from 0 to 255."""
        return (pixels.astype(np.float64) * self.scale - self.mean) / self.std

    def _resized(self, size: Pair) -> Pair:
        """(width, height) after resizing, of such a pair; the longer side is rounded down, as torchvision does."""
        if not isinstance(self.resize, int):
            height, width = self.resize
            return width, height
        short, long = sorted(size)
        other = int(self.resize * long / short)
        return (self.resize, other) if size[0] <= size[1] else (other, self.resize)

    def size(self) -> Pair | None:
        """(height, width) of what comes out; None where it depends on the picture."""
        return self.crop or (None if isinstance(self.resize, int) else self.resize)

    def __str__(self) -> str:
        to = f"shorter side to {self.resize}" if isinstance(self.resize, int) else "to {}x{}".format(*self.resize)
        cut = ", centre {}x{}".format(*self.crop) if self.crop else ""
        mean, std = (", ".join(f"{value:g}" for value in values) for values in (self.mean, self.std))
        return f"{to} ({self.interpolation}){cut}, {self.order}, (pixel * {self.scale:.6g} - [{mean}]) / [{std}]"

    def dumps(self) -> str:
        """As JSON, for the metadata of a file."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, text: str) -> Preprocessing:
        """What `dumps` has written.

        Raises:
            InputError: not JSON, not of these settings, or settings that no preprocessing can have.

        >>> Preprocessing.loads(Preprocessing(256, (224, 224)).dumps()) == Preprocessing(256, (224, 224))
        True
        """
        try:
            settings = json.loads(text[: MOST_TEXT + 1])
            if not isinstance(settings, dict) or set(settings) != {field.name for field in fields(cls)}:
                raise ValueError("its settings are not those of a preprocessing")
            values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
            preprocessing = cls(**values)
            preprocessing._check_fits()
        except (ValueError, RecursionError) as error:
            raise InputError(f"the preprocessing {_shown(text)} cannot be used: {error}") from None
        return preprocessing

    def _check_fits(self) -> None:
        """Require that a picture of 4:3, as cameras take them, is large enough for the crop after resizing."""
        width, height = self._resized((4, 3))
        if self.crop and (self.crop[0] > height or self.crop[1] > width):
            raise InputError(f"a picture resized to {height}x{width} is smaller than the {self.crop} to cut")


def _is_side(value: object) -> bool:
    return type(value) is int and 1 <= value <= MOST_SIDE


def _sides(size: int | Pair) -> Pair:
    return size if isinstance(size, tuple) else (size, size)


def _shown(value: object) -> str:
    """A value in an error, cut if it is long."""
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of more than 64 bits"
    return repr(shortened(value, LETTERS)) if isinstance(value, str) else shortened(repr(value), LETTERS)


def _centre(size: Pair, crop: Pair) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the part at the centre, at the offset that torchvision's CenterCrop rounds to.

    ``size`` is (width, height) of the picture, ``crop`` (height, width) of the part.
    """
    height, width = crop
    if size[1] < height or size[0] < width:
        raise InputError(f"a picture of {size[1]}x{size[0]} is smaller than the {height}x{width} to cut")
    top, left = round((size[1] - height) / 2), round((size[0] - width) / 2)
    return left, top, left + width, top + height


def plain(table: Table) -> Preprocessing:
    """For weights that come with none: shorter side to the network's own input, centre, values from -1 to 1.

    Raises:
        InputError: a network whose images are neither grey nor of three channels.
    """
    channels, height, width = table.input
    if channels not in (1, 3):
        raise InputError(f"{table.name} takes images of {channels} channels; pictures have 1 or 3")
    half = (0.5,) * channels
    return Preprocessing(
        max(height, width), (height, width), order="L" if channels == 1 else "RGB", mean=half, std=half
    )
