"""Is training one function? Steps of a recipe in every backend beside NumPy; docs/training.md has the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, count
from math import ceil
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.compare.grouped import GroupRunner, called
from common.compare.passes import compare
from common.compare.report import Report, with_steps
from common.compare.side_by_side import SideBySide
from common.contract.recipe import Recipe
from common.contract.schedules import Position
from common.data.images import random_images
from common.table.analysis import Table
from common.table.drawing import probing
from common.table.resolve import without_dropout

Batch = tuple[np.ndarray, np.ndarray]


def compare_steps(
    table: Table,
    batches: Iterable[Batch],
    recipe: Recipe,
    *,
    steps: int,
    backends: Sequence[str],
    gradients: bool = False,
    seed: int = 0,
    weights: Mapping[str, np.ndarray] | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] = lambda words: None,
) -> Report:
    """`passes.compare` in training mode on the first batch, then ``steps`` steps of training beside NumPy.

    Args:
        table: a resolved table (`common.nets.get`); its dropouts are set to 0.
        batches: (images N x C x H x W, labels) of each step, at least ``steps`` of them.
        recipe: what to follow; its epochs are spread evenly over the steps, so that its schedule is seen whole.
        weights: canonical weights to start from; None is `common.table.drawing.probing`.
        workers: so many processes of each backend make the same steps together besides; None is none.

    The others are those of `compare`.

    Returns:
        What ``googlenet compare --steps --json`` prints; see docs/json.md.

    Raises:
        InputError: what `compare` raises; a recipe with which NumPy finds no finite loss, or under which rounding alone
            grows beyond `common.compare.side_by_side.BOUNDS`; fewer than one step.
    """
    if steps < 1:
        raise InputError(f"steps must be a whole number of at least 1, not {steps!r}")
    table = without_dropout(recipe.applied(table))
    weights = probing(table, seed) if weights is None else weights
    batches = iter(batches)
    first = next(batches)
    settings: dict[str, Any] = {"gradients": gradients, "seed": seed, "weights": weights, "progress": progress}
    before = compare(table, first[0], backends=backends, training=True, **settings)
    standing = [name for name in backends if name not in before["errors"]]
    several = workers or 0
    groups = {called(name, several): name for name in standing} if workers else {}
    more = {own: partial(GroupRunner, name, several, table, recipe, weights) for own, name in groups.items()}
    rows = []
    with closing(SideBySide(table, recipe, weights, standing, seed, more)) as side_by_side:
        for step, (x, y) in zip(range(steps), chain((first,), batches), strict=False):
            if not side_by_side.runners:
                break
            lr = recipe.rate(position(step, steps, recipe.epochs))
            progress_of_step = partial(_tell, progress, f"step {step + 1} of {steps}")
            rows.append(side_by_side.step(x, y, lr, progress_of_step))
    found = with_steps(before, recipe, rows, side_by_side.faults)
    frameworks = {own: f"{before['frameworks'][name]} with {workers} workers" for own, name in groups.items()}
    return {**found, "workers": workers, "frameworks": {**before["frameworks"], **frameworks}}


def _tell(progress: Callable[[str], None], step: str, who: str) -> None:
    progress(f"{step}: {who}")


def position(step: int, steps: int, epochs: int) -> Position:
    """Where ``step`` of ``steps`` stands in a run of ``epochs``, which are spread evenly over the steps.

    Steps that do not make whole epochs are spread over some more, so that they still reach the end of the schedule.

    >>> [position(step, 4, epochs=2).epoch for step in range(4)]
    [0, 0, 1, 1]
    """
    per_epoch = ceil(steps / epochs)
    return Position(step * per_epoch * epochs // steps, per_epoch, epochs)


def batches(
    images: np.ndarray | None, batch: int, shape: tuple[int, int, int], classes: int, seed: int
) -> Iterator[Batch]:
    """Batches without end: those of the images given in turn, or random ones.

    Args:
        images: N x C x H x W; None draws random ones.
        batch: how many images each has.
        shape: (C, H, W) of random images.
        classes: labels are random whole numbers below it; each of the images given keeps its own.
        seed: of images and labels.

    >>> x, y = next(batches(None, 2, (1, 4, 5), classes=10, seed=0))
    >>> x.shape, y.shape
    ((2, 1, 4, 5), (2,))
    """
    rng = np.random.default_rng(seed)
    if images is None:
        while True:
            yield random_images(batch, shape, int(rng.integers(2**32))), rng.integers(classes, size=batch)
    labels = rng.integers(classes, size=len(images))
    for start in count(0, batch):
        chosen = np.arange(start, start + batch) % len(images)
        yield images[chosen], labels[chosen]
