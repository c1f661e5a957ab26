"""The moving statistics that one step of training must leave behind."""

from __future__ import annotations

import numpy as np

from common.compare.reference import Reference
from common.contract.moving import Moving


def moved_statistics(reference: Reference, moving: Moving) -> dict[str, np.ndarray]:
    """The moving statistics after one training step, by the batch statistics of the reference.

    Args:
        reference: a pass in training mode.
        moving: the rule that they follow.

    Returns:
        Canonical name to array, such as ``b1.conv1.norm.running_mean``; none without normalisation.
    """
    moved = {}
    for name, (mean, var, n) in reference.moments.items():
        momentum = reference.table.norms[name.removesuffix(".norm")].momentum
        batch = {"running_mean": mean, "running_var": np.asarray(moving.variance(var, n))}
        for key, value in batch.items():
            old = reference.weights[f"{name}.{key}"].array
            moved[f"{name}.{key}"] = moving.after(old, value, momentum)
    return moved
