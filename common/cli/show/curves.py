"""How training went: loss, accuracy and learning rate against the steps, of one run or of several laid over each other.

What is drawn are the lines of ``metrics.jsonl``; docs/training.md says what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from math import inf, nan
from pathlib import Path

import numpy as np

from common.cli.show import figures

POINTS = 400  # of the line of single steps; more could not be told apart


def curves(runs: Mapping[str, Sequence[dict]], stem: str | os.PathLike, title: str = "") -> tuple[Path, Path]:
    """Draw ``stem.png`` and ``stem.svg``.

    Single steps are a pale line, of means where there are many; means over epochs, validation and test stand out.

    Args:
        runs: name of each run to the lines of its metrics; several have a colour each.
        title: a line above all.

    Returns:
        The two files.

    Raises:
        InputError: Matplotlib is not installed, or a place that cannot be written to.
    """
    with figures.figure(9, 9) as figure:
        panels = figure.subplots(3, 1, sharex=True)
        for at, rows in enumerate(runs.values()):
            _draw(panels, rows, figures.COLOURS[at % len(figures.COLOURS)], len(runs) - at)
        names = ("loss (cross-entropy)", "accuracy (share of images)", "learning rate")
        for panel, name, top in zip(panels, names, (_ceiling(panels[0], runs.values()), 1.02, None), strict=True):
            panel.set_ylabel(name)
            panel.grid(alpha=0.3)
            panel.set_ylim(bottom=0, top=top)
        panels[-1].set_xlabel("step (batches)")
        _epochs(panels[0], runs.values())
        figure.suptitle(title)
        shown = _legend(runs)
        figure.legend(shown.values(), shown, loc="outside lower center", ncols=4, frameon=False)
        figures.save(figure, *figures.both(stem))
    return figures.both(stem)


def _draw(panels, rows: Sequence[dict], colour: str, thickness: int) -> None:
    """One run. Thicker lines below thinner ones: of runs that agree to the last digit all can be seen."""
    losses, accuracies, rates = panels
    width, size = 2.0 * thickness - 0.6, 1.5 + 2.5 * thickness
    for panel, name in ((losses, "loss"), (accuracies, "accuracy")):
        panel.plot(*_thinned(*_values(rows, "step", name)), color=colour, alpha=0.3, linewidth=0.8)
        panel.plot(*_values(rows, "epoch", name), color=colour, linewidth=width, marker=".", markersize=size + 2)
        panel.plot(
            *_values(rows, "epoch", f"validation_{name}"),
            **{"color": colour, "linewidth": width, "linestyle": "--", "marker": "o", "markersize": size},
            markerfacecolor="white",
        )
        panel.plot(*_values(rows, "test", name), color=colour, linestyle="", marker="*", markersize=8 + size)
    rates.plot(*_values(rows, "step", "lr"), color=colour, linewidth=width, drawstyle="steps-post")


def _values(rows: Sequence[dict], kind: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """(steps, values) of the rows of a kind; what there is not leaves a gap.

    A test stands where the epoch ended that its weights are of.
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


def _ceiling(panel, runs) -> float:
    """Where the panel of losses ends: at most twice as high as those of training.

    Moving statistics that have seen few batches can put the first validation so high that nothing else could be told
    apart; its line then leaves the panel.
    """
    losses = [row["loss"] for rows in runs for row in rows if row["kind"] == "step" and row["loss"] is not None]
    return min(panel.get_ylim()[1], 2 * max(losses, default=inf))


def _epochs(panel, runs) -> None:
    """An axis of epochs on top, where all runs have as many steps in one."""
    lengths = {row["step"] / (row["epoch"] + 1) for rows in runs for row in rows if row["kind"] == "epoch"}
    if len(lengths) == 1:
        (steps,) = lengths
        top = panel.secondary_xaxis("top", functions=(lambda x: x / steps, lambda x: x * steps))
        top.set_xlabel("epoch")
        top.spines["top"].set_visible(True)


def _legend(runs: Mapping[str, Sequence[dict]]) -> dict:
    """What is drawn to a sample of it: each kind of line in grey, and, of several runs, each colour."""
    from matplotlib.lines import Line2D

    grey = {"color": "#555555"}
    kinds = {
        "training, steps": ("step", "loss", Line2D([], [], alpha=0.4, linewidth=0.8, **grey)),
        "training, mean of an epoch": ("epoch", "loss", Line2D([], [], marker=".", markersize=8, **grey)),
        "validation": (
            "epoch",
            "validation_loss",
            Line2D([], [], linestyle="--", marker="o", markerfacecolor="white", **grey),
        ),
        "test": ("test", "loss", Line2D([], [], linestyle="", marker="*", markersize=12, **grey)),
    }
    every = [row for rows in runs.values() for row in rows]
    shown = {
        label: handle
        for label, (kind, name, handle) in kinds.items()
        if any(row["kind"] == kind and row[name] is not None for row in every)
    }
    if len(runs) > 1:
        for at, run in enumerate(runs):
            shown[run] = Line2D([], [], color=figures.COLOURS[at % len(figures.COLOURS)], linewidth=3)
    return shown
