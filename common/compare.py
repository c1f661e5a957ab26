"""Are the backends one function? Every layer, gradient and moving statistic against the NumPy reference.

Relative error is max|a - r| / max|r| over one tensor; a NaN on either side, or another shape, is divergence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isnan

import numpy as np

from common import backend
from common.analysis import check_input, depth, fits, is_statistic, walk_network
from common.errors import InputError
from common.moving import Moving
from common.reference import Reference
from common.resolve import without_dropout
from common.spec import Network
from common.verdict import report
from common.weights import probing, shapes, statistics

# One rounding is half a unit (eps) of the dtype. A layer of sums of products adds a few of them, and what it
# gets wrong the layers behind it carry on, so errors grow with the depth: 8 units a layer.
UNITS_PER_LAYER = 8
# Normalising by the batch's own statistics subtracts a mean and divides by a spread that are themselves
# rounded, and enlarges the errors that come in: one rounding of the weights and pixels of d2l_bn moves the
# reference's own outputs by about 140 roundings. Measured on the reference, not on a backend.
UNITS_WITH_BATCH_STATISTICS = 16 * UNITS_PER_LAYER


def tolerance(network: Network, dtype: str, *, training: bool) -> float:
    """The largest relative error that counts as round-off, from the dtype and the depth of the network."""
    by_batch = training and any(is_statistic(name) for name in shapes(network))
    units = UNITS_WITH_BATCH_STATISTICS if by_batch else UNITS_PER_LAYER
    return units * depth(network) * float(np.finfo(dtype).eps)


def relative_error(a: np.ndarray, r: np.ndarray) -> float:
    """max|a - r| / max|r|; infinite for another shape or a NaN, and for a nonzero a against r = 0."""
    if a.shape != r.shape:
        return inf
    a, r = np.asarray(a, np.float64), np.asarray(r, np.float64)
    difference, scale = np.abs(a - r).max(initial=0.0), np.abs(r).max(initial=0.0)
    if isnan(difference) or isnan(scale):
        return inf
    return float(difference / scale) if scale else (0.0 if difference == 0 else inf)


def runs_heads(network: Network, shape: tuple[int, ...], *, training: bool) -> bool:
    """Whether the auxiliary heads are compared: always while training, else if they take images of ``shape``.

    Raises:
        InputError: images that the network does not take (`check_input`).
    """
    aux = bool(network.aux) and (training or fits(network, shape[1:], aux=True) is None)
    check_input(network, shape, aux=aux)
    return aux


def compare(
    network: Network,
    images: np.ndarray,
    *,
    backends: Sequence[str],
    dtype: str = "float64",
    training: bool = False,
    gradients: bool = False,
    seed: int = 0,
    progress: Callable[[str], None] = lambda what: None,
) -> dict:
    """Build a table in every backend with one set of weights, and measure each against the reference.

    Args:
        network: a resolved table (`common.nets.get`).
        images: N x C x H x W.
        backends: names for `common.backend.load`.
        training: training mode, with every dropout set to 0: batch statistics, the heads' losses, and
            the moving statistics after one step.
        gradients: compare those of every parameter and of the input too.
        seed: of the weights (`common.weights.probing`) and labels.
        progress: called with what is being done.

    Returns:
        What ``googlenet compare --json`` prints; see docs/json.md.

    Raises:
        InputError: images that the network does not take, an unknown or missing backend.
    """
    aux = runs_heads(network, images.shape[1:], training=training)
    packages = {name: backend.load(name) for name in backends}
    if training:
        network = without_dropout(network)
    x, weights = images.astype(dtype), probing(network, seed, dtype)
    labels = np.random.default_rng(seed).integers(network.num_classes, size=len(x))

    progress("NumPy reference")
    reference = Reference(network, weights, x, training=training, aux=aux)
    for name, (_, _, n) in reference.moments.items():
        if n == 1:
            raise InputError(f"{name}: one value per channel has no variance; training needs more or larger images")

    runs = {}
    for name, package in packages.items():
        progress(package.FRAMEWORK)
        runs[name] = run = Run(package, reference, weights, dtype)
        run.outputs(x, training, aux)
        if gradients or reference.moments:
            run.step(x, labels, training, gradients)
    return report(reference, runs, dtype, tolerance(network, dtype, training=training))


class Run:
    """One backend's errors: by layer, by gradient, by moving statistic."""

    def __init__(self, package, reference: Reference, weights, dtype: str):
        self.package, self.reference, self.network = package, reference, reference.network
        self.net = package.build_net(self.network, weights=weights, dtype=dtype)
        self.counts = package.count_parameters(self.net)
        self.found: dict[str, np.ndarray] = {}
        self.errors: dict[str, float] = {}
        self.gradients: dict[str, float] | None = None
        self.statistics: dict[str, float] | None = None

    def outputs(self, x, training, aux) -> None:
        """Compare the output of every layer, block and stage."""
        self.found = self.package.layer_outputs(self.net, x, training=training, aux=aux)
        self.errors = relative_errors(self.found, self.reference.outputs)

    def step(self, x, labels, training, gradients) -> None:
        """Compare the gradients, and in training the moving statistics that one step leaves behind."""
        before = self.package.get_weights(self.net)
        found = self.package.gradients(self.net, x, labels, training=training)
        if gradients:
            here = Reference(self.network, before, x, training=training, aux=training, activations=self.found)
            self.gradients = relative_errors(found, here.gradients(labels))
        if self.reference.moments:
            moved = moved_statistics(self.reference, self.package.MOVING)
            self.statistics = relative_errors(statistics(self.package.get_weights(self.net)), moved)


def relative_errors(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> dict[str, float]:
    """Relative error of every tensor; one that only one side has is infinitely wrong."""
    names = [*expected, *(name for name in found if name not in expected)]
    return {
        name: relative_error(found[name], expected[name]) if name in found and name in expected else inf
        for name in names
    }


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
