"""How good trained weights are, and what they see in pictures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from common.cli.show import confusion, sheet
from common.cli.show.evaluation import evaluation, heading
from common.cli.show.predictions import judged, predictions
from common.contract import devices
from common.data import arrays
from common.runs import asked
from common.runs.opened import open_trained
from common.table.spec import Network
from googlenet.arguments import Path, in_python, listed, watcher
from googlenet.plots import shown
from googlenet.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL import Image
    from rich.console import RenderableType

Data = Path | tuple[Any, Any] | Mapping[str, tuple[Any, Any]]


class Evaluation(Result):
    """What trained weights say of labelled images, counted."""

    @property
    def accuracy(self) -> float:
        """The share of images whose most probable class is the true one."""
        return self.report["accuracy"]

    @property
    def loss(self) -> float:
        """Mean cross-entropy, without label smoothing and heads."""
        return self.report["loss"]

    @property
    def by_class(self) -> dict[str, float | None]:
        """The accuracy of each class by its name; None of one without images."""
        return {row["name"]: row["accuracy"] for row in self.report["classes"]}

    @property
    def confusion(self) -> np.ndarray:
        """K x K counts; rows are the truth, columns the class that was said."""
        return np.array(self.report["confusion"])

    def _line(self) -> str:
        return heading(self.report)

    def _parts(self) -> Sequence[RenderableType]:
        return evaluation(self.report)

    def plot(self) -> Figure:
        """The confusion matrix.

        Returns:
            A Matplotlib figure; a notebook shows it.
        """
        names = [row["name"] for row in self.report["classes"]]
        return shown(confusion.drawn(self.report["confusion"], names, heading(self.report)))


@dataclass(frozen=True, repr=False)
class Predictions(Result):
    """The most probable classes of pictures.

    Attributes:
        thumbnails: a small copy of each picture.
    """

    thumbnails: tuple[Image.Image, ...] = field(default=(), compare=False)

    @property
    def best(self) -> list[str | int]:
        """The most probable class of each picture: its name, or its number where no names are known."""
        tops = [image["top"][0] for image in self.report["images"]]
        return [top["index"] if top["label"] is None else top["label"] for top in tops]

    def __len__(self) -> int:
        return len(self.report["images"])

    def __getitem__(self, place: int) -> dict[str, Any]:
        """A picture's ``path`` and its ``top`` classes: ``index``, ``label``, ``probability``."""
        return self.to_dict()["images"][place]

    def _line(self) -> str:
        images = self.report["images"]
        words = [
            f"{os.path.basename(image['path'])} {best}" for image, best in zip(images[:3], self.best, strict=False)
        ]
        return f"{', '.join(words)}{', ...' if len(images) > 3 else ''}: {len(images)} by {self.report['network']}"

    def _parts(self) -> Sequence[RenderableType]:
        return predictions(self.report) + (judged(self.report) if "right" in self.report else [])

    def plot(self) -> Figure:
        """The pictures with their classes, as many as fit a sheet.

        Returns:
            A Matplotlib figure; a notebook shows it.
        """
        return shown(sheet.drawn(self.report["images"][: sheet.MOST], self.thumbnails[: sheet.MOST]))


