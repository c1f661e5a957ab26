"""What a network makes of pictures at any of its layers, and how far two sets of pictures are apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from common import features as looking
from common.cli.show.scores import heading, scores
from common.contract import devices
from common.features.extraction import BATCH
from common.scores import scoring
from common.scores.draws import Draws
from common.weights import room
from googlenet.arguments import Path, in_python, watcher
from googlenet.result import Result

if TYPE_CHECKING:
    from rich.console import RenderableType

    from common.features import Features


class Scores(Result):
    """FID, KID and the Inception score."""

    @property
    def fid(self) -> float | None:
        """The Fréchet distance; None of one set alone."""
        return self.report["fid"]

    @property
    def kid(self) -> float | None:
        """The mean kernel distance; None where a set has no images, but only statistics."""
        return self.report["kid"] and self.report["kid"]["mean"]

    def _line(self) -> str:
        distance = "" if self.fid is None else f": FID {self.fid:.6g}"
        return f"{heading(self.report)}{distance}"

    def _parts(self) -> Sequence[RenderableType]:
        return scores(self.report)


@in_python
def features(
    images: Path | Sequence[Path],
    weights: Path,
    *,
    layer: str | None = None,
    maps: bool = False,
    net: str | None = None,
    preprocessing: str | None = None,
    backend: str | None = None,
    dtype: str | None = None,
    batch: int = BATCH,
    device: str = "cpu",
    progress: bool = False,
) -> Features:
    """What a network makes of pictures at one of its layers, as an array.

    Args:
        images: image files, folders of them, addresses of the web; or one of these.
        weights: a file, the folder of a run, or what `googlenet.train` returned of one run.
        layer: a stage, a block or a layer by its name, such as ``b4``; None is what the classifier gets.
        maps: keep rows and columns, instead of their means.
        net, preprocessing: where the weights do not say, or other than they say.
        backend: None is the first that is installed.
        dtype: ``float32`` or ``float64``; None is that of the weights.
        batch: pictures at a time.
        device: where to compute: ``cpu``, ``cuda``, ``cuda:1``, ``mps`` or ``auto``.
        progress: show how far it has come.

    Returns:
        ``array``, N x D or N x C x H x W, with ``paths`` and ``metadata``.

    Raises:
        InputError: a broken picture, no such layer, weights that say too little.

    >>> features("photos/", "caffe.safetensors").array.shape  # doctest: +SKIP
    (20, 1024)
    """
    with devices.using(device), watcher(progress).bar("computing features") as bar:
        return looking.features(
            images,
            os.fspath(weights),
            layer=layer,
            maps=maps,
            net=net,
            preprocessing=preprocessing,
            backend=backend,
            dtype=dtype,
            batch=batch,
            progress=bar,
        )


@in_python
def fid(
    a: Path,
    b: Path | None = None,
    *,
    weights: Path | None = None,
    net: str | None = None,
    preprocessing: str | None = None,
    layer: str | None = None,
    backend: str | None = None,
    dtype: str | None = None,
    batch: int = BATCH,
    draws: Draws | None = None,
    save_statistics: Path | None = None,
    explain: bool = False,
    device: str = "cpu",
    progress: bool = False,
) -> Scores:
    """FID and KID between two sets of images, and the Inception score of each; or what one set alone has.

    Args:
        a, b: folders of images, archives of them, or saved statistics (.npz).
        weights: of the network; not needed where both sets are statistics.
        net, preprocessing: where the weights do not say, or other than they say.
        layer: which features, as `features` has them; None is what the classifier gets.
        backend: None is that of a run, or the first that is installed.
        dtype: ``float32`` or ``float64``; None is that of the weights.
        batch: pictures at a time.
        draws: how KID and the Inception score are drawn: `common.scores.draws.Draws`.
        save_statistics: a file (.npz) for the statistics of ``a``.
        explain: also how far every published variant moves the features and FID; takes as long again for each.
        device: where to compute: ``cpu``, ``cuda``, ``cuda:1``, ``mps`` or ``auto``.
        progress: show how far it has come.

    Returns:
        `Scores`.

    Raises:
        InputError: fewer than two images, a broken one, statistics of another kind, weights that say too little.

    >>> fid("real/", "made/", weights="fid.safetensors").fid  # doctest: +SKIP
    12.3
    """
    with devices.using(device):
        report = scoring.fid(
            a,
            b,
            weights=None if weights is None else os.fspath(weights),
            net=net,
            preprocessing=preprocessing,
            layer=layer,
            backend=backend,
            dtype=dtype,
            batch=batch,
            draws=draws,
            save_statistics=save_statistics,
            explain=explain,
            check=room.for_prediction,
            task=watcher(progress).bar,
        )
    return Scores({"weights": None if weights is None else os.fspath(weights), **report})
