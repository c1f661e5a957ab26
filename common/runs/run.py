"""What a run was asked for: all that decides how it goes, as run.json keeps it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import nets
from common.base.errors import InputError
from common.base.openers import check_file
from common.contract.recipe import Recipe
from common.data.dataset import SPLITS, Dataset
from common.data.preprocessing import Preprocessing
from common.runs import records, sealed
from common.runs.records import BOOL, COUNT, OBJECT, POSITIVE, SEED, TEXT, list_of, one_of, optional
from common.table.analysis import Table
from common.table.drawing import initial
from common.table.tensors import Weights
from common.weights import bundle, canonical
from common.weights.bundle import BEST, Bundle

VERSION = 1
SETTINGS = "run.json"
START = "start.safetensors"  # the weights before the first step, of a run that was given some
DTYPES = ("float32", "float64", "bfloat16")  # to compute in
RULES = {
    "format_version": COUNT,
    "network": TEXT,
    "in_channels": POSITIVE,
    "num_classes": POSITIVE,
    "aux": BOOL,
    "data": TEXT,
    "data_dir": optional(TEXT),
    "classes": list_of(TEXT),
    "images": OBJECT,
    "backend": TEXT,
    "dtype": one_of(*DTYPES),
    "seed": SEED,
    "recipe": OBJECT,
    "preprocessing": OBJECT,
}
RULES_OF_WEIGHTS = {"file": TEXT, "sha256": TEXT}
RULES_OF_IMAGES = {"train": POSITIVE, "validation": optional(COUNT), "test": optional(COUNT)}


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
        weights: the ``file`` or run that it starts from, and the ``sha256`` of what is in `START`; None draws them.

    Raises:
        InputError: settings that do not fit each other, or a value of another type or out of its range; names it.
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
    weights: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder))
        records.check(self.settings, _rules(self.settings), "settings of a run")
        if self.weights is not None:
            records.check(self.weights, RULES_OF_WEIGHTS, "weights of a run")
        records.check(self.images, RULES_OF_IMAGES, "images of a run")
        size, asked = self.preprocessing.size(), self.recipe.image_size
        if len(self.classes) != self.table.num_classes:
            raise InputError(f"{len(self.classes)} names for {self.table.num_classes} classes")
        if size is None or (asked is not None and size != (asked, asked)):
            raise InputError(f"image_size is {asked}, but the preprocessing gives {size}")
        if self.recipe.pad > max(size):
            raise InputError(f"pad must be at most the size of an image, {max(size)}, not {self.recipe.pad}")
        if len(self.preprocessing.mean) != self.table.input[0]:
            raise InputError(f"{self.table.input[0]} channels, but the preprocessing gives {self.preprocessing.order}")

    @property
    def weights_dtype(self) -> str:
        """What the weights are kept in: float32 for a run in bfloat16, else the run's own dtype."""
        return "float32" if self.dtype == "bfloat16" else self.dtype

    @property
    def settings(self) -> dict[str, Any]:
        """What run.json says, but for its checksum; `from_settings` makes the run of it again."""
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
            **({} if self.weights is None else {"weights": dict(self.weights)}),
        }

    @classmethod
    def from_settings(cls, folder: Path, settings: Mapping[str, Any]) -> Run:
        """The run whose `settings` these are.

        Raises:
            InputError: a setting that is missing, unknown, of another type or out of its range; names it.
        """
        records.check(settings, _rules(settings), "settings of a run")
        recipe = Recipe.from_described(settings["recipe"])
        table = nets.get(
            nets.named(settings["network"]),
            in_channels=settings["in_channels"],
            num_classes=settings["num_classes"],
            aux=None if settings["aux"] else False,
        )
        return cls(
            folder=folder,
            table=recipe.applied(table),
            recipe=recipe,
            preprocessing=Preprocessing.loads(json.dumps(settings["preprocessing"])),
            data=settings["data"],
            data_dir=settings["data_dir"],
            classes=tuple(settings["classes"]),
            images=settings["images"],
            backend=settings["backend"],
            dtype=settings["dtype"],
            seed=settings["seed"],
            weights=settings.get("weights"),
        )

    def check_data(self, dataset: Dataset) -> None:
        """Require the data that the run was begun on: order, and what is held out, follow from how many there are.

        Raises:
            InputError: other classes, or another number of images.
        """
        if dataset.classes != self.classes:
            names = ", ".join(self.classes)
            raise InputError(f"{self.folder}: begun on the classes {names:.60}, which {self.data} does not have")
        for part in SPLITS:
            begun, now = self.images[part], dataset.counts[part]
            if now != begun:
                raise InputError(
                    f"{self.folder}: begun on {begun or 'no'} {part} images, of which {self.data} has "
                    f"{now or 'none'} now: bring them back, or begin a new run"
                )

    def first_weights(self) -> Weights:
        """The weights before the first step: those that the run was given, or drawn ones.

        Raises:
            InputError: the file of those that it was given is missing, damaged, or not the one that it was begun with.
        """
        if self.weights is None:
            return initial(self.table, self.seed, self.weights_dtype, self.recipe.initial)
        path = self.folder / START
        check_file(path)
        weights = canonical.load(path, self.table)
        if canonical.digest(weights) != self.weights["sha256"]:
            raise InputError(f"{path}: not the weights that this run was begun with: bring its own file back")
        return weights

    def best(self) -> Bundle:
        """The weights of the best epoch by validation.

        Raises:
            InputError: no epoch is over yet, or the file is damaged, or of another network or preprocessing.
        """
        path = self.folder / BEST
        if not os.path.lexists(path):
            raise InputError(f"{path}: not there: no epoch of this run is over yet, or the file was removed")
        check_file(path)
        best = bundle.load(path)
        for name, theirs, ours in (
            ("network", best.table.name, self.table.name),
            ("shapes of weights", best.table.shapes, self.table.shapes),
            ("preprocessing", best.preprocessing, self.preprocessing),
        ):
            if theirs != ours:
                raise InputError(f"{path}: not of this run: its {name} is another: bring its own file back")
        return best

    def keep_best(self, weights: Weights, epoch: Mapping[str, Any]) -> None:
        """Keep these as the best weights.

        Args:
            weights: canonical.
            epoch: which epoch they are of, as best.json tells it.

        Raises:
            InputError: they cannot be written, as on a full disk.
        """
        bundle.save(self.folder / BEST, Bundle(self.table, weights, self.preprocessing, self.classes))
        sealed.write(self.folder / "best.json", epoch)


def _rules(settings: Mapping[str, Any]) -> dict[str, records.Rule]:
    """The rules for the settings of a run; one that was given no weights does not speak of them."""
    return {**RULES, "weights": OBJECT} if "weights" in settings else RULES
