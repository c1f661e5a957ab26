"""A contact sheet: small pictures in rows, and under each what was seen in it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from common.base.errors import InputError
from common.base.printable import printable
from common.cli.show import figures

MOST = 240  # pictures; the sheet is 2 x 40 inches long then
COLUMNS = 6
SIDE = 180  # pixels of a small picture at most
CELL, PICTURE, LINE, MARGIN = 2.0, 1.7, 0.15, 0.12  # inches
LETTERS = 28  # that fit under a picture; in a font whose letters are all of one width
FONT = {"family": "DejaVu Sans Mono", "fontsize": 7.5, "va": "top", "ha": "center"}


def check(path: str | os.PathLike, places: Sequence[Path | str]) -> None:
    """Require a sheet that can be drawn of these pictures, before anything takes time.

    Raises:
        InputError: a suffix that figures do not have, no such folder, a folder or one of the pictures in its place, too
            many pictures, or no Matplotlib.
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
    """A small copy, of the same proportions."""
    small = picture.copy()
    small.thumbnail((SIDE, SIDE))
    return small


def draw(images: Sequence[dict], thumbnails: Sequence[Image.Image], path: str | os.PathLike) -> None:
    """Draw the sheet: each picture with its file name, the most probable class and, if that is wrong, the true one.

    Where the truth is known, the frame is green and the class marked ✓ if it is right, else red and ✗.

    Args:
        images: as `common.runs.prediction.predict` returns them, with ``truth`` and ``right`` or without.
        thumbnails: a picture for each.
        path: the file, PNG, SVG or PDF by its suffix.

    Raises:
        InputError: see `check`; or a place that cannot be written to.
    """
    check(path, [image["path"] for image in images])
    judged = "right" in images[0]
    columns = min(len(images), COLUMNS)
    rows = -(-len(images) // columns)
    height = PICTURE + (3 if judged else 2) * LINE + 2 * MARGIN
    with figures.figure(columns * CELL, rows * height, layout=None) as figure:
        for at, (image, small) in enumerate(zip(images, thumbnails, strict=True)):
            middle, top = (at % columns + 0.5) * CELL, (rows - at // columns) * height - MARGIN
            axes = figure.add_axes(
                (
                    *((middle - PICTURE / 2) / (columns * CELL), (top - PICTURE) / (rows * height)),
                    *(PICTURE / (columns * CELL), PICTURE / (rows * height)),
                )
            )
            axes.imshow(np.asarray(small), interpolation="nearest")
            axes.set(xticks=[], yticks=[], anchor="S")
            colour = (figures.GREEN if image["right"] else figures.RED) if judged else "#999999"
            axes.spines[:].set(visible=True, color=colour, linewidth=4 if judged else 0.8)
            for line, (words, settings) in enumerate(_lines(image)):
                below = top - PICTURE - 0.06 - line * LINE
                place = middle / (columns * CELL), below / (rows * height)
                figure.text(*place, words, **{**FONT, **settings})
        figures.save(figure, path)


def _lines(image: dict) -> list[tuple[str, dict]]:
    """What stands under a picture: words, and how they look."""
    best = image["top"][0]
    said = f"class {best['index']}" if best["label"] is None else printable(best["label"])
    likely = f" {best['probability']:.1%}"
    name = (figures.shortened(printable(Path(image["path"]).name), LETTERS, end=True), {"color": "#555555"})
    if "right" not in image:
        return [name, (figures.shortened(said, LETTERS - len(likely)) + likely, {})]
    mark, colour = ("✓ ", figures.GREEN) if image["right"] else ("✗ ", figures.RED)
    said = mark + figures.shortened(said, LETTERS - len(mark + likely)) + likely
    lines = [name, (said, {"color": colour, "weight": "bold"})]
    if not image["right"]:
        lines.append((figures.shortened(printable(f"truth: {image['truth']}"), LETTERS), {}))
    return lines
