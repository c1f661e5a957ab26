"""``googlenet bench --scale``: what it costs, for how much, and how fast it grows."""

from __future__ import annotations

from collections.abc import Iterator
from math import isqrt
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.base.machine import size
from common.cli.show.bench import YELLOW, conditions, digits, notes
from common.cli.show.plain import Plain, fit, table, title

TITLES = {
    "batch": "milliseconds of a call, by the images of a batch",
    "image_size": "milliseconds of a call, by the size of image",
    "threads": "milliseconds of a call, by threads",
    "training_memory": "the most memory of a process that trains, by the images of a batch",
}


def scale(report: dict[str, Any]) -> list[RenderableType]:
    """A table for each axis, a line for each curve, and what was left out; then the conditions.

    Args:
        report: of `common.bench.scale.scale`.
    """
    parts: list[RenderableType] = []
    for axis, words in TITLES.items():
        curves = [curve for curve in report["curves"] if curve["axis"] == axis]
        if curves:
            parts += [title(f"{_name(report)}, {words}"), _points(axis, curves)]
            parts += [*(Text(line) for line in _sentences(axis, curves)), Text("")]
    for group in report["groups"]:
        parts += notes(report, group)
    if report["left_out"]:
        parts += [Text(f"left out: {line}", style=YELLOW) for line in _left_out(report["left_out"])]
    return [*parts, *(Text(line) for line in conditions(report))]


def _name(report: dict[str, Any]) -> str:
    return f"{fit(report['groups'][0]['net'])}, {report['dtype']}"


def _points(axis: str, curves: list[dict[str, Any]]) -> Plain:
    """A line for each value, a column for each framework."""
    rows = table(HEADS[axis], *(f">{fit(curve['provider'])} {curve['way']}" for curve in curves))
    costs = [dict(map(tuple, curve["points"])) for curve in curves]
    for value in sorted({value for cost in costs for value in cost}):
        rows.add_row(said(axis, value), *(_cost(axis, cost.get(value)) for cost in costs))
    return rows


HEADS = {"batch": "images", "image_size": "image", "threads": "threads", "training_memory": "images"}


def said(axis: str, value: float) -> str:
    """A value of an axis in words: of an image its side.

    >>> said("image_size", 9216), said("batch", 64)
    ('96 px', '64')
    """
    return f"{isqrt(int(value))} px" if axis == "image_size" else f"{int(value):,}"


def _cost(axis: str, value: float | None) -> str:
    if value is None:
        return ""
    return size(int(value)) if axis == "training_memory" else digits(1000 * value)


def _sentences(axis: str, curves: list[dict[str, Any]]) -> Iterator[str]:
    """The exponent of each curve, and where it is linear."""
    for curve in curves:
        if curve["exponent"] is None:
            yield f"{curve['provider']}: one point tells of no growth"
            continue
        of = "pixels" if axis == "image_size" else HEADS[axis]
        words = f"{curve['provider']}: grows with the power {curve['exponent']:.2f} of the {of}; "
        words += _linear(axis, curve["linear"])
        if line := curve.get("line"):
            words += f"; {size(int(max(line['at_0'], 0)))} and {size(int(max(line['each'], 0)))} for each image"
        yield words


def _linear(axis: str, part: list[float] | None) -> str:
    """Where a curve is linear; of threads, where twice as many take half the time."""
    how = "in proportion" if axis == "threads" else "linear"
    if part is None:
        return f"nowhere {how}"
    return f"{how} from {said(axis, part[0])} to {said(axis, part[1])}"


def _left_out(points: list[dict[str, Any]]) -> Iterator[str]:
    """What was left out for one reason is one line."""
    reasons: dict[str, list[str]] = {}
    for point in points:
        words = f"{point['axis'].replace('_', ' ')} {said(point['axis'], point['value'])}"
        reasons.setdefault(point["reason"], []).append(words)
    for reason, points_ in reasons.items():
        yield f"{', '.join(points_)}: {fit(reason)}"