@in_python
def evaluate(
    weights: Path,
    data: Data | None = None,
    *,
    data_dir: Path | None = None,
    split: str = "test",
    backend: str | None = None,
    batch: int = asked.BATCH,
    net: str | Network | None = None,
    preprocessing: str | None = None,
    fast: bool | str = False,
    device: str = "cpu",
    progress: bool = False,
) -> Evaluation:
    """Count what trained weights say of labelled images: accuracy, by class, top 5, what is taken for what.

    Args:
        weights: a file, the folder of a run, or what `googlenet.train` returned of one run.
        data: ``digits``, ``fashion-mnist``, ``cifar10``, a folder or archive of class folders; or (images, labels),
            images N x C x H x W of bytes; None is the run's.
        data_dir: a folder with the official files; None is the run's.
        split: which of the images: ``test``, ``validation`` or ``train``.
        backend: None is the run's, or the first installed.
        batch: images at a time.
        net: the network, where the weights do not tell: a name or a table.
        preprocessing: that of a source, or ``plain``; None is what comes with the weights.
        fast: compute by the framework's fastest path, which takes some seconds to compile. ``bfloat16`` takes it in
            that, which is less exact; ``compiled`` takes longer to compile, and less to compute.
        device: where to compute: ``cpu``, ``cuda``, ``cuda:1``, ``mps`` or ``auto``.
        progress: show how far it has come.

    Returns:
        An `Evaluation`.

    Raises:
        InputError: weights, data or a framework that cannot be used, or that do not fit each other.

    >>> evaluate("runs/d2l_bn-digits-torch").accuracy  # doctest: +SKIP
    0.9972
    """
    weights = os.fspath(weights)
    given: Any = os.fspath(data) if isinstance(data, str | os.PathLike) else data
    with devices.using(device):
        if given is not None and not isinstance(given, str):
            given = arrays.dataset(given, _classes(weights, net, preprocessing), split)
        report = asked.evaluate(
            weights,
            data=given,
            data_dir=data_dir,
            split=split,
            backend=backend,
            batch=batch,
            net=net,
            preprocessing=preprocessing,
            fast=fast,
            watcher=watcher(progress),
        )
    return Evaluation(report)


def _classes(weights: Path, net: str | Network | None, preprocessing: str | None) -> Sequence[str]:
    """The names of the classes of weights, by which labels of arrays are understood."""
    trained, run = open_trained(weights, net=net, preprocessing=preprocessing)
    names = run.classes if run else trained.labels
    return names or [str(i) for i in range(trained.table.num_classes)]


@in_python
def predict(
    weights: Path,
    images: Path | Sequence[Path] | np.ndarray,
    *,
    labels: Path | Sequence[str] | None = None,
    top: int | None = None,
    truth: bool = False,
    backend: str | None = None,
    net: str | Network | None = None,
    preprocessing: str | None = None,
    fast: bool | str = False,
    device: str = "cpu",
    progress: bool = False,
) -> Predictions:
    """Say what is in pictures, by trained weights and the preprocessing that came with them.

    Args:
        weights: a file, the folder of a run, or what `googlenet.train` returned of one run.
        images: image files, folders of them, addresses of the web; or an array N x C x H x W of bytes.
        labels: names of the classes, or a file with one a line; None is the run's.
        top: how many classes to tell of each picture; None is 5.
        truth: pictures lie in folders called like their class: tell right from wrong.
        backend: None is the run's, or the first installed.
        net: the network, where the weights do not tell: a name or a table.
        preprocessing: that of a source, or ``plain``; None is what comes with the weights.
        fast: compute by the framework's fastest path, which takes some seconds to compile. ``bfloat16`` takes it in
            that, which is less exact; ``compiled`` takes longer to compile, and less to compute.
        device: where to compute: ``cpu``, ``cuda``, ``cuda:1``, ``mps`` or ``auto``.
        progress: show how far it has come.

    Returns:
        `Predictions`.

    Raises:
        InputError: weights, pictures, labels or a framework that cannot be used.

    >>> predict("caffe.safetensors", ["cat.jpg", "holiday/"]).best  # doctest: +SKIP
    ['tabby', 'seashore']
    """
    small: list[Image.Image] = []
    with devices.using(device):
        report = asked.predict(
            os.fspath(weights),
            images if isinstance(images, np.ndarray) else listed(images) or [],
            labels=labels,
            top=top,
            truth=truth,
            backend=backend,
            net=net,
            preprocessing=preprocessing,
            fast=fast,
            keep=lambda picture: small.append(sheet.thumbnail(picture)),
            watcher=watcher(progress),
        )
    return Predictions(report, tuple(small))
