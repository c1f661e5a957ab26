"""From what a user asks for to runs that are made, trained, watched and drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
from rich.text import Text

from common import data as datasets
from common import nets
from common.base.errors import InputError
from common.base.signals import asked_to_stop
from common.cli import room
from common.cli.monitor import Monitor
from common.cli.pictures import drawn, overlaid
from common.cli.show.output import Output
from common.contract import backend
from common.contract.recipe import Recipe
from common.contract.schedules import Plateau
from common.data.batches import Batches, preparation
from common.data.dataset import Dataset
from common.runs.folder import create
from common.runs.planning import check_batches, parts
from common.runs.run import Run
from common.runs.training import Diverged, train
from common.table.padding import Pair
from common.table.sizes import check_input
from common.weights.canonical import digest
from common.weights.start import Start, start

DEFAULT = "d2l_bn"  # the table that is trained where none is named


def prepare_runs(
    out: Output,
    net: str | None,
    *,
    data: str,
    data_dir: str | None,
    backend_name: str | None,
    recipe: Recipe,
    dtype: str,
    seed: int,
    folder: Path | None,
    weights: str | None = None,
    image_size: int | None = None,
) -> tuple[list[Run], Dataset]:
    """The runs asked for, their folders made, and their data: one run, or one for each backend in its own folder.

    Args:
        net: a table; None is that of the weights, or the default.
        weights: a file or a run to start from.
        image_size: what was asked for beside the recipe; else images are prepared as those of the weights were.

    Raises:
        InputError: anything that cannot be, before any folder is made.
    """
    names = backends(backend_name)
    backend.require(names, training=True, dtype=dtype)
    with out.progress() as progress:
        progress("importing the framework")
        for name in names:
            backend.load(name)
    dataset = read_data(out, data, data_dir)
    begun = _begun(out, net, dataset, recipe, weights, seed)
    table = begun.table
    recipe, size = _sized(begun, recipe, image_size)
    check_input(table, (table.input[0], *size), aux=True)
    table = recipe.applied(table)
    training, validation = parts(dataset, recipe, seed)
    room.for_training(table, (table.input[0], *size), min(recipe.batch, len(training)), dtype)
    if recipe.pad > max(size):
        raise InputError(f"pad must be at most the size of an image, {max(size)}, not {recipe.pad}")
    if isinstance(recipe.schedule, Plateau) and not len(validation):
        raise InputError(
            "a plateau is one of the validation loss: hold out images for it, or choose another --schedule"
        )
    if recipe.patience is not None and not len(validation):
        raise InputError("patience is for the validation accuracy: hold out images for it, or leave out --patience")
    preprocessing = begun.preprocessing
    if preprocessing is None:
        with out.bar("mean and deviation of the images") as bar:
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
    if data not in datasets.NAMES and folder.resolve().is_relative_to(Path(data).resolve()):
        raise InputError(f"{folder}: is within the data, and would be taken for some: choose another --out")
    runs = [
        Run(
            folder=folder / name if backend_name == "all" else folder,
            table=table,
            recipe=recipe,
            preprocessing=preprocessing,
            data=data_id(data),
            data_dir=data_dir and str(Path(data_dir).absolute()),
            classes=dataset.classes,
            images=dataset.counts,
            backend=name,
            dtype=dtype,
            seed=seed,
            weights=given,
        )
        for name in names
    ]
    create(*runs, weights=first)
    return runs, dataset


def _begun(out: Output, net: str | None, dataset: Dataset, recipe: Recipe, weights: str | None, seed: int) -> Start:
    """What the runs start with; what of the weights is not taken, or not there, is printed."""
    classes = len(dataset.classes)
    if weights is None:
        table = nets.get(net or DEFAULT, in_channels=dataset.channels, num_classes=classes)
        return Start(table, {})
    begun = start(net, num_classes=classes, seed=seed, weights=weights, rule=recipe.initial, labels=dataset.classes)
    out.print([Text(note) for note in begun.notes])
    return begun


def _sized(begun: Start, recipe: Recipe, asked: int | None) -> tuple[Recipe, Pair]:
    """(the recipe, the size of its images): that of the weights' own images, unless another is asked for."""
    size = begun.preprocessing and begun.preprocessing.size()
    if size and not asked:
        recipe = replace(recipe, image_size=size[0] if size[0] == size[1] else None)
        return recipe, size
    return recipe, (recipe.image_size,) * 2 if recipe.image_size else begun.table.input[1:]


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


def data_id(data: str) -> str:
    """A data set as runs name it: by its own name, or by its path from the root."""
    return data if data in datasets.NAMES else str(Path(data).absolute())


def read_data(out: Output, name: str, data_dir: str | None) -> Dataset:
    """`common.data.load`, with its progress shown."""
    with out.bar(f"reading {name}") as bar:
        return datasets.load(name, data_dir=data_dir, progress=bar)


def train_runs(
    out: Output, runs: Sequence[Run], dataset: Dataset, *, most_steps: int | None, checkpoint_every: int
) -> tuple[dict[str, Any], int | None]:
    """Train the runs one after the other, or go on with them, and draw their curves.

    Returns:
        What ``googlenet train --json`` prints, see docs/json.md; and the signal that asked it to stop, or None.

    Raises:
        InputError: data of other classes than the runs', and what `common.runs.training.train` raises.
        KeyboardInterrupt: somebody asked twice.
    """
    found, histories = [], {}
    together = runs[0].folder.parent if len(runs) > 1 else runs[0].folder
    how = f"googlenet train --resume {quote(str(together))}"
    backend.require([run.backend for run in runs], training=True)
    with asked_to_stop() as asked:
        for run in runs:
            run.check_data(dataset)
            package = backend.load(run.backend)
            out.print([Text(f"{run.table.name} on {run.data} with {package.FRAMEWORK}, {run.dtype}: {run.folder}")])
            monitor = Monitor(out, run)
            try:
                with monitor.shown():
                    finished = train(
                        run,
                        dataset,
                        asked=asked,
                        most_steps=most_steps,
                        checkpoint_every=checkpoint_every,
                        report=monitor.report,
                    )
            except Diverged:
                drawn(out, run, package.FRAMEWORK)  # which shows how it came to that
                raise
            except KeyboardInterrupt:
                out.print([Text(f"ended at once; go on from the last checkpoint with: {how}", no_wrap=True)])
                raise
            histories[run.backend] = drawn(out, run, package.FRAMEWORK)
            found.append(described(run, package.FRAMEWORK, histories[run.backend], finished))
            if asked():
                break
        if len(runs) > 1:
            overlaid(out, runs, histories)
        over = all(one["finished"] for one in found) and len(found) == len(runs)
        if not over:
            out.print([Text(f"stopped; go on with: {how}", no_wrap=True)])
        return {"finished": over, "runs": found}, asked.number


def described(run: Run, framework: str, history: list[dict[str, Any]], finished: bool) -> dict[str, Any]:
    """A run as JSON tells of it."""
    tests = [record for record in history if record["kind"] == "test"]
    return {
        "run": str(run.folder),
        "framework": framework,
        "finished": finished,
        "settings": run.settings,
        "epochs": [record for record in history if record["kind"] == "epoch"],
        "test": tests[-1] if tests else None,
    }
