"""Training, written once for every framework: epochs, learning rate, validation, checkpoints, history.

A step is the framework's; what happens between steps is here. Nothing but the seed, the settings and the position
decides what comes next, so that a run that was stopped goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from math import isfinite
from time import monotonic
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.base.locks import alone
from common.contract import backend
from common.contract.loss import cross_entropy_sum
from common.contract.recipe import Recipe
from common.contract.schedules import Position
from common.data.batches import Augment, Batches
from common.data.dataset import Dataset, Split, hold_out
from common.runs import checkpoint
from common.runs.checkpoint import State
from common.runs.folder import METRICS, Run
from common.runs.history import Metrics
from common.table.analysis import Table
from common.table.drawing import initial
from common.table.sizes import without_variance
from common.table.tensors import Weights

CHECKPOINT = 200  # steps
Report = Callable[[dict[str, Any]], None]


def parts(dataset: Dataset, recipe: Recipe, seed: int) -> tuple[Split, Split]:
    """(training, validation): the data set's own, or a share of the training images held out by the seed."""
    if dataset.validation is not None:
        return dataset.train, dataset.validation
    return hold_out(dataset.train, recipe.validation, seed)


def check(table: Table, batches: Batches) -> None:
    """Require images and batches that the network can be trained on.

    Raises:
        InputError: no images, or a batch in which a normalisation sees one value per channel.
    """
    if not len(batches):
        raise InputError("there are no images to train on")
    last = len(batches.split) - (len(batches) - 1) * batches.batch
    name = without_variance(table, batches.preprocessing.size(), last)
    if name is not None:
        raise InputError(
            f"{name}: one value per channel has no variance, and an epoch of {len(batches.split)} images in "
            f"batches of {batches.batch} ends with a single one: choose another batch size"
        )


def judge(package, net, batches: Batches) -> tuple[float, float]:
    """(mean cross-entropy, accuracy) in evaluation mode: sums over all images, then divided."""
    loss = correct = 0
    for x, y in batches.in_order():
        logits = package.predict(net, x)
        with np.errstate(invalid="ignore"):  # of infinite logits the loss is NaN, which says enough
            loss += cross_entropy_sum(logits, y)
        correct += int((logits.argmax(1) == y).sum())
    return loss / len(batches.split), correct / len(batches.split)


class Diverged(InputError):
    """A loss or a weight that is no number any more."""


def train(
    run: Run,
    dataset: Dataset,
    *,
    asked: Callable[[], bool] = lambda: False,
    most_steps: int | None = None,
    checkpoint_every: int = CHECKPOINT,
    report: Report = lambda record: None,
) -> bool:
    """Begin the run, or go on where it stands, until its last epoch is over or it is asked to stop.

    After the last epoch the best weights are tried on the test images, if the data have any.

    Args:
        asked: whether to stop; looked at after every step.
        most_steps: stop once so many steps of the run are done, and an epoch that they end is validated; None is no
            limit.
        checkpoint_every: steps.
        report: called with every record that goes to metrics.jsonl.

    Returns:
        Whether the last epoch is over. If not, the run stands where it was stopped.

    Raises:
        Diverged: a loss or a weight is no number.
        InputError: data that the network cannot be trained on, a run that another process is training, or one whose
            files are damaged.
    """
    with alone(run.folder), closing(Training(run, dataset, report)) as training:

        def stop() -> bool:
            return asked() or (most_steps is not None and training.state.step >= most_steps)

        while training.state.epoch < run.recipe.epochs:
            if stop():
                return False
            for step in training.epoch():
                if training.state.batch == len(training.batches):
                    continue  # the end of the epoch comes first, and keeps where the run stands
                stopping = stop()
                if stopping or step % checkpoint_every == 0:
                    training.save()
                if stopping:
                    return False
            training.end_epoch()
        if dataset.test is not None:
            training.test(dataset.test)
    return True


