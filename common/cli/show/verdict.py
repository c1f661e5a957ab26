"""The last line of ``googlenet compare``: do the backends agree, and if not, which leaves first, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from common.cli.show.plain import fit, shape

KINDS = {"loss": "losses", "statistic": "moving statistics", "velocity": "velocities", "parameter": "parameters"}
PHASES = {"build": "while it was built", "forward": "in the forward pass", "gradients": "in the backward pass"}
STYLES = {"agree": "bold green", "not judged": "bold yellow", "diverge": "bold red"}
ADVICE = "give more images, or more varied ones"


def verdict(report: dict[str, Any]) -> Text:
    """One line: ``AGREE``, ``DIVERGE`` or ``NOT JUDGED``, and why; green, red or yellow.

    Args:
        report: of ``googlenet compare --json``, with steps of training or without; see docs/json.md.
    """
    words = {"agree": _agree, "diverge": _diverge, "not judged": _not_judged}[report["verdict"]](report)
    return Text(f"{report['verdict'].upper()}: {words}", style=STYLES[report["verdict"]])


def failure(backend: str, fault: dict[str, Any]) -> str:
    """A backend that raised an error, as a sentence.

    Args:
        backend: its name.
        fault: one of ``errors`` of docs/json.md.

    >>> failure("tf", {"phase": "forward", "where": "b2.norm", "message": "RuntimeError: no kernel"})
    'tf failed in the forward pass at b2.norm: RuntimeError: no kernel'
    """
    when = f"in step {fault['step']}" if "step" in fault else PHASES.get(fault["phase"], "when its training began")
    where = f" at {fit(fault['where'])}" if fault["where"] else ""
    return f"{fit(backend)} failed {when}{where}: {fit(fault['message'])}"


def _diverge(report: dict[str, Any]) -> str:
    """The first place of each backend that diverges, and the limits."""
    sentences = [
        failure(place["backend"], report["errors"][place["backend"]]) if place["what"] == "error" else _place(place)
        for place in report["divergences"]
    ]
    limits = "" if report["steps"] else f" ({_limits(_rows(report))})"
    return f"{'; '.join(sentences)}{limits}"


def _place(place: dict[str, Any]) -> str:
    """A backend, the first place where it leaves, and how far away it is."""
    where = f"step {place['step']}" if "step" in place else f"stage {fit(place['stage'])}"
    size = "" if place["rel_err"] is None else f", relative error {place['rel_err']:.1e}"
    other = "" if place.get("against", "numpy") == "numpy" else f" from {fit(place['against'])}"
    what = f"{place['what']} of {fit(place['where'])}"
    return f"{fit(place['backend'])} first in {where}, {what}{size}{other}{_on(place)}"


def _on(place: dict[str, Any]) -> str:
    """The size of image that shows it, if it is not the size that was asked for."""
    return f", on images of {shape(place['input_shape'])}" if "input_shape" in place else ""


def _not_judged(report: dict[str, Any]) -> str:
    """How many errors cannot be judged, the first of them, and what to do."""
    unjudged = report["not_judged"]
    first, backends = unjudged[0], dict.fromkeys(fit(row["backend"]) for row in unjudged)
    count = "1 error" if len(unjudged) == 1 else f"{len(unjudged):,} errors"
    return (
        f"{count} of {', '.join(backends)} may be round-off or a fault, first {first['what']} of {fit(first['where'])} "
        f"in {fit(first['backend'])}{_on(first)}: relative error {first['rel_err']:.1e} is above the limit "
        f"{first['limit']:.1e}, but round-off alone explains {first['round_off']:.1e}; {ADVICE}"
    )


def _agree(report: dict[str, Any]) -> str:
    who = ", ".join(map(fit, report["frameworks"].values()))
    return f"{who} {_steps(report) if report['steps'] else _pass(report)}"


def _pass(report: dict[str, Any]) -> str:
    verb = "compute" if len(report["backends"]) > 1 else "computes"
    rows = _rows(report)
    largest = max(measured["rel_err"] for row in rows for measured in row["backends"].values())
    also = f"; on images of {shape(report['oblong']['input_shape'])} too" if report["oblong"] else ""
    errors = f"largest relative error {largest:.1e}; {_limits(rows)}{also}"
    return f"{verb} the same function as the NumPy reference ({errors})"


def _steps(report: dict[str, Any]) -> str:
    verb, rows = "train" if len(report["backends"]) > 1 else "trains", report["steps"]
    errors = []
    for kind in kinds(report):
        limit = max(row["limits"][kind] for row in rows)
        errors.append(f"{KINDS[kind]} {max(largest(row, kind) for row in rows):.1e} (limit {limit:.1e})")
    return f"{verb} as the NumPy reference does, {len(rows)} steps; largest relative errors: {', '.join(errors)}"


def _rows(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything measured in one pass, and in the pass on oblong images if there was one."""
    own = [*report["stages"], *(report["gradients"] or ()), *(report["statistics"] or ())]
    return [*own, *_rows(report["oblong"])] if report["oblong"] else own


def _limits(rows: Sequence[dict[str, Any]]) -> str:
    """The limit of these rows, or the smallest and the largest."""
    limits = [row["limit"] for row in rows]
    low, high = min(limits), max(limits)
    return f"limit {low:.1e}" + (f" to {high:.1e}" if high > low else "")


def kinds(report: dict[str, Any]) -> list[str]:
    """Which of `KINDS` were measured: not every network has moving statistics, nor every recipe velocities."""
    measured = {kind for row in report["steps"] for errors in row["backends"].values() for kind in errors}
    return [kind for kind in KINDS if kind in measured]


def largest(row: dict[str, Any], kind: str) -> Any:
    """The largest error of a kind in one step, of any backend or between any two; None where it is infinite.

    >>> error = {"loss": {"rel_err": 1e-15}}
    >>> largest({"backends": {"torch": error}, "across": [{"loss": {"rel_err": 2e-15}}]}, "loss")
    2e-15
    """
    pairs = (*row["backends"].values(), *row["across"])
    errors: list[Any] = [measured[kind]["rel_err"] for measured in pairs if kind in measured]
    return None if None in errors or not errors else max(errors)
