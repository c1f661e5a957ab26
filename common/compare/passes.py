"""Are the backends one function? Every layer, gradient and moving statistic against the NumPy reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite

import numpy as np

from common.base.errors import InputError
from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.compare.report import report
from common.compare.roundoff import limits, relative_errors
from common.contract import backend
from common.table.analysis import Table
from common.table.drawing import probing
from common.table.resolve import without_dropout
from common.table.sizes import check_input, fits
from common.table.tensors import statistics


def runs_heads(table: Table, shape: tuple[int, ...], *, training: bool) -> bool:
    """Whether the auxiliary heads are compared: always while training, else if they take images of ``shape``.

    Raises:
        InputError: images that the network does not take (`check_input`).
    """
    aux = bool(table.aux) and (training or fits(table, shape[1:], aux=True) is None)
    check_input(table, shape, aux=aux)
    return aux


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
    progress: Callable[[str], None] = lambda what: None,
) -> dict:
    """Build a table in every backend with one set of weights, and measure each against the reference.

    Args:
        network: a resolved table (`common.nets.get`).
        images: N x C x H x W.
        backends: names for `common.contract.backend.load`.
        training: training mode, with every dropout set to 0: batch statistics, the heads' losses, and
            the moving statistics after one step.
        gradients: compare those of every parameter and of the input too.
        seed: of the weights and labels.
        weights: canonical weights to compare with; None is `common.table.drawing.probing`.
        progress: called with what is being done.

    Returns:
        What ``googlenet compare --json`` prints; see docs/json.md.

    Raises:
        InputError: images that the network does not take, an unknown or missing backend.
    """
    aux = runs_heads(table, images.shape[1:], training=training)
    packages = {name: backend.load(name) for name in backends}
    if training:
        table = without_dropout(table)
    x = images.astype(dtype)
    weights = {name: np.asarray(w, dtype) for name, w in (weights or probing(table, seed, dtype)).items()}
    labels = np.random.default_rng(seed).integers(table.num_classes, size=len(x))

    progress("NumPy reference")
    reference = Reference(table, weights, x, training=training, aux=aux)
    for name, (_, _, n) in reference.moments.items():
        if n == 1:
            raise InputError(f"{name}: one value per channel has no variance; training needs more or larger images")

    progress("limits of round-off")
    limit = limits(reference, weights, x, labels if gradients else None, dtype, seed)

    runs = {}
    for name, package in packages.items():
        progress(package.FRAMEWORK)
        runs[name] = run = Run(package, reference, weights, dtype)
        run.outputs(x, training, aux)
        if gradients or reference.moments:
            run.step(x, labels, training, gradients)
        run.net = None  # of the largest networks not all three fit side by side
    return report(reference, runs, dtype, limit)


class Run:
    """One backend beside the reference.

    Attributes:
        counts: (trainable, moving statistics) of each stage, as the framework counts.
        found: its output of every layer.
        measured: relative errors by what (``output``, ``statistic``, ``gradient``) and name.
    """

    def __init__(self, package, reference: Reference, weights, dtype: str):
        self.package, self.reference, self.table = package, reference, reference.table
        self.weights = weights
        self.net = package.build_net(self.table, weights=weights, dtype=dtype)
        self.counts: dict[str, tuple[int, int]] = package.count_parameters(self.net)
        self.found: dict[str, np.ndarray] = {}
        self.measured: dict[str, dict[str, float]] = {}

    def outputs(self, x, training, aux) -> None:
        """Compare the output of every layer, block and stage."""
        self.found = self.package.layer_outputs(self.net, x, training=training, aux=aux)
        self.measured["output"] = relative_errors(self.found, self.reference.outputs)

    def step(self, x, labels, training, gradients) -> None:
        """Compare the gradients, and in training the moving statistics that one step leaves behind."""
        at, found = self.package.outputs_and_gradients(self.net, x, labels, training=training)
        if self.reference.moments:
            moved = moved_statistics(self.reference, self.package.MOVING)
            self.measured["statistic"] = relative_errors(statistics(self.package.get_weights(self.net)), moved)
        # What the gradients were taken at must be right too, for the reference follows it in what is near a tie.
        errors = relative_errors(at, {name: r for name, r in self.reference.outputs.items() if name in at})
        for name, error in errors.items():
            self.measured["output"][name] = max(error, self.measured["output"].get(name, 0.0))
        if gradients:
            # Activations that are NaN or of another shape have no gradients: then those of the reference's own.
            sound = at if all(map(isfinite, errors.values())) else None
            here = Reference(self.table, self.weights, x, training=training, aux=training, activations=sound)
            self.measured["gradient"] = relative_errors(found, here.gradients(labels), here.cancelled())
