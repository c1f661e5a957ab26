"""From measured errors to a verdict: what ``googlenet compare --json`` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import inf, isfinite
from typing import TYPE_CHECKING

from common.table.layers import Layer

if TYPE_CHECKING:
    from common.compare.passes import Run
    from common.compare.reference import Reference
    from common.compare.roundoff import Limits
    from common.contract.recipe import Recipe


def number(error: float) -> float | None:
    """A relative error as JSON has it: None where it is infinite, for JSON knows no infinity."""
    return error if isfinite(error) else None


def within(error: float | None, limit: float) -> bool:
    """Whether a relative error, as JSON has it, is no larger than its limit."""
    return error is not None and error <= limit


def checks(run: Run, limits: Limits, layers: list[Layer]) -> Iterator[tuple[str, str, float, bool]]:
    """(what, where, relative error, within its limit) of everything measured.

    Counts of parameters first, then outputs layer by layer, moving statistics, gradients.
    """
    for name, count in run.counts.items():
        total = layers.totals(name)
        yield "parameters", name, inf, count == (total.params, total.statistics)
    for what, errors in run.measured.items():
        for where, error in errors.items():
            yield what, where, error, error <= limits.of(what, where)


def divergences(runs: dict[str, Run], limits: Limits, layers: list[Layer]) -> list[dict]:
    """For each backend that leaves the table, the first place where it does; the earliest place first."""
    found = []
    for name, run in runs.items():
        for place, (what, where, error, within) in enumerate(checks(run, limits, layers)):
            if not within:
                stage = where.split(".")[0]
                where = {"backend": name, "stage": stage, "what": what, "where": where, "rel_err": number(error)}
                found.append((place, where))
                break
    return [divergence for _, divergence in sorted(found, key=lambda f: f[0])]


def report(reference: Reference, runs: dict[str, Run], dtype: str, limits: Limits) -> dict:
    """What was measured, as plain data; docs/json.md describes it."""
    table, x = reference.table, reference.input.array
    layers = table.at(x.shape[1:], aux=bool(reference.heads))
    diverged = divergences(runs, limits, table.layers)  # parameters do not depend on the image

    def stage(name: str) -> dict:
        total = layers.totals(name)
        return {
            "name": name,
            "shape": list(layers[name].shape),
            "params": total.params,
            "macs": total.macs,
            "limit": limits.of("output", name),
            "backends": {
                backend: {
                    "shape": list(run.found[name].shape[1:]) if name in run.found else None,
                    "params": run.counts[name][0],
                    "rel_err": number(run.measured["output"][name]),
                }
                for backend, run in runs.items()
            },
        }

    def tensors(what: str) -> list[dict] | None:
        measured = {backend: run.measured.get(what) for backend, run in runs.items()}
        if None in measured.values():
            return None
        names = dict.fromkeys(name for errors in measured.values() for name in errors)
        return [
            {
                "name": name,
                "limit": limits.of(what, name),
                "backends": {
                    backend: {"rel_err": number(errors[name])} for backend, errors in measured.items() if name in errors
                },
            }
            for name in names
        ]

    return {
        "net": table.name,
        "mode": "training" if reference.training else "evaluation",
        "input_shape": list(x.shape[1:]),
        "images": len(x),
        "dtype": dtype,
        "backends": list(runs),
        "frameworks": {name: run.package.FRAMEWORK for name, run in runs.items()},
        "reference": "numpy",
        "params": {
            "table": table.layers.totals().params,
            **{backend: sum(trainable for trainable, _ in run.counts.values()) for backend, run in runs.items()},
        },
        "stages": [stage(name) for name in (*table.trunk, *reference.heads)],
        "heads_left_out": [name for name in table.aux if name not in reference.heads],
        "gradients": tensors("gradient"),
        "statistics": tensors("statistic"),
        "moving": {name: str(run.package.MOVING) for name, run in runs.items()} if reference.moments else None,
        "recipe": None,
        "steps": None,
        "tolerance": dict(limits.tolerances),
        "agree": not diverged,
        "first_divergence": diverged[0] if diverged else None,
        "divergences": diverged,
    }


def step_divergences(rows: list[dict]) -> list[dict]:
    """For each backend that leaves the path of training, the first step and tensor; the earliest step first.

    Two backends that are each within the limit of the reference, but not of each other, count as one: the one that is
    far from more of the others, else the second.
    """
    found: dict[str, dict] = {}

    def beyond(row: dict, errors: dict[str, dict]) -> list[str]:
        limits = row["limits"].items()
        return [what for what, limit in limits if what in errors and not within(errors[what]["rel_err"], limit)]

    def look(row: dict, backend: str, against: str, errors: dict[str, dict]) -> None:
        for what in beyond(row, errors):
            stage = errors[what]["where"].split(".")[0]
            place = {"step": row["step"], "stage": stage, "what": what, **errors[what]}
            found.setdefault(backend, {"backend": backend, **place, "against": against})

    for row in rows:
        for backend, errors in row["backends"].items():
            look(row, backend, "numpy", errors)
        apart = [pair for pair in row["across"] if beyond(row, pair)]
        times = Counter(name for pair in apart for name in pair["between"])
        for pair in apart:
            if not found.keys() & set(pair["between"]):
                other, culprit = sorted(pair["between"], key=times.__getitem__)
                look(row, culprit, other, pair)
    return list(found.values())


def with_steps(found: dict, recipe: Recipe, rows: list[dict]) -> dict:
    """A `report` with steps of training: a backend that was right until then may leave the path there."""
    before = {divergence["backend"] for divergence in found["divergences"]}
    after = [divergence for divergence in step_divergences(rows) if divergence["backend"] not in before]
    diverged = [*found["divergences"], *after]
    return {
        **found,
        "recipe": recipe.described(),
        "steps": rows,
        "agree": not diverged,
        "first_divergence": diverged[0] if diverged else None,
        "divergences": diverged,
    }
