"""Pictures of results, as Matplotlib figures that a notebook shows."""

from __future__ import annotations

from contextlib import AbstractContextManager
from io import BytesIO
from math import isnan, nan
from typing import TYPE_CHECKING, Any

from common.cli.show import figures

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST, MOST = 1e-4, 1e16  # of an error in units of its limit: 0 and infinity have no place on a logarithmic axis
HIGH, LETTERS = 3.0, 24  # inches of a panel, and characters of a name below it
LIMIT: dict[str, Any] = {"color": "#555555", "linestyle": "--", "linewidth": 1, "label": "limit"}
MARKS = "osD^v*"


def shown(drawing: AbstractContextManager[Figure]) -> Figure:
    """A figure that is drawn, which a notebook shows where it is the last value of a cell.

    Args:
        drawing: that draws it.

    Raises:
        InputError: Matplotlib is not installed.
    """
    with drawing as figure:
        return _showing(figure)


def png(figure: Figure) -> bytes:
    """The bytes of a picture of a figure."""
    written = BytesIO()
    figure.savefig(written, format="png", dpi=72)
    return written.getvalue()


def shares(report: dict[str, Any]) -> Figure:
    """Parameters and MACs of each stage, of a summary."""
    rows = [row for row in report["layers"] if "." not in row["name"]]
    names = [row["name"] for row in rows]
    title = f"{report['name']} at {'x'.join(map(str, report['input_shape']))}"
    columns = {kind: [row[key] for row in rows] for kind, key in (("parameters", "params"), ("MACs", "macs"))}
    return _bars(names, columns, title)


def sizes(report: dict[str, Any]) -> Figure:
    """Parameters and MACs of several networks."""
    names = [net["name"] for net in report["networks"]]
    columns = {
        kind: [net[key] for net in report["networks"]] for kind, key in (("parameters", "params"), ("MACs", "macs"))
    }
    return _bars(names, columns, f"{report['net']} against {', '.join(report['against'])}")


def _bars(names: list[str], columns: dict[str, list[int]], title: str) -> Figure:
    """Panels beside each other, in each a bar for each name."""
    with figures.figure(9, 1.2 + 0.3 * len(names)) as figure:
        panels = figure.subplots(1, len(columns), sharey=True)
        for panel, colour, (kind, values) in zip(panels, figures.COLOURS, columns.items(), strict=False):
            drawn = panel.barh([figures.label(name, LETTERS) for name in names], values, color=colour)
            panel.bar_label(drawn, [f"{value:,}" for value in values], padding=3, fontsize=8)
            panel.set(xlabel=kind, xlim=(0, 1.35 * max(*values, 1)))
            panel.locator_params(axis="x", nbins=5)
            panel.xaxis.set_major_formatter(lambda value, place: f"{value / 1e6:g} M" if value else "0")
        panels[0].invert_yaxis()
        figure.suptitle(figures.label(title, 90))
        return _showing(figure)


def _showing(figure: Figure) -> Figure:
    """The same figure, which a notebook shows."""
    setattr(figure, "_repr_png_", lambda: png(figure))  # noqa: B010  (where notebooks look for it)
    return figure


Errors = dict[str, list[float]]  # of each backend, in units of the limits, one for each name


def errors(report: dict[str, Any]) -> Figure:
    """The errors of each stage, of each stage's gradients, and of each step, in units of their limits.

    Args:
        report: of ``googlenet compare --json``; see docs/json.md.
    """
    panels = {"outputs": _by_stage(report, report["stages"])}
    if report["gradients"]:
        panels["gradients"] = _by_stage(report, report["gradients"])
    if report["steps"]:
        panels["steps of training"] = _by_step(report)
    with figures.figure(9, 0.8 + HIGH * len(panels)) as figure:
        for axes, (kind, (names, values)) in zip(
            figure.subplots(len(panels), squeeze=False)[:, 0], panels.items(), strict=True
        ):
            _draw_errors(axes, kind, names, values)
        marks = {
            label: mark for axes in figure.axes for mark, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(marks.values(), marks.keys(), loc="outside lower center", ncols=6, frameon=False)
        figure.suptitle(figures.label(f"{report['net']}, {report['dtype']}: {report['verdict'].upper()}", 90))
        return _showing(figure)


def _by_stage(report: dict[str, Any], rows: list[dict[str, Any]]) -> tuple[list[str], Errors]:
    """For each stage, the largest error of its rows beside their limits."""
    stages = list(dict.fromkeys(row["name"].split(".")[0] for row in rows))
    found: Errors = {name: [nan] * len(stages) for name in report["backends"]}
    for row in rows:
        at = stages.index(row["name"].split(".")[0])
        for name, measured in row["backends"].items():
            found[name][at] = _larger(found[name][at], _beside(measured["rel_err"], row["limit"]))
    return stages, found


def _by_step(report: dict[str, Any]) -> tuple[list[str], Errors]:
    """For each step, the largest error of its losses, parameters and so on beside their limits."""

    def largest(row: dict[str, Any], name: str) -> float:
        kinds = row["backends"].get(name, {})
        return max((_beside(each["rel_err"], row["limits"][kind]) for kind, each in kinds.items()), default=nan)

    steps = [str(row["step"]) for row in report["steps"]]
    groups = [name for name in report["frameworks"] if name not in report["backends"]]  # of several workers
    names = [*report["backends"], *groups]
    return steps, {name: [largest(row, name) for row in report["steps"]] for name in names}


def _beside(error: float | None, limit: float) -> float:
    """An error in units of its limit, as it can be drawn on a logarithmic axis; JSON has none for an infinite one."""
    return MOST if error is None else min(max(error / limit, LEAST), MOST)


def _larger(a: float, b: float) -> float:
    """The larger of two numbers, of which the first may be no number.

    >>> _larger(nan, 1.0), _larger(2.0, 1.0)
    (1.0, 2.0)
    """
    return b if isnan(a) else max(a, b)


def _draw_errors(axes: Axes, kind: str, names: list[str], values: Errors) -> None:
    """One panel: a mark for each error, and a line where the limit is."""
    for place, (backend, own) in enumerate(values.items()):
        shift = 0.12 * (place - (len(values) - 1) / 2)  # so that equal ones are seen
        at = [i + shift for i in range(len(names))]
        colour, mark = figures.COLOURS[place % len(figures.COLOURS)], MARKS[place % len(MARKS)]
        axes.plot(at, own, mark, color=colour, label=figures.label(backend, LETTERS), markersize=6)
    axes.axhline(1, **LIMIT)
    axes.set_yscale("log")
    step = max(1, len(names) // 20)
    axes.set_xticks(range(0, len(names), step), [figures.label(name, LETTERS) for name in names[::step]])
    axes.set_ylabel("relative error / its limit")
    axes.set_title(kind, loc="left", fontsize=10)
    axes.grid(alpha=0.3)
