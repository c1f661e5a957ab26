"""What is taken for what: the confusion matrix as a picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill

import numpy as np

from common.base.errors import InputError
from common.base.printable import printable
from common.cli.show import figures

NUMBERED = 20  # classes up to which each cell has its number in it
NAMED = 120  # classes up to which each row and column has its name
LETTERS = 24  # of a name


def check(folder: str | os.PathLike) -> None:
    """Require a folder, or a place for one, before anything takes time.

    Raises:
        InputError: something else is there, or Matplotlib is not installed.
    """
    place = Path(folder).absolute()
    while not os.path.lexists(place):
        place = place.parent
    if not os.path.isdir(place):
        raise InputError(f"{folder}: {place} is not a folder")
    figures.matplotlib()


def draw(
    matrix: Sequence[Sequence[int]], classes: Sequence[str], folder: str | os.PathLike, title: str
) -> tuple[Path, Path]:
    """Draw ``confusion.png`` and ``confusion.svg``: the darker a cell, the larger its share of the images of its row.

    Args:
        matrix: K x K counts; rows are the truth, columns what was said.
        classes: K names.
        folder: made if it is not there.
        title: a line above all.

    Returns:
        The two files.

    Raises:
        InputError: Matplotlib is not installed, or a place that cannot be written to.
    """
    stem = Path(folder) / "confusion"
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from None
    matrix = np.asarray(matrix)
    count = len(classes)
    shares = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)  # a class without images has no shares
    names = [figures.shortened(printable(name), LETTERS) for name in classes] if count <= NAMED else [""]
    side = min(max(5.0, 0.5 * count), 20.0) + 0.12 * max(map(len, names))  # inches: of the cells and of the names
    with figures.figure(side + 1, side) as figure:
        axes = figure.subplots()
        shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        figure.colorbar(shown, ax=axes, label="share of the images of a class", shrink=0.8)
        axes.set(xlabel="said", ylabel="truth")
        figure.suptitle(fill(printable(title), int(9 * side)))
        axes.spines[:].set_visible(True)
        if count <= NAMED:
            axes.set_xticks(range(count), names, rotation=90 if max(map(len, names)) > 2 else 0, fontsize=8)
            axes.set_yticks(range(count), names, fontsize=8)
        if count <= NUMBERED:
            for row, column in np.argwhere(matrix):
                colour = "white" if shares[row, column] > 0.5 else "black"
                words = {"ha": "center", "va": "center", "fontsize": 8, "color": colour}
                axes.text(column, row, f"{matrix[row, column]:,}", **words)
        figures.save(figure, *figures.both(stem))
    return figures.both(stem)
