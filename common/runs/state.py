"""Where a run stands: the position that, with the seed and the settings, decides all that comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from common.base.errors import InputError
from common.contract.recipe import Recipe
from common.runs import records
from common.runs.records import COUNT, NUMBER, OBJECT, SHARE, list_of, optional

RULES = {
    "step": COUNT,
    "epoch": COUNT,
    "batch": COUNT,
    "images": COUNT,
    "correct": COUNT,
    "loss": NUMBER,
    "losses": list_of(NUMBER),
    "best": optional(OBJECT),
    "metrics": COUNT,
}
RULES_OF_BEST = {
    "epoch": COUNT,
    "step": COUNT,
    "validation_loss": optional(NUMBER),
    "validation_accuracy": optional(SHARE),
}


@dataclass
class State:
    """Where a run stands. What is random follows from the seed and these numbers.

    Attributes:
        step: steps done, over all epochs.
        epoch: the epoch that the next step belongs to, from 0.
        batch: steps of this epoch that are done.
        images, correct: images seen in this epoch, and right answers among them.
        loss: sum of their losses, in nats.
        losses: validation loss after each whole epoch, if there are validation images.
        best: what is known of the best epoch so far: its ``epoch`` and ``step``, and its ``validation_loss`` and
            ``validation_accuracy``, which are None without validation images.
        metrics: bytes of metrics.jsonl that belong to these steps.

    >>> state = State()
    >>> state.add(images=8, correct=2, loss=0.5)
    >>> (state.step, state.batch, state.loss)
    (1, 1, 4.0)
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    images: int = 0
    correct: int = 0
    loss: float = 0.0
    losses: list[float] = field(default_factory=list)
    best: dict[str, Any] | None = None
    metrics: int = 0

    def add(self, images: int, correct: int, loss: float) -> None:
        """Count a step on so many images, with so many right answers and their mean loss."""
        self.step, self.batch = self.step + 1, self.batch + 1
        self.images, self.correct = self.images + images, self.correct + correct
        self.loss += loss * images

    def over(self, recipe: Recipe) -> bool:
        """Whether the last epoch is over: all are, or the recipe's patience has come to its end.

        >>> worse = State(epoch=5, best={"epoch": 2})
        >>> worse.over(Recipe(epochs=9, patience=2)), worse.over(Recipe(epochs=9, patience=3))
        (True, False)
        """
        waited = 0 if self.best is None else self.epoch - 1 - self.best["epoch"]
        exhausted = self.batch == 0 and recipe.patience is not None and waited >= recipe.patience
        return self.epoch >= recipe.epochs or exhausted

    def end_epoch(self, validation_loss: float | None) -> None:
        """Stand before the next epoch.

        Args:
            validation_loss: after this one; None without validation images.
        """
        if validation_loss is not None:
            self.losses.append(validation_loss)
        self.epoch, self.batch, self.images, self.correct, self.loss = self.epoch + 1, 0, 0, 0, 0.0

    def described(self) -> dict[str, Any]:
        """The position as numbers for JSON; `from_described` makes the position of them again."""
        return asdict(self)

    @classmethod
    def from_described(cls, described: Mapping[str, Any], where: str) -> State:
        """The position that `described` has described.

        Args:
            where: where it comes from, for the message.

        Raises:
            InputError: a value that is missing, unknown, of another type or out of its range; names it.
        """
        records.check(described, RULES, where)
        if described["best"] is not None:
            records.check(described["best"], RULES_OF_BEST, f"{where}: 'best'")
        return cls(**described)

    def check(self, *, steps_per_epoch: int, epochs: int, batch: int, validated: bool, where: str) -> None:
        """Require a position that a run of such a length can be in.

        Args:
            steps_per_epoch, epochs: how long the run is.
            batch: images of a step that is not the last of its epoch.
            validated: whether the run has validation images.
            where: where the position comes from, for the message.

        Raises:
            InputError: numbers that contradict each other, or the run.

        >>> State(step=7, epoch=2, batch=1).check(
        ...     steps_per_epoch=3, epochs=9, batch=8, validated=False, where="last.json"
        ... )
        Traceback (most recent call last):
            ...
        common.base.errors.InputError: last.json: no run of 9 epochs of 3 steps stands at step 7 of epoch 2 with 0 ...
        """
        best = self.best
        possible = (
            self.step == self.epoch * steps_per_epoch + self.batch
            and self.batch < steps_per_epoch
            and self.epoch <= epochs - (self.batch > 0)
            and self.images == self.batch * batch
            and self.correct <= self.images
            and len(self.losses) == (self.epoch if validated else 0)
            and (best is None) == (self.epoch == 0)
            and (best is None or best["epoch"] < self.epoch)
            and (best is None or best["step"] == (best["epoch"] + 1) * steps_per_epoch)
            and (best is None or (best["validation_loss"] is not None) == validated)
            and (best is None or (best["validation_accuracy"] is not None) == validated)
        )
        if not possible:
            raise InputError(
                f"{where}: no run of {epochs} epochs of {steps_per_epoch} steps stands at step {self.step} of epoch "
                f"{self.epoch} with {self.images} images of it seen, {len(self.losses)} epochs validated and the best "
                f"epoch {best and best['epoch']}: bring back the file as it was"
            )
