"""Figures drawn with Matplotlib, and written as the same bytes whenever the same is drawn."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from common.base.errors import InputError
from common.base.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Suffix to what Matplotlib would add of the day or of itself.
SUFFIXES = {".png": {"Software": None}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
STYLE = {
    "svg.hashsalt": "googlenet",  # names of shapes are drawn at random without it
    "text.parse_math": False,  # a dollar in a name is a dollar
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100,
}
# Distinct for the colour-blind too: Okabe & Ito 2008, Color Universal Design.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREEN, RED = "#2E7D32", "#C62828"


def suffix(path: str | os.PathLike) -> str:
    """What ``path`` ends with, in small letters.

    Raises:
        InputError: no figure can be written as that.
    """
    found = Path(path).suffix.lower()
    if found not in SUFFIXES:
        raise InputError(f"{path}: a figure is written as {', '.join(SUFFIXES)}: give it one of these suffixes")
    return found


def matplotlib():
    """The package that draws.

    Raises:
        InputError: it is not installed.
    """
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise InputError("drawing needs Matplotlib, which is not installed: pip install 'googlenet[plots]'") from None
    except ValueError as error:  # such as an MPLBACKEND that there is not
        raise InputError(f"Matplotlib cannot be imported: {error}") from None
    return matplotlib


@contextmanager
def figure(width: float, height: float, layout: str | None = "constrained") -> Iterator[Figure]:
    """An empty figure of so many inches, to be drawn on and saved within the block.

    It follows no settings of the user's, needs no screen, and leaves nothing behind.

    Args:
        layout: how axes find their places; None where they are given theirs.

    Raises:
        InputError: Matplotlib is not installed.
    """
    plotting = matplotlib()
    from matplotlib.figure import Figure

    with plotting.rc_context(), warnings.catch_warnings():
        plotting.rcdefaults()
        plotting.rcParams.update(STYLE)
        warnings.filterwarnings("ignore", r"Glyph .* missing", UserWarning)  # then a box stands for it
        yield Figure(figsize=(width, height), layout=layout)


def save(drawn: Figure, *paths: str | os.PathLike) -> None:
    """Write a figure to each of the paths, whole or not at all.

    Raises:
        InputError: a suffix that figures do not have, or a place that cannot be written to.
    """
    for path in paths:
        kind = suffix(path)
        with replacing(path) as temporary:
            drawn.savefig(temporary, format=kind[1:], metadata=SUFFIXES[kind])


def both(stem: str | os.PathLike) -> tuple[Path, Path]:
    """``stem.png`` to look at, and ``stem.svg`` to print."""
    stem = Path(stem)
    return stem.with_name(f"{stem.name}.png"), stem.with_name(f"{stem.name}.svg")


def shortened(words: str, most: int, *, end: bool = False) -> str:
    """At most so many characters: the first ones, or with ``end`` some of the first and the last."""
    if len(words) <= most:
        return words
    if not end:
        return f"{words[: most - 1]}…"
    last = (most - 1) * 2 // 3  # file names differ at their ends more often
    return f"{words[: most - 1 - last]}…{words[-last:]}"
