"""``googlenet compare``: one pass through each backend, beside the NumPy reference."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import Plain, error, fit, shape, table, title
from common.cli.show.verdict import verdict


def comparison(report: dict[str, Any]) -> list[RenderableType]:
    """What `measurements` shows, and the verdict in the last line.

    Args:
        report: of ``googlenet compare --json``; see docs/json.md.
    """
    return [*measurements(report), Text(""), verdict(report)]


def measurements(report: dict[str, Any]) -> list[RenderableType]:
    """Every stage, then the largest error of each stage's gradients and moving statistics.

    Args:
        report: of ``googlenet compare --json``; see docs/json.md.
    """
    backends = report["backends"]
    head = f"{report['net']}, {report['images']} images of {shape(report['input_shape'])}"
    parts: list[RenderableType] = [
        title(f"{head}, {report['dtype']}, {report['mode']}: relative error"),
        _stages(report["stages"], backends),
        *(Text(line) for line in _notes(report)),
    ]
    for kind, name in (("statistics", "moving statistics after one step"), ("gradients", "gradients")):
        if report[kind]:
            parts += [Text(""), title(f"{name}: largest relative error"), _largest(report[kind], backends)]
    if report["moving"]:
        parts += [Text(f"{fit(name)}: {fit(rule)}") for name, rule in report["moving"].items()]
    return parts


def _stages(rows: list[dict[str, Any]], backends: list[str]) -> Plain:
    stages = table("stage", "output", ">parameters", ">MACs", *(f">{backend}" for backend in backends))
    for row in rows:
        stages.add_row(
            row["name"],
            shape(row["shape"]),
            f"{row['params']:,}",
            f"{row['macs']:,}",
            *(error(row["backends"][backend]["rel_err"], row["limit"]) for backend in backends),
        )
    return stages


def _notes(report: dict[str, Any]) -> Iterator[str]:
    """The lines below the stages."""
    counts, backends = report["params"], report["backends"]
    wrong = [f"{fit(backend)}: {counts[backend]:,}" for backend in backends if counts[backend] != counts["table"]]
    if wrong:
        yield f"parameters: {counts['table']:,} in the table, but {'; '.join(wrong)}"
    else:
        yield f"parameters: {counts['table']:,} in the table and in {', '.join(map(fit, backends))}"
    if report["heads_left_out"]:
        yield f"left out, for they do not take images of this size: {', '.join(report['heads_left_out'])}"


def _largest(rows: list[dict[str, Any]], backends: list[str]) -> Plain:
    """For each stage, the error that is largest beside its limit, and the tensor that has it."""
    largest = table("stage", ">tensors", *(f">{backend}" for backend in backends), "largest in")
    stages: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        stages.setdefault(row["name"].split(".")[0], []).append(row)
    for stage, tensors in stages.items():
        cells: list[str | Text] = []
        worst: dict[float, str] = {}
        for backend in backends:
            own = [row for row in tensors if backend in row["backends"]]  # one backend may have more than another
            if not own:
                cells.append("")
                continue
            row = max(own, key=lambda row: _beside_limit(row, backend))
            cells.append(error(row["backends"][backend]["rel_err"], row["limit"]))
            worst.setdefault(_beside_limit(row, backend), row["name"])
        largest.add_row(stage, str(len(tensors)), *cells, worst[max(worst)])
    return largest


def _beside_limit(row: dict[str, Any], backend: str) -> float:
    """A relative error in units of its limit."""
    value = row["backends"][backend]["rel_err"]
    return inf if value is None else value / row["limit"]
