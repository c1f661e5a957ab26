"""A step as ``googlenet train`` makes it: a batch is prepared, learned from, counted and recorded.

Beside a step on a batch that lies ready it tells what our own loop, data and metrics cost.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from common.bench.jobs import Job
from common.contract.recipe import Recipe
from common.data.dataset import ArrayImages, Dataset, Split
from common.data.preprocessing import ORDERS, Preprocessing
from common.runs.run import Run
from common.runs.training import Training

STEPS = 100_000  # of the one epoch: more than any benchmark makes


def stepping(job: Job, recipe: Recipe) -> Callable[[], Any]:
    """A function that makes the next step of a run on the job's images, which are pictures in memory.

    Args:
        job: its folder gets the files of the run.
        recipe: what a step does.

    >>> from tempfile import TemporaryDirectory
    >>> from common import nets
    >>> with TemporaryDirectory() as folder:  # doctest: +SKIP
    ...     step = stepping(Job("torch", "run", nets.get("d2l"), (1, 32, 32), 4, "float32", 1, folder), Recipe(lr=0.01))
    ...     step(), step()
    (1, 2)
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
    steps = Training(run, dataset, lambda record: None).epoch()
    return lambda: next(steps)
