"""The learning rate of every step: constant, stepwise, on a plateau, or a cosine with a warm-up.

A schedule is a function of where the run stands and of nothing else, so that a run that goes on after a stop needs
no state of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, inf, pi

from common.base import fields as settings


@dataclass(frozen=True)
class Position:
    """Where a run stands.

    Attributes:
        step: optimizer steps done so far, over all epochs.
        steps_per_epoch: how many make an epoch.
        epochs: how many the run is to have.
        losses: the validation loss after each whole epoch so far.
    """

    step: int
    steps_per_epoch: int
    epochs: int
    losses: Sequence[float] = ()

    @property
    def epoch(self) -> int:
        """The epoch that the next step belongs to, from 0."""
        return self.step // self.steps_per_epoch


@dataclass(frozen=True)
class Constant:
    """The same rate throughout."""

    def factor(self, at: Position) -> float:
        """What the recipe's learning rate is multiplied by for the next step."""
        return 1.0


@dataclass(frozen=True)
class Stepwise:
    """Times ``by`` every ``every`` epochs; the paper's: −4% every 8 (Szegedy et al. 2015, section 6)."""

    by: float = 0.96
    every: int = 8

    def __post_init__(self):
        settings.check(self, {"every": 1})

    def factor(self, at: Position) -> float:
        """What the recipe's learning rate is multiplied by for the next step."""
        return self.by ** (at.epoch // self.every)


@dataclass(frozen=True)
class Plateau:
    """Times ``by`` once the validation loss has not fallen for more than ``patience`` epochs.

    The rule of ``torch.optim.lr_scheduler.ReduceLROnPlateau`` with mode ``min``: a loss counts as fallen below
    (1 - ``threshold``) times the lowest so far.
    """

    by: float = 0.1
    patience: int = 2
    threshold: float = 1e-4

    def __post_init__(self):
        settings.check(self, {}, {"threshold": 1})

    def factor(self, at: Position) -> float:
        """What the recipe's learning rate is multiplied by for the next step."""
        factor, lowest, bad = 1.0, inf, 0
        for loss in at.losses:
            if loss < lowest * (1 - self.threshold):
                lowest, bad = loss, 0
            else:
                bad += 1
            if bad > self.patience:
                factor, bad = factor * self.by, 0
        return factor


@dataclass(frozen=True)
class Cosine:
    """Up from 0 in a straight line over ``warmup`` epochs, then down along half a cosine to ``last`` of the rate.

    Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts; the warm-up is that of Goyal et al. 2017, "Accurate,
    Large Minibatch SGD", section 2.2. No step has a rate of 0.
    """

    warmup: float = 1.0
    last: float = 0.0

    def __post_init__(self):
        settings.check(self, {})

    def factor(self, at: Position) -> float:
        """What the recipe's learning rate is multiplied by for the next step."""
        warm, total = round(self.warmup * at.steps_per_epoch), at.epochs * at.steps_per_epoch
        if at.step < warm:
            return (at.step + 1) / (warm + 1)
        turn = (at.step - warm) / max(total - warm, 1)
        return self.last + (1 - self.last) * (1 + cos(pi * turn)) / 2


Schedule = Constant | Stepwise | Plateau | Cosine
SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": Stepwise,
    "plateau": Plateau,
    "cosine": Cosine,
}
