"""The rule of docs/training.md in NumPy, with the gradients of `Reference`: what a `Trainer` is held against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.contract.freezing import frozen, still_norms
from common.contract.moving import Moving
from common.contract.recipe import Recipe
from common.table.analysis import Table
from common.table.tensors import parameters


class ReferenceTrainer:
    """Steps of stochastic gradient descent or Adam in NumPy, float64.

    Args:
        table: a resolved table without dropout.
        weights: canonical weights to start from; not changed.

    Attributes:
        weights: canonical name to array after the steps so far, moving statistics included.
        trained: the parameters that are; the others are frozen.
        still: layers whose normalisation is frozen.
        velocities: what `common.contract.protocols.Trainer.velocities` holds.
        cancelled: for each bias whose gradient is zero but for round-off (`Reference.cancelled`), how large its
            velocity would be if the terms did not cancel: what its round-off is measured against.
    """

    def __init__(self, table: Table, recipe: Recipe, weights: Mapping[str, np.ndarray]):
        self.table, self.recipe = table, recipe
        self.weights = {name: np.array(array, np.float64) for name, array in weights.items()}
        self.trained = parameters(self.weights).keys() - frozen(table, recipe.freeze)
        self.still = still_norms(table, self.trained)
        trained = {name: array for name, array in self.weights.items() if name in self.trained}
        self.velocities = {}
        if recipe.momentum or recipe.adaptive:
            self.velocities = {name: np.zeros_like(array) for name, array in trained.items()}
        if recipe.adaptive:
            self.velocities |= {f"{name}.second": np.zeros_like(array) for name, array in trained.items()}
            self.velocities["steps"] = np.zeros(1)
        self.cancelled: dict[str, float] = {}

    def step(self, x: np.ndarray, y: np.ndarray, *, lr: float) -> tuple[float, int]:
        """One step on images N x C x H x W and labels. Returns (loss, right answers)."""
        run = Reference(self.table, self.weights, x, training=True, still=self.still)
        slopes = run.gradients(y, self.recipe.label_smoothing)
        gradients = {name: slope for name, slope in slopes.items() if name in self.trained}
        scale = self.clipping(gradients)
        for name, terms in run.cancelled().items():
            if name not in self.trained:
                continue
            self.cancelled |= self.scales(name, scale * terms, lr)
        self.weights.update(moved_statistics(run, Moving(unbiased=False)))
        if self.recipe.adaptive:
            self.velocities["steps"] = self.velocities["steps"] + 1
        for name, gradient in gradients.items():
            self.weights[name] = self.weights[name] + self.move(name, scale * gradient, lr)
        return run.loss, int((run.outputs["fc"].argmax(1) == y).sum())

    def scales(self, name: str, terms: float, lr: float) -> dict[str, float]:
        """How large the velocities of a bias would be, were they not round-off.

        Args:
            terms: what the gradient's terms, clipped, add up to by their absolute values.
        """
        first, before = self.recipe.momentum, self.cancelled
        if not self.recipe.adaptive:
            return {name: first * before.get(name, 0.0) + lr * terms}
        second, of_second = self.recipe.beta2, f"{name}.second"
        return {
            name: first * before.get(name, 0.0) + (1 - first) * terms,
            of_second: second * before.get(of_second, 0.0) + (1 - second) * terms**2,
        }

    def clipping(self, gradients: Mapping[str, np.ndarray]) -> float:
        """What the gradients are multiplied by so that all of them together are no longer than the recipe allows."""
        length = np.sqrt(sum(np.sum(g * g) for g in gradients.values()))
        return self.recipe.clip / length if self.recipe.clip is not None and length > self.recipe.clip else 1.0

    def move(self, name: str, gradient: np.ndarray, lr: float) -> np.ndarray:
        """What is added to the parameter called ``name``; its velocity changes."""
        # Decay leaves biases and normalisations alone: it is for kernels.
        decay = self.recipe.weight_decay * self.weights[name] if gradient.ndim > 1 else 0.0
        if self.recipe.decoupled:
            return self.adam(name, gradient, lr) - lr * decay
        gradient = gradient + decay
        if self.recipe.adaptive:
            return self.adam(name, gradient, lr)
        if not self.recipe.momentum:
            return -lr * gradient
        v = self.velocities[name] = self.recipe.momentum * self.velocities[name] - lr * gradient
        return self.recipe.momentum * v - lr * gradient if self.recipe.nesterov else v

    def adam(self, name: str, gradient: np.ndarray, lr: float) -> np.ndarray:
        """What Adam adds to the parameter called ``name``, decay aside; its moments change."""
        first, second, steps = self.recipe.momentum, self.recipe.beta2, self.velocities["steps"].item()
        m = self.velocities[name] = first * self.velocities[name] + (1 - first) * gradient
        of_second = f"{name}.second"
        v = self.velocities[of_second] = second * self.velocities[of_second] + (1 - second) * gradient**2
        return -lr * (m / (1 - first**steps)) / (np.sqrt(v / (1 - second**steps)) + self.recipe.epsilon)
