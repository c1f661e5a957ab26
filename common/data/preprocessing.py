"""From a picture to the numbers a network takes: what belongs to weights as much as their values do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from math import inf, prod

import numpy as np
from PIL import Image

from common.base.errors import InputError, choose
from common.table.analysis import Table
from common.table.padding import Pair

INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}
ORDERS = {"RGB": 3, "BGR": 3, "L": 1}  # and how many channels they have


@dataclass(frozen=True)
class Preprocessing:
    """Resize, cut at the centre, order the channels, then (pixel · scale - mean) / std, pixels from 0 to 255.

    Attributes:
        resize: the length of the shorter side, or (height, width) exactly.
        crop: (height, width) of the part at the centre; None is the whole.
        interpolation: of the resizing: nearest, bilinear, bicubic, as Pillow does them.
        order: of the channels: RGB, BGR, or L (grey).
        scale: what a pixel is multiplied by.
        mean, std: one number for each channel, in the order of the channels.
    """

    resize: int | Pair
    crop: Pair | None
    interpolation: str = "bilinear"
    order: str = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)

    def __call__(self, picture: Image.Image) -> np.ndarray:
        """C x H x W, float64, of an RGB or grey picture.

        Raises:
            InputError: the picture is smaller than the part to cut, even after resizing, or would become huge.
        """
        return np.ascontiguousarray(np.moveaxis(self.normalised(self.pixels(picture)), 2, 0))

    def pixels(self, picture: Image.Image) -> np.ndarray:
        """H x W x C, uint8: resized, cut, and with its channels in order, but not yet normalised.

        Raises:
            InputError: as for a call.
        """
        size = self._size(picture)
        if prod(size) > (Image.MAX_IMAGE_PIXELS or inf):
            raise InputError(
                f"a picture of {picture.height}x{picture.width} is resized to more than {Image.MAX_IMAGE_PIXELS} pixels"
            )
        picture = picture.resize(size, INTERPOLATIONS[self.interpolation])
        if self.crop is not None:
            picture = _centre(picture, self.crop)
        pixels = np.asarray(picture.convert("L" if self.order == "L" else "RGB"))
        pixels = pixels.reshape(*pixels.shape[:2], -1)
        return pixels[:, :, ::-1] if self.order == "BGR" else pixels

    def normalised(self, pixels: np.ndarray) -> np.ndarray:
        """H x W x C, float64, of pixels from 0 to 255."""
        return (pixels.astype(np.float64) * self.scale - self.mean) / self.std

    def _size(self, picture: Image.Image) -> Pair:
        """(width, height) after resizing; the longer side is rounded down, as torchvision does."""
        if not isinstance(self.resize, int):
            height, width = self.resize
            return width, height
        short, long = sorted(picture.size)
        other = int(self.resize * long / short)
        return (self.resize, other) if picture.width <= picture.height else (other, self.resize)

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
        """The reverse of `dumps`.

        Raises:
            InputError: not JSON, or not of these settings.
        """
        try:
            settings = json.loads(text)
            if set(settings) != {field.name for field in fields(cls)}:
                raise ValueError(f"its settings are {', '.join(settings)}")
            made = cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})
            choose("interpolation", made.interpolation, INTERPOLATIONS)
            channels = ORDERS[choose("order of channels", made.order, ORDERS)]
            if {len(made.mean), len(made.std)} != {channels}:
                raise ValueError(f"{made.order} has {channels} channels")
            if any(type(side) is not int or side < 1 for side in (*_sides(made.resize), *_sides(made.crop or ()))):
                raise ValueError("a size is a whole number of pixels")
            if not np.isfinite([made.scale, *made.mean, *made.std]).all() or 0 in made.std:
                raise ValueError("a number is infinite or none, or a deviation is 0")
            made(Image.new("RGB", (64, 48)))
        except (ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise InputError(f"the preprocessing {text!r} cannot be used: {error}") from None
        return made


def _sides(size) -> tuple:
    return size if isinstance(size, tuple) else (size,)


def _centre(picture: Image.Image, crop: Pair) -> Image.Image:
    """The part at the centre, at the offset that torchvision's CenterCrop rounds to."""
    height, width = crop
    if picture.height < height or picture.width < width:
        raise InputError(f"a picture of {picture.height}x{picture.width} is smaller than the {height}x{width} to cut")
    top, left = round((picture.height - height) / 2), round((picture.width - width) / 2)
    return picture.crop((left, top, left + width, top + height))


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
