"""Adam by the one rule of docs/training.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from common.contract.recipe import Recipe


class Adam:
    """Kingma & Ba 2015, "Adam", algorithm 1; PyTorch's own is the same function, with a count for each parameter.

    Attributes:
        firsts, seconds: the moments of each parameter's gradient, by its name.
        steps: how many were made.
    """

    def __init__(self, parameters: Mapping[str, torch.Tensor], recipe: Recipe):
        self.parameters, self.recipe = parameters, recipe
        self.firsts = {name: torch.zeros_like(p) for name, p in parameters.items()}
        self.seconds = {name: torch.zeros_like(p) for name, p in parameters.items()}
        self.steps = next(iter(parameters.values())).detach().new_zeros(1)

    def step(self, gradients: Mapping[str, torch.Tensor], lr: float) -> None:
        """Move every parameter and its moments, in place."""
        self.steps += 1
        first, second = self.recipe.momentum, self.recipe.beta2
        unbiased = [1 - weight ** self.steps.item() for weight in (first, second)]
        for name, g in gradients.items():
            m, v = self.firsts[name], self.seconds[name]
            m.mul_(first).add_(g, alpha=1 - first)
            v.mul_(second).addcmul_(g, g, value=1 - second)
            self.parameters[name].sub_(lr * (m / unbiased[0]) / ((v / unbiased[1]).sqrt() + self.recipe.epsilon))

    def state(self) -> dict[str, torch.Tensor]:
        """All that a step changes beside the weights, itself; named as in `common.contract.protocols.Trainer`."""
        seconds = {f"{name}.second": v for name, v in self.seconds.items()}
        return {**self.firsts, **seconds, "steps": self.steps}
