"""Whether all who are measured compute one function: their logits beside those of the NumPy reference."""

from __future__ import annotations

from collections.abc import Sequence

from common.bench.jobs import Job
from common.bench.process import Failed
from common.bench.turns import Runner
from common.compare.roundoff import reduced_tolerance, tolerance
from common.table.analysis import Table

# Ways that compute one network of ours with the same weights.
SAME = ("plain", "fast", "compiled", "bfloat16", "layers", "export")


def truth(job: Job) -> list[float]:
    """The logits of the first image of a job, by the reference in float64.

    >>> from common import nets
    >>> table = nets.get("nin", num_classes=3)
    >>> len(truth(Job("torch", "plain", table, (1, 96, 96), 1, "float32", 1, ".")))
    3
    """
    from common.compare.reference import Reference
    from common.table.drawing import probing

    weights = probing(job.table, job.seed, job.net_dtype)
    return Reference(job.table, weights, job.images()[:1], aux=False).outputs["fc"][0].tolist()


def are_compared(runner: Runner) -> bool:
    """Whether a runner stands, and has computed logits of our network with our weights."""
    return runner.stands and runner.entrant.same and runner.entrant.way in SAME


def check(runners: Sequence[Runner], logits: Sequence[float], table: Table, dtype: str) -> None:
    """Let those fail that compute something else, before they are measured. Each gets its relative error.

    Args:
        runners: that have started; only those that `are_compared` are looked at.
        logits: of the first image, of `truth`.
        table: the network.
        dtype: of the weights and images.
    """
    for runner in filter(are_compared, runners):
        limit = reduced_tolerance(table) if runner.entrant.way == "bfloat16" else tolerance(table, dtype)
        told = runner.ready["logits"]
        runner.rel_err = relative(told, logits[: len(told)])
        if not (runner.rel_err is not None and runner.rel_err <= limit):
            words = "what is no number" if runner.rel_err is None else f"{runner.rel_err:.1e}"
            runner.fail(Failed("differs", f"its logits differ from NumPy's by {words}; the limit is {limit:.1e}"))


def relative(a: Sequence[float], r: Sequence[float]) -> float | None:
    """max|a - r| / max|r|; None where that is no number.

    >>> relative([1.0, 2.5], [1.0, 2.0]), relative([float("nan")], [1.0]), relative([1.0, 1.0], [1.0])
    (0.25, None, None)
    """
    if len(a) != len(r) or any(x != x for x in (*a, *r)):
        return None
    largest = max(map(abs, r))
    error = max(abs(x - y) for x, y in zip(a, r, strict=True))
    return error / largest if 0 < largest < float("inf") and error < float("inf") else None
