"""The last line of ``googlenet compare``: do the backends agree, and if not, which leaves first, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from common.cli.show.plain import fit, shape

KINDS = {"loss": "losses", "statistic": "moving statistics", "velocity": "velocities", "parameter": "parameters"}


def verdict(report: dict[str, Any]) -> Text:
    """One line: green for AGREE, red for DIVERGE, yellow for NOT JUDGED.

    Args:
        report: of ``googlenet compare --json``, with steps of training or without; see docs/json.md.
    """
    if report["verdict"] == "not judged":
        return Text(f"NOT JUDGED: {_not_judged(report)}", style="bold yellow")
    if not report["agree"]:
        limits = "" if report["steps"] else f" ({_limits(_rows(report))})"
        places = "; ".join(_divergence(place, report["errors"]) for place in report["divergences"])
        return Text(f"DIVERGE: {places}{limits}", style="bold red")
    who = ", ".join(map(fit, report["frameworks"].values()))
    words = _steps(report) if report["steps"] else _pass(report)
    return Text(f"AGREE: {who} {words}", style="bold green")


def _divergence(place: dict[str, Any], errors: dict[str, Any]) -> str:
    """A backend, the first place where it leaves, and how far away it is; or what it failed with."""
    on = f" on {shape(place['input_shape'])}" if "input_shape" in place else ""
    if place["what"] == "error":
        failed = errors[place["backend"]]
        at = f" at {fit(failed['where'])}" if failed["where"] else ""
        phase = f"step {failed['step']}" if "step" in failed else failed["phase"]
        return f"{fit(place['backend'])} fails in {phase}{at}{on}: {fit(failed['message'])}"
    where = f"step {place['step']}" if "step" in place else f"stage {fit(place['stage'])}"
    size = "" if place["rel_err"] is None else f", relative error {place['rel_err']:.1e}"
    other = "" if place.get("against", "numpy") == "numpy" else f" from {fit(place['against'])}"
    return f"{fit(place['backend'])} first in {where}, {place['what']} of {fit(place['where'])}{size}{other}{on}"


def _not_judged(report: dict[str, Any]) -> str:
    """How many errors are neither right nor wrong, the first of them, and what to do."""
    rows = report["not_judged"]
    first = rows[0]
    on = f" on {shape(first['input_shape'])}" if "input_shape" in first else ""
    return (
        f"{len(rows)} errors are beyond {report['ceiling']:.1e}, and round-off alone explains them; the first is that "
        f"of {fit(first['backend'])}{on}, {first['what']} of {fit(first['where'])}, relative error "
        f"{first['rel_err']:.1e}, round-off up to {first['round_off']:.1e}; give more images or more varied ones"
    )


def _rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything measured of one pass."""
    return [*report["stages"], *(report["gradients"] or ()), *(report["statistics"] or ())]


def _limits(rows: Sequence[dict[str, Any]]) -> str:
    """The limit of these rows, or the smallest and the largest."""
    limits = [row["limit"] for row in rows]
    low, high = min(limits), max(limits)
    return f"limit {low:.1e}" + (f" to {high:.1e}" if high > low else "")


def _pass(report: dict[str, Any]) -> str:
    verb = "compute" if len(report["backends"]) > 1 else "computes"
    rows = _rows(report)
    largest = max(measured["rel_err"] for row in rows for measured in row["backends"].values())
    also = f"; on an image of {shape(report['oblong']['input_shape'])} too" if report["oblong"] else ""
    errors = f"largest relative error {largest:.1e}; {_limits(rows)}"
    return f"{verb} the same function as the NumPy reference ({errors}{also})"


def _steps(report: dict[str, Any]) -> str:
    verb, rows = "train" if len(report["backends"]) > 1 else "trains", report["steps"]
    errors = []
    for kind in kinds(report):
        limit = max(row["limits"][kind] for row in rows)
        errors.append(f"{KINDS[kind]} {max(largest(row, kind) for row in rows):.1e} (limit {limit:.1e})")
    return f"{verb} as the NumPy reference does, {len(rows)} steps; largest relative errors: {', '.join(errors)}"


def kinds(report: dict[str, Any]) -> list[str]:
    """Which of `KINDS` the network and the recipe have: not every one has moving statistics, or velocities."""
    measured = [own for row in report["steps"] for own in row["backends"].values()]
    return [kind for kind in KINDS if any(kind in own for own in measured)]


def largest(row: dict[str, Any], kind: str) -> Any:
    """The largest error of a kind in one step, of any backend or between any two.

    None where it is infinite, and where no backend has come so far.

    >>> error = {"loss": {"rel_err": 1e-15}}
    >>> largest({"backends": {"torch": error}, "across": [{"loss": {"rel_err": 2e-15}}]}, "loss")
    2e-15
    """
    errors: list[Any] = [measured[kind]["rel_err"] for measured in (*row["backends"].values(), *row["across"])]
    return None if None in errors or not errors else max(errors)
