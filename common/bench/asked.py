"""A benchmark as a user asks for it, on the command line or in Python: from names and numbers to the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from common import nets as tables
from common.base.errors import InputError, choose
from common.base.machine import require_memory
from common.base.progress import Nobody, Watcher
from common.bench import conditions
from common.bench.entrants import Entrant, entrants
from common.bench.groups import Group, Plan, Shape, measured, shape_of
from common.contract import backend
from common.contract.declaration import COMPUTES_IN, TRAINS_IN
from common.table import memory
from common.table.analysis import Table
from common.table.padding import Pair
from common.table.sizes import check_input, without_variance
from common.table.spec import Network

BATCHES, TRAINING_BATCHES, LAYERS_BATCH = (1, 8, 32), (64,), 8
ROUNDS, LIMIT = 10, 300.0  # seconds that any answer of a process may take
LIBRARIES = 300 << 20  # bytes that a framework takes by itself, at least


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
    compiled: bool = False,
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
        dtype: what to compute in: ``float32``, ``float64`` or ``bfloat16``. In inference that is the predictors
            in bfloat16 beside those in float32, and the error of each layer.
        rounds: how many turns each process has that count.
        threads: for each process; None is as many as there are processors.
        train: measure steps of training instead of inference.
        others: also what a user would pick instead, where it is installed.
        compiled: also the fast paths that are compiled into machine code, in float32.
        in_channels, num_classes: None is the table's own.
        limit: seconds that any answer of a process may take.
        watcher: is told what is being done.

    Returns:
        What ``googlenet bench --json`` prints; see docs/json.md.

    Raises:
        InputError: anything of this that cannot be, before anything takes time.
    """
    if compiled and (train or dtype != "float32"):
        raise InputError("compiled fast paths are for inference in float32: leave --compiled out")
    plan = planned(backends, dtype, rounds, threads, train, others, limit, dtypes=TRAINS_IN)
    if compiled and plan.backends and not any(backend.declared(name).fast_compiled for name in plan.backends):
        backend.require(plan.backends, compiled=True)
    plan = replace(plan, compiled=compiled)
    batches = _batches(batch, train)
    asked = tabled(nets, image_size, in_channels, num_classes, train)
    groups = [grouped(plan, table, shape, count) for table, shape in asked for count in batches]
    return _measured(plan, groups, watcher or Nobody())


def tabled(
    nets: Sequence[str | Network],
    image_size: Pair | None = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
    train: bool = False,
) -> list[tuple[Table, Shape]]:
    """The tables of a benchmark, without heads where these play no part, and the shape of an image of each.

    Args:
        nets, image_size, in_channels, num_classes, train: as in `bench`.

    Raises:
        InputError: no network, one that there is not, or images that one does not take.

    >>> [(table.name, shape) for table, shape in tabled(["d2l"], (32, 48))]
    [('d2l', (1, 32, 48))]
    """
    asked = [tables.get(net, in_channels=in_channels, num_classes=num_classes, aux=_aux(net, train)) for net in nets]
    if not asked:
        raise InputError("no network to measure: name one, such as d2l")
    shapes: list[Shape] = [(table.input[0], *(image_size or table.input[1:])) for table in asked]
    for table, shape in zip(asked, shapes, strict=True):
        check_input(table, shape, aux=train and bool(table.aux))
    return list(zip(asked, shapes, strict=True))


def grouped(plan: Plan, table: Table, shape: Shape, count: int) -> Group:
    """Who takes part with one table and size of batch.

    Raises:
        InputError: a batch that cannot be computed, or more memory than there is.
    """
    rows = entrants(
        table,
        shape,
        plan.backends,
        training=plan.training,
        dtype=plan.dtype,
        others_too=plan.others,
        compiled=plan.compiled,
    )
    require_possible(table, shape, count, plan, rows)
    return table, shape, count, rows


def planned(
    backends: Sequence[str] | None,
    dtype: str,
    rounds: int,
    threads: int | None,
    train: bool,
    others: bool,
    limit: float,
    dtypes: Sequence[str] = COMPUTES_IN,
) -> Plan:
    """What can be checked without a table.

    Args:
        dtypes: the choices.

    Raises:
        InputError: a backend that does not do it, a number that cannot be.
    """
    choose("dtype", dtype, dtypes)
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
        reduced = dtype == "bfloat16" and not train
        backend.require(names, training=train, bfloat16=reduced, dtype=None if reduced else dtype)
    else:
        names = [name for name in backend.declarations() if _able(name, train, dtype)]
    return Plan(tuple(names), backends is not None, train, dtype, rounds, threads or cores, others, limit)


def _able(name: str, train: bool, dtype: str) -> bool:
    declared = backend.declared(name)
    if dtype == "bfloat16" and not train:
        return declared.fast_in_bfloat16
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


def require_possible(table: Table, shape: Shape, count: int, plan: Plan, rows: Sequence[Entrant]) -> None:
    """Require a batch that can be computed, and room for all processes at once.

    Raises:
        InputError: a normalisation that sees one value, or more memory than there is.
    """
    if plan.training and (name := without_variance(table, shape[1:], count)) is not None:
        raise InputError(f"{name}.norm: one value per channel has no variance; take a larger --batch")
    needed = memory.to_train if plan.training else memory.to_predict
    total = sum(LIBRARIES + needed(each.table, shape_of(each, shape), count, plan.dtype) for each in rows)
    images = f"{count:,} images of {'x'.join(map(str, shape))} in {len(rows)} processes"
    require_memory(total, images, "take a smaller --batch or --image-size, or fewer --backends")


def _measured(plan: Plan, groups: Sequence[Group], watcher: Watcher) -> dict[str, Any]:
    """The report."""
    machine = machine_before(plan)
    return reported(
        plan,
        "training" if plan.training else "inference",
        machine,
        [measured(plan, group, watcher) for group in groups],
    )


def machine_before(plan: Plan) -> dict[str, Any]:
    """The machine, and its load before anything is measured."""
    return {**conditions.conditions(plan.threads), "load_before": conditions.load()}


def reported(plan: Plan, task: str, machine: dict[str, Any], groups: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The report of a benchmark of any task, once all is measured.

    Args:
        plan: how it was measured.
        task: what, in a word.
        machine: of `machine_before`.
        groups: each with ``rows``.

    Raises:
        InputError: no framework is installed.
    """
    rows = [each for group in groups for each in group["rows"]]
    if all(each["failure"] and each["failure"]["kind"] == "missing" for each in rows) and not plan.named:
        raise backend.none_installed()
    frameworks = {each["provider"]: each["framework"] for each in rows if each["framework"] and each["same_network"]}
    return {
        "task": task,
        "dtype": plan.dtype,
        "rounds": plan.rounds,
        "frameworks": frameworks,
        "conditions": {**machine, "load_after": conditions.load()},
        "groups": list(groups),
        "ok": not any(is_failure(plan, each) for each in rows),
    }


def is_failure(plan: Plan, one: dict[str, Any]) -> bool:
    """Whether a row makes the benchmark fail: what nobody asked for by name may be missing.

    >>> from types import SimpleNamespace
    >>> missing = {"failure": {"kind": "missing"}}
    >>> [is_failure(SimpleNamespace(named=named), missing) for named in (True, False)]
    [True, False]
    """
    return one["failure"] is not None and (plan.named or one["failure"]["kind"] != "missing")
