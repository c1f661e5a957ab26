"""Are the frameworks one function?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from common.cli.show.comparison import comparison
from common.cli.show.steps import training as training_steps
from common.cli.show.verdict import verdict
from common.compare import asked
from common.contract import devices
from common.table.spec import Network
from googlenet.arguments import Path, Size, in_python, listed, size_of, watcher
from googlenet.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType


class Comparison(Result):
    """A network in several frameworks, each measured against NumPy."""

    @property
    def agree(self) -> bool:
        """Whether everything is within the limit of round-off."""
        return self.report["agree"]

    @property
    def verdict(self) -> str:
        """``agree``, ``diverge`` or ``not judged``."""
        return self.report["verdict"]

    @property
    def first_divergence(self) -> dict[str, Any] | None:
        """Where a framework first leaves the table: ``backend``, ``stage``, ``what``, ``where``, ``rel_err``."""
        return self.to_dict()["first_divergence"]

    @property
    def stages(self) -> list[dict[str, Any]]:
        """A dict for each stage: ``name``, ``shape`` (C, H, W), ``params`` and, in each framework, ``rel_err``."""
        return self.to_dict()["stages"]

    def _line(self) -> str:
        return f"{self.report['net']}: {verdict(self.report).plain}"

    def _parts(self) -> Sequence[RenderableType]:
        return comparison(self.report) if self.report["steps"] is None else training_steps(self.report)

    def plot(self) -> Figure:
        """The relative error of each stage, and of each step of training, beside its limit.

        Returns:
            A Matplotlib figure; a notebook shows it.
        """
        from googlenet.plots import errors

        return errors(self.report)


@in_python
def compare(
    net: str | Network | None = None,
    *,
    backends: str | Sequence[str] | None = None,
    images: Path | Sequence[Path] | np.ndarray | None = None,
    image_size: Size = None,
    dtype: str = "float64",
    training: bool = False,
    gradients: bool = False,
    steps: int | None = None,
    workers: int | None = None,
    recipe: str | None = None,
    freeze: str | None = None,
    optimizer: str | None = None,
    batch: int | None = None,
    weights: Path | Mapping[str, np.ndarray] | None = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
    seed: int = 0,
    device: str = "cpu",
    progress: bool = False,
) -> Comparison:
    """Build a network in every framework with one set of weights, and measure each against NumPy.

    Args:
        net: a name, ``mytable.py:NET``, or a table; None is ``d2l``, or the network of the weights.
        backends: ``torch``, ``tf``, ``mxnet`` or several of them; None is all that are installed.
        images: image files, folders of them, ``digits``, ``photos``, or an array N x C x H x W that goes into the nets
            as it is; None draws some.
        image_size: (H, W) in pixels, or one number for both; None is the images' or the network's own.
        dtype: what to compute in, ``float64`` or ``float32``.
        training: batch statistics and auxiliary heads.
        gradients: compare all gradients too.
        steps: train so many steps, and compare after each.
        workers: so many processes of each framework make the same steps together besides.
        recipe: what the steps follow, dropout aside; None is ``parity``.
        freeze: stages, blocks and layers that the steps leave as they are, or ``all-but-fc``.
        optimizer: what moves the weights in the steps: ``sgd``, ``adam`` or ``adamw``.
        batch: how many images are drawn; with steps, images a step.
        weights: a file, or arrays by canonical name; None draws some behind which nothing hides.
        in_channels, num_classes: None is the network's own.
        seed: of weights, random images and labels.
        device: where to compute: ``cpu``, ``cuda``, ``cuda:1``, ``mps`` or ``auto``.
        progress: show what is being done.

    Returns:
        A `Comparison`, whether they agree or not.

    Raises:
        InputError: anything of this that cannot be.

    >>> compare("d2l", backends="torch", image_size=32).agree  # doctest: +SKIP
    True
    """
    with devices.using(device):
        report = asked.compare(
            net,
            image_size=size_of(image_size),
            dtype=dtype,
            backends=listed(backends),
            images=images if isinstance(images, np.ndarray) else listed(images),
            batch=batch,
            weights=weights,
            training=training,
            gradients=gradients,
            steps=steps,
            workers=workers,
            recipe=recipe,
            freeze=freeze,
            optimizer=optimizer,
            in_channels=in_channels,
            num_classes=num_classes,
            seed=seed,
            watcher=watcher(progress),
        )
    return Comparison(report)
