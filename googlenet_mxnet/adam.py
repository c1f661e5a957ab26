"""Adam by the one rule of docs/training.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from googlenet_mxnet.framework import mx

if TYPE_CHECKING:
    from common.contract.recipe import Recipe


class Adam:
    """Kingma & Ba 2015, "Adam", algorithm 1; MXNet's own adds epsilon elsewhere, and keeps its numbers in float32.

    Attributes:
        firsts, seconds: the moments of each parameter's gradient, by its name.
        steps: how many were made.
    """

    def __init__(self, parameters: Mapping[str, mx.gluon.Parameter], recipe: Recipe):
        self.parameters, self.recipe = parameters, recipe
        # Classic arrays, also after npx.set_np().
        self.firsts = {name: 0 * p.data().as_nd_ndarray() for name, p in parameters.items()}
        self.seconds = {name: 0 * p.data().as_nd_ndarray() for name, p in parameters.items()}
        self.steps = mx.nd.zeros(1, dtype=next(iter(parameters.values())).dtype)

    def step(self, gradients: Mapping[str, mx.nd.NDArray], lr: float) -> None:
        """Move every parameter and its moments, in place."""
        self.steps += 1
        first, second = self.recipe.momentum, self.recipe.beta2
        unbiased = [1 - weight ** self.steps.asscalar().item() for weight in (first, second)]
        for name, gradient in gradients.items():
            g, m, v = gradient.as_nd_ndarray(), self.firsts[name], self.seconds[name]
            m[:] = first * m + (1 - first) * g
            v[:] = second * v + (1 - second) * g * g
            w = self.parameters[name].data().as_nd_ndarray()
            w -= lr * (m / unbiased[0]) / ((v / unbiased[1]).sqrt() + self.recipe.epsilon)

    def state(self) -> dict[str, mx.nd.NDArray]:
        """All that a step changes beside the weights, itself; named as in `common.contract.protocols.Trainer`."""
        seconds = {f"{name}.second": v for name, v in self.seconds.items()}
        return {**self.firsts, **seconds, "steps": self.steps}
