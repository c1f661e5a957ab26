"""Images to run a network on: random ones, image files of any kind, and samples that scikit-learn bundles."""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError, features

from common.base.errors import InputError
from common.base.openers import check_file, open_file
from common.data import encoded

AVIF = "avif" in features.modules and features.check("avif")  # from Pillow 11.3 on, where it is built with it
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP", *(("AVIF",) if AVIF else ()))
SUFFIXES = {  # of files in these formats
    *(".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff"),
    *(".webp", *((".avif",) if AVIF else ())),
}
TURNS = {  # by what EXIF calls the orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BROKEN = (  # what reading a broken image, or one that is made up, can raise
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
)
TILE = 1 << 10  # pixels: a part of this height and width is converted at once
LETTERS = 100  # of what Pillow says of a broken picture
DIGITS = 10  # as many scans as there are digits


def random_images(count: int, shape: tuple[int, int, int], seed: int = 0) -> np.ndarray:
    """``count`` images C x H x W of noise at every scale, from the whole image to single pixels, about half negative.

    Plain noise looks alike everywhere after a few layers; batch normalisation then divides by next to
    nothing, and shows its own round-off instead of a difference.
    """
    rng = np.random.default_rng(seed)
    channels, *size = shape
    images = np.zeros((count, *shape))
    scale = 1
    while scale < 2 * max(size):
        rows, columns = (np.arange(n) * scale // n if scale < n else np.arange(n) for n in size)
        noise = rng.normal(size=(count, channels, rows.max() + 1, columns.max() + 1))
        images += noise[:, :, rows][:, :, :, columns]
        scale *= 2
    return images / images.std()


def load_images(sources: Sequence[str | os.PathLike], shape: tuple[int, int, int]) -> np.ndarray:
    """Pictures as N x C x H x W in [-1, 1]: upright, on white, cut to shape at the centre, and resized.

    Args:
        sources: image files, folders of them, or ``digits`` and ``photos``, the samples of scikit-learn.
        shape: C is 1 (grey) or 3 (red, green, blue).

    Raises:
        InputError: a file that is missing, broken or no image; a folder without images; C that is neither.
    """
    if shape[0] not in (1, 3):
        raise InputError(f"images have 1 or 3 channels, not {shape[0]}")
    pictures = [picture for source in sources for picture in _pictures(source)]
    if not pictures:
        raise InputError("no images given")
    return np.stack([_array(picture, shape) for picture in pictures])


def is_image(name: str) -> bool:
    """By its name, which does not begin with a dot: such as macOS's ``._8.png`` are no images."""
    return os.path.splitext(name)[1].lower() in SUFFIXES and not name.startswith(".")


def files(sources: Sequence[str | os.PathLike]) -> list[Path]:
    """The image files among ``sources``: those named, and those in the folders named, sorted.

    Raises:
        InputError: no such file, what is no regular file, or a folder without images.
    """
    paths = []
    for source in sources:
        path = Path(source)
        try:
            inside = (
                sorted(p for p in path.iterdir() if is_image(p.name) and not p.is_dir()) if path.is_dir() else [path]
            )
        except OSError as error:  # such as a name longer than any file can have
            raise InputError(f"{path}: {error.strerror}") from None
        if not inside:
            raise InputError(f"{path}: no images in this folder")
        for image in inside:
            check_file(image, "image")  # a pipe that is called like an image is not left out in silence
        paths += inside
    return paths


def _pictures(source: str | os.PathLike) -> list[Image.Image]:
    if str(source) in SAMPLES and not Path(source).exists():
        return SAMPLES[str(source)]()
    return [open_image(path) for path in files([source])]


def open_image(
    source: str | os.PathLike | BinaryIO, name: str | os.PathLike | None = None, formats: Sequence[str] = FORMATS
) -> Image.Image:
    """A picture upright, on white, as RGB.

    Of a moving picture it is the first frame; a picture of 16 bits or more is scaled to 8.

    Args:
        source: the path of a file, or a file that is open for reading bytes.
        name: what errors call it; None is the path.
        formats: those that it may have, as Pillow calls them. All by default are decoded by Pillow itself; it has
            others that start programs.

    Returns:
        An image of mode RGB.

    Raises:
        InputError: missing, no regular file, broken, no image, or one that costs too much memory or time to decode; its
            pixels are counted before they are decoded (`common.data.encoded`).

    >>> Image.new("LA", (3, 2), (0, 0)).save("clear.png")
    >>> picture = open_image(Path("clear.png"))
    >>> picture.mode, picture.size, picture.getpixel((0, 0))
    ('RGB', (3, 2), (255, 255, 255))
    """
    path = source if name is None else name
    with open_file(source, "image") if isinstance(source, str | os.PathLike) else nullcontext(source) as file:
        try:
            return _decoded(file, tuple(formats))
        except UnidentifiedImageError:
            raise InputError(f"{path}: not an image") from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            most = error.args[0] if isinstance(error.args[0], int) else encoded.most_pixels()
            raise InputError(f"{path}: more than {most} pixels: make it smaller") from None
        except BROKEN as error:
            raise InputError(f"{path}: a broken image: {str(error)[:LETTERS]}") from None


def _decoded(file: BinaryIO, formats: tuple[str, ...]) -> Image.Image:
    with warnings.catch_warnings(), encoded.Picture(file) as limited:
        warnings.simplefilter("ignore")  # Pillow's doubts about files that it reads nevertheless
        warnings.simplefilter("error", Image.DecompressionBombWarning)  # this one comes first
        encoded.check_directory(limited)
        with Image.open(limited, formats=formats) as image:
            encoded.check_cost(image, limited)
            image.load()
            return _upright_rgb(image)


def _upright_rgb(image: Image.Image) -> Image.Image:
    """Turned as its EXIF tag says, without transparency, as RGB; grey and palette images come out as they look."""
    turn = TURNS.get(
        image.getexif().get(ExifTags.Base.Orientation, 1)
    )  # exif_transpose writes EXIF, which may be broken
    if turn is not None:
        image = image.transpose(turn)
    if image.mode.startswith(("I", "F")):
        image = _eight_bits(image)
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        return _on_white(image)
    return image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, as RGB; in parts, because the whole would be in memory four times."""
    white = Image.new("RGB", image.size)
    for box in _parts(image):
        part = image.crop(box).convert("RGBA")
        white.paste(Image.alpha_composite(Image.new("RGBA", part.size, "white"), part).convert("RGB"), box)
    return white


def _parts(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    """The boxes (left, upper, right, lower) that an image is converted by."""
    for left in range(0, image.width, TILE):
        for upper in range(0, image.height, TILE):
            yield left, upper, min(left + TILE, image.width), min(upper + TILE, image.height)


def _eight_bits(image: Image.Image) -> Image.Image:
    """Of 16 bits and more, by the range of the type or of the image; in parts, as float64 takes much memory.

    Raises:
        ValueError: a pixel that is infinite or no number.
    """
    top = 65535.0 if image.mode.startswith("I;16") else max(float(image.getextrema()[1]), 1)  # type: ignore[arg-type]
    grey = Image.new("L", image.size)
    for box in _parts(image):
        values = np.asarray(image.crop(box), np.float64)
        if not np.isfinite(values).all():
            raise ValueError("a pixel that is infinite or no number")
        grey.paste(Image.fromarray((values.clip(0, top) * (255 / top)).round().astype(np.uint8)), box)
    return grey


def _array(picture: Image.Image, shape: tuple[int, int, int]) -> np.ndarray:
    channels, height, width = shape
    picture = ImageOps.fit(picture, (width, height), Image.Resampling.BILINEAR)
    pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"), np.float64)
    return np.moveaxis(pixels.reshape(height, width, channels), 2, 0) / 127.5 - 1


def _digits() -> list[Image.Image]:
    images = _scikit_learn().load_digits().images[:DIGITS]  # 8x8 scans with 17 levels of grey
    return [Image.fromarray((image * (255 / 16)).astype(np.uint8)).convert("RGB") for image in images]


def _photos() -> list[Image.Image]:
    return [Image.fromarray(image) for image in _scikit_learn().load_sample_images().images]


def _scikit_learn():
    try:
        import sklearn.datasets
    except ModuleNotFoundError:
        raise InputError(
            "the samples are part of scikit-learn, which is not installed: pip install 'googlenet[data]'"
        ) from None
    return sklearn.datasets


SAMPLES = {"digits": _digits, "photos": _photos}