class Training:
    """A run in the making: its net, its trainer, and where it stands.

    Args:
        report: called with every record.
    """

    def __init__(self, run: Run, dataset: Dataset, report: Report):
        self.run, self.recipe, self.report = run, run.recipe, report
        self.package = backend.load(run.backend)
        training, validation = parts(dataset, run.recipe, run.seed)
        augment = Augment(self.recipe.pad, self.recipe.flip)
        self.batches = Batches(training, run.preprocessing, batch=self.recipe.batch, seed=run.seed, augment=augment)
        self.validation = self._in_order(validation)
        weights, velocities = initial(run.table, run.seed, run.weights_dtype, self.recipe.initial), None
        kept = checkpoint.load(run)
        if kept is not None:
            self.state, weights, velocities = kept
        else:
            self.state = State()
        if self.state.best is not None:
            run.best()  # better told now than after the last epoch
        self.net = self.package.build_net(run.table, weights=weights, dtype=run.weights_dtype)
        self.trainer = self.package.Trainer(self.net, self.recipe, bfloat16=run.dtype == "bfloat16")
        if velocities is not None:
            self.trainer.set_velocities(velocities)
        self.metrics = Metrics(run.folder / METRICS, self.state.metrics)
        self.kept = self.state.step  # the step of the last checkpoint

    def _in_order(self, split: Split) -> Batches:
        return Batches(split, self.run.preprocessing, batch=self.recipe.batch, seed=self.run.seed)

    def epoch(self) -> Iterator[int]:
        """The steps of the present epoch that are left; yields the number of each once it is done.

        Raises:
            Diverged: the loss is no number; the checkpoint before is still there.
        """
        state, self.began, self.seen = self.state, monotonic(), 0
        for x, y in self.batches.epoch(state.epoch, start=state.batch):
            rate = self.rate()
            seed = int(np.random.SeedSequence([self.run.seed, state.step]).generate_state(1)[0]) >> 1
            loss, correct = self.trainer.step(x, y, lr=rate, seed=seed)
            if not isfinite(loss):
                raise self._diverged(f"the loss of step {state.step + 1} is {loss}")
            state.add(len(y), correct, loss)
            self.seen += len(y)
            about = {"step": state.step, "of": len(self.batches) * self.recipe.epochs, "epoch": state.epoch}
            self.record(kind="step", **about, lr=rate, loss=loss, accuracy=correct / len(y))
            yield state.step

    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.recipe.rate(
            Position(self.state.step, len(self.batches), self.recipe.epochs, tuple(self.state.losses))
        )

    def end_epoch(self) -> None:
        """Validate, keep the weights if they are the best so far, and stand before the next epoch.

        Raises:
            Diverged: a weight or the validation loss is no number; the best and the last checkpoint stay.
        """
        state, seconds, weights = self.state, monotonic() - self.began, self.weights()
        loss, accuracy = self._judged(self.validation, "validation") if len(self.validation.split) else (None, None)
        about = {"epoch": state.epoch, "step": state.step, "validation_loss": loss, "validation_accuracy": accuracy}
        if state.best is None or accuracy is None or accuracy > state.best["validation_accuracy"]:
            state.best = about
            self.run.keep_best(weights, about)
        self.record(
            kind="epoch",
            **about,
            loss=state.loss / state.images,
            accuracy=state.correct / state.images,
            seconds=seconds,
            images_per_second=self.seen / seconds,
        )
        state.end_epoch(loss)
        self.save()

    def test(self, split: Split) -> None:
        """Try the best weights on images that had no part in choosing them."""
        self.package.set_weights(self.net, self.run.best().weights)
        loss, accuracy = self._judged(self._in_order(split), "test")
        self.record(kind="test", epoch=self.state.best["epoch"], images=len(split), loss=loss, accuracy=accuracy)

    def save(self) -> None:
        """Keep where the run stands.

        Raises:
            Diverged: a weight is no number; the checkpoint before stays.
        """
        self.state.metrics = self.metrics.keep()
        checkpoint.save(self.run, self.state, self.weights(), self.trainer.velocities())
        self.kept = self.state.step

    def weights(self) -> Weights:
        """What the net has learned so far.

        Raises:
            Diverged: one of them is no number: the loss of the step that spoiled it still was one.
        """
        found = self.package.get_weights(self.net)
        for name, array in found.items():
            if not np.isfinite(array).all():
                raise self._diverged(f"{name} is not finite after step {self.state.step}")
        return found

    def _judged(self, batches: Batches, what: str) -> tuple[float, float]:
        loss, accuracy = judge(self.package, self.net, batches)
        if not isfinite(loss):
            raise self._diverged(f"the {what} loss after step {self.state.step} is {loss}")
        return loss, accuracy

    def _diverged(self, how: str) -> Diverged:
        advice = "in a new run a smaller --lr or a --clip may help"
        return Diverged(f"{how}: {advice}; {self.run.folder} holds this one as it was after step {self.kept}")

    def record(self, **record: Any) -> None:
        """Add to the history, and tell who watches."""
        self.metrics.write(record)
        self.report(record)

    def close(self) -> None:
        """Let go of the history."""
        self.metrics.close()
