"""One backend beside the reference: what it computes of the same weights and images, and how far off it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from common.compare.faults import Failed, Fault, ask
from common.compare.finite import require_finite
from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.compare.roundoff import relative_errors
from common.contract.protocols import Backend
from common.table.tensors import statistics

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Inputs:
    """What every backend is given, each time as a copy: a backend that writes into it harms no other.

    Attributes:
        weights: canonical weights in ``dtype``.
        images: N x C x H x W, in ``dtype``.
        labels: the class of each image, N whole numbers.
        dtype: what is computed in, ``float32`` or ``float64``.
        training: in training mode.
        gradients: gradients are compared too.
    """

    weights: Arrays
    images: np.ndarray
    labels: np.ndarray
    dtype: str
    training: bool
    gradients: bool


class Measured:
    """One backend beside the reference. It asks the package for everything when it is made, and keeps numbers only.

    Args:
        package: of the backend; of one that has failed before no more than its ``FRAMEWORK`` and ``MOVING`` is needed.
        reference: what is right.
        inputs: what the backend is given.
        fault: how it has failed before; then nothing is asked.
        tell: called with each phase of a `Fault` that begins.

    Attributes:
        framework: the framework's name and version.
        moving: by which rule it moves the statistics; None where that plays no part.
        counts: (trainable, moving statistics) of each stage, as the framework counts.
        shapes: the shape of every layer's output for one image; None where it is no array.
        errors: by kind (``output``, ``statistic``, ``gradient``) and name, the relative errors.
        fault: how it failed, after which nothing more was asked; None if it did not.
    """

    def __init__(
        self,
        package: Backend,
        reference: Reference,
        inputs: Inputs,
        *,
        fault: Fault | None = None,
        tell: Callable[[str], None] = lambda phase: None,
    ):
        self.framework = package.FRAMEWORK
        self.moving = package.MOVING if reference.moments else None
        self.counts: dict[str, tuple[int, int]] = {}
        self.shapes: dict[str, tuple[int, ...] | None] = {}
        self.errors: dict[str, dict[str, float]] = {}
        self.fault = fault
        self._package, self._reference, self._inputs, self._net, self._tell = package, reference, inputs, None, tell
        try:
            if fault is None:
                self._measure()
        except Failed as failed:
            self.fault = failed.fault
        # Of the largest networks not all three fit side by side; and numbers can be sent to another process.
        del self._package, self._reference, self._inputs, self._net, self._tell

    def _measure(self) -> None:
        self._build()
        self._forward()
        if self._inputs.gradients or self._reference.moments:
            self._backward()

    def _ask(self, phase: str, call: Any, *args: Any, **settings: Any) -> Any:
        self._tell(phase)
        return ask(phase, self._reference.table, self._net, lambda: call(*args, **settings))

    def _build(self) -> None:
        """The net, and how many parameters it has."""
        copies = {name: array.copy() for name, array in self._inputs.weights.items()}
        table, package = self._reference.table, self._package
        self._net = self._ask("build", package.build_net, table, weights=copies, dtype=self._inputs.dtype)
        counts = self._ask("build", lambda: dict(package.count_parameters(self._net)))
        self.counts = self._ask("build", lambda: {str(k): (int(n), int(m)) for k, (n, m) in counts.items()})

    def _forward(self) -> None:
        """The output of every layer, block and stage."""
        images, training = self._inputs.images.copy(), self._inputs.training
        call, aux = self._package.layer_outputs, bool(self._reference.heads)
        outputs = self._ask("forward", lambda: named(call(self._net, images, training=training, aux=aux)))
        self.shapes = {name: np.shape(array)[1:] for name, array in outputs.items()}
        self.errors["output"] = relative_errors(outputs, self._reference.outputs)
        if not training:
            self._predict()

    def _predict(self) -> None:
        """The logits that users get, which need not be what the classifier has put out."""
        images, predict = self._inputs.images.copy(), self._package.predict
        logits = self._ask("forward", lambda: named({"fc": predict(self._net, images)}))
        errors = relative_errors(logits, {"fc": self._reference.outputs["fc"]})
        self.errors["output"]["fc"] = max(self.errors["output"]["fc"], errors["fc"])

    def _backward(self) -> None:
        """The gradients, and in training mode the moving statistics that one step leaves behind."""
        images, labels = self._inputs.images.copy(), self._inputs.labels.copy()
        training, call = self._inputs.training, self._package.outputs_and_gradients

        def arrays() -> tuple[dict[str, Any], dict[str, Any]]:
            at, gradients = call(self._net, images, labels, training=training)
            return named(at), named(gradients)

        at, gradients = self._ask("gradients", arrays)
        if self.moving is not None:
            left = self._ask("gradients", lambda: named(self._package.get_weights(self._net)))
            self.errors["statistic"] = relative_errors(statistics(left), moved_statistics(self._reference, self.moving))
        sound = self._same_pass(at)
        if self._inputs.gradients:
            expected, cancelled = self._expected(at if sound else None)
            self.errors["gradient"] = relative_errors(gradients, expected, cancelled)

    def _same_pass(self, at: Mapping[str, Any]) -> bool:
        """Whether the outputs that the gradients were taken at are arrays of numbers; they are compared too."""
        heads = self._reference.table.aux if not self._inputs.training else ()
        expected = {name: r for name, r in self._reference.outputs.items() if name.split(".")[0] not in heads}
        errors = relative_errors(at, expected)
        for name, error in errors.items():
            self.errors["output"][name] = max(error, self.errors["output"].get(name, 0.0))
        return all(map(isfinite, errors.values()))

    def _expected(self, activations: Arrays | None) -> tuple[Arrays, Mapping[str, float]]:
        """The reference's gradients at the activations, and what those are measured against that cancel.

        Where a ReLU or a maximum is within round-off of a tie, the decision is the one that the backend took.
        Activations so wrong that the reference's gradients at them are not finite are left aside.

        Raises:
            InputError: the gradients of the reference are not finite.
        """
        inputs, table = self._inputs, self._reference.table
        here = Reference(
            table, inputs.weights, inputs.images, training=inputs.training, aux=inputs.training, activations=activations
        )
        gradients = here.gradients(inputs.labels)
        if activations is not None and not all(np.isfinite(array).all() for array in gradients.values()):
            return self._expected(None)
        require_finite(gradients, inputs.dtype, "the gradient of ")
        return gradients, here.cancelled()


def named(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """What a backend returns, as NumPy arrays by name; what is no array stays, and is infinitely wrong.

    Raises:
        TypeError: it is no mapping.

    >>> named({"fc": [[1.0, 2.0]]})["fc"].shape
    (1, 2)
    """
    if not isinstance(arrays, Mapping):
        raise TypeError(f"a mapping from names to arrays is needed, not {type(arrays).__name__}")
    return {str(name): _array(array) for name, array in arrays.items()}


def _array(array: Any) -> Any:
    try:
        return np.asarray(array)
    except (ValueError, TypeError, RuntimeError):  # ragged lists; arrays of a framework that are not on the host
        return np.asarray(None)
