"""How far apart two tensors are, and how far round-off alone can bring them: the one place for tolerances.

docs/tolerances.md tells the same for users, with the reasons.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from common.compare.finite import require_finite
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


def tolerance(table: Table, dtype: str, kind: str = "output") -> float:
    """The relative error that counts as round-off, from the dtype and the depth of the network.

    Args:
        table: a resolved table.
        dtype: what is computed in, ``float32`` or ``float64``.
        kind: ``output``, ``statistic`` or ``gradient``.

    >>> from common import nets
    >>> f"{tolerance(nets.get('d2l'), 'float64'):.1e}"
    '3.9e-14'
    """
    return UNITS[kind] * table.depth * float(np.finfo(dtype).eps)


def reduced_tolerance(table: Table) -> float:
    """The relative error of logits that roundings of bfloat16 account for, from the depth of the network.

    Its unit is 2⁻⁸. At such a size only the likely growth says anything: roundings are of either sign, so that they add
    up as the root of their number does, where `tolerance` lets them add up in full (Higham & Mary 2019, "A new approach
    to probabilistic rounding error analysis").

    >>> from common import nets
    >>> round(reduced_tolerance(nets.get("d2l")), 3)
    0.147
    """
    return float(UNITS_PER_LAYER * np.sqrt(table.depth) * 2.0**-8)


def ceiling(dtype: str) -> float:
    """The largest relative error that ever counts as agreement: the cube root of the dtype's unit.

    A third of the digits are equal then. It lies above `tolerance` of every published table in either dtype, so that
    only batch statistics can bring a limit up to it.

    >>> f"{ceiling('float64'):.1e}", f"{ceiling('float32'):.1e}"
    ('6.1e-06', '4.9e-03')
    """
    return float(np.finfo(dtype).eps) ** (1 / 3)


def relative_error(a: Any, r: np.ndarray, scale: float | None = None) -> float:
    """max|a - r| / ``scale``, where the scale is max|r| unless it is given, and 1 where that is 0.

    The error is finite for numbers of equal shape. It is infinite where ``a`` or ``r`` has a NaN or an infinity, where
    the shapes differ, and where ``a`` is no array of real numbers.

    >>> relative_error(np.array([1.0, 2.5]), np.array([1.0, 2.0]))
    0.25
    """
    try:
        a = np.asarray(a)
    except ValueError:  # lists of unequal lengths
        return inf
    if a.dtype.kind not in "fiu" or a.shape != r.shape:
        return inf
    a, r = a.astype(np.float64), np.asarray(r, np.float64)
    if not (np.isfinite(a).all() and np.isfinite(r).all()):
        return inf
    scale = scale or largest(r) or 1.0
    with np.errstate(over="ignore"):  # among the largest numbers of float64
        error = largest(a - r) / scale
    if error == inf:
        error = 2 * (largest(a / 2 - r / 2) / scale)
    return min(error, sys.float_info.max)


def largest(array: np.ndarray) -> float:
    """max|x| of an array, 0 of an empty one.

    >>> largest(np.array([1.0, -3.0]))
    3.0
    """
    return float(np.abs(array).max(initial=0.0))


def measures(expected: Arrays, scales: Mapping[str, float] | None = None) -> dict[str, float]:
    """What the error of each tensor is measured against.

    That is the tensor's own largest value, or what ``scales`` has instead. A tensor that is 0 throughout has no size of
    its own: it is measured against the smallest of the others, so that what would show in any of them shows in it.
    Where all are 0, it is 1.

    >>> measures({"a": np.array([3.0, -4.0]), "b": np.array([0.5]), "c": np.zeros(2)})
    {'a': 4.0, 'b': 0.5, 'c': 0.5}
    """
    sizes = {name: (scales or {}).get(name) or largest(array) for name, array in expected.items()}
    smallest = min((size for size in sizes.values() if size), default=1.0)
    return {name: size or smallest for name, size in sizes.items()}


def relative_errors(
    arrays: Mapping[str, Any], expected: Arrays, scales: Mapping[str, float] | None = None
) -> dict[str, float]:
    """`relative_error` of every tensor of one kind, each against its `measures`.

    A tensor that only one side has is infinitely wrong. The order is that of ``expected``; what only ``arrays`` has
    comes last.

    Args:
        arrays: by name, what a backend has computed.
        expected: by name, what the reference has computed.
        scales: what a tensor is measured against where that is not its own largest value (`Reference.cancelled`).

    >>> relative_errors({"a": np.ones(2)}, {"a": np.ones(2), "b": np.ones(2)})
    {'a': 0.0, 'b': inf}
    """
    against = measures(expected, scales)
    errors = {
        name: relative_error(arrays[name], array, against[name]) if name in arrays else inf
        for name, array in expected.items()
    }
    return {**errors, **{name: inf for name in arrays if name not in expected}}


@dataclass(frozen=True)
class Limits:
    """The largest relative errors that count as round-off.

    Attributes:
        tolerances: by kind (``output``, ``statistic``, ``gradient``), where one rounding shows as one.
        conditions: by kind and tensor, how many units one rounding of all weights and pixels moves it.
        spoilt: by kind and tensor, the same of the worst output computed before it, if that is beyond judging: whatever
            is computed from such an output may be as wrong, and is no more to be judged. It widens no limit.
        ceiling: no limit is larger. An error beyond it that round-off explains is neither right nor wrong.

    >>> limits = Limits({"output": 1e-3}, {"output": {"b1": 20.0}}, ceiling=1e-2)
    >>> limits.of("output", "b2"), limits.of("output", "b1"), limits.round_off("output", "b1")
    (0.001, 0.01, 0.02)
    """

    tolerances: Mapping[str, float]
    conditions: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ceiling: float = inf
    spoilt: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def round_off(self, kind: str, name: str) -> float:
        """How large an error of one tensor round-off alone may make, its own or that of what it is computed from."""
        return max(self._own(kind, name), self._explained(self.spoilt, kind, name))

    def of(self, kind: str, name: str) -> float:
        """The limit for one tensor: its own round-off, but no more than the ceiling."""
        return min(self._own(kind, name), self.ceiling)

    def _own(self, kind: str, name: str) -> float:
        return self._explained(self.conditions, kind, name)

    def _explained(self, units: Mapping[str, Mapping[str, float]], kind: str, name: str) -> float:
        limit = self.tolerances[kind] * max(1.0, units.get(kind, {}).get(name, 1.0))
        return min(limit, sys.float_info.max)


def limits(reference: Reference, labels: np.ndarray | None, dtype: str, seed: int) -> Limits:
    """The limits for a network, its weights and images.

    Normalising by the batch's own statistics subtracts a mean and divides by a spread; with few values per
    channel, or values that differ little, it enlarges every rounding that comes in. How much is a matter
    of the function, not of a backend: the reference is run once more with each weight and pixel moved by
    at most one rounding (and, given ``labels``, its gradients taken at the same activations).

    Args:
        reference: the pass to be compared with; given ``labels``, its gradients are taken here.
        labels: the class of each image, N whole numbers; None where no gradients are compared.
        dtype: what the backends compute in.
        seed: of the roundings.

    Raises:
        InputError: the gradients of the reference, or what one rounding makes of it, are not finite.
    """
    table, training = reference.table, reference.training
    base = {kind: tolerance(table, dtype, kind) for kind in UNITS}
    if not reference.moments:
        return Limits(base, ceiling=ceiling(dtype))
    unit, rng = float(np.finfo(dtype).eps), np.random.default_rng(seed)

    def rounded(array: np.ndarray) -> np.ndarray:
        return array * (1 + rng.uniform(-unit / 2, unit / 2, array.shape))

    def again(activations: Arrays | None = None) -> Reference:
        moved = {name: rounded(value.array) for name, value in reference.weights.items()}
        pixels = rounded(reference.input.array)
        return Reference(table, moved, pixels, training=training, aux=bool(reference.heads), activations=activations)

    moved, rule = again(), Moving(unbiased=False)
    require_finite(moved.outputs, dtype)
    moves = {
        "output": relative_errors(moved.outputs, reference.outputs),
        "statistic": relative_errors(moved_statistics(moved, rule), moved_statistics(reference, rule)),
    }
    if labels is not None:
        gradients = reference.gradients(labels)
        require_finite(gradients, dtype, "the gradient of ")
        twins = again(activations=reference.outputs).gradients(labels)
        require_finite(twins, dtype, "the gradient of ")
        moves["gradient"] = relative_errors(twins, gradients, reference.cancelled())
    conditions = {kind: {name: move / unit for name, move in moved.items()} for kind, moved in moves.items()}
    return Limits(base, conditions, ceiling(dtype), carried(conditions, ceiling(dtype) / base["output"]))


def carried(conditions: Mapping[str, Mapping[str, float]], most: float) -> dict[str, dict[str, float]]:
    """For each output and each moving statistic, the worst condition of the outputs computed before its layer.

    One sample of roundings tells how ill an output is, and not how ill everything behind it is. Gradients are taken at
    the same activations, and so are not touched.

    Args:
        conditions: as those of `Limits`, outputs in the order of computation.
        most: the largest condition that can be judged; only larger ones are told.

    >>> carried({"output": {"b1": 9.0, "b2": 2.0}, "statistic": {"b2.norm.running_var": 1.0}}, most=5.0)
    {'output': {'b2': 9.0}, 'statistic': {'b2.norm.running_var': 9.0}}
    """
    worst, outputs = 0.0, {}
    for name, condition in conditions["output"].items():
        if worst > most:
            outputs[name] = worst
        worst = max(worst, condition)
    layers = {name: name.rpartition(".norm.")[0] for name in conditions["statistic"]}
    return {
        "output": outputs,
        "statistic": {name: outputs[layer] for name, layer in layers.items() if layer in outputs},
    }
