"""Where the time of a network goes: seconds by kind of layer and by stage, beside arithmetic and bytes."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from common.base.errors import InputError
from common.base.progress import Nobody, Watcher
from common.bench.asked import LAYERS_BATCH, LIMIT, ROUNDS, machine_before, planned, reported, require_possible, tabled
from common.bench.entrants import Entrant
from common.bench.groups import Group, Plan, Shape, started
from common.bench.jobs import PRODUCT
from common.bench.rows import heading, product, row
from common.bench.turns import Runner, ended, warmed_up
from common.bench.verdict import beside
from common.bench.work import work
from common.contract import backend
from common.table.analysis import Table
from common.table.memory import BYTES
from common.table.padding import Pair
from common.table.spec import Network


def layers(
    nets: Sequence[str | Network] = ("d2l",),
    *,
    backends: Sequence[str] | None = None,
    batch: int = LAYERS_BATCH,
    image_size: Pair | None = None,
    dtype: str = "float32",
    rounds: int = ROUNDS,
    threads: int | None = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
    limit: float = LIMIT,
    watcher: Watcher | None = None,
) -> dict[str, Any]:
    """Measure where the time of a pass goes, layer by layer, in each framework.

    Args:
        nets, backends, image_size, dtype, rounds, threads, in_channels, num_classes, limit, watcher: as for
            `common.bench.bench`.
        batch: images a call.

    Returns:
        What ``googlenet bench --layers --json`` prints; see docs/json.md.

    Raises:
        InputError: anything of this that cannot be, before anything takes time.
    """
    plan = planned(backends, dtype, rounds, threads, False, False, limit)
    rows = [name for name in plan.backends if backend.declared(name).bench]
    if not rows:
        raise InputError(f"{', '.join(plan.backends)}: does not tell of its layers: give another of --backends")
    groups = []
    for table, shape in tabled(nets, image_size, in_channels, num_classes):
        entrants = [Entrant(name, way, table) for name in rows for way in _ways(name)]
        require_possible(table, shape, batch, plan, entrants)
        groups.append((table, shape, batch, entrants))
    machine = machine_before(plan)
    return reported(plan, "layers", machine, [_measured(plan, group, watcher or Nobody()) for group in groups])


def _ways(name: str) -> list[str]:
    return ["layers", *["fast"] * backend.declared(name).fast]


def _measured(plan: Plan, group: Group, watcher: Watcher) -> dict[str, Any]:
    """One network: whole calls, and calls layer by layer, in turn."""
    table, shape, count, _ = group
    title = heading(table.name, shape, count, False)
    with started(plan, group, watcher) as runners:
        with watcher.bar(f"{title}: warming up") as bar:
            warmed_up(runners, bar)
        with watcher.bar(f"{title}: measuring") as bar:
            for _ in bar(range(plan.rounds), plan.rounds):
                _round(runners)
        ended(runners)
    rate = product(runners, plan.dtype, PRODUCT)
    copies = [speed for runner in runners for speed in runner.copies]
    machine = {"rate": rate and rate["rate"], "bytes_per_s": max(copies, default=None)}
    rows = [row(runner, count, shape, False, rate) for runner in runners]
    told = [runner for runner in runners if runner.entrant.way == "layers" and runner.stands and runner.layers]
    return {
        "net": table.name,
        "input_shape": list(shape),
        "batch": count,
        "macs": table.at(shape, aux=False).totals().macs,
        "product": rate,
        "machine": machine,
        "rows": rows,
        "beside": beside(rows, ("fast", "layers")),
        "layers": [where(runner, table, shape, count, BYTES[plan.dtype], machine) for runner in told],
    }


def _round(runners: Sequence[Runner]) -> None:
    """One turn of each, a call layer by layer of those that tell, a product of each library, and copies of memory."""
    libraries: set[str] = set()
    for runner in (each for each in runners if each.stands):
        runner.turn()
        if runner.stands and runner.entrant.way == "layers":
            runner.layer_by_layer()
        if runner.stands and runner.ready["library"] not in libraries:
            libraries.add(runner.ready["library"])
            runner.product()
            if len(libraries) == 1:
                runner.copy()


def where(
    runner: Runner, table: Table, shape: Shape, batch: int, width: int, machine: dict[str, Any]
) -> dict[str, Any]:
    """Where the time of one framework goes.

    Args:
        runner: with the seconds of each layer of each round.
        table, shape, batch: what it computed.
        width: bytes of a number.
        machine: ``rate`` and ``bytes_per_s``: additions and multiplications, and bytes, that it can do in a second.

    Returns:
        As docs/json.md has it: ``whole_s``, ``layers_s``, ``explained``, ``kinds``, ``stages`` and ``parts``.
    """
    known = table.at(shape, aux=False)
    names = list(runner.layers[0])
    parts = []
    for name in names:
        seconds = median(one.get(name, 0.0) for one in runner.layers)
        done = work(known, name, batch, width)
        parts.append(
            {"name": name, "stage": name.split(".")[0], "kind": done.kind}
            | _numbers(seconds, done.macs, done.bytes, machine)
        )
    whole = [median(turn) for turn in runner.rounds]
    sums = [sum(one.values()) for one in runner.layers]
    return {
        "provider": runner.entrant.provider,
        "whole_s": median(whole),
        "layers_s": median(sums),
        "explained": median(a / b for a, b in zip(sums, whole, strict=True)),
        "kinds": _sums(parts, "kind", machine),
        "stages": _sums(parts, "stage", machine),
        "parts": parts,
    }


def _sums(parts: Sequence[dict[str, Any]], by: str, machine: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts that have one kind, or stage, together; kinds by their seconds, stages in order."""
    sums = []
    total = sum(part["seconds"] for part in parts)
    for value in sorted({part[by] for part in parts}, key=[part[by] for part in parts].index):
        chosen = [part for part in parts if part[by] == value]
        seconds, macs, moved = (sum(part[what] for part in chosen) for what in ("seconds", "macs", "bytes"))
        bound = sum(part["seconds"] for part in chosen if part["bound"] == "memory")
        numbers = _numbers(seconds, macs, moved, machine)
        least = [part["least_s"] for part in chosen]
        numbers["least_s"] = None if None in least else sum(least)
        sums.append({by: value, **numbers, "share": seconds / total, "memory_bound_s": bound})
    return sorted(sums, key=lambda one: -one["seconds"]) if by == "kind" else sums


def _numbers(seconds: float, macs: int, moved: int, machine: dict[str, Any]) -> dict[str, Any]:
    """What it did, and what the machine needs for that at least: the roofline of Williams et al. 2009.

    >>> _numbers(2.0, 10, 80, {"rate": 10.0, "bytes_per_s": 50.0})["bound"]
    'arithmetic'
    """
    fields = {"seconds": seconds, "macs": macs, "bytes": moved, "intensity": 2 * macs / moved if moved else None}
    if machine["rate"] is None or machine["bytes_per_s"] is None:
        return {**fields, "bound": None, "least_s": None}
    reckoned, fetched = 2 * macs / machine["rate"], moved / machine["bytes_per_s"]
    bound = None if not moved else "arithmetic" if reckoned >= fetched else "memory"
    return {**fields, "bound": bound, "least_s": max(reckoned, fetched)}
