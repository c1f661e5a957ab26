"""Are the backends one function? Every layer, gradient and moving statistic against the NumPy reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.compare.finite import require_finite, require_logits
from common.compare.measure import Inputs, Measured
from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.compare.report import Report, report
from common.compare.roundoff import limits
from common.contract import backend, devices
from common.contract.moving import Moving
from common.table.analysis import Table
from common.table.drawing import probing
from common.table.resolve import without_dropout
from common.table.sizes import check_input, fits


def runs_heads(table: Table, shape: tuple[int, ...], *, training: bool) -> bool:
    """Whether the auxiliary heads are compared: always while training, else if they take images of ``shape``.

    Args:
        shape: (C, H, W).

    Raises:
        InputError: images that the network does not take (`check_input`).

    >>> from common import nets
    >>> [runs_heads(nets.get("caffe"), (3, size, size), training=False) for size in (224, 64)]
    [True, False]
    """
    aux = bool(table.aux) and (training or len(shape) != 3 or fits(table, (shape[1], shape[2]), aux=True) is None)
    check_input(table, shape, aux=aux)
    return aux


@dataclass(frozen=True)
class Beside:
    """One backend beside the reference of a pass.

    Attributes:
        measured: what it computes.
        device: where its net was; None where `devices.using` says none.
    """

    measured: Measured
    device: str | None


class Pass:
    """One pass of a batch through a table as NumPy computes it, ready for backends to be measured beside it.

    Args:
        progress: called with what is being done.

    The others are those of `compare`.

    Attributes:
        reference: what NumPy computes.
        inputs: what every backend is given.
        limits: how far round-off may bring a backend.

    Raises:
        InputError: images that the network does not take; a reference that is not finite, or whose logits are all 0:
            there is nothing to compare then.
    """

    def __init__(
        self,
        table: Table,
        images: np.ndarray,
        *,
        dtype: str = "float64",
        training: bool = False,
        gradients: bool = False,
        seed: int = 0,
        weights: Mapping[str, np.ndarray] | None = None,
        progress: Callable[[str], None] = lambda words: None,
    ):
        aux = runs_heads(table, images.shape[1:], training=training)
        if training:
            table = without_dropout(table)
        with np.errstate(all="ignore"):  # what is too large for the dtype is refused below
            weights = {name: np.array(w, dtype) for name, w in (weights or probing(table, seed, dtype)).items()}
            labels = np.random.default_rng(seed).integers(table.num_classes, size=len(images))
            self.inputs = Inputs(weights, np.array(images, dtype), labels, dtype, training, gradients)

            progress("NumPy reference")
            self.reference = Reference(table, weights, self.inputs.images, training=training, aux=aux)
            _require_sound(self.reference, dtype)

            progress("limits of round-off")
            self.limits = limits(self.reference, labels if gradients else None, dtype, seed)

    def beside(self, name: str, **told: Any) -> Beside:
        """Measure the backend called ``name``.

        Args:
            told: what `Measured` takes besides.

        Raises:
            InputError: what `backend.load` raises, or the gradients of the reference are not finite.
        """
        package = backend.load(name)
        with np.errstate(all="ignore"), devices.full_precision({name: package}):
            return Beside(Measured(package, self.reference, self.inputs, **told), device(name, self.inputs.dtype))

    def report(self, found: Mapping[str, Beside]) -> Report:
        """What was measured of the backends, by name; see docs/json.md."""
        measured = {name: one.measured for name, one in found.items()}
        where = {name: one.device for name, one in found.items() if one.device is not None}
        return {**report(self.reference, measured, self.inputs.dtype, self.limits), "devices": where}


def device(name: str, dtype: str) -> str | None:
    """Where the nets of a backend go; None where `devices.using` does not say.

    Raises:
        InputError: what `backend.load` raises, or a device that it cannot use or that does not know the dtype.
    """
    package = backend.load(name)
    return None if devices.asked() is None else devices.of(package, backend.declared(name), dtype)


def compare(
    table: Table,
    images: np.ndarray,
    *,
    backends: Sequence[str],
    dtype: str = "float64",
    training: bool = False,
    gradients: bool = False,
    seed: int = 0,
    weights: Mapping[str, np.ndarray] | None = None,
    progress: Callable[[str], None] = lambda words: None,
) -> Report:
    """Build a table in every backend with one set of weights, and measure each against the reference.

    A backend that raises is part of the result, and the others are measured all the same.

    Args:
        table: a resolved table (`common.nets.get`).
        images: N x C x H x W.
        backends: names for `common.contract.backend.load`.
        dtype: what the backends compute in, ``float32`` or ``float64``.
        training: training mode, with every dropout set to 0: batch statistics, the heads' losses, and
            the moving statistics after one step.
        gradients: compare those of every parameter and of the input too.
        seed: of the weights and labels.
        weights: canonical weights to compare with; None is `common.table.drawing.probing`.
        progress: called with what is being done.

    Returns:
        What ``googlenet compare --json`` prints; see docs/json.md.

    Raises:
        InputError: images that the network does not take, an unknown or missing backend; a reference that is not
            finite, or whose logits are all 0: there is nothing to compare then.
    """
    for name in backends:
        device(name, dtype)  # complains before anything takes time
    settings: dict[str, Any] = {"training": training, "gradients": gradients, "seed": seed, "weights": weights}
    one = Pass(table, images, dtype=dtype, progress=progress, **settings)
    found = {}
    for name in backends:
        progress(backend.load(name).FRAMEWORK)
        found[name] = one.beside(name)
    return one.report(found)


def _require_sound(reference: Reference, dtype: str) -> None:
    """Require a reference that can be compared with.

    Raises:
        InputError: names the first layer, in the order of computation, whose output or batch statistics are not finite,
            or that has one value per channel to take a variance of.
    """
    for name, (_, _, n) in reference.moments.items():
        if n == 1:
            raise InputError(f"{name}: one value per channel has no variance; training needs more or larger images")
    require_finite(reference.outputs, dtype)
    require_finite(moved_statistics(reference, Moving(unbiased=True)), dtype, "the moving statistic ")
    require_logits(reference.outputs)
