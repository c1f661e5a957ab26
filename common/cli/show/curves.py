"""Plots of training: loss, accuracy and learning rate over the steps, of one run, or of several in one picture.

What is drawn are the lines of ``metrics.jsonl``; docs/runs.md says what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.cli.show import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Rows = Sequence[dict[str, Any]]  # the lines of one metrics.jsonl

POINTS = 100  # of the line of single steps; more would be a grey cloud
LETTERS, TITLE = 40, 90  # characters of the name of a run, and of the title
GREY = "#555555"
HEIGHT = 3  # of a panel; that of the rate has 1
WIDTH, PALE = 1.6, 0.8  # of lines, in points: of all, and of single steps
MARKERS = "os^DvP"  # of the runs, in turn
SQUASHED = 20  # a loss that falls to less than one part in so many needs a logarithmic axis
OF_LOSS = "loss (cross-entropy)"
STEPS, MEANS, VALIDATION, TEST = range(4)  # kinds of lines


@dataclass(frozen=True)
class Panel:
    """What one panel shows: the values called ``name``, as lines of these kinds; ``scale`` says where its axis ends."""

    name: str
    words: str
    scale: Callable[[Axes, Iterable[Rows]], None]
    kinds: tuple[int, ...] = (STEPS, MEANS, VALIDATION, TEST)


def curves(
    runs: Mapping[str, Rows], stem: str | os.PathLike, title: str = "", objective: str = ""
) -> tuple[Path, Path]:
    """Draw ``stem.png`` and ``stem.svg``.

    Single steps are a pale line; where there are many, it shows means of neighbours. Means over epochs, validation and
    test stand out. An axis of losses that fall very low is logarithmic.

    Args:
        runs: the name of each run, and the lines of its metrics. Each of several runs has a colour and a marker.
        stem: the path of the files without their suffixes.
        title: a line above the picture.
        objective: what the loss of training is, where it is not the cross-entropy that validation and test give. It
            then has a panel of its own, so that no line is compared with one of another kind.

    Returns:
        The two files.

    Raises:
        InputError: Matplotlib is not installed, or the files cannot be written.
    """
    files = figures.both(stem)
    with drawn(runs, title, objective) as figure:
        figures.save(figure, *files)
    return files


@contextmanager
def drawn(runs: Mapping[str, Rows], title: str = "", objective: str = "") -> Iterator[Figure]:
    """The figure of `curves`, with the same arguments.

    Raises:
        InputError: Matplotlib is not installed.
    """
    shown = _panels(objective)
    heights = [HEIGHT] * len(shown) + [1]
    with figures.figure(9, 1.2 + 0.95 * sum(heights)) as figure:
        *axes, last = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
        for panel, ax in zip(shown, axes, strict=True):
            for place, rows in enumerate(runs.values()):
                _draw(ax, panel, rows, place, len(runs))
            ax.set_ylabel(panel.words)
            panel.scale(ax, runs.values())
        _draw_rates(last, runs.values())
        for ax in (*axes, last):
            ax.grid(alpha=0.3)
        _count_epochs(last, runs.values())
        figure.suptitle(figures.label(title, TITLE))
        entries = list(_legend(runs))
        handles, labels = [handle for _, handle in entries], [label for label, _ in entries]
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
        yield figure


def _panels(objective: str) -> list[Panel]:
    """From top to bottom."""
    own = Panel("loss", f"loss of training\n({figures.label(objective, TITLE)})", _scale_losses, (STEPS, MEANS))
    judged = Panel("loss", OF_LOSS, _scale_losses, (VALIDATION, TEST))
    losses = [own, judged] if objective else [Panel("loss", OF_LOSS, _scale_losses)]
    return [*losses, Panel("accuracy", "accuracy (share of images)", _scale_shares)]


def _style(kind: int, place: int = 0, runs: int = 1) -> dict[str, Any]:
    """How a line of a kind looks, of the run at a place. Markers of the first runs are larger, so that all are seen."""
    marker, size = MARKERS[place % len(MARKERS)], 4 + 3.5 * min(runs - 1 - place, 3)
    styles: dict[int, dict[str, Any]] = {
        STEPS: {"alpha": 0.3, "linewidth": PALE},
        MEANS: {"linewidth": WIDTH, "marker": marker, "markersize": size},
        VALIDATION: {
            **{"linewidth": WIDTH, "linestyle": "--", "marker": marker, "markersize": size, "markerfacecolor": "white"}
        },
        TEST: {"linestyle": "", "marker": "*", "markersize": 8 + size},
    }
    return styles[kind]


def _colour(place: int) -> str:
    """The colour of the run at a place."""
    return figures.COLOURS[place % len(figures.COLOURS)]


def _draw(ax: Axes, panel: Panel, rows: Rows, place: int, runs: int) -> None:
    """Draw one run into a panel."""
    name = panel.name
    for kind in panel.kinds:
        points = {
            STEPS: lambda: _thinned(*_values(rows, "step", name)),
            MEANS: lambda: _values(rows, "epoch", name),
            VALIDATION: lambda: _values(rows, "epoch", f"validation_{name}"),
            TEST: lambda: _values(rows, "test", name),
        }[kind]()
        ax.plot(*points, color=_colour(place), **_style(kind, place, runs))


def _draw_rates(ax: Axes, runs: Iterable[Rows]) -> None:
    """Draw the learning rate of each step."""
    for place, rows in enumerate(runs):
        ax.plot(*_values(rows, "step", "lr"), color=_colour(place), linewidth=WIDTH, drawstyle="steps-post")
    _share(ax.lines)
    ax.set_ylabel("learning rate")
    ax.set_ylim(bottom=0)


def _share(lines: Sequence[Line2D]) -> None:
    """Make lines grey that are all the same one, as learning rates often are: the colour of the last would be wrong."""
    if len(lines) > 1 and all(np.array_equal(line.get_xydata(), lines[0].get_xydata()) for line in lines):
        for line in lines:
            line.set_color(GREY)


def _values(rows: Rows, kind: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(steps, values) of the rows of a kind; a value of None leaves a gap.

    A test stands at the end of the epoch whose weights were tested.

    >>> steps, values = _values([{"kind": "step", "step": 1, "loss": 2.5}], "step", "loss")
    >>> steps.tolist(), values.tolist()
    ([1.0], [2.5])
    """
    chosen = [row for row in rows if row["kind"] == kind]
    ends = {row["epoch"]: row["step"] for row in rows if row["kind"] == "epoch"}
    return (
        np.array([row["step"] if "step" in row else ends.get(row["epoch"], nan) for row in chosen], float),
        np.array([nan if row[name] is None else row[name] for row in chosen], float),
    )


