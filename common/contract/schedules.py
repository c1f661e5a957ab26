"""The learning rate of every step: constant, stepwise, on a plateau, or a cosine with a warm-up.

A schedule is a function of where the run stands and of nothing else, so that a run that goes on after a stop needs
no state of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, inf, pi

from common.base.fields import check_fields


@dataclass(frozen=True)
class Position:
    """Where a run stands.

    Attributes:
        step: optimizer steps done so far, over all epochs.
        steps_per_epoch: how many steps make an epoch.
        epochs: how many epochs the run is to have.
        losses: the validation loss after each whole epoch so far, in nats.

    >>> Position(step=250, steps_per_epoch=100, epochs=10).epoch
    2
    """

    step: int
    steps_per_epoch: int
    epochs: int
    losses: Sequence[float] = ()

    @property
    def epoch(self) -> int:
        """The epoch that the next step belongs to, from 0."""
        return self.step // self.steps_per_epoch


def rising(at: Position, warmup: float) -> float:
    """What the rate of the next step is multiplied by while it rises, over ``warmup`` epochs; 1 after them.

    Goyal et al. 2017, "Accurate, Large Minibatch SGD", section 2.2. The first step has no rate of 0.

    >>> [rising(Position(step, steps_per_epoch=3, epochs=3), warmup=1.0) for step in (0, 1, 2, 3)]
    [0.25, 0.5, 0.75, 1.0]
    """
    warm = round(warmup * at.steps_per_epoch)
    return (at.step + 1) / (warm + 1) if at.step < warm else 1.0


@dataclass(frozen=True)
class Constant:
    """The same learning rate throughout.

    >>> Constant().factor(Position(250, 100, 10))
    1.0
    """

    def factor(self, at: Position) -> float:
        """What the recipe's learning rate is multiplied by for the next step, when the run stands ``at`` a position."""
        return 1.0


@dataclass(frozen=True)
class Stepwise:
    """The rate is multiplied by ``by`` after every ``every`` epochs.

    As it is: −4% every 8 epochs (Szegedy et al. 2015, section 6).

    >>> Stepwise(by=0.5, every=2).factor(Position(step=400, steps_per_epoch=100, epochs=10))
    0.25
    """

    by: float = 0.96
    every: int = 8

    def __post_init__(self) -> None:
        check_fields(self, {"every": 1})

    def factor(self, at: Position) -> float:
        """What the recipe's learning rate is multiplied by for the next step, when the run stands ``at`` a position."""
        return self.by ** (at.epoch // self.every)


@dataclass(frozen=True)
class Plateau:
    """The rate is multiplied by ``by`` once the validation loss has not fallen for more than ``patience`` epochs.

    The rule of ``torch.optim.lr_scheduler.ReduceLROnPlateau`` with mode ``min``: a loss has fallen if it is below
    (1 - ``threshold``) times the lowest so far.

    >>> Plateau(patience=1).factor(Position(400, 100, 10, losses=[2.0, 1.0, 1.5, 1.2]))
    0.1
    """

    by: float = 0.1
    patience: int = 2
    threshold: float = 1e-4

    def __post_init__(self) -> None:
        check_fields(self, {}, {"threshold": 1})

    def factor(self, at: Position) -> float:
        """What the recipe's learning rate is multiplied by for the next step, when the run stands ``at`` a position."""
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
    """The rate rises in a straight line over ``warmup`` epochs, then falls along half a cosine to ``last`` of itself.

    Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts; the warm-up is that of Goyal et al. 2017, "Accurate,
    Large Minibatch SGD", section 2.2. No step has a rate of 0.

    >>> cosine = Cosine(warmup=1.0)
    >>> [round(cosine.factor(Position(step, steps_per_epoch=4, epochs=3)), 2) for step in (0, 3, 4, 8, 11)]
    [0.2, 0.8, 1.0, 0.5, 0.04]
    """

    warmup: float = 1.0
    last: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self, {})

    def factor(self, at: Position) -> float:
        """What the recipe's learning rate is multiplied by for the next step, when the run stands ``at`` a position."""
        warm, total = round(self.warmup * at.steps_per_epoch), at.epochs * at.steps_per_epoch
        if at.step < warm:
            return rising(at, self.warmup)
        turn = (at.step - warm) / max(total - warm, 1)
        return self.last + (1 - self.last) * (1 + cos(pi * turn)) / 2


Schedule = Constant | Stepwise | Plateau | Cosine
SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": Stepwise,
    "plateau": Plateau,
    "cosine": Cosine,
}
