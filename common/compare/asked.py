"""A comparison as a user asks for it, on the command line or in Python: from names and paths to the report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from common import nets
from common.base.errors import InputError, choose
from common.base.progress import Nobody, Watcher
from common.compare import apart, passes, steps
from common.compare.grouped import check_workers
from common.compare.oblong import oblong_image, oblong_too
from common.compare.report import Report, with_oblong
from common.contract import backend
from common.contract.recipe import PARITY, Recipe, named
from common.data.images import load_images, random_images
from common.table.analysis import Table
from common.table.padding import Pair
from common.table.sizes import preferred_size
from common.table.spec import Network
from common.table.tensors import DTYPES
from common.weights import room
from common.weights.canonical import starting
from common.weights.convert import read

DEFAULT = "d2l"
Images = Sequence[str | os.PathLike] | np.ndarray


@dataclass(frozen=True)
class Asked:
    """What is compared.

    Attributes:
        table: resolved.
        weights: canonical; None draws them.
        shape: (C, H, W) of the images.
        images: paths or an array of them; None draws them.
        batch: how many images are drawn, or are in a step; None is as the recipe or two.
        training, gradients: what is compared of a pass.
        steps: of training; None is none.
        workers: that make the steps together besides; None is none.
        plan: the recipe that the steps follow; None without steps.
        dtype: what the backends compute in.
        seed: of all that is drawn.
    """

    table: Table
    weights: Mapping[str, np.ndarray] | None
    shape: tuple[int, int, int]
    images: Images | None
    batch: int | None
    training: bool
    gradients: bool
    steps: int | None
    workers: int | None
    plan: Recipe | None
    dtype: str
    seed: int

    def pictures(self) -> np.ndarray | None:
        """The images that were given, N x C x H x W, once there is room for a pass on them; None where none were."""
        count = self.batch or (self.plan.batch if self.plan else 2 if self.images is None else len(self.images))
        self._require_room(count)
        if self.images is None:
            return None
        given = self.images if isinstance(self.images, np.ndarray) else load_images(self.images, self.shape)
        if self.plan is None:
            self._require_room(len(given))
        return given

    def _require_room(self, images: int) -> None:
        everything = self.gradients or self.plan is not None
        room.for_comparison(self.table, self.shape, images, training=self.training, gradients=everything)

    def measured_apart(
        self, backends: Sequence[str], pictures: np.ndarray | None, watcher: Watcher, *, installed: bool
    ) -> Report | None:
        """The report on these backends, or those of them that are installed; None where it is made as ever."""
        images = random_images(self.batch or 2, self.shape, self.seed) if pictures is None else pictures
        how: dict[str, Any] = {"training": self.training, "gradients": self.gradients}
        if not room.for_comparisons(apart.at_once(backends) + 1, self.table, self.shape, len(images), **how):
            return None
        with watcher.progress() as progress:
            drawn: dict[str, Any] = {"weights": self.weights, "seed": self.seed}
            settings = {"dtype": self.dtype, "progress": progress, **drawn}
            several = [passes.Pass(self.table, images, **how, **settings)]
            other = oblong_image(self.table, self.shape[1:], self.seed) if pictures is None else None
            if other is not None:
                several.append(passes.Pass(self.table, other, **settings))
        found = apart.reports(several, backends, watcher, installed=installed)
        if found is None:
            return None
        return with_oblong(*found) if other is not None else found[0]

    def measured(self, backends: Sequence[str], pictures: np.ndarray | None, watcher: Watcher) -> Report:
        """The report on these backends, whose packages are loaded."""
        with watcher.progress() as progress:
            settings: dict[str, Any] = {"backends": backends, "seed": self.seed, "progress": progress}
            settings["weights"] = self.weights
            if self.plan and self.steps is not None:
                classes, count = self.table.num_classes, self.batch or self.plan.batch
                batches = steps.batches(pictures, count, self.shape, classes, self.seed)
                how: dict[str, Any] = {"steps": self.steps, "gradients": self.gradients, "workers": self.workers}
                report = steps.compare_steps(self.table, batches, self.plan, **how, **settings)
            else:
                shown = random_images(self.batch or 2, self.shape, self.seed) if pictures is None else pictures
                how = {"dtype": self.dtype, "training": self.training, "gradients": self.gradients}
                report = passes.compare(self.table, shown, **how, **settings)
            if pictures is None:
                report = oblong_too(report, self.table, self.shape[1:], dtype=self.dtype, **settings)
        return report


def compare(
    net: str | Network | None = None,
    *,
    image_size: Pair | None = None,
    dtype: str = "float64",
    backends: Sequence[str] | None = None,
    images: Images | None = None,
    batch: int | None = None,
    weights: str | os.PathLike | Mapping[str, np.ndarray] | None = None,
    training: bool = False,
    gradients: bool = False,
    steps: int | None = None,
    workers: int | None = None,
    recipe: str | None = None,
    freeze: str | None = None,
    optimizer: str | None = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
    seed: int = 0,
    watcher: Watcher | None = None,
    forking: bool = False,
) -> Report:
    """Build a table in every backend with one set of weights, and measure each against NumPy.

    Args:
        net: a name of `common.nets`, or a table of your own; None is ``d2l``, or the table of the weights.
        image_size: (H, W) in pixels; None is that of the array of images, of the recipe, or the table's own.
        dtype: what to compute in, ``float64`` or ``float32``.
        backends: their names; None is all that are installed.
        images: image files, folders of them, ``digits`` or ``photos``; or an array N x C x H x W. None draws some.
        batch: how many images are drawn; with steps, images a step.
        weights: a file of this table's weights, or canonical weights; None draws some behind which nothing hides.
        training: training mode: batch statistics, and the heads.
        gradients: compare all gradients too.
        steps: train so many, and compare after each; this includes training mode.
        workers: so many processes of each backend make the same steps together besides, and are compared too.
        recipe: by name, what the steps follow, dropout aside.
        freeze, optimizer: of the recipe, changed.
        in_channels, num_classes: None is the table's own.
        seed: of weights, random images and labels.
        watcher: is told what is being done.
        forking: this process may be forked: whoever says so owns it, and has no thread in it that others would miss.
            Passes are then measured side by side where that is possible (`common.compare.apart`), with equal results.

    Returns:
        What ``googlenet compare --json`` prints; see docs/json.md.

    Raises:
        InputError: anything of this that cannot be, before anything takes time.
    """
    watcher = watcher or Nobody()
    choose("dtype", dtype, DTYPES)
    check_workers(workers, steps)
    plan = _plan(steps, dtype, recipe=recipe, freeze=freeze, optimizer=optimizer)
    table, given = _table(net, weights, in_channels, num_classes)
    if isinstance(images, np.ndarray):
        image_size = _size(images, image_size)
    size = image_size or preferred_size(table, plan.image_size if plan else None)
    shape = (table.input[0], *size)
    training = training or plan is not None
    passes.runs_heads(table, shape, training=training)  # complain before anything takes time
    asked = Asked(table, given, shape, images, batch, training, gradients, steps, workers, plan, dtype, seed)
    may = forking and plan is None
    beside = apart.chosen(backends, dtype, gradients=gradients, training=training) if may else None
    pictures = asked.pictures()
    if beside and (found := asked.measured_apart(beside, pictures, watcher, installed=backends is None)) is not None:
        return found
    with watcher.progress() as progress:
        progress("importing the frameworks")
        names = list(map(backend.name_of, backends)) if backends is not None else backend.installed()
        if not names:
            raise backend.none_installed()
        backend.require(names, gradients=gradients, training=training)
        backend.require(names, training=plan is not None, workers=workers is not None, dtype=dtype)
    return asked.measured(names, pictures, watcher)


def _plan(steps: int | None, dtype: str, **options: str | None) -> Recipe | None:
    """What the steps follow; None where none are asked for.

    Args:
        options: ``recipe``, and what changes it.

    Raises:
        InputError: an option of steps without steps, steps in float32, a recipe or an option that cannot be.
    """
    if steps is None:
        for option, value in options.items():
            if value is not None:
                raise InputError(f"--{option} is for the training of --steps: give --steps too, such as --steps 20")
        return None
    if dtype != "float64":
        raise InputError("--steps compares in float64 only: in float32 rounding soon grows larger than any mistake")
    return named(options.pop("recipe") or PARITY).changed(**options)


def _table(
    net: str | Network | None,
    weights: str | os.PathLike | Mapping[str, np.ndarray] | None,
    in_channels: int | None,
    num_classes: int | None,
) -> tuple[Table, Mapping[str, np.ndarray] | None]:
    """The table, and the weights that were given; a file of weights tells the table too."""
    if weights is None or isinstance(weights, Mapping):
        table = nets.get(DEFAULT if net is None else net, in_channels=in_channels, num_classes=num_classes)
        return table, None if weights is None else starting(table, weights=weights)
    trained = read(weights, net=net, in_channels=in_channels, num_classes=num_classes).bundle
    return trained.table, trained.weights


def _size(images: np.ndarray, asked: Pair | None) -> Pair:
    """(H, W) of an array of images."""
    if images.ndim != 4 or not len(images):
        raise InputError(f"images are an array N x C x H x W of at least one, not of shape {images.shape}")
    size = (int(images.shape[2]), int(images.shape[3]))
    if asked is not None and asked != size:
        raise InputError(f"the images are of {size[0]} x {size[1]} pixels: leave out the other image size")
    return size
