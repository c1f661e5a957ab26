"""Adam by the one rule of docs/training.md."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from googlenet_tf.framework import keras, ops, tf

if TYPE_CHECKING:
    from common.contract.recipe import Recipe


class Adam:
    """Kingma & Ba 2015, "Adam", algorithm 1; Keras' own adds epsilon elsewhere, and keeps its rate in float32.

    Attributes:
        firsts, seconds: the moments of each parameter's gradient, by its name.
        steps: how many were made.
    """

    def __init__(self, parameters: Mapping[str, keras.Variable], recipe: Recipe):
        self.parameters, self.recipe = parameters, recipe
        dtype = next(iter(parameters.values())).dtype
        zeros = partial(keras.Variable, "zeros", dtype=dtype, trainable=False)
        self.firsts = {name: zeros(v.shape) for name, v in parameters.items()}
        self.seconds = {name: zeros(v.shape) for name, v in parameters.items()}
        self.steps = zeros((1,))

    def step(self, gradients: Mapping[str, tf.Tensor], lr: tf.Tensor) -> None:
        """Move every parameter and its moments, in place."""
        self.steps.assign_add([1])
        # Python's numbers would go through float32.
        numbers = self.recipe.momentum, self.recipe.beta2, self.recipe.epsilon
        first, second, epsilon = (tf.constant(number, lr.dtype) for number in numbers)
        unbiased = [1 - weight**self.steps.value for weight in (first, second)]
        for name, g in gradients.items():
            m, v = self.firsts[name], self.seconds[name]
            m.assign(first * m.value + (1 - first) * g)
            v.assign(second * v.value + (1 - second) * g * g)
            root = ops.sqrt(v.value / unbiased[1]) + epsilon
            self.parameters[name].assign_sub(lr * (m.value / unbiased[0]) / root)

    def state(self) -> dict[str, keras.Variable]:
        """All that a step changes beside the weights, itself; named as in `common.contract.protocols.Trainer`."""
        seconds = {f"{name}.second": v for name, v in self.seconds.items()}
        return {**self.firsts, **seconds, "steps": self.steps}
