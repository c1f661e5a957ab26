"""What was measured of a process, as a row of the report."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from common.bench.measures import quantile, spread
from common.bench.turns import Runner

PASSES = {False: 1, True: 3}  # forward; forward, and backward by the images and by the weights
Shape = tuple[int, int, int]


def heading(name: str, shape: Shape, batch: int, training: bool) -> str:
    """What a group measures.

    >>> heading("d2l", (1, 96, 96), 8, training=True)
    'd2l, steps of training on 8 images of 1x96x96'
    """
    words = "steps of training on " if training else ""
    return f"{name}, {words}{batch:,} image{'s' * (batch != 1)} of {'x'.join(map(str, shape))}"


def product(runners: Sequence[Runner], dtype: str, size: int) -> dict[str, Any] | None:
    """What the machine can do: additions and multiplications a second in a product of matrices, by the best library.

    Args:
        runners: with the times of their libraries' products.
        dtype: of the matrices.
        size: their rows and columns.

    Returns:
        ``dtype``, ``size``, ``rates`` by library, the ``best`` library and its ``rate``; None where nobody had a turn.
    """
    seconds: dict[str, list[float]] = {}
    for runner in runners:
        if runner.products:
            seconds.setdefault(runner.ready["library"], []).extend(runner.products)
    rates = {library: 2 * size**3 / median(each) for library, each in seconds.items()}
    if not rates:
        return None
    best = max(rates, key=lambda library: rates[library])
    return {"dtype": dtype, "size": size, "rates": rates, "best": best, "rate": rates[best]}


def row(runner: Runner, batch: int, shape: Shape, training: bool, rate: dict[str, Any] | None) -> dict[str, Any]:
    """One entrant.

    Args:
        runner: whose process has ended.
        batch: images a call.
        shape: (C, H, W) of an image.
        training: steps instead of inference.
        rate: of `product`.
    """
    entrant, ready, failure = runner.entrant, runner.ready, runner.failure
    heads = training and bool(entrant.table.aux)
    macs = entrant.table.at(shape, aux=heads).totals().macs * PASSES[training]
    fields: dict[str, Any] = {
        **{"name": entrant.name, "provider": entrant.provider, "way": entrant.way},
        **{"framework": ready.get("framework"), "same_network": entrant.same, "network": entrant.table.name},
        "macs": macs,
        **{f"{phase}_s": ready.get(f"{phase}_s") for phase in ("import", "build", "first")},
        "warm_up": {"turns": len(runner.warming), "steady": runner.warm},
        "peak_memory": runner.peak,
        "failure": failure and {"kind": failure.kind, "message": failure.message},
        "rel_err": runner.rel_err,
        "errors": runner.errors,
        **dict.fromkeys(("calls", "rounds", "images_per_s", "latency_s", "fraction")),
    }
    if failure is None and runner.rounds:
        fields.update(_speeds(runner.rounds, batch, macs, rate))
    return fields


def _speeds(rounds: Sequence[Sequence[float]], batch: int, macs: int, rate: dict[str, Any] | None) -> dict[str, Any]:
    """What follows from the seconds of each call of each round."""
    calls = [seconds for turn in rounds for seconds in turn]
    speeds = [batch * len(turn) / sum(turn) for turn in rounds]
    middle = spread(speeds)
    return {
        "calls": len(calls),
        "rounds": speeds,
        "images_per_s": middle,
        "latency_s": {"p50": median(calls), "p95": quantile(calls, 0.95)},
        "fraction": rate and 2 * macs * middle["median"] / rate["rate"],
    }


def overhead(runner: Runner) -> dict[str, Any]:
    """What of a step of a run is our own: loop, data and metrics, which take so long where nothing is learned.

    Args:
        runner: of a run, which stands.

    Returns:
        Its ``name``; ``seconds`` of a step without the learning, with quartiles; their ``share`` of a whole step.
    """
    whole = median(seconds for turn in runner.rounds for seconds in turn)
    own = spread(runner.without)
    return {"name": runner.entrant.name, "seconds": own, "share": own["median"] / whole}
