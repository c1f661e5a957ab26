"""What follows from a run's settings and its data before the first step: the parts of the data, and the batches."""

from __future__ import annotations

from common.base.errors import InputError
from common.contract.recipe import Recipe
from common.data.batches import Batches
from common.data.dataset import Dataset, Split, hold_out
from common.table.analysis import Table
from common.table.sizes import without_variance


def parts(dataset: Dataset, recipe: Recipe, seed: int) -> tuple[Split, Split]:
    """(training, validation): the data set's own, or a share of the training images held out by the seed.

    >>> import numpy as np
    >>> from common.data.dataset import ArrayImages
    >>> images = Split(ArrayImages(np.zeros((20, 8, 8, 1), np.uint8)), np.arange(20) % 2)
    >>> training, validation = parts(Dataset("mine", ("a", "b"), 1, images), Recipe(validation=0.2), seed=0)
    >>> len(training), len(validation)
    (16, 4)
    """
    if dataset.validation is not None:
        return dataset.train, dataset.validation
    return hold_out(dataset.train, recipe.validation, seed)


def check_batches(table: Table, batches: Batches) -> None:
    """Require images and batches that the network can be trained on.

    Raises:
        InputError: no images, or a batch in which a normalisation sees one value per channel.
    """
    size = batches.preprocessing.size()
    if not len(batches) or size is None:
        raise InputError("there are no images of one size to train on")
    last = len(batches.split) - (len(batches) - 1) * batches.batch
    name = without_variance(table, size, last)
    if name is not None:
        raise InputError(
            f"{name}: one value per channel has no variance, and an epoch of {len(batches.split)} images in "
            f"batches of {batches.batch} ends with a single one: choose another batch size"
        )
