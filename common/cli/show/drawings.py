"""A drawing of a network as a file: SVG as it is, PNG and PDF drawn with Matplotlib from the same boxes and wires."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from common.base.errors import InputError
from common.base.files import check_writable, replacing
from common.cli.show import figures
from common.drawn.looks import KINDS, LINES, PAPER, ROLES, TEXT, Colours
from common.drawn.shapes import Box, Drawing, Group, Wire, Words
from common.drawn.strokes import CENTRE, head, strokes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SVG = ".svg"
INCH = 96  # pixels of a drawing to an inch, as in CSS
POINT = 72 / INCH  # points to a pixel
SHARP = 2  # pixels of a PNG to one of the drawing
MOST = 1 << 27  # pixels of a PNG
SIDE = 1 << 16  # pixels of a side, that Matplotlib draws less than


def check(path: str | os.PathLike) -> None:
    """Require a suffix that drawings have, and a place that can be written to: better told before the work.

    Raises:
        InputError: says which suffixes they have, or why the place cannot be written to.
    """
    figures.suffix(path)
    check_writable(path)


def save(drawn: Drawing, svg: str, path: str | os.PathLike, theme: str) -> None:
    """Write a drawing as the suffix of the path says; whole or not at all, and the same bytes every time.

    Args:
        svg: the text that an ``.svg`` file gets.
        theme: of the others; ``auto`` is light, for they cannot follow the reader.

    Raises:
        InputError: another suffix, a place that cannot be written to, or a drawing too large for a PNG.
        MissingLibrary: PNG or PDF without Matplotlib.
    """
    suffix = figures.suffix(path)
    if suffix == SVG:
        with replacing(path) as temporary:
            temporary.write_text(svg, encoding="utf-8")
        return
    scale = _scale(drawn, path) if suffix == ".png" else SHARP
    with figures.figure(drawn.width / INCH, drawn.height / INCH, layout=None) as figure:
        shade = "dark" if theme == "dark" else "light"
        figure.set_facecolor(PAPER[shade])
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, drawn.width), ylim=(drawn.height, 0))
        axes.set_axis_off()
        for order, item in enumerate(drawn.flat()):  # what comes later lies above
            _add(axes, item, shade, order + 1)
        figures.save(figure, path, dpi=INCH * scale)


def _scale(drawn: Drawing, path: str | os.PathLike) -> float:
    """How many pixels of a PNG there are to one of the drawing.

    Raises:
        InputError: even one is too many.
    """
    scale = next((n for n in (SHARP, 1) if n * n * drawn.width * drawn.height <= MOST), 0)
    if not scale or scale * max(drawn.width, drawn.height) >= SIDE:
        raise InputError(f"{path}: a drawing of this size is too large for a PNG: write it as .svg or .pdf")
    return scale


def _add(axes: Axes, item: Any, shade: str, order: float) -> None:
    if isinstance(item, Group):
        for box in (*item.behind, item.frame):
            _rectangle(axes, box, shade, order)
    elif isinstance(item, Box):
        _rectangle(axes, item, shade, order)
        place = (item.x + item.width / 2, item.y + item.height / 2 + CENTRE * TEXT)
        colour = _colours(item, shade).text
        axes.text(*place, item.text, size=TEXT * POINT, color=colour, ha="center", va="baseline", zorder=order)
    elif isinstance(item, Wire):
        _wire(axes, item, shade, order)
    else:
        _words(axes, item, shade, order)


def _colours(box: Box, shade: str) -> Colours:
    kind = KINDS[box.kind]
    return kind.dark if shade == "dark" else kind.light


def _rectangle(axes: Axes, box: Box, shade: str, order: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    kind, colours = KINDS[box.kind], _colours(box, shade)
    shape = FancyBboxPatch(
        (box.x, box.y),
        box.width,
        box.height,
        boxstyle=f"round,pad=0,rounding_size={min(kind.radius, box.height / 2)}",
        facecolor=colours.fill,
        edgecolor=colours.line,
        linewidth=POINT,
        zorder=order,
    )
    if kind.dashed:
        shape.set_linestyle((0, (4, 3)))
    axes.add_patch(shape)


def _wire(axes: Axes, wire: Wire, shade: str, order: float) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    codes = {"M": [Path.MOVETO], "L": [Path.LINETO], "Q": [Path.CURVE3, Path.CURVE3]}
    parts = strokes(wire)
    path = Path(
        [point for _, points in parts for point in points], [code for letter, _ in parts for code in codes[letter]]
    )
    colour = LINES[shade]
    axes.add_patch(
        PathPatch(path, facecolor="none", edgecolor=colour, linewidth=1.25 * POINT, capstyle="butt", zorder=order)
    )
    if wire.arrow:
        axes.add_patch(Polygon(head(wire), closed=True, facecolor=colour, edgecolor="none", zorder=order))


def _words(axes: Axes, words: Words, shade: str, order: float) -> None:
    role = ROLES[words.role]
    axes.text(
        words.x,
        words.y,
        words.text,
        size=role.size * POINT,
        color=role.dark if shade == "dark" else role.light,
        weight="bold" if role.bold else "normal",
        ha="right" if words.right else "left",
        va="baseline",
        zorder=order,
    )
