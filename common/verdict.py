"""From measured errors to a verdict: what ``googlenet compare --json`` prints."""

from __future__ import annotations

from math import inf, isfinite
from typing import TYPE_CHECKING

from common.analysis import Layer, totals, walk_network

if TYPE_CHECKING:
    from common.compare import Run
    from common.reference import Reference


def number(error: float) -> float | None:
    """A relative error as JSON has it: None where it is infinite, for JSON knows no infinity."""
    return error if isfinite(error) else None


def checks(run: Run, layers: list[Layer]) -> list[tuple[str, str, float]]:
    """(what, where, relative error) of everything measured, in the order of computation.

    Counts of parameters first, then outputs layer by layer, moving statistics, gradients.
    """
    table = {name: totals(layers, name) for name in run.counts}
    counts = [
        ("parameters", name, 0.0 if count == (table[name].params, table[name].statistics) else inf)
        for name, count in run.counts.items()
    ]
    measured = {"output": run.errors, "statistic": run.statistics or {}, "gradient": run.gradients or {}}
    return counts + [(what, where, error) for what, found in measured.items() for where, error in found.items()]


def divergences(runs: dict[str, Run], layers: list[Layer], limit: float) -> list[dict]:
    """For each backend that leaves the table, the first place where it does; the earliest place first."""
    found = []
    for name, run in runs.items():
        for place, (what, where, error) in enumerate(checks(run, layers)):
            if not error <= limit:
                found.append((place, name, what, where, error))
                break
    return [
        {"backend": name, "stage": where.split(".")[0], "what": what, "where": where, "rel_err": number(error)}
        for _, name, what, where, error in sorted(found, key=lambda f: f[0])
    ]


def report(reference: Reference, runs: dict[str, Run], dtype: str, limit: float) -> dict:
    """What was measured, as plain data; docs/json.md describes it."""
    network, x = reference.network, reference.input.array
    everything = list(walk_network(network))  # parameters do not depend on the image
    layers = list(walk_network(network, x.shape[1:], aux=bool(reference.heads)))
    shapes = {layer.name: layer.shape for layer in layers}
    diverged = divergences(runs, everything, limit)

    def stage(name: str) -> dict:
        total = totals(layers, name)
        return {
            "name": name,
            "shape": list(shapes[name]),
            "params": total.params,
            "macs": total.macs,
            "backends": {
                backend: {
                    "shape": list(run.found[name].shape[1:]),
                    "params": run.counts[name][0],
                    "rel_err": number(run.errors[name]),
                }
                for backend, run in runs.items()
            },
        }

    def tensors(what: str) -> list[dict] | None:
        tables = {backend: getattr(run, what) for backend, run in runs.items()}
        if None in tables.values():
            return None
        names = dict.fromkeys(name for table in tables.values() for name in table)
        return [
            {"name": name, "backends": {backend: {"rel_err": number(t[name])} for backend, t in tables.items()}}
            for name in names
        ]

    return {
        "net": network.name,
        "mode": "training" if reference.training else "evaluation",
        "input_shape": list(x.shape[1:]),
        "images": len(x),
        "dtype": dtype,
        "backends": list(runs),
        "frameworks": {name: run.package.FRAMEWORK for name, run in runs.items()},
        "reference": "numpy",
        "params": {
            "table": totals(everything).params,
            **{backend: sum(trainable for trainable, _ in run.counts.values()) for backend, run in runs.items()},
        },
        "stages": [stage(name) for name in (*network.trunk, *reference.heads)],
        "heads_left_out": [name for name in network.aux if name not in reference.heads],
        "gradients": tensors("gradients"),
        "statistics": tensors("statistics"),
        "moving": {name: str(run.package.MOVING) for name, run in runs.items()} if reference.moments else None,
        "steps": None,
        "tolerance": {"rel_err": limit},
        "agree": not diverged,
        "first_divergence": diverged[0] if diverged else None,
        "divergences": diverged,
    }
