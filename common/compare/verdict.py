"""From measured errors to a verdict: who leaves the table first and where, and what cannot be judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

from common.compare.faults import Fault
from common.compare.measure import Measured
from common.compare.roundoff import Limits
from common.table.analysis import Layers

AGREE, DIVERGE, NOT_JUDGED = "agree", "diverge", "not judged"
# How early a divergence is: the phase in which a backend failed, or that in which the kind was asked of it.
ORDER = ("build", "forward", "output", "gradients", "statistic", "gradient")
RANKS = {name: rank for rank, name in enumerate(ORDER)} | {"parameters": ORDER.index("output")}


@dataclass(frozen=True)
class Check:
    """One thing that was measured of one backend.

    Attributes:
        kind: ``parameters``, ``output``, ``statistic`` or ``gradient``.
        where: canonical name of the stage, layer or tensor.
        error: relative error; 0 or infinite for counts of parameters.
        limit: the largest error that agrees.
        round_off: the largest error that round-off explains; no smaller than the limit.
    """

    kind: str
    where: str
    error: float
    limit: float = 0.0
    round_off: float = 0.0

    @property
    def verdict(self) -> str:
        """One of ``agree``, ``diverge`` and ``not judged``.

        >>> [Check("output", "b1", error, limit=2.0, round_off=4.0).verdict for error in (1.0, 3.0, 5.0)]
        ['agree', 'not judged', 'diverge']
        """
        return AGREE if self.error <= self.limit else NOT_JUDGED if self.error <= self.round_off else DIVERGE


def number(error: float) -> float | None:
    """A relative error as JSON has it: None where it is infinite, for JSON knows no infinity.

    >>> number(0.5), number(inf)
    (0.5, None)
    """
    return error if isfinite(error) else None


def within(error: float | None, limit: float) -> bool:
    """Whether a relative error, as JSON has it, is no larger than its limit.

    >>> within(0.5, 1.0), within(None, 1.0)
    (True, False)
    """
    return error is not None and error <= limit


def verdict(diverged: bool, not_judged: bool) -> str:
    """The verdict of the whole: ``agree`` only where nothing diverges and nothing is left unjudged.

    >>> verdict(False, False), verdict(False, True), verdict(True, True)
    ('agree', 'not judged', 'diverge')
    """
    return DIVERGE if diverged else NOT_JUDGED if not_judged else AGREE


def checks(measured: Measured, limits: Limits, layers: Layers) -> Iterator[Check]:
    """Everything measured of one backend, in the order in which a fault would show first.

    Stages come in order, each with its count of parameters and then its outputs layer by layer; the moving statistics
    follow. Gradients come last, in the order of the backward pass, from the loss to the image: a wrong one spoils those
    before its layer.

    Args:
        measured: the backend.
        limits: what counts as round-off.
        layers: those of the table with its heads; parameters do not depend on the size of image.
    """
    outputs = measured.errors.get("output", {})
    stages = dict.fromkeys(name.split(".")[0] for name in [*outputs, *layers, *measured.counts])
    for stage in stages if measured.counts or outputs else ():
        total = layers.totals(stage)
        same = measured.counts.get(stage, (0, 0)) == (total.params, total.statistics)
        yield Check("parameters", stage, 0.0 if same else inf)
        for where, error in outputs.items():
            if where.split(".")[0] == stage:
                yield _check("output", where, error, limits)
    for kind in ("statistic", "gradient"):
        errors = measured.errors.get(kind, {})
        for where in backward(errors) if kind == "gradient" else errors:
            yield _check(kind, where, errors[where], limits)


def backward(names: Collection[str]) -> list[str]:
    """Names of gradients in the order of the backward pass: the last layer first, the image last.

    >>> backward(["b1.conv.weight", "fc.weight", "input"])
    ['fc.weight', 'b1.conv.weight', 'input']
    """
    layers = [name for name in names if name != "input"]
    return [*layers[::-1], *(name for name in names if name == "input")]


def _check(kind: str, where: str, error: float, limits: Limits) -> Check:
    return Check(kind, where, error, limits.of(kind, where), limits.round_off(kind, where))


Place = tuple[int, int]


def _divergence(backend: str, kind: str, where: str | None, error: float) -> dict[str, Any]:
    stage = where and where.split(".")[0]
    return {"backend": backend, "stage": stage, "what": kind, "where": where, "rel_err": number(error)}


def _first(backend: str, measured: Measured, limits: Limits, layers: Layers) -> tuple[Place, dict[str, Any]] | None:
    """The first place where one backend leaves the table or fails, and how early that is."""
    for place, check in enumerate(checks(measured, limits, layers)):
        if check.verdict == DIVERGE:
            return (RANKS[check.kind], place), _divergence(backend, check.kind, check.where, check.error)
    if measured.fault is None:
        return None
    return (RANKS[measured.fault.phase], 0), of_fault(backend, measured.fault)


def of_fault(backend: str, fault: Fault) -> dict[str, Any]:
    """A backend's failure as one of the ``divergences`` of docs/json.md.

    >>> of_fault("tf", Fault("forward", "b2.norm", "RuntimeError: no"))["what"]
    'error'
    """
    step = {} if fault.step is None else {"step": fault.step, "against": "numpy"}
    return {**_divergence(backend, "error", fault.where, inf), **step}


def divergences(backends: Mapping[str, Measured], limits: Limits, layers: Layers) -> list[dict[str, Any]]:
    """For each backend that leaves the table or fails, the first place where it does; the earliest place first."""
    firsts = [_first(name, measured, limits, layers) for name, measured in backends.items()]
    ordered = sorted((first for first in firsts if first), key=lambda first: first[0])
    return [divergence for _, divergence in ordered]


def not_judged(backends: Mapping[str, Measured], limits: Limits, layers: Layers) -> list[dict[str, Any]]:
    """Every error that is beyond the ceiling of limits, and that round-off alone explains."""
    return [
        {
            **{"backend": name, "what": check.kind, "where": check.where},
            **{"rel_err": check.error, "limit": check.limit, "round_off": check.round_off},
        }
        for name, measured in backends.items()
        for check in checks(measured, limits, layers)
        if check.verdict == NOT_JUDGED
    ]


class _Blame:
    """For each backend, the first step at which it leaves the path, and by what."""

    def __init__(self) -> None:
        self.first: dict[str, dict[str, Any]] = {}

    def look(self, row: dict[str, Any], backend: str, against: str, errors: dict[str, Any]) -> None:
        for kind in _beyond(row, errors):
            stage = errors[kind]["where"].split(".")[0]
            place = {"step": row["step"], "stage": stage, "what": kind, **errors[kind]}
            self.first.setdefault(backend, {"backend": backend, **place, "against": against})


def _beyond(row: dict[str, Any], errors: dict[str, Any]) -> list[str]:
    limits = row["limits"].items()
    return [kind for kind, limit in limits if kind in errors and not within(errors[kind]["rel_err"], limit)]


def step_divergences(rows: list[dict[str, Any]], faults: Mapping[str, Fault]) -> list[dict[str, Any]]:
    """For each backend that leaves the path of training, the first step and tensor; the earliest step first.

    Two backends that are each within the limit of the reference, but not of each other, count as one: the one that is
    far from more of the others, else the second.

    Args:
        rows: ``steps`` of docs/json.md.
        faults: by backend, what it failed with at a step.
    """
    blame = _Blame()
    for backend, fault in faults.items():
        if fault.step is None:  # before the first step
            blame.first[backend] = of_fault(backend, fault)
    for row in rows:
        for backend, errors in row["backends"].items():
            blame.look(row, backend, "numpy", errors)
        apart = [pair for pair in row["across"] if _beyond(row, pair)]
        times = Counter(name for pair in apart for name in pair["between"])
        for pair in apart:
            if not blame.first.keys() & set(pair["between"]):
                other, culprit = sorted(pair["between"], key=times.__getitem__)
                blame.look(row, culprit, other, pair)
        for backend, fault in faults.items():
            if fault.step == row["step"]:
                blame.first.setdefault(backend, of_fault(backend, fault))
    return list(blame.first.values())
