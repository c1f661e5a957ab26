"""From what a user asks for to runs that are made, and to their data."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from common import data as datasets
from common import nets
from common.base.errors import InputError, choose
from common.base.progress import Watcher
from common.contract import backend
from common.contract.recipe import Recipe, named
from common.contract.schedules import SCHEDULES, Cosine, Plateau
from common.data.batches import Batches, preparation
from common.data.dataset import Dataset
from common.runs import workers as processes
from common.runs.folder import create
from common.runs.planning import check_batches, parts
from common.runs.run import Run
from common.table.padding import Pair
from common.table.sizes import check_input, preferred_size
from common.table.spec import Network
from common.weights import room
from common.weights.canonical import digest
from common.weights.start import Start, start

DEFAULT = "d2l_bn"  # the table that is trained where none is named


def recipe_asked(name: str, **changes: Any) -> Recipe:
    """The recipe of a name, with changes.

    Args:
        changes: fields of a `Recipe`; None leaves one as it is, ``schedule`` is the name of one, and ``warmup`` is
            that of a schedule which has its own.

    Raises:
        InputError: an unknown name, or a value that cannot be.

    >>> recipe_asked("quick", schedule="cosine", warmup=2.0).schedule.warmup
    2.0
    """
    asked = {field.name: changes.get(field.name) for field in fields(Recipe)}
    if changes.get("schedule") is not None:
        asked["schedule"] = SCHEDULES[choose("schedule", changes["schedule"], SCHEDULES)]()
    cosine, warmup = asked["schedule"] or named(name).schedule, asked["warmup"]
    if warmup is not None and isinstance(cosine, Cosine):  # which has one of its own
        asked |= {"schedule": replace(cosine, warmup=warmup), "warmup": None}
    return named(name).changed(**asked)


def prepare_runs(
    watcher: Watcher,
    net: str | Network | None,
    *,
    data: str | Dataset,
    data_dir: str | os.PathLike | None,
    backend_name: str | None,
    recipe: Recipe,
    dtype: str,
    seed: int,
    folder: Path | None,
    weights: str | os.PathLike | None = None,
    image_size: int | None = None,
    workers: int | None = None,
    again: bool = False,
) -> tuple[list[Run], Dataset]:
    """The runs asked for, their folders made, and their data: one run, or one for each backend in its own folder.

    Args:
        watcher: is told what is being done, and what of the weights is not taken.
        net: a table, or the name of one; None is that of the weights, or the default.
        data, data_dir: for `common.data.load`; or a data set, which nobody can read again from its name.
        backend_name: None is the first installed, ``all`` are those that train.
        dtype: to compute in.
        seed: of all that is random.
        folder: of the run, or of the runs; None is one in ``runs``, called by network, data and backend.
        weights: a file or a run to start from.
        workers: processes of this machine that are to train each run together; None is this one alone.
        again: the same was asked for before: runs of these settings that there are already go on.
        image_size: what was asked for beside the recipe; else images are prepared as those of the weights were.

    Raises:
        InputError: anything that cannot be, before any folder is made.
    """
    names = backends(backend_name)
    backend.require(names, training=True, dtype=dtype, workers=workers is not None)
    with watcher.progress() as progress:
        progress("importing the framework")
        for name in names:
            backend.load(name)
            if workers is not None:
                processes.check(workers, name)
    dataset = read_data(watcher, data, data_dir)
    begun = _begun(watcher, net, dataset, recipe, weights, seed)
    table = begun.table
    recipe, size = _sized(watcher, begun, recipe, image_size)
    check_input(table, (table.input[0], *size), aux=True)
    table = recipe.applied(table)
    training, validation = parts(dataset, recipe, seed)
    room.for_training(table, (table.input[0], *size), min(recipe.batch, len(training)), dtype)
    _check_recipe(recipe, size, len(validation))
    preprocessing = begun.preprocessing
    if preprocessing is None:
        with watcher.bar("mean and deviation of the images") as bar:
            preprocessing = preparation(training, table.input[0], size, bar)
    elif preprocessing.size() != size:
        preprocessing = replace(preprocessing, resize=max(size), crop=size)
    check_batches(table, Batches(training, preprocessing, batch=recipe.batch, seed=seed))
    who = backend_name if backend_name == "all" else names[0]
    kept = "float64" if dtype == "float64" else "float32"
    first = {name: np.asarray(array, kept) for name, array in begun.weights.items()} or None
    given = (
        None if weights is None or first is None else {"file": str(Path(weights).absolute()), "sha256": digest(first)}
    )
    folder = folder or Path("runs") / "-".join([table.name.replace(":", "_"), dataset.name, who])
    if isinstance(data, str) and data not in datasets.NAMES and folder.resolve().is_relative_to(Path(data).resolve()):
        raise InputError(f"{folder}: is within the data, and would be taken for some: choose another --out")
    runs = [
        Run(
            folder=folder / name if backend_name == "all" else folder,
            table=table,
            recipe=recipe,
            preprocessing=preprocessing,
            data=data_id(data),
            data_dir=str(Path(data_dir).absolute()) if data_dir else None,
            classes=dataset.classes,
            images=dataset.counts,
            backend=name,
            dtype=dtype,
            seed=seed,
            weights=given,
        )
        for name in names
    ]
    create(*runs, weights=first, again=again)
    return runs, dataset


def _check_recipe(recipe: Recipe, size: Pair, validation: int) -> None:
    """Require a recipe that can be followed on images of a size, with so many to validate on."""
    if recipe.pad > max(size):
        raise InputError(f"pad must be at most the size of an image, {max(size)}, not {recipe.pad}")
    if isinstance(recipe.schedule, Plateau) and not validation:
        raise InputError(
            "a plateau is one of the validation loss: hold out images for it, or choose another --schedule"
        )
    if recipe.patience is not None and not validation:
        raise InputError("patience is for the validation accuracy: hold out images for it, or leave out --patience")


def _begun(
    watcher: Watcher,
    net: str | Network | None,
    dataset: Dataset,
    recipe: Recipe,
    weights: str | os.PathLike | None,
    seed: int,
) -> Start:
    """What the runs start with; what of the weights is not taken, or not there, is said."""
    classes = len(dataset.classes)
    if weights is None:
        table = nets.get(net or DEFAULT, in_channels=dataset.channels, num_classes=classes)
        return Start(table, {})
    begun = start(net, num_classes=classes, seed=seed, weights=weights, rule=recipe.initial, labels=dataset.classes)
    for note in begun.notes:
        watcher.say(note)
    return begun


def _sized(watcher: Watcher, begun: Start, recipe: Recipe, asked: int | None) -> tuple[Recipe, Pair]:
    """(the recipe, the size of its images): what is asked for, or that of the weights' own images, or the recipe's.

    That a table takes no images of the recipe's size is said.
    """
    if asked:
        return recipe, (asked, asked)
    size = begun.preprocessing and begun.preprocessing.size()
    if size:
        return replace(recipe, image_size=size[0] if size[0] == size[1] else None), size
    size = preferred_size(begun.table, recipe.image_size)
    if recipe.image_size is None or size == (recipe.image_size, recipe.image_size):
        return recipe, size
    watcher.say(f"{begun.table.name} takes no images of {recipe.image_size} pixels, the recipe's: its own size is used")
    return replace(recipe, image_size=None), size


def backends(name: str | None) -> list[str]:
    """The backends asked for by a name, ``all`` that train, or None for the first installed one.

    Raises:
        InputError: an unknown one, or none installed.
    """
    if name is None:
        return [backend.first()]
    if name != "all":
        return [backend.name_of(name, "all")]
    found = [ready for ready in backend.installed() if backend.declared(ready).training]
    if not found:
        raise backend.none_installed()
    return found


def data_id(data: str | Dataset) -> str:
    """A data set as runs name it: by its own name, or by its path from the root."""
    if isinstance(data, Dataset):
        return data.name
    return data if data in datasets.NAMES else str(Path(data).absolute())


def read_data(watcher: Watcher, name: str | Dataset, data_dir: str | os.PathLike | None) -> Dataset:
    """`common.data.load`, with its progress shown; a data set as it is."""
    if isinstance(name, Dataset):
        return name
    with watcher.bar(f"reading {name}") as bar:
        return datasets.load(name, data_dir=data_dir, progress=bar)
