"""How moving statistics follow those of a batch: new = momentum · old + (1 - momentum) · batch.

The frameworks agree on this rule and differ in two details, which `Moving` states. Training follows one rule in all of
them (docs/training.md): `corrections` has what each must change of its own statistics after a step.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from math import prod

import numpy as np

from common.base.errors import InputError
from common.table.analysis import Table


@dataclass(frozen=True)
class Moving:
    """What a framework's batch normalisation does with the batch's statistics.

    Attributes:
        unbiased: moving variances follow n/(n-1) times the batch's variance, for n elements per channel.
        momentum_dtype: the dtype that the momentum is stored in, whatever the dtype of the net.

    >>> print(Moving(unbiased=True))
    moving variance from n/(n-1) times the batch's variance; momentum stored as float64
    """

    unbiased: bool
    momentum_dtype: str = "float64"

    def after(self, old: np.ndarray, batch: np.ndarray, momentum: float) -> np.ndarray:
        """A moving statistic after one step, in float64.

        Args:
            old: the statistic before, one number a channel.
            batch: the batch's mean, or what `variance` makes of its variance, shaped alike.
            momentum: weight of the old, from 0 to 1.

        >>> Moving(unbiased=False).after(np.array([1.0]), np.array([3.0]), momentum=0.75)
        array([1.5])
        """
        momentum = float(np.dtype(self.momentum_dtype).type(momentum))
        return momentum * old.astype(np.float64) + (1 - momentum) * batch

    def variance(self, biased: np.ndarray | float, n: int) -> np.ndarray | float:
        """What the moving variance follows, from a batch's biased variance and its n elements per channel.

        >>> Moving(unbiased=True).variance(3.0, n=4)
        4.0
        """
        return biased * n / (n - 1) if self.unbiased else biased

    def to_rule(self, name: str, momentum: float, n: int) -> tuple[float, float]:
        """Numbers (a, b) such that a · new + b · old is what training's one rule makes of a statistic in a step.

        ``old`` is what the framework had, and ``new`` what it has made of it. The rule follows the biased variance,
        with the momentum as the table has it. A framework that does so by itself needs no change: (1, 0).

        Args:
            name: canonical name of the statistic; it ends with ``running_mean`` or ``running_var``.
            momentum: the table's, weight of the old.
            n: elements per channel, at least 2.

        Raises:
            InputError: a momentum below 1 that the framework stores as 1, and so keeps nothing of the batch.

        >>> Moving(unbiased=True).to_rule("b1.conv1.norm.running_var", momentum=0.5, n=2)
        (0.5, 0.25)
        """
        if momentum == 1:
            return 0.0, 1.0
        own = float(np.dtype(self.momentum_dtype).type(momentum))
        if own == 1:
            raise InputError(f"{name}: a momentum of {momentum!r} is 1 in {self.momentum_dtype}, which it is kept in")
        scale = float(self.variance(1.0, n)) if name.endswith("running_var") else 1.0
        a = (1 - momentum) / ((1 - own) * scale)
        return a, momentum - own * a

    def __str__(self) -> str:
        variance = "n/(n-1) times the batch's variance" if self.unbiased else "the batch's biased variance"
        return f"moving variance from {variance}; momentum stored as {self.momentum_dtype}"


def corrections(
    table: Table, shape: tuple[int, ...], moving: Moving, still: Container[str] = ()
) -> dict[str, tuple[float, float]]:
    """`Moving.to_rule` of every moving statistic that needs a change, by its canonical name.

    Args:
        table: a resolved table.
        shape: of the batch, N x C x H x W.
        moving: how the framework moves its statistics.
        still: layers whose statistics do not move (`common.contract.freezing.still_norms`).

    Raises:
        InputError: see `Moving.to_rule`.
    """
    found = {}
    images, channels, height, width = shape
    layers = table.at((channels, height, width))
    for layer, norm in table.norms.items():
        if layer in still:
            continue
        n = images * prod(layers[layer].output[1:])
        for key in ("running_mean", "running_var"):
            name = f"{layer}.norm.{key}"
            found[name] = moving.to_rule(name, norm.momentum, n)
    return {name: (a, b) for name, (a, b) in found.items() if (a, b) != (1.0, 0.0)}
