"""``googlenet bench --scale`` as a picture: a panel for each axis, in it a curve for each framework."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from common.cli.show import figures
from common.cli.show.scale import HEADS, TITLES, said

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LETTERS, TITLE = 36, 100  # characters of a name, and of the line above


@contextmanager
def drawn(report: dict[str, Any]) -> Iterator[Figure]:
    """The figure: both axes of a panel are logarithmic, so that what is linear is a straight line.

    Raises:
        InputError: Matplotlib is not installed.
    """
    with figures.figure(10, 7) as figure:
        for axes, axis in zip(figure.subplots(2, 2).flat, TITLES, strict=True):
            _panel(axes, axis, [curve for curve in report["curves"] if curve["axis"] == axis])
        machine = report["conditions"]
        net = report["groups"][0]["net"] if report["groups"] else ""
        line = f"{net}, {report['dtype']}, {machine['threads']} threads, {machine['cpu']}"
        figure.suptitle(figures.label(line, TITLE), fontsize=10)
        yield figure


def _panel(axes: Axes, axis: str, curves: list[dict[str, Any]]) -> None:
    """One axis: a curve for each framework, and its exponent."""
    by, factor = (2**20, "MiB") if axis == "training_memory" else (1e-3, "ms")
    values = sorted({value for curve in curves for value, _ in curve["points"]})
    for number, curve in enumerate(curves):
        words = figures.label(curve["provider"], LETTERS)
        if curve["exponent"] is not None:
            words += f", power {curve['exponent']:.2f}"
        x, y = zip(*curve["points"], strict=True)
        colour = figures.COLOURS[number % len(figures.COLOURS)]
        axes.plot(x, [cost / by for cost in y], marker="o", markersize=4, color=colour, label=words)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.minorticks_off()
    axes.set_xticks(values, [said(axis, value) for value in values], fontsize=8)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(HEADS[axis], fontsize=8)
    axes.set_ylabel(factor, fontsize=8)
    axes.set_title(TITLES[axis], loc="left", fontsize=9)
    if curves:
        axes.legend(fontsize=7)
