"""Figures: drawn with Matplotlib, written whole or not at all, and the same bytes whenever the same is drawn."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from common.base.errors import InputError, MissingLibrary
from common.base.files import check_writable, replacing
from common.base.printable import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# By suffix: metadata with the day or the version in it, which Matplotlib would add, and which is left out here.
SUFFIXES: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}
STYLE: dict[str, Any] = {
    "svg.hashsalt": "googlenet",  # without it the names of shapes are random
    "text.parse_math": False,  # a dollar in a name stays a dollar
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100,
}
# Distinct for the colour-blind too: Okabe & Ito 2008, Color Universal Design.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
GREEN, RED = "#2E7D32", "#C62828"


def suffix(path: str | os.PathLike) -> str:
    """The suffix of a figure's path, in small letters.

    Raises:
        InputError: figures are not written with this suffix.

    >>> suffix("sheet.PNG")
    '.png'
    """
    ending = Path(path).suffix.lower()
    if ending not in SUFFIXES:
        raise InputError(f"{path}: a figure is written as {', '.join(SUFFIXES)}: give it one of these suffixes")
    return ending


def matplotlib() -> ModuleType:
    """Matplotlib, imported when the first figure is drawn.

    Raises:
        MissingLibrary: it is not installed, or a setting keeps it from being imported.
    """
    try:
        import matplotlib
    except ModuleNotFoundError:
        raise MissingLibrary("drawing needs Matplotlib, which is not installed: pip install matplotlib") from None
    except ValueError as error:  # such as an MPLBACKEND that does not exist
        raise MissingLibrary(f"Matplotlib cannot be imported: {error}") from None
    return matplotlib


def check(path: str | os.PathLike) -> None:
    """Require that a picture can be drawn, and written there.

    Raises:
        InputError: another suffix, a place that cannot be written to, or no Matplotlib.
    """
    suffix(path)
    check_writable(path)
    matplotlib()


@contextmanager
def figure(width: float, height: float, layout: Literal["constrained"] | None = "constrained") -> Iterator[Figure]:
    """An empty figure, to be drawn on and saved within the block.

    The user's own settings of Matplotlib do not change it, and it needs no screen.

    Args:
        width: in inches.
        height: in inches.
        layout: "constrained" makes room for labels by itself; None leaves each axes where it is put.

    Raises:
        MissingLibrary: Matplotlib is not installed.
    """
    plotting = matplotlib()
    from matplotlib.figure import Figure

    with plotting.rc_context(), warnings.catch_warnings():
        plotting.rcdefaults()
        plotting.rcParams.update(STYLE)
        warnings.filterwarnings("ignore", r"Glyph .* missing", UserWarning)  # a box stands for it
        yield Figure(figsize=(width, height), layout=layout)


def save(drawn: Figure, *paths: str | os.PathLike, dpi: float | Literal["figure"] = "figure") -> None:
    """Write a figure to each of the paths. No file is replaced before all of them are whole.

    Args:
        dpi: pixels of an inch in a PNG; else those that the figure was made with.

    Raises:
        InputError: a suffix that figures do not have, or a place that cannot be written to.
    """
    kinds = [suffix(path) for path in paths]
    with ExitStack() as waiting:
        for path, kind in zip(paths, kinds, strict=True):
            temporary = waiting.enter_context(replacing(path))
            drawn.savefig(temporary, format=kind[1:], metadata=SUFFIXES[kind], dpi=dpi)


def both(stem: str | os.PathLike) -> tuple[Path, Path]:
    """The paths of a figure's two files: PNG to look at, and SVG to print.

    >>> [path.name for path in both("runs/curves")]
    ['curves.png', 'curves.svg']
    """
    stem = Path(stem)
    return stem.with_name(f"{stem.name}.png"), stem.with_name(f"{stem.name}.svg")


def shortened(words: str, most: int, *, end: bool = False) -> str:
    """At most so many characters of a text: the first ones, or with ``end`` some of the first and more of the last.

    >>> shortened("abcdefghij", 5), shortened("holiday/IMG_0042.png", 12, end=True)
    ('abcd…', 'holi…042.png')
    """
    if len(words) <= most:
        return words
    if not end:
        return f"{words[: most - 1]}…"
    last = (most - 1) * 2 // 3  # file names differ mostly at their ends
    return f"{words[: most - 1 - last]}…{words[-last:]}"


def label(words: str, most: int) -> str:
    r"""Text of others as it can stand in a figure: printable, and at most so many characters.

    >>> label("cat\x1b[31m", 24)
    'cat\\x1b[31m'
    """
    return shortened(printable(shortened(words, most)), most)
