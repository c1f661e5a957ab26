"""Training, written once for every framework: epochs, learning rate, validation, checkpoints, history.

A step is the framework's; what happens between steps is here. Nothing but the seed, the settings and the position
decides what comes next, so that a run that was stopped goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from math import isfinite
from time import monotonic
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.contract import backend
from common.contract.schedules import Position
from common.data.batches import Augment, Batches
from common.data.dataset import Dataset, Split
from common.runs import checkpoint
from common.runs.evaluation import judge
from common.runs.events import EVENTS, Events
from common.runs.folder import METRICS
from common.runs.history import Metrics, read_metrics, write_time
from common.runs.planning import parts
from common.runs.run import Run
from common.runs.starting import Start, held, start
from common.runs.state import State
from common.table.tensors import Weights
from common.workers.group import Alone, Group
from common.workers.telling import led

CHECKPOINT = 200  # steps
Report = Callable[[dict[str, Any]], None]


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
    tensorboard: bool = False,
    group: Group | None = None,
) -> bool:
    """Begin the run, or go on where it stands, until its last epoch is over or it is asked to stop.

    With a patience in its recipe, that is the epoch after which it is exhausted.

    After the last epoch the best weights are tried on the test images, if the data have any.

    Args:
        dataset: that the run was made for.
        asked: whether to stop; looked at after every step.
        most_steps: stop once so many steps of the run are done, and an epoch that they end is validated; None is no
            limit.
        checkpoint_every: steps.
        report: called with every record that goes to metrics.jsonl.
        tensorboard: write event files too; a run that has some goes on with them.
        group: the workers that train it together, all of which call this; rank 0 alone reads and writes the run's
            folder, and reports. None is this process alone.

    Returns:
        Whether the last epoch is over. If not, the run stands where it was stopped.

    Raises:
        Diverged: a loss or a weight is no number.
        InputError: data that the network cannot be trained on, a run that another process is training, or one whose
            files are damaged.
        Refused: the same, in another worker of the group than rank 0, which tells why.
        WorkerLost: another worker of the group ended, hangs, or cannot be reached.
    """
    with (
        held(run, group or Alone()),
        closing(Training(run, dataset, report, tensorboard=tensorboard, group=group)) as training,
    ):

        def stop() -> bool:
            return training.anyone(asked() or (most_steps is not None and training.state.step >= most_steps))

        while not training.state.over(run.recipe):
            if stop() or not training.finish_epoch(stop, checkpoint_every):
                return False
        if dataset.test is not None:
            training.test(dataset.test)
    return True


class Training:
    """A run in the making: its net, its trainer, and where it stands.

    Args:
        report: called with every record.
        tensorboard: write event files too.
        group: the workers that train it together; None is this process alone.

    Raises:
        InputError: a run whose files are damaged, or another framework or data that it cannot go on with.
        WorkerLost: another worker of the group ended, hangs, or cannot be reached.
    """

    def __init__(
        self, run: Run, dataset: Dataset, report: Report, *, tensorboard: bool = False, group: Group | None = None
    ):
        self.group: Group = group or Alone()
        self.leads = self.group.rank == 0
        self.run, self.recipe, self.report = run, run.recipe, report
        self.package = backend.load(run.backend)
        training, validation = parts(dataset, run.recipe, run.seed)
        augment = Augment(self.recipe.pad, self.recipe.flip, self.recipe.resized_crop)
        settings: dict[str, Any] = {"batch": self.recipe.batch, "seed": run.seed, "augment": augment}
        self.batches = Batches(training, run.preprocessing, **settings, worker=(self.group.rank, self.group.size))
        self.validation = self._in_order(validation)
        self.state, weights, velocities = start(self.group, self._start)
        self.net = self.package.build_net(run.table, weights=weights, dtype=run.weights_dtype)
        together = {"group": self.group} if self.group.size > 1 else {}
        self.trainer = self.package.Trainer(self.net, self.recipe, bfloat16=run.dtype == "bfloat16", **together)
        if velocities is not None:
            self.trainer.set_velocities(velocities)
        self.metrics: Metrics | None = None
        self.events: Events | None = None
        led(self.group, partial(self._open, tensorboard))
        self.kept = self.state.step  # the step of the last checkpoint

    def _start(self) -> Start:
        """(where the run stands, its weights, its velocities): those of the checkpoint, or of a new run."""
        kept = checkpoint.load(self.run)
        if kept is None:
            return State(), self.run.first_weights(), None
        kept[0].check(
            steps_per_epoch=len(self.batches),
            epochs=self.recipe.epochs,
            batch=self.recipe.batch,
            validated=len(self.validation.split) > 0,
            where=str(self.run.folder / checkpoint.LAST),
        )
        if kept[0].best is not None:
            self.run.best()  # better told now than after the last epoch
        return kept

    def _open(self, tensorboard: bool) -> None:
        """Open the history, to go on with it."""
        self.metrics = Metrics(self.run.folder / METRICS, self.state.metrics)
        if tensorboard or (self.run.folder / EVENTS).is_dir():
            self.events = Events(self.run.folder, read_metrics(self.run.folder / METRICS))

    def anyone(self, asked: bool) -> bool:
        """Whether any worker of the group was asked to; all of them call this at the same step."""
        return asked if self.group.size == 1 else bool(self.group.sum(np.array([float(asked)])).item())

    def _in_order(self, split: Split) -> Batches:
        return Batches(split, self.run.preprocessing, batch=self.recipe.batch, seed=self.run.seed)

    def finish_epoch(self, stop: Callable[[], bool], checkpoint_every: int) -> bool:
        """Make the steps of the present epoch that are left, and end it, unless asked to stop before.

        Args:
            stop: whether to stop; looked at after every step.
            checkpoint_every: steps.

        Returns:
            Whether the epoch is over. Either way a checkpoint says where the run stands.

        Raises:
            Diverged: a loss or a weight is no number.
        """
        began, before = monotonic(), self.state.images
        for step in self.epoch():
            if self.state.batch == len(self.batches):
                continue  # the end of the epoch comes first, and keeps where the run stands
            stopping = stop()
            if stopping or step % checkpoint_every == 0:
                self.save()
            if stopping:
                return False
        self.end_epoch(monotonic() - began, self.state.images - before)
        return True

    def epoch(self) -> Iterator[int]:
        """The steps of the present epoch that are left; yields the number of each once it is done.

        Raises:
            Diverged: the loss is no number; the checkpoint before is still there.
        """
        state = self.state
        for x, y in self.batches.epoch(state.epoch, start=state.batch):
            rate = self.rate()
            seed = int(np.random.SeedSequence([self.run.seed, state.step]).generate_state(1)[0]) >> 1
            began, waited = monotonic(), self.group.seconds
            loss, correct = self.trainer.step(x, y, lr=rate, seed=seed)
            computing = 1 - (self.group.seconds - waited) / max(monotonic() - began, 1e-9)
            images = min(self.recipe.batch, len(self.batches.split) - state.batch * self.recipe.batch)
            if not isfinite(loss):
                raise self._diverged(f"the loss of step {state.step + 1} is {loss}")
            state.add(images, correct, loss)
            position = {"step": state.step, "of": len(self.batches) * self.recipe.epochs, "epoch": state.epoch}
            efficiency = {"efficiency": computing} if self.group.size > 1 else None
            self.record(efficiency, kind="step", **position, lr=rate, loss=loss, accuracy=correct / images)
            yield state.step

    def rate(self) -> float:
        """The learning rate of the next step."""
        return self.recipe.rate(
            Position(self.state.step, len(self.batches), self.recipe.epochs, tuple(self.state.losses))
        )

    def end_epoch(self, seconds: float, images: int) -> None:
        """Validate, keep the weights if they are the best so far, and stand before the next epoch.

        Args:
            seconds: that the steps took, in this process.
            images: trained on in this time.

        Raises:
            Diverged: a weight or the validation loss is no number; the best and the last checkpoint stay.
        """
        state, weights = self.state, self.weights()
        loss, accuracy = self._judged(self.validation, "validation") if len(self.validation.split) else (None, None)
        epoch = {
            "epoch": state.epoch,
            "step": state.step,
            "validation_loss": loss,
            "validation_accuracy": accuracy,
        }
        if state.best is None or accuracy is None or accuracy > state.best["validation_accuracy"]:
            state.best = epoch
            led(self.group, partial(self.run.keep_best, weights, epoch))
        times = write_time(self.run.folder, state.epoch, seconds, images) if self.leads else {}
        means = {"loss": state.loss / state.images, "accuracy": state.correct / state.images}
        self.record(times, kind="epoch", **epoch, **means)
        state.end_epoch(loss)
        self.save()

    def test(self, split: Split) -> None:
        """Try the best weights on images that had no part in choosing them.

        Raises:
            Diverged: the test loss is no number.
            ValueError: no epoch is over yet.
        """
        best = self.state.best
        if best is None:
            raise ValueError("no epoch is over yet, so that no weights are the best")
        if self.leads:
            self.package.set_weights(self.net, self.run.best().weights)
        loss, accuracy = self._judged(self._in_order(split), "test")
        self.record(kind="test", epoch=best["epoch"], images=len(split), loss=loss, accuracy=accuracy)

    def save(self) -> None:
        """Keep where the run stands.

        Raises:
            Diverged: a weight is no number; the checkpoint before stays.
        """
        led(self.group, partial(self._save, self.weights()))
        self.kept = self.state.step

    def _save(self, weights: Weights) -> None:
        assert self.metrics is not None
        self.state.metrics = self.metrics.keep()
        checkpoint.save(self.run, self.state, weights, self.trainer.velocities())

    def weights(self) -> Weights:
        """What the net has learned so far.

        Raises:
            Diverged: one of them is no number: the loss of the step that spoiled it still was one.
        """
        weights = self.package.get_weights(self.net)
        for name, array in weights.items():
            if not np.isfinite(array).all():
                raise self._diverged(f"{name} is not finite after step {self.state.step}")
        return weights

    def _judged(self, batches: Batches, part: str) -> tuple[float, float]:
        if self.group.size == 1:
            loss, accuracy = judge(self.package, self.net, batches)
        else:
            loss, accuracy = self._judged_by_rank_0(batches)
        if not isfinite(loss):
            raise self._diverged(f"the {part} loss after step {self.state.step} is {loss}")
        return loss, accuracy

    def _judged_by_rank_0(self, batches: Batches) -> tuple[float, float]:
        """What rank 0 finds; the others wait for it batch by batch, so that they soon learn that it is gone."""
        answer = np.zeros(2)
        if self.leads:
            answer[:] = judge(self.package, self.net, batches, self.group.barrier)
        else:
            for _ in range(len(batches)):
                self.group.barrier()
        loss, accuracy = self.group.broadcast(answer).tolist()
        return loss, accuracy

    def _diverged(self, how: str) -> Diverged:
        advice = "in a new run a smaller --lr or a --clip may help"
        return Diverged(f"{how}: {advice}; {self.run.folder} holds this one as it was after step {self.kept}")

    def record(self, times: dict[str, float] | None = None, /, **record: Any) -> None:
        """Add a record to the history, and report it.

        Args:
            times: what is reported with it, and is not the same when the run is repeated.
            record: what happened.
        """
        if self.metrics is None:
            return
        self.metrics.write(record)
        if self.events is not None:
            self.events.write(record)
        self.report({**record, **(times or {})})

    def close(self) -> None:
        """Close the history."""
        if self.events is not None:
            self.events.close()
        if self.metrics is not None:
            self.metrics.close()
