"""``googlenet bench --layers``: where the time of a pass goes, by kind of layer and by stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.bench.rows import heading
from common.cli.show.bench import conditions, digits, notes
from common.cli.show.plain import Plain, fit, table, title


def layers(report: dict[str, Any]) -> list[RenderableType]:
    """For each network a table by kind, one by stage, and a line for each framework; then the conditions.

    Args:
        report: of `common.bench.layers.layers`.
    """
    parts: list[RenderableType] = []
    for group in report["groups"]:
        words = heading(group["net"], group["input_shape"], group["batch"], False)
        parts += [title(f"{words}, {report['dtype']}: milliseconds of a call, layer by layer")]
        if group["layers"]:
            parts += [_kinds(group), Text(""), _stages(group), Text("")]
        parts += [Text(line) for line in _sentences(group)]
        parts += [*notes(report, group), Text("")]
    return [*parts, *(Text(line) for line in conditions(report))]


def _kinds(group: dict[str, Any]) -> Plain:
    """One line for each framework and kind of layer."""
    rows = table("who", "kind", ">ms", ">share", "bound by", "?>of bound", "?>MACs", "?>bytes", "?>MACs a byte")
    for told in group["layers"]:
        for kind in told["kinds"]:
            rows.add_row(
                told["provider"],
                kind["kind"],
                digits(1000 * kind["seconds"]),
                f"{kind['share']:.1%}",
                kind["bound"] or "",
                _of_bound(kind),
                digits(kind["macs"]) if kind["macs"] else "",
                digits(kind["bytes"]) if kind["bytes"] else "",
                digits(kind["intensity"] / 2) if kind["intensity"] else "",
            )
    return rows


def _of_bound(one: dict[str, Any]) -> str:
    """Which share of what the machine can do was reached: the least seconds beside those it took."""
    return f"{one['least_s'] / one['seconds']:.0%}" if one["bound"] and one["seconds"] > 0 else ""


def _stages(group: dict[str, Any]) -> Plain:
    """One line for each stage, with the milliseconds of each framework."""
    told = group["layers"]
    rows = table("stage", *(f">{fit(each['provider'])}" for each in told), "?>memory-bound each", "?>MACs", "?>bytes")
    for place, stage in enumerate(told[0]["stages"]):
        shares = [f"{_memory_bound(each['stages'][place]):.0%}" for each in told]
        rows.add_row(
            stage["stage"],
            *(digits(1000 * each["stages"][place]["seconds"]) for each in told),
            ", ".join(shares),
            digits(stage["macs"]) if stage["macs"] else "",
            digits(stage["bytes"]),
        )
    return rows


def _memory_bound(stage: dict[str, Any]) -> float:
    return stage["memory_bound_s"] / stage["seconds"] if stage["seconds"] > 0 else 0.0


def _sentences(group: dict[str, Any]) -> Iterator[str]:
    """What the layers explain of a whole call, what is bound by memory, and what the fast path saves."""
    machine = group["machine"]
    if machine["rate"] and machine["bytes_per_s"]:
        balance = machine["rate"] / machine["bytes_per_s"] / 2
        yield (
            f"The machine multiplies {digits(machine['rate'] / 2e9)} GMAC/s and copies"
            f" {digits(machine['bytes_per_s'] / 1e9)} GB/s: below {digits(balance)} MACs a byte, memory is the bound."
        )
    ratios = {each["name"].split()[0]: each for each in group["beside"]}
    for told in group["layers"]:
        bound = sum(kind["memory_bound_s"] for kind in told["kinds"]) / told["layers_s"]
        words = f"{told['provider']}: the layers are {told['explained']:.0%} of a whole call of"
        words += f" {digits(1000 * told['whole_s'])} ms; {bound:.0%} of them is bound by memory"
        yield words + _saved(told, ratios.get(told["provider"])) + "."


def _saved(told: dict[str, Any], ratio: dict[str, Any] | None) -> str:
    """What the fast path saves, where it may be told."""
    if ratio is None:
        return ""
    if not ratio["told"]:
        return "; what the fast path saves cannot be told"
    return f"; the fast path takes {1 / ratio['ratio']:.0%} of a whole call"
