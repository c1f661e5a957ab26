"""Scores of two sets of images, or of one: ``googlenet fid``, and the function that it calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from common.base.errors import InputError
from common.base.files import check_writable
from common.features.extraction import BATCH
from common.features.whole import check_whole, trained_in
from common.scores import sets, statistics
from common.scores.draws import Draws
from common.scores.explain import explained
from common.scores.extraction import Features
from common.scores.moments import LEAST, Moments
from common.scores.report import Measured, report
from common.scores.row_file import RowFile
from common.scores.statistics import Statistics, check_comparable
from common.scores.tasks import Task, at_once, silently
from common.weights.bundle import Bundle


def fid(
    a: str | os.PathLike,
    b: str | os.PathLike | None = None,
    *,
    weights: str | os.PathLike | Bundle | None = None,
    net: str | None = None,
    preprocessing: str | None = None,
    layer: str | None = None,
    backend: str | None = None,
    dtype: str | None = None,
    batch: int = BATCH,
    draws: Draws | None = None,
    save_statistics: str | os.PathLike | None = None,
    explain: bool = False,
    check: Callable[[Bundle, int], None] = lambda trained, batch: None,
    task: Task = silently,
) -> dict[str, Any]:
    """FID and KID between two sets of images, and the Inception score of each; or what one set alone has.

    Features are what the classifier of the network gets. They are kept in a temporary file, and their mean and
    covariance are summed in one pass, so that memory does not grow with the number of images. Every picture is read
    once before anything is computed: a broken one costs no work.

    Args:
        a, b: each the path of a folder with all images below it, of an archive of one, or of statistics (.npz) that
            this function or another tool has saved. Statistics have neither KID nor an Inception score.
        weights: of the network, as `common.runs.opened.open_trained` takes them, or a bundle; not needed where both
            sets are statistics.
        net, preprocessing: where the file of weights does not say, or other than it says.
        layer: which features, as `common.features.taps.layer_of` names layers; None is what the classifier gets. Of
            others there is no Inception score.
        backend: which framework computes; None is that of a run, or the first that is installed.
        dtype: ``float32`` or ``float64`` to compute in; None is that of the weights.
        batch: pictures at a time.
        draws: how KID and the Inception score are drawn; None is `Draws`'s own.
        save_statistics: a file (.npz) for the statistics of ``a``.
        explain: also how far each published variant of features moves them and FID (`common.scores.explain`). It takes
            as long again for each variant, and both sets must be of pictures.
        check: called with the weights, and how many pictures are computed at a time, before anything is.
        task: shows how far each part of the work has come.

    Returns:
        What ``googlenet fid --json`` prints; see docs/json.md.

    Raises:
        InputError: fewer than two images, a broken one, statistics of another kind, no covariance, features that are
            no numbers, weights that say too little.
    """
    draws = Draws() if draws is None else draws
    _check_place(save_statistics)
    paths = [os.fspath(path) for path in (a, b) if path is not None]
    saved = {path: _saved(path, task) for path in paths if sets.is_statistics(path)}
    images = {path: _images(path, task) for path in paths if path not in saved}
    if explain and (saved or len(paths) < 2):
        raise InputError("variants are explained on the pictures of two sets: give two folders or archives")
    measured = {path: Measured(path, own) for path, own in saved.items()}
    if not images:
        return _report([measured[path] for path in paths], None, draws, save_statistics, None, task)
    if weights is None:
        raise InputError("images need a network that makes features of them: give its --weights")
    trained, name = at_once(
        task, f"reading {_named(weights)}", lambda: trained_in(weights, net, preprocessing, backend, dtype)
    )
    check(trained, min(batch, max(map(len, images.values()))))
    network = at_once(
        task, "importing the framework", lambda: Features(trained, name, dtype or trained.dtype, batch, layer)
    )
    _check_sets(saved, images, network, task)
    with ExitStack() as held:
        for path, pictures in images.items():
            rows = held.enter_context(RowFile())
            measured[path] = Measured(path, _summed(network, pictures, rows, task, path), rows)
        found = [measured[path] for path in paths]
        pictures_of_both = [images[path] for path in paths] if explain else None
        variants = None if pictures_of_both is None else explained(trained, network, pictures_of_both, found, task)
        return _report(found, network, draws, save_statistics, variants, task)


def _report(
    found: list[Measured],
    network: Features | None,
    draws: Draws,
    save_statistics: str | os.PathLike | None,
    variants: list[dict[str, Any]] | None,
    task: Task,
) -> dict[str, Any]:
    if save_statistics is not None:
        found[0].statistics.save(save_statistics)
    return {**report(found, network, draws, task), "variants": variants}


def _check_place(save_statistics: str | os.PathLike | None) -> None:
    """Require a place that statistics can be saved to, if they are to be."""
    if save_statistics is not None:
        if not sets.is_statistics(save_statistics):
            raise InputError(f"{save_statistics}: statistics are saved with the suffix .npz: choose another name")
        check_writable(save_statistics)


def _check_sets(saved: dict[str, Statistics], images: dict[str, list[Path]], network: Features, task: Task) -> None:
    """Require saved statistics that can be compared, and pictures that can be read, before anything is computed."""
    for path, own in saved.items():
        _check_fits(path, own, network)
    with task("looking at the images") as progress:
        check_whole([path for each in images.values() for path in each], progress)


def _named(weights: str | os.PathLike | Bundle) -> str:
    return "the weights" if isinstance(weights, Bundle) else os.fspath(weights)


def _saved(path: str, task: Task) -> Statistics:
    return at_once(task, f"reading {path}", lambda: statistics.read(path))


def _images(path: str, task: Task) -> list[Path]:
    with task(f"unpacking {path}") as progress:
        pictures = sets.images(path, progress)
    if len(pictures) < LEAST:
        raise InputError(f"{path}: one image: at least {LEAST} are needed, for one alone has no covariance")
    return pictures


def _check_fits(path: str, own: Statistics, network: Features) -> None:
    """Require that saved statistics can be compared with what the network makes, before it makes anything."""
    try:
        check_comparable(own.origin, len(own.mean), network.origin, network.width)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _summed(network: Features, paths: list[Path], rows: RowFile, task: Task, name: str) -> Statistics:
    """The statistics of pictures, whose features go to ``rows`` too."""
    moments = Moments()
    with task(f"computing features of {name}") as progress:
        for features in progress(network.of(paths), -(-len(paths) // network.batch)):
            moments.add(features)
            rows.append(features)
    return Statistics.of(moments, network.origin)
