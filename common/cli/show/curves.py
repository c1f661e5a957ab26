"""Plots of training: loss, accuracy and learning rate over the steps, of one run, or of several in one picture.

What is drawn are the lines of ``metrics.jsonl``; docs/runs.md says what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from common.cli.show import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

Rows = Sequence[dict[str, Any]]  # the lines of one metrics.jsonl

POINTS = 400  # of the line of single steps; more would lie on each other
LETTERS, TITLE = 40, 90  # characters of the name of a run, and of the title
GREY = "#555555"


def curves(runs: Mapping[str, Rows], stem: str | os.PathLike, title: str = "") -> tuple[Path, Path]:
    """Draw ``stem.png`` and ``stem.svg``.

    Single steps are a pale line; where there are many, it shows means of neighbours. Means over epochs, validation and
    test stand out.

    Args:
        runs: the name of each run, and the lines of its metrics. Each of several runs has a colour of its own.
        stem: the path of the files without their suffixes.
        title: a line above the picture.

    Returns:
        The two files.

    Raises:
        InputError: Matplotlib is not installed, or the files cannot be written.
    """
    files = figures.both(stem)
    with figures.figure(9, 9) as figure:
        panels = figure.subplots(3, 1, sharex=True)
        for place, rows in enumerate(runs.values()):
            _draw_run(panels, rows, _colour(place), thickness=len(runs) - place)
        names = ("loss (cross-entropy)", "accuracy (share of images)", "learning rate")
        for panel, name, top in zip(panels, names, (_ceiling(panels[0], runs.values()), 1.02, None), strict=True):
            panel.set_ylabel(name)
            panel.grid(alpha=0.3)
            panel.set_ylim(bottom=0, top=top)
        panels[-1].set_xlabel("step (batches)")
        _count_epochs(panels[0], runs.values())
        figure.suptitle(figures.label(title, TITLE))
        entries = list(_legend(runs))
        handles, labels = [handle for _, handle in entries], [label for label, _ in entries]
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
        figures.save(figure, *files)
    return files


def _colour(place: int) -> str:
    """The colour of the run at a place."""
    return figures.COLOURS[place % len(figures.COLOURS)]


def _draw_run(panels: Sequence[Axes], rows: Rows, colour: str, thickness: int) -> None:
    """Draw one run. Thicker lines lie below thinner ones, so that runs that agree to the last digit all are seen."""
    losses, accuracies, rates = panels
    width, size = 2.0 * thickness - 0.6, 1.5 + 2.5 * thickness
    for panel, name in ((losses, "loss"), (accuracies, "accuracy")):
        panel.plot(*_thinned(*_values(rows, "step", name)), color=colour, alpha=0.3, linewidth=0.8)
        panel.plot(*_values(rows, "epoch", name), color=colour, linewidth=width, marker=".", markersize=size + 2)
        dashed: dict[str, Any] = {"linestyle": "--", "marker": "o", "markersize": size, "markerfacecolor": "white"}
        panel.plot(*_values(rows, "epoch", f"validation_{name}"), color=colour, linewidth=width, **dashed)
        panel.plot(*_values(rows, "test", name), color=colour, linestyle="", marker="*", markersize=8 + size)
    rates.plot(*_values(rows, "step", "lr"), color=colour, linewidth=width, drawstyle="steps-post")


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


def _ceiling(panel: Axes, runs: Iterable[Rows]) -> float:
    """Where the panel of losses ends: at most at twice the largest loss in training.

    Moving statistics that have seen few batches can put the first validation so high that it would press all other
    lines flat. Its line leaves the panel instead.
    """
    losses = [row["loss"] for rows in runs for row in rows if row["kind"] == "step" and row["loss"] is not None]
    return min(panel.get_ylim()[1], 2 * max(losses, default=inf))


def _count_epochs(panel: Axes, runs: Iterable[Rows]) -> None:
    """Add an axis of epochs on top, if all epochs have the same number of steps."""
    lengths = {row["step"] / (row["epoch"] + 1) for rows in runs for row in rows if row["kind"] == "epoch"}
    if len(lengths) == 1:
        (steps,) = lengths
        top = panel.secondary_xaxis("top", functions=(lambda x: x / steps, lambda x: x * steps))
        top.set_xlabel("epoch")
        top.spines["top"].set_visible(True)


def _legend(runs: Mapping[str, Rows]) -> Iterator[tuple[str, Line2D]]:
    """A name and a sample of each kind of line that is drawn, in grey; of several runs, of each colour too."""
    from matplotlib.lines import Line2D

    kinds: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("training, steps", "step", "loss", {"alpha": 0.3, "linewidth": 0.8}),
        ("training, mean of an epoch", "epoch", "loss", {"marker": ".", "markersize": 8}),
        ("validation", "epoch", "validation_loss", {"linestyle": "--", "marker": "o", "markerfacecolor": "white"}),
        ("test", "test", "loss", {"linestyle": "", "marker": "*", "markersize": 12}),
    )
    every = [row for rows in runs.values() for row in rows]
    for label, kind, name, style in kinds:
        if any(row["kind"] == kind and row[name] is not None for row in every):
            yield label, Line2D([], [], color=GREY, **style)
    if len(runs) > 1:
        for place, run in enumerate(runs):
            yield figures.label(run, LETTERS), Line2D([], [], color=_colour(place), linewidth=3)
