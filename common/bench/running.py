"""A step as ``googlenet train`` makes it: a batch is prepared, learned from, counted and recorded.

The same step without the learning tells what our own loop, data and metrics cost.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from common.bench.jobs import Job
from common.contract.protocols import Trainer
from common.contract.recipe import Recipe
from common.data.dataset import ArrayImages, Dataset, Split
from common.data.preprocessing import ORDERS, Preprocessing
from common.runs.run import Run
from common.runs.training import Training

STEPS = 100_000  # of the one epoch: more than any benchmark makes
Step = Callable[[], Any]


class NoTrainer:
    """It learns nothing, in no time."""

    def step(self, images: np.ndarray, labels: np.ndarray, *, lr: float, seed: int) -> tuple[float, int]:
        """A loss, and how many images are classified correctly, as those of a trainer."""
        return 1.0, 0


def stepping(job: Job, recipe: Recipe) -> tuple[Step, Step]:
    """Two functions that make the next step of a run, on pictures in memory: whole, and without the learning.

    Args:
        job: its folder gets the files of the run.
        recipe: what a step does.

    >>> from tempfile import TemporaryDirectory
    >>> from common import nets
    >>> with TemporaryDirectory() as folder:  # doctest: +SKIP
    ...     job = Job("torch", "run", nets.get("d2l"), (1, 32, 32), 4, "float32", 1, folder)
    ...     whole, without = stepping(job, Recipe(lr=0.01))
    ...     whole(), without(), whole()
    (1, 2, 3)
    """
    channels, height, width = job.shape
    order = next(order for order, count in ORDERS.items() if count == channels)
    half = (0.5,) * channels
    rng = np.random.default_rng(job.seed)
    pictures = rng.integers(0, 256, (job.batch, height, width, channels), np.uint8)
    chosen = np.resize(np.arange(job.batch), job.batch * STEPS)
    classes = tuple(map(str, range(job.table.num_classes)))
    dataset = Dataset("pictures", classes, channels, Split(ArrayImages(pictures, chosen), job.labels()[chosen]))
    run = Run(
        folder=Path(job.folder),
        table=job.table,
        recipe=recipe.changed(batch=job.batch, epochs=1, validation=0.0),
        preprocessing=Preprocessing((height, width), None, order=order, mean=half, std=half),
        data=dataset.name,
        data_dir=None,
        classes=classes,
        images=dataset.counts,
        backend=job.provider,
        dtype=job.dtype,
        seed=job.seed,
    )
    training = Training(run, dataset, lambda record: None)
    steps, trainer = training.epoch(), training.trainer

    def without() -> int:
        training.trainer = cast(Trainer, NoTrainer())  # all of one that a step calls
        try:
            return next(steps)
        finally:
            training.trainer = trainer

    return lambda: next(steps), without
