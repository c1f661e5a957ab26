"""A report of ``googlenet compare`` as the page shows it: stage by framework, forward, gradients and steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from common.base.printable import as_line
from common.site.grids import Cell, Row
from common.written.style import STYLES

Report = Mapping[str, Any]
STEPS = 10  # rows of steps, at most


@dataclass(frozen=True)
class Proof:
    """What was measured of one network.

    Attributes:
        report: as docs/json.md says.
        parts: by kind (``forward``, ``gradients``, ``statistics``, ``steps``), the rows of its table.
    """

    report: Report
    parts: Mapping[str, list[Row]]

    @property
    def largest(self) -> Cell:
        """The cell of the forward pass that is nearest to its limit, or farthest beyond it."""
        return max(
            (cell for row in self.parts["forward"] for cell in row.cells.values()),
            key=lambda cell: inf if cell.error is None else cell.error / cell.limit if cell.limit else cell.error,
        )

    @property
    def names(self) -> list[str]:
        """What the frameworks are called that were compared."""
        known = {backend: style.dialect.framework for backend, style in STYLES.items()}
        return [known.get(each, as_line(each)) for each in self.report["backends"]]

    @property
    def first(self) -> Report | None:
        """The earliest divergence, with words that are printable; None where there is none."""
        first = self.report["first_divergence"]
        if first is None:
            return None
        framework = as_line(str(self.report["frameworks"].get(first["backend"], first["backend"])))
        return {"framework": framework, "where": as_line(str(first["where"] or "–")), "what": first["what"]}


def proof(report: Report) -> Proof:
    """A report in rows.

    Args:
        report: of `googlenet compare`, checked (`common.site.results.check`).
    """
    excused = {(each["backend"], each["what"], str(each["where"]).split(".")[0]) for each in report["not_judged"]}
    parts = {"forward": [_stage(report, stage, excused) for stage in report["stages"]]}
    for kind, what in (("gradients", "gradient"), ("statistics", "statistic")):
        if report[kind]:
            parts[kind] = list(_by_stage(report, report[kind], what, excused))
    if report["steps"]:
        parts["steps"] = [_step(report, step) for step in _chosen(report["steps"])]
    for divergence in report["divergences"]:
        _mark(divergence, parts)
    return Proof(report, parts)


PARTS = {"output": "forward", "parameters": "forward", "gradient": "gradients", "statistic": "statistics"}


def _mark(divergence: Report, parts: dict[str, list[Row]]) -> None:
    """Say in the cell of a framework's first divergence that it is that; a failure has no cell.

    A layer may be wrong in a stage whose own output is right: then its error is that of the cell.
    """
    step = divergence.get("step")
    kind = PARTS.get(divergence["what"], "") if step is None else "steps"
    name = str(divergence["where"]).split(".")[0] if step is None else str(step)
    for row in parts.get(kind, ()):
        if row.name == name and divergence["backend"] in row.cells:
            cell = row.cells[divergence["backend"]]
            error = inf if divergence["rel_err"] is None else divergence["rel_err"]
            worst = max(error, cell.error or 0.0)
            row.cells[divergence["backend"]] = replace(cell, error=worst, first=as_line(str(divergence["where"])))


def _stage(report: Report, stage: Report, excused: set[tuple]) -> Row:
    """One stage: a wrong shape or count of parameters is infinitely wrong."""

    def cell(backend: str) -> Cell:
        own = stage["backends"].get(backend)
        if own is None or (own["shape"] is None and backend in report["errors"]):  # it failed before
            return Cell(None, stage["limit"])
        same = own["shape"] == stage["shape"] and own["params"] == stage["params"]
        error = own["rel_err"] if same and own["rel_err"] is not None else inf
        return Cell(error, stage["limit"], (backend, "output", stage["name"]) in excused)

    return Row(as_line(stage["name"]), {backend: cell(backend) for backend in report["backends"]})


def _by_stage(report: Report, tensors: Iterable[Report], what: str, excused: set[tuple]) -> Iterator[Row]:
    """Tensors stage by stage: the one that is nearest to its limit, or farthest beyond it."""
    stages: dict[str, list[Report]] = {}
    for tensor in tensors:
        stages.setdefault(tensor["name"].split(".")[0], []).append(tensor)
    for stage, own in stages.items():
        cells = {}
        for backend in report["backends"]:
            some = [_tensor(tensor, backend, (backend, what, stage) in excused) for tensor in own]
            cells[backend] = max(some, key=_urgency)
        yield Row(as_line(stage), cells)


def _tensor(tensor: Report, backend: str, excused: bool) -> Cell:
    error = tensor["backends"].get(backend, {"rel_err": ...})["rel_err"]
    known = None if error is ... else inf if error is None else error
    return Cell(known, tensor["limit"], excused, as_line(tensor["name"]))


def _urgency(cell: Cell) -> float:
    """A tensor that was not measured says less than one that was."""
    return -1.0 if cell.error is None else cell.error / cell.limit if cell.limit else cell.error


def _chosen(steps: list[Report]) -> list[Report]:
    """Steps from the first to the last, evenly."""
    if len(steps) <= STEPS:
        return steps
    return [steps[round(each * (len(steps) - 1) / (STEPS - 1))] for each in range(STEPS)]


def _step(report: Report, step: Report) -> Row:
    cells = {}
    for backend in report["backends"]:
        own = step["backends"].get(backend, {})
        some = [
            Cell(inf if each["rel_err"] is None else each["rel_err"], step["limits"][kind], detail=kind)
            for kind, each in own.items()
        ]
        cells[backend] = max(some, key=_urgency, default=Cell(None, min(step["limits"].values(), default=0.0)))
    return Row(str(step["step"]), cells)
