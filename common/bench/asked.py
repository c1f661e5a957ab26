"""A benchmark as a user asks for it, on the command line or in Python: from names and numbers to the report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from common import nets as tables
from common.base.errors import InputError, choose
from common.base.machine import require_memory
from common.base.progress import Nobody, Watcher
from common.bench import conditions
from common.bench.entrants import Entrant, entrants
from common.bench.equality import are_compared, check, truth
from common.bench.jobs import PRODUCT, Job
from common.bench.process import Process
from common.bench.rows import heading, product, row
from common.bench.turns import Runner, ended, measured, warmed_up
from common.bench.verdict import beside, verdict
from common.contract import backend
from common.contract.declaration import COMPUTES_IN, TRAINS_IN
from common.table import memory
from common.table.analysis import Table
from common.table.padding import Pair
from common.table.sizes import check_input, without_variance
from common.table.spec import Network

BATCHES, TRAINING_BATCHES = (1, 8, 32), (64,)
ROUNDS, LIMIT = 10, 300.0  # seconds that any answer of a process may take
LIBRARIES = 300 << 20  # bytes that a framework takes by itself, at least
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Plan:
    """What is measured, and how.

    Attributes:
        backends: their names, and whether they were asked for by name: one that was and is missing is a failure.
        training: steps of training instead of inference.
    """

    backends: tuple[str, ...]
    named: bool
    training: bool
    dtype: str
    rounds: int
    threads: int
    others: bool
    limit: float


def bench(
    nets: Sequence[str | Network] = ("d2l",),
    *,
    backends: Sequence[str] | None = None,
    batch: Sequence[int] | None = None,
    image_size: Pair | None = None,
    dtype: str = "float32",
    rounds: int = ROUNDS,
    threads: int | None = None,
    train: bool = False,
    others: bool = True,
    in_channels: int | None = None,
    num_classes: int | None = None,
    limit: float = LIMIT,
    watcher: Watcher | None = None,
) -> dict[str, Any]:
    """Measure how fast networks are in each framework, each in a fresh process, in rounds in which each has its turn.

    Args:
        nets: names of `common.nets`, or tables of your own.
        backends: their names; None is all that are installed.
        batch: images a call, one or several numbers; None is 1, 8 and 32, or 64 for training.
        image_size: (H, W) in pixels; None is each table's own.
        dtype: what to compute in, ``float32`` or ``float64``; for training ``bfloat16`` too.
        rounds: how many turns each process has that count.
        threads: for each process; None is as many as there are processors.
        train: measure steps of training instead of inference.
        others: also what a user would pick instead, where it is installed.
        in_channels, num_classes: None is the table's own.
        limit: seconds that any answer of a process may take.
        watcher: is told what is being done.

    Returns:
        What ``googlenet bench --json`` prints; see docs/json.md.

    Raises:
        InputError: anything of this that cannot be, before anything takes time.
    """
    plan = _plan(backends, dtype, rounds, threads, train, others, limit)
    batches = _batches(batch, train)
    asked = [tables.get(net, in_channels=in_channels, num_classes=num_classes, aux=_aux(net, train)) for net in nets]
    if not asked:
        raise InputError("no network to measure: name one, such as d2l")
    groups = []
    for table in asked:
        shape = (table.input[0], *(image_size or table.input[1:]))
        check_input(table, shape, aux=train and bool(table.aux))
        for count in batches:
            rows = entrants(table, shape, plan.backends, training=train, dtype=dtype, others_too=plan.others)
            _require_possible(table, shape, count, plan, rows)
            groups.append((table, shape, count, rows))
    return _measured(plan, groups, watcher or Nobody())


def _plan(
    backends: Sequence[str] | None,
    dtype: str,
    rounds: int,
    threads: int | None,
    train: bool,
    others: bool,
    limit: float,
) -> Plan:
    """What can be checked without a table.

    Raises:
        InputError: a backend that does not do it, a number that cannot be.
    """
    choose("dtype", dtype, TRAINS_IN if train else COMPUTES_IN)
    for name, value in (("rounds", rounds), ("limit", limit), ("threads", threads)):
        if value is not None and not value > 0:
            raise InputError(f"{name} must be above 0, not {value!r}")
    cores = len(conditions.usable_cores())
    if threads is not None and threads > cores:
        raise InputError(f"--threads {threads}: this process may use {cores} processors: give {cores} at most")
    if backends is not None:
        names = list(dict.fromkeys(map(backend.name_of, backends)))
        if not names:
            raise InputError("no backend to measure: name one, such as torch")
        backend.require(names, training=train, dtype=dtype)
    else:
        names = [name for name in backend.declarations() if _able(name, train, dtype)]
    return Plan(tuple(names), backends is not None, train, dtype, rounds, threads or cores, others, limit)


def _able(name: str, train: bool, dtype: str) -> bool:
    declared = backend.declared(name)
    return dtype in (declared.trains_in if train else declared.computes_in)


def _batches(batch: Sequence[int] | None, train: bool) -> tuple[int, ...]:
    """Images a call, each number once.

    >>> _batches(None, True), _batches([8, 1, 8], False)
    ((64,), (8, 1))
    """
    if batch is None:
        return TRAINING_BATCHES if train else BATCHES
    if not batch or not all(type(count) is int and count > 0 for count in batch):
        raise InputError(f"--batch must be numbers of images above 0, such as 1,8,32, not {list(batch)!r}")
    return tuple(dict.fromkeys(batch))


def _aux(net: str | Network, train: bool) -> bool | None:
    """Inference is measured without heads, which play no part in it."""
    return False if not train and tables.get(net).aux else None


def _require_possible(table: Table, shape: Shape, count: int, plan: Plan, rows: Sequence[Entrant]) -> None:
    """Require a batch that can be computed, and room for all processes at once.

    Raises:
        InputError: a normalisation that sees one value, or more memory than there is.
    """
    if plan.training and (name := without_variance(table, shape[1:], count)) is not None:
        raise InputError(f"{name}.norm: one value per channel has no variance; take a larger --batch")
    needed = memory.to_train if plan.training else memory.to_predict
    total = sum(LIBRARIES + needed(each.table, _shape_of(each, shape), count, plan.dtype) for each in rows)
    images = f"{count:,} images of {'x'.join(map(str, shape))} in {len(rows)} processes"
    require_memory(total, images, "take a smaller --batch or --image-size, or fewer --backends")


def _shape_of(entrant: Entrant, shape: Shape) -> Shape:
    return (entrant.table.input[0], *shape[1:]) if not entrant.same else shape


Group = tuple[Table, Shape, int, list[Entrant]]


def _measured(plan: Plan, groups: Sequence[Group], watcher: Watcher) -> dict[str, Any]:
    """The report."""
    machine = {**conditions.conditions(plan.threads), "load_before": conditions.load()}
    measured_groups = [_group(plan, *group, watcher) for group in groups]
    rows = [each for group in measured_groups for each in group["rows"]]
    if all(each["failure"] and each["failure"]["kind"] == "missing" for each in rows) and not plan.named:
        raise backend.none_installed()
    frameworks = {each["provider"]: each["framework"] for each in rows if each["framework"] and each["same_network"]}
    return {
        "task": "training" if plan.training else "inference",
        "dtype": plan.dtype,
        "rounds": plan.rounds,
        "frameworks": frameworks,
        "conditions": {**machine, "load_after": conditions.load()},
        "groups": measured_groups,
        "ok": not any(_counts(plan, each) for each in rows),
    }


def _counts(plan: Plan, one: dict[str, Any]) -> bool:
    """Whether a row makes the benchmark fail: what nobody asked for by name may be missing."""
    return one["failure"] is not None and (plan.named or one["failure"]["kind"] != "missing")


def _group(
    plan: Plan, table: Table, shape: Shape, count: int, rows: Sequence[Entrant], watcher: Watcher
) -> dict[str, Any]:
    """One table with one size of batch: all entrants side by side."""
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
                check(alike, truth(_job(plan, alike[0].entrant, shape, count, "")), table, plan.dtype)
        with watcher.bar(f"{title}: warming up") as bar:
            warmed_up(runners, bar)
        with watcher.bar(f"{title}: measuring") as bar:
            measured(runners, bar(range(plan.rounds), plan.rounds))
        ended(runners)
    rate = product(runners, plan.dtype, PRODUCT)
    found = [row(runner, count, _shape_of(runner.entrant, shape), plan.training, rate) for runner in runners]
    return {
        "net": table.name,
        "input_shape": list(shape),
        "batch": count,
        "macs": table.at(shape, aux=plan.training and bool(table.aux)).totals().macs,
        "product": rate,
        "rows": found,
        "beside": beside(found, ("trainer", "loop") if plan.training else ("fast", "plain")),
        "verdict": verdict(found),
    }


def _job(plan: Plan, entrant: Entrant, shape: Shape, count: int, folder: str) -> Job:
    own = _shape_of(entrant, shape)
    return Job(entrant.provider, entrant.way, entrant.table, own, count, plan.dtype, plan.threads, folder, PRODUCT)
