"""A report of ``googlenet bench --json`` as the page shows it: bars, and who is faster, or that it cannot be told."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from common.base import strict_json
from common.base.errors import InputError
from common.base.printable import as_line
from common.bench.verdict import verdict
from common.runs.records import BOOL, COUNT, NUMBER, OBJECT, TEXT, Rule, check, list_of, one_of, optional

MOST_BYTES = 16 << 20
SPEED = Rule("a number from 0 on", lambda value: NUMBER.holds(value) and value >= 0)
REPORT = {
    "task": one_of("inference", "training"),
    "dtype": TEXT,
    "rounds": COUNT,
    "frameworks": OBJECT,
    "conditions": OBJECT,
    "groups": list_of(OBJECT),
    "ok": BOOL,
}
CONDITIONS = {"cpu": optional(TEXT), "cores": COUNT, "threads": COUNT, "system": TEXT, "started": TEXT}
GROUP = {
    **{"net": TEXT, "input_shape": list_of(COUNT), "batch": COUNT},
    **{"rows": list_of(OBJECT), "verdict": optional(OBJECT)},
}
ROW = {
    **{"name": TEXT, "provider": TEXT, "way": TEXT, "same_network": BOOL},
    **{"rounds": list_of(SPEED), "images_per_s": optional(OBJECT), "failure": optional(OBJECT)},
}
QUARTILES = {"median": SPEED, "q25": SPEED, "q75": SPEED}
VERDICT = {"fastest": TEXT, "second": TEXT, "ratio": SPEED, "told": BOOL}


@dataclass(frozen=True)
class Bar:
    """How fast one row is.

    Attributes:
        name: printable.
        median, q25, q75: images a second; None where nothing was measured.
        share, low, high: the same as shares of the fastest of the group.
        failure: what became of a row that was not measured, in a word; "" of others.
        other: whether it is another network than the one that was asked for.
    """

    name: str
    median: float | None
    q25: float = 0.0
    q75: float = 0.0
    share: float = 0.0
    low: float = 0.0
    high: float = 0.0
    failure: str = ""
    other: bool = False


def speeds(file: str | os.PathLike) -> Mapping[str, Any]:
    """What ``googlenet bench --json`` has written, checked, with ``bars`` in each of its ``groups``.

    Raises:
        InputError: no such file, no such report, or one whose verdicts are not those of its rounds.
    """
    report = strict_json.read(file, MOST_BYTES, "benchmark")
    where = os.fspath(file)
    if not isinstance(report, dict) or "groups" not in report:
        raise InputError(f"{where}: no report of googlenet bench --json")
    check(report, REPORT, where, exactly=False)
    check(report["conditions"], CONDITIONS, f"{where}: conditions", exactly=False)
    return {**report, "groups": [_group(group, where) for group in report["groups"]]}


def _group(group: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    check(group, GROUP, where, exactly=False)
    for row in group["rows"]:
        check(row, ROW, where, exactly=False)
        if row["images_per_s"] is not None:
            check(row["images_per_s"], QUARTILES, where, exactly=False)
        if row["failure"] is None and (row["images_per_s"] is None or not row["rounds"]):
            raise InputError(f"{where}: {as_line(row['name'])!r} has neither a speed nor a failure")
    said = group["verdict"]
    if said is not None:
        check(said, VERDICT, where, exactly=False)
    if said != verdict(group["rows"]):
        raise InputError(f"{where}: a verdict is not that of its rounds: measure again")
    return {**group, "bars": _bars(group["rows"])}


def _bars(rows: list[dict[str, Any]]) -> list[Bar]:
    """The fastest first; what was not measured comes last."""
    most = max((row["images_per_s"]["q75"] for row in rows if row["failure"] is None), default=0.0) or 1.0
    bars = []
    for row in rows:
        name, other = as_line(row["name"]), not row["same_network"]
        if row["failure"] is not None:
            bars.append(Bar(name, None, failure=as_line(str(row["failure"].get("kind", "error"))), other=other))
            continue
        median, low, high = (row["images_per_s"][key] for key in ("median", "q25", "q75"))
        share, first, last = (round(min(value / most, 1.0), 4) for value in (median, low, high))
        bars.append(Bar(name, median, low, high, share, first, last, other=other))
    return sorted(bars, key=lambda bar: -1.0 if bar.median is None else bar.median, reverse=True)
