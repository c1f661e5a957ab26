"""``googlenet compare``: one pass through each backend, beside the NumPy reference."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.cli.show.plain import Plain, error, fit, shape, table, title
from common.cli.show.verdict import failure, verdict


def comparison(report: dict[str, Any]) -> list[RenderableType]:
    """What `measurements` shows, and the verdict in the last line.

    Args:
        report: of ``googlenet compare --json``; see docs/json.md.
    """
    return [*measurements(report), Text(""), verdict(report)]


def measurements(report: dict[str, Any]) -> list[RenderableType]:
    """Every stage, then the largest error of each stage's gradients and moving statistics.

    An error is marked ✗ if it diverges, and ? if it cannot be judged.

    Args:
        report: of ``googlenet compare --json``; see docs/json.md.
    """
    head = f"{report['net']}, {report['images']} images of {shape(report['input_shape'])}"
    parts: list[RenderableType] = [
        title(f"{head}, {report['dtype']}, {report['mode']}: relative error"),
        _stages(report),
        *(Text(line) for line in _notes(report)),
        *(Text(failure(name, fault), style="bold red") for name, fault in report["errors"].items()),
    ]
    names = {"statistics": "moving statistics after one step", "gradients": "gradients"}
    for kind, name in names.items():
        if report[kind]:
            parts += [Text(""), title(f"{name}: largest relative error"), _largest(report, kind)]
    if report["moving"]:
        parts += [Text(f"{fit(name)}: {fit(rule)}") for name, rule in report["moving"].items()]
    if report["oblong"]:
        count = report["oblong"]["images"]
        words = f"the same on {count} image{'s' * (count != 1)} of {shape(report['oblong']['input_shape'])}"
        parts += [Text(""), title(f"{words}: relative error"), _stages(report["oblong"])]
    return parts


def _stages(report: dict[str, Any]) -> Plain:
    backends = report["backends"]
    stages = table("stage", "output", ">parameters", ">MACs", *(f">{backend}" for backend in backends))
    for row in report["stages"]:
        stages.add_row(
            row["name"],
            shape(row["shape"]),
            f"{row['params']:,}",
            f"{row['macs']:,}",
            *(_cell(report, "output", row, backend) for backend in backends),
        )
    return stages


def _cell(report: dict[str, Any], kind: str, row: dict[str, Any], backend: str) -> Text:
    """The error of one backend in one row, or ``failed`` where it did not come so far."""
    measured = row["backends"][backend]
    if backend in report["errors"] and measured["rel_err"] is None and measured.get("shape") is None:
        return Text("failed ✗", style="bold red")
    unjudged = {(place["backend"], place["what"], place["where"]) for place in report["not_judged"]}
    return error(measured["rel_err"], row["limit"], judged=(backend, kind, row["name"]) not in unjudged)


def _notes(report: dict[str, Any]) -> Iterator[str]:
    """The lines below the stages."""
    counts = report["params"]
    built = [name for name in report["backends"] if report["errors"].get(name, {}).get("phase") != "build"]
    wrong = [f"{fit(name)}: {counts[name]:,}" for name in built if counts[name] != counts["table"]]
    if wrong:
        yield f"parameters: {counts['table']:,} in the table, but {'; '.join(wrong)}"
    elif built:
        yield f"parameters: {counts['table']:,} in the table and in {', '.join(map(fit, built))}"
    fast = [f"{fit(name)} on {device}" for name, device in report.get("devices", {}).items() if device != "cpu"]
    if fast:
        yield f"computed by {', '.join(fast)}, with TensorFloat-32 off"
    if report["heads_left_out"]:
        yield f"left out, for they do not take images of this size: {', '.join(report['heads_left_out'])}"


def _largest(report: dict[str, Any], kind: str) -> Plain:
    """For each stage, the error that is largest beside its limit, and the tensor that has it."""
    backends, singular = report["backends"], kind.removesuffix("s")
    largest = table("stage", ">tensors", *(f">{backend}" for backend in backends), "largest in")
    stages: dict[str, list[dict[str, Any]]] = {}
    for row in report[kind]:
        stages.setdefault(row["name"].split(".")[0], []).append(row)
    for stage, tensors in stages.items():
        worst = {name: row for name in backends if (row := _worst(tensors, name))}
        cells = [_cell(report, singular, worst[name], name) if name in worst else "" for name in backends]
        name = max(worst, key=lambda name: _beside_limit(worst[name], name))
        largest.add_row(stage, str(len(tensors)), *cells, worst[name]["name"])
    return largest


def _worst(rows: list[dict[str, Any]], backend: str) -> dict[str, Any] | None:
    """The row with the largest error of a backend beside its limit; one backend may have more rows than another."""
    own = [row for row in rows if backend in row["backends"]]
    return max(own, key=lambda row: _beside_limit(row, backend), default=None)


def _beside_limit(row: dict[str, Any], backend: str) -> float:
    """A relative error in units of its limit."""
    value = row["backends"][backend]["rel_err"]
    return inf if value is None else value / row["limit"]
