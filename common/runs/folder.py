"""The folder of a run: what was asked for, how it went, and the weights it left.

run.json                   settings; written first, never changed
metrics.jsonl              a line for every step, every epoch, and the test
best.safetensors           weights of the best epoch by validation, with their preprocessing
best.json                  which epoch that was
last.json                  where the run stands, and which files belong to it: `common.runs.checkpoint`
last-00000123.safetensors, last-00000123.velocities.safetensors
curves.png, curves.svg     loss, accuracy and learning rate
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

from common import nets
from common.base.errors import InputError, choose
from common.base.files import replacing
from common.contract import backend
from common.contract.recipe import Recipe
from common.data.dataset import SPLITS, Dataset
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.tensors import Weights
from common.weights import bundle
from common.weights.bundle import Bundle

VERSION = 1
SETTINGS = "run.json"
METRICS = "metrics.jsonl"
DTYPES = ("float32", "float64", "bfloat16")  # to compute in


@dataclass(frozen=True)
class Run:
    """What a run was asked for, and where it is kept.

    Attributes:
        folder: of the run.
        table: resolved, with the recipe's dropout and weight of the heads.
        recipe: how it is trained.
        preprocessing: what is done to the images; its numbers are the training set's.
        data, data_dir: for `common.data.load`.
        classes: their names.
        images: how many each part of the data has, as `common.data.dataset.Dataset.counts`.
        backend: the framework that trains.
        dtype: ``float32``, ``float64`` or ``bfloat16``, to compute in.
        seed: of the first weights, of what is held out, of order, augmentation and dropout.
    """

    folder: Path
    table: Table
    recipe: Recipe
    preprocessing: Preprocessing
    data: str
    data_dir: str | None
    classes: tuple[str, ...]
    images: Mapping[str, int | None]
    backend: str
    dtype: str
    seed: int

    @property
    def weights_dtype(self) -> str:
        """What the weights are kept in."""
        return "float32" if self.dtype == "bfloat16" else self.dtype

    @property
    def settings(self) -> dict[str, Any]:
        """What run.json says."""
        return {
            "format_version": VERSION,
            "network": self.table.name,
            "in_channels": self.table.input[0],
            "num_classes": self.table.num_classes,
            "aux": bool(self.table.aux),
            "data": self.data,
            "data_dir": self.data_dir,
            "classes": list(self.classes),
            "images": dict(self.images),
            "backend": self.backend,
            "dtype": self.dtype,
            "seed": self.seed,
            "recipe": self.recipe.described(),
            "preprocessing": json.loads(self.preprocessing.dumps()),
        }

    def check_data(self, dataset: Dataset) -> None:
        """Require the data that the run was begun on: order, and what is held out, follow from how many there are.

        Raises:
            InputError: other classes, or another number of images.
        """
        if dataset.classes != self.classes:
            raise InputError(
                f"{self.folder}: begun on the classes {', '.join(self.classes)}, which {self.data} has not"
            )
        for part, count in dataset.counts.items():
            if count != self.images[part]:
                raise InputError(
                    f"{self.folder}: begun on {self.images[part] or 'no'} {part} images, of which {self.data} has "
                    f"{count or 'none'} now: bring them back, or begin a new run"
                )

    def best(self) -> Bundle:
        """The weights of the best epoch by validation.

        Raises:
            InputError: no epoch is over yet, or the file is damaged.
        """
        path = self.folder / "best.safetensors"
        if not path.exists():
            raise InputError(f"{path}: not there: no epoch of this run is over yet, or somebody took the file away")
        return bundle.load(path)

    def keep_best(self, weights: Weights, about: Mapping[str, Any]) -> None:
        """Make these the best weights; ``about`` says which they are."""
        bundle.save(self.folder / "best.safetensors", Bundle(self.table, weights, self.preprocessing))
        write_json(self.folder / "best.json", about)


def create(*runs: Run) -> None:
    """Make the folders of new runs, all or none.

    Raises:
        InputError: one holds something already, is in a run itself, or cannot be made.
    """
    for run in runs:
        if is_run(run.folder.parent):
            raise InputError(f"{run.folder.parent}: is a run itself: choose another --out")
        try:
            occupied = os.path.lexists(run.folder) and any(run.folder.iterdir())
        except OSError as error:
            raise InputError(f"{run.folder}: cannot be made: {error.strerror}") from None
        if occupied:
            hint = f"go on with it by --resume {quote(str(run.folder))}, or " if is_run(run.folder) else ""
            raise InputError(f"{run.folder}: not empty: {hint}choose another --out")
    for run in runs:
        try:
            run.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{run.folder}: cannot be made: {error.strerror}") from None
        write_json(run.folder / SETTINGS, run.settings)


def is_run(folder: str | os.PathLike) -> bool:
    """Whether this is the folder of a run."""
    return os.path.isfile(Path(folder) / SETTINGS)


def open_run(folder: str | os.PathLike) -> Run:
    """The run in a folder.

    Raises:
        InputError: there is none, it is of another format version, or its run.json is damaged.
    """
    folder = Path(folder)
    if not is_run(folder):
        raise InputError(f"{folder}: not the folder of a run: it has no {SETTINGS}")
    settings = read_json(folder / SETTINGS)
    if settings.get("format_version") != VERSION:
        raise InputError(f"{folder}: a run of format version {settings.get('format_version')}; this reads {VERSION}")
    try:
        classes, seed = settings["classes"], settings["seed"]
        if len(classes) != settings["num_classes"]:
            raise ValueError(f"{len(classes)} names for {settings['num_classes']} classes")
        for value, kind in ((seed, int), (settings["data"], str), *((name, str) for name in classes)):
            if type(value) is not kind or seed < 0:
                raise ValueError(f"{value!r}")
        choose("dtype", settings["dtype"], DTYPES)
        recipe = Recipe.from_described(settings["recipe"])
        table = nets.get(
            settings["network"],
            in_channels=settings["in_channels"],
            num_classes=settings["num_classes"],
            aux=None if settings["aux"] else False,
        )
        return Run(
            folder,
            recipe.applied(table),
            recipe,
            Preprocessing.loads(json.dumps(settings["preprocessing"])),
            *(settings[key] for key in ("data", "data_dir")),
            tuple(classes),
            {part: settings["images"][part] for part in SPLITS},
            *(settings[key] for key in ("backend", "dtype", "seed")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder / SETTINGS}: not the settings of a run: {error}") from None


def runs_in(folder: str | os.PathLike) -> list[Run]:
    """The run in a folder, or those of several backends in folders of theirs within it, made by ``--backend all``.

    Raises:
        InputError: neither the one nor the other, or what `open_run` raises.
    """
    folder = Path(folder)
    if is_run(folder) or not os.path.isdir(folder):
        return [open_run(folder)]
    try:
        inner = [path for path in sorted(folder.iterdir()) if is_run(path)]
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed: {error.strerror}") from None
    runs = [open_run(path) for path in inner] or [open_run(folder)]
    for run in runs[1:]:
        if {**run.settings, "backend": None} != {**runs[0].settings, "backend": None}:
            raise InputError(
                f"{folder}: holds runs that were not begun together: name one of {', '.join(map(str, inner))}"
            )
    order = list(backend.packages())
    return sorted(runs, key=lambda run: order.index(choose("backend", run.backend, order)))


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(data, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        InputError: it cannot be read, or holds no object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise ValueError("it holds no object")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: damaged: {error}") from None
    return data
