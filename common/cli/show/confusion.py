"""The confusion matrix as a picture: which classes are taken for which."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from common.base.errors import InputError
from common.cli.show import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NUMBERED = 20  # classes up to which each cell shows its number of images
NAMED = 120  # classes up to which each row and column shows its name
LETTERS = 24  # of a name
TITLE = 300  # characters of the line above
MARGIN, TIGHT = (
    10,
    0.85,
)  # pixels beside the title; how much of a line its letters fill where some are wider than others


def check(folder: str | os.PathLike) -> None:
    """Require that pictures can be written to a folder. It may be missing, for `draw` makes it.

    This is for the beginning of a command, before anything takes time.

    Raises:
        InputError: something else than a folder has the name, the folder is not writable, or Matplotlib is missing.
    """
    nearest = Path(folder).absolute()
    while not os.path.lexists(nearest):
        nearest = nearest.parent
    if not os.path.isdir(nearest):
        raise InputError(f"{folder}: {nearest} is not a folder: choose another place")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise InputError(f"{folder}: cannot be written to: choose another place")
    figures.matplotlib()


def shares(matrix: np.ndarray) -> np.ndarray:
    """Each count divided by the sum of its row; a class without images has shares of 0.

    Args:
        matrix: K x K counts; rows are the truth.

    >>> shares(np.array([[3, 1], [0, 0]])).tolist()
    [[0.75, 0.25], [0.0, 0.0]]
    """
    return matrix / np.maximum(matrix.sum(1, keepdims=True), 1)


def draw(
    matrix: Sequence[Sequence[int]], classes: Sequence[str], folder: str | os.PathLike, title: str
) -> tuple[Path, Path]:
    """Draw ``confusion.png`` and ``confusion.svg``. The darker a cell, the larger its share of the images of its row.

    Args:
        matrix: K x K counts; rows are the truth, columns the class that was said.
        classes: K names.
        folder: where to write; it is made if it is missing.
        title: a line above the picture.

    Returns:
        The two files.

    Raises:
        InputError: Matplotlib is not installed, or the folder cannot be made or written to.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}: choose another place") from None
    files = figures.both(Path(folder) / "confusion")
    with drawn(matrix, classes, title) as figure:
        figures.save(figure, *files)
    return files


@contextmanager
def drawn(matrix: Sequence[Sequence[int]], classes: Sequence[str], title: str) -> Iterator[Figure]:
    """The figure of `draw`, with the same arguments.

    Raises:
        InputError: Matplotlib is not installed.
    """
    counts, count = np.asarray(matrix), len(classes)
    names = [figures.label(name, LETTERS) for name in classes] if count <= NAMED else []
    longest = max(map(len, names), default=0)
    side = min(max(5.0, 0.5 * count), 20.0) + 0.12 * longest  # inches: of the cells, and of the names
    with figures.figure(side + 1, side) as figure:
        axes = figure.subplots()
        image = axes.imshow(shares(counts), cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        figure.colorbar(image, ax=axes, label="share of the images of a class", shrink=0.8)
        axes.set(xlabel="said", ylabel="truth")
        axes.spines[:].set_visible(True)
        _head(figure, figures.label(title, TITLE))
        if names:
            axes.set_xticks(range(count), names, rotation=90 if longest > 2 else 0, fontsize=8)
            axes.set_yticks(range(count), names, fontsize=8)
        if count <= NUMBERED:
            _number(axes, counts)
        yield figure


def _head(figure: Figure, words: str) -> None:
    """Write the title as wide as the figure, on as many lines as it needs for that."""
    head = figure.suptitle(words)
    most, wide = figure.bbox.width - 2 * MARGIN, head.get_window_extent().width
    if wide > most:
        head.set_text(fill(words, max(int(len(words) * most / wide * TIGHT), 1)))


def _number(axes: Axes, counts: np.ndarray) -> None:
    """Write its number of images into each cell that has some; white where the cell is dark."""
    dark = shares(counts) > 0.5
    for truth, said in np.argwhere(counts):
        settings: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8}
        settings["color"] = "white" if dark[truth, said] else "black"
        axes.text(said, truth, f"{counts[truth, said]:,}", **settings)
