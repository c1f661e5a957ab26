"""The moving statistics that one step of training must leave behind."""

from __future__ import annotations

import numpy as np

from common.compare.reference import Reference
from common.contract.moving import Moving
from common.table.analysis import walk_network


def moved_statistics(reference: Reference, moving: Moving) -> dict[str, np.ndarray]:
    """The moving statistics after one training step, by the batch statistics of the reference."""
    norms = {layer.name: layer.node.norm for layer in walk_network(reference.network) if hasattr(layer.node, "norm")}
    moved = {}
    for name, (mean, var, n) in reference.moments.items():
        momentum = norms[name.removesuffix(".norm")].momentum
        batch = {"running_mean": mean, "running_var": moving.variance(var, n)}
        for key, value in batch.items():
            old = reference.weights[f"{name}.{key}"].array
            moved[f"{name}.{key}"] = moving.after(old, value, momentum)
    return moved
