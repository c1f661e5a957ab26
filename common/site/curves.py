"""Runs of ``googlenet train`` as the page shows them: their curves over each other, as SVG, and what they reached."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor, isfinite, log10
from pathlib import Path
from typing import Any

from common.base.errors import InputError
from common.base.printable import as_line
from common.runs.folder import open_run, runs_in
from common.runs.history import read_history
from common.runs.run import Run
from common.site.confusion import Confusion, confusion
from common.site.samples import Sample, samples

MOST = 12  # runs of a page
POINTS = 400  # of a curve
WIDTH, HEIGHT = 560, 260
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 12, 32
Point = tuple[float, float]


@dataclass(frozen=True)
class Shown:
    """A run for the page.

    Attributes:
        folder, network, data, backend: words, printable.
        epochs: how many it has ended.
        best: the largest accuracy on its validation images, or None.
        test: its accuracy on the test images, or None.
        history: as `common.runs.history.read_history` reads it.
        confusion: what its best weights confuse, or None.
        samples: what it says of some pictures.
    """

    folder: str
    network: str
    data: str
    backend: str
    epochs: int
    best: float | None
    test: float | None
    history: Sequence[Mapping[str, Any]]
    confusion: Confusion | None
    samples: Sequence[Sample]


@dataclass(frozen=True)
class Tick:
    """A line of a grid: where it is, and what it says."""

    at: float
    text: str


@dataclass(frozen=True)
class Panel:
    """Curves of one value over the epochs.

    Attributes:
        kind: ``accuracy`` or ``loss``.
        paths: for each run, the ``d`` of its SVG path; "" where it has no such value.
        across, up: ticks of epochs and of values.
    """

    kind: str
    paths: list[str]
    across: list[Tick]
    up: list[Tick]


def shown_runs(folders: Iterable[str | os.PathLike]) -> list[Shown]:
    """The runs in folders: each a run, or what ``train --backend all`` has left.

    Raises:
        InputError: a folder without a run, damaged ones, or more than a page can show.
    """
    runs = [run for folder in folders for run in (runs_in(folder) if Path(folder).is_dir() else [open_run(folder)])]
    if len(runs) > MOST:
        raise InputError(f"{len(runs)} runs: a page shows {MOST} at most")
    return [_shown(run) for run in runs]


def _shown(run: Run) -> Shown:
    history = read_history(run.folder)
    epochs = [line for line in history if line["kind"] == "epoch"]
    validated = [line["validation_accuracy"] for line in epochs if line["validation_accuracy"] is not None]
    tests = [line["accuracy"] for line in history if line["kind"] == "test"]
    return Shown(
        folder=as_line(str(run.folder)),
        network=as_line(run.table.name),
        data=as_line(run.data),
        backend=run.backend,
        epochs=len(epochs),
        best=max(validated, default=None),
        test=tests[-1] if tests else None,
        history=history,
        confusion=confusion(run.folder),
        samples=samples(run.folder),
    )


def panels(runs: Sequence[Shown]) -> list[Panel]:
    """Accuracy and loss of the epochs: on validation images, and of runs without such in training."""
    return [
        _panel("accuracy", [_values(run, "accuracy") for run in runs], lambda low, high: (min(low, 0.99), 1.0)),
        _panel("loss", [_values(run, "loss") for run in runs], lambda low, high: (0.0, high or 1.0)),
    ]


def _values(run: Shown, kind: str) -> list[Point]:
    epochs = [line for line in run.history if line["kind"] == "epoch"]
    for name in (f"validation_{kind}", kind):
        points = [(line["epoch"] + 1, line[name]) for line in epochs if line[name] is not None and isfinite(line[name])]
        if points:
            return _thinned(points)
    return []


def _thinned(points: list[Point]) -> list[Point]:
    """At most `POINTS` of them, evenly, with the last."""
    if len(points) <= POINTS:
        return points
    return [points[round(each * (len(points) - 1) / (POINTS - 1))] for each in range(POINTS)]


def _panel(kind: str, curves: list[list[Point]], span: Callable[[float, float], Point]) -> Panel:
    every = [point for curve in curves for point in curve]
    last = max((x for x, _ in every), default=1.0)
    low, high = span(min((y for _, y in every), default=0.0), max((y for _, y in every), default=1.0))
    inner = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def across(x: float) -> float:
        return round(LEFT + inner[0] * ((x - 1) / (last - 1) if last > 1 else 0.5), 1)

    def up(y: float) -> float:
        return round(TOP + inner[1] * (1 - (y - low) / (high - low)), 1)

    paths = [" ".join(f"{'L' if i else 'M'}{across(x)} {up(y)}" for i, (x, y) in enumerate(curve)) for curve in curves]
    paths = [f"{path} h.01" if path and " L" not in path else path for path in paths]  # of one point: a dot
    text = "{:.0%}" if kind == "accuracy" else "{:g}"
    return Panel(
        kind,
        paths,
        [Tick(across(x), f"{x:g}") for x in steps(1, last, whole=True)],
        [Tick(up(y), text.format(y)) for y in steps(low, high)],
    )


def steps(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round numbers from ``low`` to ``high``, three to eight of them where there are so many.

    Args:
        whole: only whole ones.

    >>> steps(0, 1), steps(1, 4, whole=True), steps(1, 30, whole=True)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [1.0, 2.0, 3.0, 4.0], [5.0, 10.0, 15.0, 20.0, 25.0, 30.0])
    """
    if high <= low:
        return [low]
    unit = 10.0 ** floor(log10((high - low) / 4))
    step = next(unit * times for times in (1, 2, 5, 10) if (high - low) / (unit * times) <= 7)
    step = max(step, 1.0) if whole else step
    first = -floor(-low / step + 1e-9)
    count = floor((high - first * step) / step + 1e-9)
    return [round((first + i) * step, 10) for i in range(count + 1)]
