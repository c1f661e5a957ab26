"""What ``googlenet compare --json`` prints: the measurements and the verdict as plain data; see docs/json.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from common.compare.faults import Fault
from common.compare.measure import Measured
from common.compare.reference import Reference
from common.compare.roundoff import Limits
from common.compare.verdict import AGREE, divergences, not_judged, number, step_divergences, verdict
from common.contract.recipe import Recipe
from common.table.analysis import Layers

Report = dict[str, Any]


def report(reference: Reference, backends: Mapping[str, Measured], dtype: str, limits: Limits) -> Report:
    """What was measured of the backends, by name, as plain data."""
    table, images = reference.table, reference.input.array
    _, channels, height, width = images.shape
    layers = table.at((channels, height, width), aux=bool(reference.heads))
    moving = {name: str(measured.moving) for name, measured in backends.items()} if reference.moments else None
    return {
        "net": table.name,
        "mode": "training" if reference.training else "evaluation",
        "input_shape": list(images.shape[1:]),
        "images": len(images),
        "dtype": dtype,
        "backends": list(backends),
        "frameworks": {name: measured.framework for name, measured in backends.items()},
        "reference": "numpy",
        "params": {
            "table": table.layers.totals().params,
            **{name: sum(n for n, _ in measured.counts.values()) for name, measured in backends.items()},
        },
        "stages": [_stage(name, layers, backends, limits) for name in (*table.trunk, *reference.heads)],
        "heads_left_out": [name for name in table.aux if name not in reference.heads],
        "gradients": _tensors("gradient", backends, limits),
        "statistics": _tensors("statistic", backends, limits),
        "moving": moving,
        "recipe": None,
        "steps": None,
        "workers": None,
        "oblong": None,
        "tolerance": dict(limits.tolerances),
        "ceiling": limits.ceiling,
        **_judged(
            divergences(backends, limits, table.layers),
            not_judged(backends, limits, table.layers),
            {name: measured.fault for name, measured in backends.items() if measured.fault},
        ),
    }


def _judged(diverged: list[dict], unjudged: list[dict], faults: Mapping[str, Fault]) -> Report:
    """The part of a report that says whether they agree."""
    said = verdict(bool(diverged), bool(unjudged))
    return {
        "verdict": said,
        "agree": said == AGREE,
        "first_divergence": diverged[0] if diverged else None,
        "divergences": diverged,
        "not_judged": unjudged,
        "errors": {name: fault.described() for name, fault in faults.items()},
    }


def _stage(name: str, layers: Layers, backends: Mapping[str, Measured], limits: Limits) -> Report:
    """One row of ``stages``; what a backend has not got is None."""
    total = layers.totals(name)

    def measured_of(measured: Measured) -> Report:
        shape, error = measured.shapes.get(name), measured.errors.get("output", {}).get(name)
        return {
            "shape": None if shape is None else list(shape),
            "params": measured.counts.get(name, (0, 0))[0] if measured.counts else None,
            "rel_err": None if error is None else number(error),
        }

    return {
        "name": name,
        "shape": list(layers[name].shape),
        "params": total.params,
        "macs": total.macs,
        "limit": limits.of("output", name),
        "backends": {backend: measured_of(measured) for backend, measured in backends.items()},
    }


def _tensors(kind: str, backends: Mapping[str, Measured], limits: Limits) -> list[Report] | None:
    """A row for each tensor of a kind that any backend has; None where none was asked for it, or none came so far."""
    errors = {backend: measured.errors[kind] for backend, measured in backends.items() if kind in measured.errors}
    if not errors:
        return None
    return [
        {
            "name": name,
            "limit": limits.of(kind, name),
            "backends": {backend: {"rel_err": number(own[name])} for backend, own in errors.items() if name in own},
        }
        for name in dict.fromkeys(name for own in errors.values() for name in own)
    ]


def _merged(earlier: Report, diverged: list[dict], unjudged: list[dict], errors: dict[str, Any]) -> Report:
    """The verdict on what an earlier report has, and on more of the same backends."""
    before = {divergence["backend"] for divergence in earlier["divergences"]}
    both = [*earlier["divergences"], *(more for more in diverged if more["backend"] not in before)]
    judged = _judged(both, [*earlier["not_judged"], *unjudged], {})
    return {**earlier, **judged, "errors": {**errors, **earlier["errors"]}}


def with_steps(earlier: Report, recipe: Recipe, rows: list[Report], faults: Mapping[str, Fault]) -> Report:
    """A `report` with steps of training: a backend that was right until then may leave the path there.

    Args:
        earlier: the report on the first batch.
        rows: ``steps`` of docs/json.md.
        faults: by backend, what it failed with at the start of training or at a step.
    """
    errors = {name: fault.described() for name, fault in faults.items()}
    merged = _merged(earlier, step_divergences(rows, faults), [], errors)
    return {**merged, "recipe": recipe.described(), "steps": rows}


def with_oblong(square: Report, oblong: Report) -> Report:
    """A `report` with that of a second pass, on images whose height and width differ.

    What only the second shows says on which images: ``input_shape``.
    """

    def placed(rows: list[dict]) -> list[dict]:
        return [{**row, "input_shape": oblong["input_shape"]} for row in rows]

    merged = _merged(square, placed(oblong["divergences"]), placed(oblong["not_judged"]), oblong["errors"])
    return {**merged, "oblong": oblong}
