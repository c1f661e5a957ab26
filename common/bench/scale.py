"""How the cost of a network grows: with the batch, the size of image and the threads; and the memory of training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from common.base.errors import InputError
from common.base.progress import Nobody, Watcher
from common.bench.asked import LIMIT, machine_before, planned, reported, require_possible, tabled
from common.bench.entrants import Entrant
from common.bench.exponent import exponent, line, linear
from common.bench.groups import Plan, Shape, measured
from common.contract import backend
from common.table.analysis import Table
from common.table.padding import Pair
from common.table.sizes import check_input
from common.table.spec import Network

ROUNDS, BUDGET, LEAST = 3, 600.0, 10.0  # of each point; seconds in all; seconds that a point is given at least
BATCH = 8  # images a call, where size or threads change
BATCHES, TRAINED = (1, 2, 4, 8, 16, 32, 64), (4, 8, 16, 32, 64)
SIDES = (32, 64, 96, 128, 160, 192, 224, 299, 448)
EXPECTED = {"batch": 1.0, "image_size": 1.0, "threads": -1.0, "training_memory": 1.0}


@dataclass(frozen=True)
class Point:
    """One setting that is measured.

    Attributes:
        axis: what changes: ``batch``, ``image_size``, ``threads`` or ``training_memory``.
        value: to what: images, pixels of an image, threads, images.
        shape: (C, H, W) of an image.
        batch: images a call.
        threads: of each process.
    """

    axis: str
    value: int
    shape: Shape
    batch: int
    threads: int


def scale(
    nets: Sequence[str | Network] = ("d2l",),
    *,
    backends: Sequence[str] | None = None,
    image_size: Pair | None = None,
    dtype: str = "float32",
    rounds: int = ROUNDS,
    threads: int | None = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
    limit: float = LIMIT,
    budget: float = BUDGET,
    watcher: Watcher | None = None,
    clock: Callable[[], float] = monotonic,
) -> dict[str, Any]:
    """Measure how the cost of one network grows, in each framework.

    Args:
        nets: one network.
        backends, image_size, dtype, threads, in_channels, num_classes, limit, watcher: as for `common.bench.bench`.
        rounds: turns of each process that count, at each point.
        budget: seconds after which no more points are begun; those that are left are told.
        clock: seconds from any begin.

    Returns:
        What ``googlenet bench --scale --json`` prints; see docs/json.md.

    Raises:
        InputError: anything of this that cannot be, before anything takes time.
    """
    plan = planned(backends, dtype, rounds, threads, False, False, limit)
    if not budget > 0:
        raise InputError(f"budget must be above 0, not {budget!r}")
    if len(nets) != 1:
        raise InputError(f"--scale measures one network, not {len(nets)}: give one")
    ((table, shape),) = tabled(nets, image_size, in_channels, num_classes)
    require_possible(table, shape, 1, plan, _entrants(plan, table, "batch"))
    ((trained, _),) = tabled(nets, image_size, in_channels, num_classes, train=True)
    begin, machine = clock(), machine_before(plan)
    groups: list[dict[str, Any]] = []
    left_out: list[dict[str, Any]] = []
    gone: set[str] = set()  # providers that are not asked again
    for point in spread_out(points(table, shape, plan.threads)):
        left = budget - (clock() - begin)
        if left <= 0:
            left_out.append({"axis": point.axis, "value": point.value, "reason": "no time was left"})
            continue
        now = _plan_at(plan, point, left)
        of = trained if point.axis == "training_memory" else table
        rows = [each for each in _entrants(now, of, point.axis) if each.provider not in gone]
        try:
            require_possible(of, point.shape, point.batch, now, rows)
        except InputError as error:
            left_out.append({"axis": point.axis, "value": point.value, "reason": str(error)})
            continue
        group = measured(now, (of, point.shape, point.batch, rows), watcher or Nobody())
        groups.append({"axis": point.axis, "value": point.value, "threads": point.threads, **group})
        gone |= {row["provider"] for row in group["rows"] if row["failure"] and row["failure"]["kind"] in GONE}
    report = reported(plan, "scale", machine, groups)
    return {**report, "budget": budget, "curves": list(curves(groups)), "left_out": left_out}


GONE = ("missing", "hung")


def _plan_at(plan: Plan, point: Point, left: float) -> Plan:
    """The plan of one point: nobody is waited for much longer than there is time."""
    training = point.axis == "training_memory"
    rounds = 1 if training else plan.rounds
    limit = min(plan.limit, max(left, LEAST))
    return replace(plan, threads=point.threads, training=training, rounds=rounds, limit=limit)


def _entrants(plan: Plan, table: Table, axis: str) -> list[Entrant]:
    """Each backend by its fastest way; for the memory of training its Trainer."""
    if axis == "training_memory":
        able = [name for name in plan.backends if plan.dtype in backend.declared(name).trains_in]
        return [Entrant(name, "trainer", table) for name in able]
    return [Entrant(name, "fast" if backend.declared(name).fast else "plain", table) for name in plan.backends]


def points(table: Table, shape: Shape, threads: int) -> list[Point]:
    """All points of a table: sizes of image are those that it takes.

    Args:
        table: without heads.
        shape: (C, H, W) of an image where the size does not change.
        threads: the most.

    >>> from common import nets
    >>> [point.value for point in points(nets.get("d2l"), (1, 96, 96), 2) if point.axis == "threads"]
    [1, 2]
    """
    sizes = [(shape[0], side, side) for side in SIDES if _takes(table, (shape[0], side, side))]
    return [
        *(Point("batch", count, shape, count, threads) for count in BATCHES),
        *(Point("image_size", size[1] * size[2], size, BATCH, threads) for size in sizes),
        *(Point("threads", count, shape, BATCH, count) for count in _threads(threads)),
        *(Point("training_memory", count, shape, count, threads) for count in TRAINED),
    ]


def _threads(most: int) -> list[int]:
    """1, 2, 4 and so on, and the most.

    >>> _threads(6)
    [1, 2, 4, 6]
    """
    return sorted({1 << power for power in range(most.bit_length()) if 1 << power <= most} | {most})


def _takes(table: Table, shape: Shape) -> bool:
    try:
        check_input(table, shape, aux=False)
    except InputError:
        return False
    return True


def spread_out(all_points: Sequence[Point]) -> list[Point]:
    """The points in the order in which they are measured, so that of each curve there is something when time ends.

    The curves take turns; of each curve its ends come first, then its middle, then what lies between.

    >>> values = [Point("batch", n, (1, 8, 8), n, 1) for n in (1, 2, 4, 8, 16)]
    >>> [point.value for point in spread_out(values)]
    [1, 16, 4, 2, 8]
    """
    by_axis: dict[str, list[Point]] = {}
    for point in all_points:
        by_axis.setdefault(point.axis, []).append(point)
    orders = [_halved(each) for each in by_axis.values()]
    longest = max(map(len, orders), default=0)
    return [order[place] for place in range(longest) for order in orders if place < len(order)]


def _halved(values: list[Point]) -> list[Point]:
    """The ends, then the middle of each gap, the widest gap first."""
    places = sorted({0, len(values) - 1})
    order = list(places)
    while len(order) < len(values):
        gap = max(range(len(places) - 1), key=lambda at: places[at + 1] - places[at])
        middle = (places[gap] + places[gap + 1]) // 2
        order.append(middle)
        places = sorted([*places, middle])
    return [values[place] for place in order]


def curves(groups: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A curve for each axis and provider: what was measured, the exponent, and where it is linear.

    Args:
        groups: with ``axis`` and ``value``, of points that were measured.
    """
    measured_rows: dict[tuple[str, str, str], list[tuple[int, float]]] = {}
    for group in groups:
        for row in group["rows"]:
            value = _cost(group["axis"], row)
            if value is not None:
                measured_rows.setdefault((group["axis"], row["provider"], row["way"]), []).append(
                    (group["value"], value)
                )
    for (axis, provider, way), unsorted in measured_rows.items():
        pairs = sorted(unsorted)
        expected = EXPECTED[axis]
        curve: dict[str, Any] = {"axis": axis, "provider": provider, "way": way, "points": [list(p) for p in pairs]}
        curve |= {"exponent": exponent(pairs), "linear": linear(pairs, expected)}
        if axis == "training_memory":
            curve["line"] = line(pairs)
        yield curve


def _cost(axis: str, row: dict[str, Any]) -> float | None:
    """Seconds of a call; of training the most memory that there was."""
    if row["failure"] or row["latency_s"] is None:
        return None
    return row["peak_memory"] if axis == "training_memory" else row["latency_s"]["p50"]
