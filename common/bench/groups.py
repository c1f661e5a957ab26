"""One table with one size of batch: its processes are started, compared with NumPy, and measured side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from common.base.progress import Watcher
from common.bench import conditions, turns
from common.bench.entrants import Entrant
from common.bench.equality import are_compared, check, truth
from common.bench.jobs import PRODUCT, Job
from common.bench.process import Process
from common.bench.rows import heading, overhead, product, row
from common.bench.turns import Runner, ended, warmed_up
from common.bench.verdict import beside, verdict
from common.table.analysis import Table

Shape = tuple[int, int, int]
Group = tuple[Table, Shape, int, list[Entrant]]  # a table, (C, H, W) of an image, images a call, who takes part


@dataclass(frozen=True)
class Plan:
    """What is measured, and how.

    Attributes:
        backends: their names, and whether they were asked for by name: one that was and is missing is a failure.
        training: steps of training instead of inference.
        compiled: also fast paths that are compiled into machine code.
    """

    backends: tuple[str, ...]
    named: bool
    training: bool
    dtype: str
    rounds: int
    threads: int
    others: bool
    limit: float
    compiled: bool = False


@contextmanager
def started(plan: Plan, group: Group, watcher: Watcher) -> Iterator[list[Runner]]:
    """The processes of a group, each after its first result and compared with NumPy; at the end all are ended.

    Args:
        plan: how they are measured.
        group: who takes part.
        watcher: is told who starts.
    """
    table, shape, count, rows = group
    title = heading(table.name, shape, count, plan.training)
    runners = [Runner(entrant) for entrant in rows]
    with ExitStack() as stack:
        with watcher.progress() as progress:
            for runner in runners:
                progress(f"{title}: {runner.entrant.name}")
                folder = stack.enter_context(TemporaryDirectory(prefix="googlenet-bench-"))
                stack.callback(runner.close)
                process = Process(folder, conditions.with_threads(plan.threads), plan.limit)
                runner.start(process, _job(plan, runner.entrant, shape, count, folder).to_json())
            if alike := [runner for runner in runners if are_compared(runner)]:
                progress(f"{title}: NumPy, to compare with")
                first = _job(plan, alike[0].entrant, shape, count, "")
                check(alike, truth(first), table, first.net_dtype)
        yield runners


def measured(plan: Plan, group: Group, watcher: Watcher) -> dict[str, Any]:
    """All entrants of a group side by side, as in the report.

    Args:
        plan: how they are measured.
        group: who takes part.
        watcher: is told how far it has come.
    """
    table, shape, count, _ = group
    title = heading(table.name, shape, count, plan.training)
    with started(plan, group, watcher) as runners:
        with watcher.bar(f"{title}: warming up") as bar:
            warmed_up(runners, bar)
        with watcher.bar(f"{title}: measuring") as bar:
            turns.measured(runners, bar(range(plan.rounds), plan.rounds))
        with watcher.progress() as progress:
            for runner in runners:
                if runner.entrant.way == "bfloat16":
                    progress(f"{title}: what {runner.entrant.name} costs")
                    runner.errors_by_layer()
        ended(runners)
    rate = product(runners, plan.dtype, PRODUCT)
    rows = [row(runner, count, shape_of(runner.entrant, shape), plan.training, rate) for runner in runners]
    return {
        "net": table.name,
        "input_shape": list(shape),
        "batch": count,
        "macs": table.at(shape, aux=plan.training and bool(table.aux)).totals().macs,
        "product": rate,
        "rows": rows,
        "beside": [each for ways in _pairs(plan) for each in beside(rows, ways)],
        "overheads": [overhead(runner) for runner in runners if runner.stands and runner.without],
        "verdict": verdict(rows),
    }


def _pairs(plan: Plan) -> list[tuple[str, str]]:
    """Which way of each framework is compared with which other way of it."""
    if plan.training:
        return [("trainer", "loop")]
    if plan.dtype == "bfloat16":
        return [("bfloat16", "fast")]
    return [("fast", "plain"), *[("compiled", "plain")] * plan.compiled]


def shape_of(entrant: Entrant, shape: Shape) -> Shape:
    """(C, H, W) of the images that an entrant gets: as many channels as its network takes."""
    return (entrant.table.input[0], *shape[1:]) if not entrant.same else shape


def _job(plan: Plan, entrant: Entrant, shape: Shape, count: int, folder: str) -> Job:
    own = shape_of(entrant, shape)
    return Job(entrant.provider, entrant.way, entrant.table, own, count, plan.dtype, plan.threads, folder, PRODUCT)
