"""``googlenet bench``: how fast each entrant is, under which conditions, and what may be said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from common.base.machine import size
from common.bench.rows import heading
from common.cli.show.plain import Plain, fit, table, title

RED, YELLOW, GREEN = "bold red", "yellow", "bold green"


def bench(report: dict[str, Any]) -> list[RenderableType]:
    """A table for each network and batch, the conditions, then a line for each verdict.

    Args:
        report: of `common.bench.asked.bench`.
    """
    parts: list[RenderableType] = []
    for group in report["groups"]:
        parts += [title(_title(report, group)), _rows(group), *notes(report, group), Text("")]
    parts += [Text(line) for line in conditions(report)]
    parts += [Text(""), *(_verdict(report, group) for group in report["groups"])]
    return parts


def _title(report: dict[str, Any], group: dict[str, Any]) -> str:
    words = heading(group["net"], group["input_shape"], group["batch"], report["task"] == "training")
    return f"{words}, {report['dtype']}: {group['macs']:,} MACs an image"


def _rows(group: dict[str, Any]) -> Plain:
    """One line for each entrant."""
    against = group["beside"][0]["beside"].split()[-1] if group["beside"] else "plain"
    speeds = table(
        *("who", ">images/s", ">middle half", f"?>x {against}", ">p50 ms", "?>p95 ms", "?>of machine"),
        *("?>memory", "?>import s", "?>build s", "?>first s"),
    )
    ratios = {each["name"]: each for each in group["beside"]}
    for row in group["rows"]:
        speeds.add_row(row["name"], *_cells(row, ratios.get(row["name"])))
    return speeds


def _cells(row: dict[str, Any], ratio: dict[str, Any] | None) -> list[str | Text]:
    """What stands behind the name of an entrant."""
    starts = [_seconds(row[f"{phase}_s"]) for phase in ("import", "build", "first")]
    if row["images_per_s"] is None:
        kind = row["failure"]["kind"] if row["failure"] else "not measured"
        return [Text(kind, style=RED), *[""] * 6, *starts]
    speed, latency = row["images_per_s"], row["latency_s"]
    return [
        Text(digits(speed["median"]), style=RED if row["failure"] else ""),
        f"{digits(speed['q25'])}-{digits(speed['q75'])}",
        "" if ratio is None else f"{ratio['ratio']:.2f}" if ratio["told"] else "?",
        digits(1000 * latency["p50"]),
        digits(1000 * latency["p95"]),
        "" if row["fraction"] is None else f"{row['fraction']:.0%}",
        "" if row["peak_memory"] is None else size(row["peak_memory"]),
        *starts,
    ]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def digits(value: float) -> str:
    """A positive number with about three digits.

    >>> [digits(value) for value in (1234.5, 98.76, 7.654, 0.0123)]
    ['1,234', '98.8', '7.65', '0.012']
    """
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 1 else f"{value:.3f}"


def notes(report: dict[str, Any], group: dict[str, Any]) -> list[Text]:
    """A line for each thing to know before the numbers are believed.

    Args:
        report: of a benchmark of any task.
        group: of its groups.
    """
    return [Text(words, style=YELLOW) for words in _notes(report, group)]


def _notes(report: dict[str, Any], group: dict[str, Any]) -> Iterator[str]:
    """What to know before the numbers are believed."""
    for row in group["rows"]:
        if row["failure"]:
            yield f"{row['name']}: {row['failure']['kind']}: {fit(row['failure']['message'])}"
        elif not row["warm_up"]["steady"]:
            yield f"{row['name']}: was not steady after {row['warm_up']['turns']} turns of warming up"
        if not row["same_network"]:
            passes = 3 if report["task"] == "training" else 1
            share = row["macs"] / (passes * group["macs"])
            yield f"{row['name']}: another network, {fit(row['network'])}, with {share:.0%} of the MACs"
        if row.get("errors"):
            stages = ", ".join(f"{name} {error:.2%}" for name, error in row["errors"].items() if "." not in name)
            yield f"{row['name']}: error beside NumPy, of the largest number of each stage: {stages}"
    for each in group.get("overheads", ()):
        yield f"{each['name']}: {_overhead(each)}"
    unsure = [each["name"] for each in group["beside"] if not each["told"]]
    if unsure:
        yield f"?: the rounds are farther apart than the two ways: {', '.join(unsure)}"


def _overhead(own: dict[str, Any]) -> str:
    """What a run's own loop, data and metrics take of a step.

    >>> _overhead({"seconds": {"median": 0.008, "q25": 0.0075, "q75": 0.0093}, "share": 0.0125})
    'loop, data and metrics alone take 8.00 ms (7.50 to 9.30 in the middle half), which is 1.2% of a step'
    """
    middle, least, most = (digits(1e3 * own["seconds"][key]) for key in ("median", "q25", "q75"))
    return (
        f"loop, data and metrics alone take {middle} ms ({least} to {most} in the middle half), "
        f"which is {own['share']:.1%} of a step"
    )


def conditions(report: dict[str, Any]) -> Iterator[str]:
    """Where it was measured, by which versions, and what the machine can do; a line each.

    Args:
        report: of a benchmark of any task.
    """
    machine = report["conditions"]
    rates = [group["product"] for group in report["groups"] if group["product"]]
    if rates:
        size_, dtype = rates[0]["size"], rates[0]["dtype"]
        each = ", ".join(f"{digits(rate['rate'] / 1e9)} by {rate['best']}" for rate in rates)
        yield f"of machine: beside the best product of {dtype} matrices of {size_:,} rows; in GFLOP/s: {each}"
    words = [fit(machine["cpu"]), f"{machine['cores']} cores", f"{machine['threads']} threads each"]
    words += [", ".join(machine["features"])] if machine["features"] else []
    words.append(f"governor {machine['governor'] or 'unknown'}")
    yield f"machine: {'; '.join(words)}{_load(machine)}"
    versions = [f"Python {machine['python']}", *report["frameworks"].values()]
    yield f"{fit(machine['system'])}; {', '.join(map(fit, versions))}; {report['rounds']} rounds"


def _load(machine: dict[str, Any]) -> str:
    before, after = machine["load_before"], machine["load_after"]
    return f"; load {before[0]:g} before, {after[0]:g} after" if before and after else ""


def _verdict(report: dict[str, Any], group: dict[str, Any]) -> Text:
    """Who is faster, by how much, or that it cannot be told."""
    words = heading(group["net"], group["input_shape"], group["batch"], report["task"] == "training")
    return Text(f"{words}: {told(group['verdict'])}", style=_colour(group["verdict"]))


def _colour(verdict: dict[str, Any] | None) -> str:
    return YELLOW if verdict is None or not verdict["told"] else GREEN


def told(verdict: dict[str, Any] | None) -> str:
    """A verdict in words.

    >>> told({"fastest": "a", "second": "b", "ratio": 1.25, "q25": 1.2, "q75": 1.3, "rounds": 9, "told": True})
    'a is 1.25 times as fast as b (1.20 to 1.30 in the middle half of 9 rounds)'
    >>> told(None)
    'cannot be told: fewer than two were measured'
    """
    if verdict is None:
        return "cannot be told: fewer than two were measured"
    spread = f"{verdict['q25']:.2f} to {verdict['q75']:.2f} in the middle half of {verdict['rounds']} rounds"
    names = verdict["fastest"], verdict["second"]
    if verdict["told"]:
        return f"{names[0]} is {verdict['ratio']:.2f} times as fast as {names[1]} ({spread})"
    return f"cannot be told: {names[0]} beside {names[1]} is {verdict['ratio']:.2f} times as fast ({spread})"
