"""How far apart two tensors are, and how far round-off alone can bring them: the one place for tolerances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isfinite, isnan

import numpy as np

from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.contract.moving import Moving
from common.table.analysis import Table

Arrays = Mapping[str, np.ndarray]

# A layer of sums of products adds a few roundings (one is half a unit, eps, of the dtype), and the layers
# behind it carry on what it gets wrong, so errors grow with the depth: 8 units a layer.
UNITS_PER_LAYER = 8
# The gradient of a weight is a sum over all images and positions besides, tens of thousands of terms that
# largely cancel.
UNITS = {"output": UNITS_PER_LAYER, "statistic": UNITS_PER_LAYER, "gradient": 8 * UNITS_PER_LAYER}


def tolerance(table: Table, dtype: str, what: str = "output") -> float:
    """The relative error that counts as round-off, from the dtype and the depth of the network."""
    return UNITS[what] * table.depth * float(np.finfo(dtype).eps)


def relative_error(a: np.ndarray, r: np.ndarray, scale: float | None = None) -> float:
    """max|a - r| / max|r|, or of another ``scale``; infinite for another shape or a NaN, and a nonzero a against 0."""
    if a.shape != r.shape:
        return inf
    a, r = np.asarray(a, np.float64), np.asarray(r, np.float64)
    difference = np.abs(a - r).max(initial=0.0)
    scale = np.abs(r).max(initial=0.0) if scale is None else scale
    if isnan(difference) or not isfinite(scale):
        return inf
    return float(difference / scale) if scale else (0.0 if difference == 0 else inf)


def relative_errors(found: Arrays, expected: Arrays, scales: Mapping[str, float] | None = None) -> dict[str, float]:
    """Relative error of every tensor; one that only one side has is infinitely wrong.

    ``scales``: what a tensor is measured against, where that is not its own largest value (`Reference.cancelled`).
    """
    scales = scales or {}
    names = [*expected, *(name for name in found if name not in expected)]
    return {
        name: relative_error(found[name], expected[name], scales.get(name))
        if name in found and name in expected
        else inf
        for name in names
    }


@dataclass(frozen=True)
class Limits:
    """The largest relative errors that count as round-off.

    Attributes:
        tolerances: by what (``output``, ``statistic``, ``gradient``), where one rounding shows as one.
        conditions: by what and tensor, how many units one rounding of all weights and pixels moves it.
    """

    tolerances: Mapping[str, float]
    conditions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, what: str, name: str) -> float:
        """The limit for one tensor."""
        return self.tolerances[what] * max(1.0, self.conditions.get(what, {}).get(name, 1.0))


def limits(
    reference: Reference, weights: Arrays, x: np.ndarray, labels: np.ndarray | None, dtype: str, seed: int
) -> Limits:
    """The limits for a network, its weights and images.

    Normalising by the batch's own statistics subtracts a mean and divides by a spread; with few values per
    channel, or values that differ little, it enlarges every rounding that comes in. How much is a matter
    of the function, not of a backend: the reference is run once more with each weight and pixel moved by
    at most one rounding (and, given ``labels``, its gradients taken at the same activations).
    """
    base = {what: tolerance(reference.table, dtype, what) for what in UNITS}
    if not reference.moments:
        return Limits(base)
    unit, rng = float(np.finfo(dtype).eps), np.random.default_rng(seed)

    def rounded(array: np.ndarray) -> np.ndarray:
        return array * (1 + rng.uniform(-unit / 2, unit / 2, array.shape))

    def again(activations: Arrays | None = None) -> Reference:
        moved = {name: rounded(np.asarray(array, np.float64)) for name, array in weights.items()}
        pixels = rounded(np.asarray(x, np.float64))
        aux = bool(reference.heads)
        return Reference(reference.table, moved, pixels, training=True, aux=aux, activations=activations)

    moved, rule = again(), Moving(unbiased=False)
    moves = {
        "output": relative_errors(moved.outputs, reference.outputs),
        "statistic": relative_errors(moved_statistics(moved, rule), moved_statistics(reference, rule)),
    }
    if labels is not None:
        there = again(activations=reference.outputs)
        here = reference.gradients(labels)
        moves["gradient"] = relative_errors(there.gradients(labels), here, reference.cancelled())
    return Limits(base, {what: {name: move / unit for name, move in found.items()} for what, found in moves.items()})
