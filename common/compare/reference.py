"""What a table means: a forward pass of it in NumPy, float64, and the gradients of its loss.

This is what "the same function" is measured against. It reads the table node by node, knows no
framework, and takes every padding from `common.table.padding`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

import numpy as np

from common.compare import ops
from common.table.analysis import Table
from common.table.spec import (
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Node,
    Residual,
    Stage,
)

# A sum this much smaller than its terms is round-off: float64 sums of up to a million terms stay below it.
CANCELLED = 1e-12


class Value:
    """An array, and the gradient of the loss by it once `Reference.gradients` has run."""

    def __init__(self, array: np.ndarray):
        self.array = np.asarray(array, np.float64)
        self.gradient: np.ndarray | None = None


class Reference:
    """One pass of a batch through a network.

    Args:
        table: a resolved table (`common.nets.get`).
        weights: canonical names to arrays of any float type; computed with in float64.
        x: images, N x C x H x W.
        training: normalise by the batch's statistics instead of the moving ones.
        aux: run the auxiliary heads too.
        still: layers whose normalisation uses its moving statistics while training too.
        activations: the output of every layer by its name, to be taken instead of computed. `gradients`
            are then those at just these activations: where a ReLU or a maximum is within round-off of a
            tie, the decision is the one taken there.

    Attributes:
        values: the output of every node by its canonical name, in the order of computation; maps are
            N x C x H x W, what a dense layer makes, such as the logits ``fc`` and ``aux1``, is N x K.
        moments: while training, (mean, biased variance, elements per channel) of each normalisation.
        loss: that which `gradients` has differentiated.

    Raises:
        ValueError: training with a dropout that is not 0, which is no function of the input; a node or an activation
            that is not in the vocabulary.

    >>> from common import nets
    >>> from common.table.drawing import probing
    >>> table = nets.get("d2l")
    >>> Reference(table, probing(table), np.ones((2, 1, 32, 32))).outputs["fc"].shape
    (2, 10)
    """

    def __init__(
        self,
        table: Table,
        weights: Mapping[str, np.ndarray],
        x: np.ndarray,
        *,
        training: bool = False,
        aux: bool = True,
        still: Container[str] = (),
        activations: Mapping[str, np.ndarray] | None = None,
    ):
        self.table, self.training, self.activations = table, training, activations or {}
        self.still = still
        self.weights = {name: Value(array) for name, array in weights.items()}
        self.values: dict[str, Value] = {}
        self.moments: dict[str, tuple[np.ndarray, np.ndarray, int]] = {}
        self.loss = 0.0
        self._tape: list[tuple[tuple[Value, ...], Value, Callable]] = []
        self.heads = table.heads if aux else {}
        self.input = value = Value(x)
        for name, node in table.trunk.items():
            value = self._run(name, node, value)
        for name, head in self.heads.items():
            self._run(name, head, self.values[table.aux[name].after])

    @property
    def outputs(self) -> dict[str, np.ndarray]:
        """`values` as plain arrays."""
        return {name: value.array for name, value in self.values.items()}

    def _apply(self, op: Callable, *inputs: Value, **settings: Any) -> Value:
        array, pull = op(*(value.array for value in inputs), **settings)
        output = Value(array)
        self._tape.append((inputs, output, pull))
        return output

    def _run(self, name: str, node: Node, x: Value) -> Value:
        """The output of one node; `values` keeps it under the node's name."""
        match node:
            case Stage():
                y = self._chain(name, node.nodes, x)
            case Concat():
                y = self._apply(ops.concat, *(self._chain(name, path, x) for path in node.paths.values()))
            case Residual():
                body, shortcut = (self._chain(name, node.paths[path], x) for path in ("body", "shortcut"))
                y = self._activation(
                    name, node.activation, self._apply(ops.scaled_sum, body, shortcut, scale=node.scale)
                )
            case Conv():
                parameters = [self.weights[f"{name}.{p}"] for p in ("weight", "bias")[: 2 if node.bias else 1]]
                y = self._apply(ops.conv, x, *parameters, node=node)
                y = self._norm(f"{name}.norm", node.norm, y) if isinstance(node.norm, BatchNorm) else y
                y = self._activation(name, node.activation, y)
            case MaxPool():
                y = self._apply(ops.max_pool, x, node=node)
            case AvgPool():
                y = self._apply(ops.avg_pool, x, node=node)
            case GlobalAvgPool():
                y = self._apply(ops.global_avg_pool, x)
            case AdaptiveAvgPool():
                y = self._apply(ops.adaptive_avg_pool, x, size=node.size)
            case LRN():
                y = self._apply(ops.lrn, x, node=node)
            case Dropout():
                if self.training and node.p:
                    raise ValueError(f"{name}: dropout {node.p} while training is random; use without_dropout")
                y = x
            case Dense():
                y = self._apply(ops.dense, x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])
                y = self._activation(name, node.activation, y)
            case Flatten():
                y = self._apply(ops.flatten, x)
            case _:
                raise ValueError(f"{name}: {type(node).__name__} is not in the vocabulary")
        if name in self.activations:
            y.array = np.asarray(self.activations[name], np.float64)
        self.values[name] = y
        return y

    def _chain(self, name: str, nodes: Mapping[str, Node], x: Value) -> Value:
        for child, node in nodes.items():
            x = self._run(f"{name}.{child}", node, x)
        return x

    def _activation(self, name: str, activation: str | None, x: Value) -> Value:
        if activation not in ("relu", None):
            raise ValueError(f"{name}: the activation {activation!r} is not in the vocabulary")
        return self._apply(ops.relu, x, y=self.activations.get(name)) if activation else x

    def _norm(self, name: str, norm: BatchNorm, x: Value) -> Value:
        mean = var = None
        if self.training and name.removesuffix(".norm") not in self.still:
            axes = (0, 2, 3)
            self.moments[name] = (x.array.mean(axes), x.array.var(axes), x.array[:, 0].size)
        else:
            mean, var = (self.weights[f"{name}.{p}"].array for p in ("running_mean", "running_var"))
        scale, shift = (self.weights[f"{name}.{p}"] for p in ("weight", "bias"))
        return self._apply(ops.batch_norm, x, scale, shift, mean=mean, var=var, eps=norm.eps)

    def gradients(self, labels: np.ndarray, smoothing: float = 0.0) -> dict[str, np.ndarray]:
        """Gradients of the loss by every tensor it depends on, under its name, and by ``input``.

        The loss is the mean cross-entropy of the logits and, while training, plus that of each head
        times its weight. Reverse mode over the tape of operations.

        Args:
            labels: the class of each image, N whole numbers.
            smoothing: the share of the targets that is spread over all classes.

        Raises:
            RuntimeError: they were taken before; a second call would add to the first.
        """
        if self.input.gradient is not None:
            raise RuntimeError("the gradients of one pass are taken once: make another Reference")
        terms = {"fc": 1.0}
        if self.training:
            terms.update({name: self.table.aux[name].loss_weight for name in self.heads})
        for name, weight in terms.items():
            loss, pull = ops.cross_entropy(self.values[name].array, labels=labels, smoothing=smoothing)
            self.loss += weight * float(loss)
            _add(self.values[name], pull(weight)[0])
        for inputs, output, pull in reversed(self._tape):
            if output.gradient is None:  # the loss does not depend on it
                continue
            for value, gradient in zip(inputs, pull(output.gradient), strict=True):
                _add(value, gradient)
        named = {name: value.gradient for name, value in self.weights.items() if value.gradient is not None}
        return {**named, "input": _gradient(self.input)}

    def cancelled(self) -> dict[str, float]:
        """After `gradients`: the biases whose gradient is zero but for round-off, and what it is round-off of.

        A bias that the batch's mean takes away again, as in front of a normalisation while training, has no
        influence on the loss. The number is the largest sum, over the channels, of the absolute values of
        the terms that cancel.
        """
        names = {id(value): name for name, value in self.weights.items()}
        scales = {}
        for (_, *parameters), output, _ in self._tape:
            if len(parameters) == 2 and output.gradient is not None and id(parameters[1]) in names:
                axes = tuple(axis for axis in range(output.gradient.ndim) if axis != 1)
                terms = np.abs(output.gradient).sum(axes).max()
                if np.abs(_gradient(parameters[1])).max() < CANCELLED * terms:
                    scales[names[id(parameters[1])]] = float(terms)
        return scales


def _add(value: Value, gradient: np.ndarray) -> None:
    value.gradient = gradient if value.gradient is None else value.gradient + gradient


def _gradient(value: Value) -> np.ndarray:
    """The gradient by a value that the loss depends on."""
    assert value.gradient is not None
    return value.gradient
