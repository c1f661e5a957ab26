"""How moving statistics follow the batch's: new = momentum · old + (1 - momentum) · batch.

The frameworks agree on this rule and differ in two details, which `Moving` states.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from common.base.errors import InputError
from common.table.analysis import Table


@dataclass(frozen=True)
class Moving:
    """What a framework's batch normalisation does with the batch's statistics.

    Attributes:
        unbiased: moving variances use n/(n-1) times the batch's variance, n elements per channel.
        momentum_dtype: the type the momentum is stored in, whatever the type of the net.
    """

    unbiased: bool
    momentum_dtype: str = "float64"

    def after(self, old: np.ndarray, batch: np.ndarray, momentum: float) -> np.ndarray:
        """A moving statistic after one step."""
        momentum = float(np.dtype(self.momentum_dtype).type(momentum))
        return momentum * old.astype(np.float64) + (1 - momentum) * batch

    def variance(self, biased: np.ndarray, n: int) -> np.ndarray:
        """What counts as the variance of a batch with n elements per channel."""
        return biased * n / (n - 1) if self.unbiased else biased

    def to_rule(self, name: str, momentum: float, n: int) -> tuple[float, float]:
        """(a, b) such that a · new + b · old is what one step makes of a statistic by training's one rule.

        The rule: the biased variance, and the momentum as the table has it. ``old`` and ``new`` are what the framework
        had and made of it; ``n`` elements per channel, 2 at least. (1, 0) where the framework follows the rule by
        itself.

        Raises:
            InputError: a momentum below 1 that the framework takes for 1, and so keeps nothing of the batch.
        """
        if momentum == 1:
            return 0.0, 1.0
        own = float(np.dtype(self.momentum_dtype).type(momentum))
        if own == 1:
            raise InputError(f"{name}: a momentum of {momentum!r} is 1 in {self.momentum_dtype}, which it is kept in")
        scale = self.variance(1.0, n) if name.endswith("running_var") else 1.0
        a = (1 - momentum) / ((1 - own) * scale)
        return a, momentum - own * a

    def __str__(self) -> str:
        variance = "n/(n-1) times the batch's variance" if self.unbiased else "the batch's biased variance"
        return f"moving variance from {variance}; momentum stored as {self.momentum_dtype}"


def corrections(table: Table, shape: tuple[int, ...], moving: Moving) -> dict[str, tuple[float, float]]:
    """`Moving.to_rule` of every moving statistic that needs it, for a batch of ``shape`` N x C x H x W."""
    found = {}
    layers = table.at(shape[1:])
    for layer, norm in table.norms.items():
        n = shape[0] * prod(layers[layer].output[1:])
        for key in ("running_mean", "running_var"):
            name = f"{layer}.norm.{key}"
            found[name] = moving.to_rule(name, norm.momentum, n)
    return {name: (a, b) for name, (a, b) in found.items() if (a, b) != (1.0, 0.0)}
