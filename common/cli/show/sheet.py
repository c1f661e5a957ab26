"""A contact sheet: small pictures in rows, and below each picture its file and its most probable class."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from common.base.errors import InputError
from common.base.printable import printable
from common.cli.show import figures

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 240  # pictures; the sheet then has 40 rows
COLUMNS = 6
SIDE = 180  # pixels of a small picture, at most
CELL, PICTURE, LINE, MARGIN = 2.0, 1.7, 0.15, 0.12  # inches
LETTERS = 28  # that fit below a picture, in a font whose letters all have one width
FONT: dict[str, Any] = {"family": "DejaVu Sans Mono", "fontsize": 7.5, "va": "top", "ha": "center"}


def check(path: str | os.PathLike, places: Sequence[Path | str]) -> None:
    """Require that a sheet of these pictures can be drawn. This is for the beginning of a command.

    Args:
        path: of the sheet.
        places: files and web addresses of the pictures.

    Raises:
        InputError: a suffix that figures do not have, a folder that is missing, a folder or one of the pictures that
            has the sheet's name, too many pictures, or Matplotlib is not installed.
    """
    figures.suffix(path)
    target = os.path.abspath(path)
    if not os.path.isdir(os.path.dirname(target)):
        raise InputError(f"{path}: cannot be written: no such folder")
    if os.path.isdir(target):
        raise InputError(f"{path}: cannot be written: a folder")
    if target in map(os.path.abspath, places):
        raise InputError(f"{path}: is one of the pictures: choose another place for the sheet")
    if len(places) > MOST:
        raise InputError(f"{path}: {len(places):,} pictures do not fit a sheet: give at most {MOST}")
    figures.matplotlib()


def thumbnail(picture: Image.Image) -> Image.Image:
    """A small copy of a picture with the same proportions.

    >>> thumbnail(Image.new("RGB", (900, 200))).size
    (180, 40)
    """
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    return small


def draw(images: Sequence[dict[str, Any]], thumbnails: Sequence[Image.Image], path: str | os.PathLike) -> None:
    """Draw the sheet: each picture with its file name, its most probable class and, if that is wrong, the true class.

    Where the truth is known, the frame is green and the class has the mark ✓ if it is right; else red, and ✗.

    Args:
        images: as `common.runs.prediction.predict` returns them, with ``truth`` and ``right`` or without.
        thumbnails: a picture for each.
        path: the file; its suffix says whether it is PNG, SVG or PDF.

    Raises:
        InputError: see `check`; or the file cannot be written.
    """
    check(path, [image["path"] for image in images])
    with drawn(images, thumbnails) as figure:
        figures.save(figure, path)


@contextmanager
def drawn(images: Sequence[dict[str, Any]], thumbnails: Sequence[Image.Image]) -> Iterator[Figure]:
    """The figure of `draw`, with the same arguments.

    Raises:
        InputError: Matplotlib is not installed.
    """
    judged = "right" in images[0]
    columns = min(len(images), COLUMNS)
    rows = -(-len(images) // columns)
    height = PICTURE + (3 if judged else 2) * LINE + 2 * MARGIN
    inches = columns * CELL, rows * height
    with figures.figure(*inches, layout=None) as figure:
        for place, (image, small) in enumerate(zip(images, thumbnails, strict=True)):
            middle, top = (place % columns + 0.5) * CELL, (rows - place // columns) * height - MARGIN
            frame = middle - PICTURE / 2, top - PICTURE, PICTURE, PICTURE
            axes = figure.add_axes(tuple(np.divide(frame, inches * 2)))
            axes.imshow(np.asarray(small), interpolation="nearest")
            axes.set(xticks=[], yticks=[], anchor="S")
            axes.spines[:].set(visible=True, color=_colour(image), linewidth=4 if judged else 0.8)
            for line, (words, style) in enumerate(_lines(image)):
                below = top - PICTURE - 0.06 - line * LINE
                figure.text(middle / inches[0], below / inches[1], words, **{**FONT, **style})
        yield figure


def _colour(image: dict[str, Any]) -> str:
    """The colour of the frame of a picture."""
    if "right" not in image:
        return "#999999"
    return figures.GREEN if image["right"] else figures.RED


def _lines(image: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The lines below a picture: their words, and how they look."""
    best = image["top"][0]
    said = f"class {best['index']}" if best["label"] is None else best["label"]
    likely = f" {best['probability']:.1%}"
    file = figures.shortened(printable(Path(image["path"]).name), LETTERS, end=True)
    name: tuple[str, dict[str, Any]] = (file, {"color": "#555555"})
    if "right" not in image:
        return [name, (figures.label(said, LETTERS - len(likely)) + likely, {})]
    mark = "✓ " if image["right"] else "✗ "
    said = mark + figures.label(said, LETTERS - len(mark + likely)) + likely
    lines = [name, (said, {"color": _colour(image), "weight": "bold"})]
    if not image["right"]:
        lines.append((figures.label(f"truth: {image['truth']}", LETTERS), {}))
    return lines