def _thinned(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over groups of neighbours, where there are more than `POINTS`."""
    if len(steps) <= POINTS:
        return steps, values
    starts = np.arange(0, len(steps), -(-len(steps) // POINTS))
    counts = np.diff([*starts, len(steps)])
    return np.add.reduceat(steps, starts) / counts, np.add.reduceat(values, starts) / counts


def _scale_shares(ax: Axes, runs: Iterable[Rows]) -> None:
    """Shares go from 0 to 1."""
    ax.set_ylim(bottom=0, top=1.02)


def _scale_losses(ax: Axes, runs: Iterable[Rows]) -> None:
    """Where losses begin and end, and whether they are drawn by their logarithms.

    Losses end at most at twice the largest loss in training: moving statistics that have seen few batches can put the
    first validation so high that it would press all other lines flat. Its line leaves the panel instead.
    """
    stepped = [row["loss"] for rows in runs for row in rows if row["kind"] == "step" and row["loss"] is not None]
    ceiling = min(ax.get_ylim()[1], 2 * max(stepped, default=inf))
    lasting = [line for line in ax.lines if line.get_linewidth() != PALE] if ax.lines else []
    values = np.concatenate([[], *(np.asarray(line.get_ydata(), float) for line in lasting)])
    values = values[np.isfinite(values)]
    if not len(values) or values.min() <= 0 or ceiling < SQUASHED * values.min():
        ax.set_ylim(bottom=0, top=ceiling)
        return
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    ax.set_yscale("log")
    ax.set_ylim(bottom=0.7 * values.min(), top=ceiling)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _count_epochs(ax: Axes, runs: Iterable[Rows]) -> None:
    """Put whole epochs below, if all epochs have the same number of steps; else steps."""
    ends = [row for rows in runs for row in rows if row["kind"] == "epoch"]
    lengths = {row["step"] / (row["epoch"] + 1) for row in ends}
    if len(lengths) != 1:
        ax.set_xlabel("step (batches)")
        return
    from matplotlib.ticker import MaxNLocator

    (steps,) = lengths
    last = max(ax.get_xlim()[1] / steps, 1)
    epochs = [int(epoch) for epoch in MaxNLocator(10, integer=True).tick_values(0, last) if 0 <= epoch <= last]
    ax.set_xticks([epoch * steps for epoch in epochs], list(map(str, epochs)))
    ax.set_xlabel(f"epoch (of {steps:,g} steps)")


def _legend(runs: Mapping[str, Rows]) -> Iterator[tuple[str, Line2D]]:
    """A name and a sample of each kind of line that is drawn, in grey; of several runs, of each colour too."""
    from matplotlib.lines import Line2D

    kinds = (
        ("training, steps", STEPS, "step", "loss"),
        ("training, mean of an epoch", MEANS, "epoch", "loss"),
        ("validation", VALIDATION, "epoch", "validation_loss"),
        ("test", TEST, "test", "loss"),
    )
    every = [row for rows in runs.values() for row in rows]
    for label, kind, where, name in kinds:
        if any(row["kind"] == where and row[name] is not None for row in every):
            yield label, Line2D([], [], color=GREY, **_style(kind))
    if len(runs) > 1:
        for place, run in enumerate(runs):
            yield figures.label(run, LETTERS), Line2D([], [], color=_colour(place), **_style(MEANS, place, len(runs)))
