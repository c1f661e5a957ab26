"""Trained weights tried as a user asks for it, on the command line or in Python: from names and paths to a report."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image

from common.base.errors import InputError, choose
from common.base.progress import Nobody, Watcher
from common.contract import backend as backends
from common.contract.predicting import Fast
from common.data.dataset import SPLITS, Dataset
from common.runs import evaluation, prediction
from common.runs.opened import computing, open_trained
from common.runs.preparing import data_id, read_data
from common.runs.run import Run
from common.table.spec import Network
from common.weights import room
from common.weights.bundle import Bundle

BATCH = 64  # images at a time, where they are counted


def evaluate(
    weights: str | os.PathLike,
    *,
    data: str | Dataset | None = None,
    data_dir: str | os.PathLike | None = None,
    split: str = "test",
    backend: str | None = None,
    batch: int = BATCH,
    net: str | Network | None = None,
    preprocessing: str | None = None,
    fast: Fast = False,
    watcher: Watcher | None = None,
) -> dict[str, Any]:
    """Count what trained weights say of labelled images.

    Args:
        weights: the folder of a run, or a file that ``googlenet convert`` reads.
        data: a data set's name, the path of class folders or an archive of them, or a data set; None is the run's.
        data_dir: a folder with the official files of a data set; None is the run's.
        split: which of its images: ``test``, ``validation`` or ``train``.
        backend: None is the run's, or the first installed one.
        batch: images at a time.
        net: the table, where the file does not tell.
        preprocessing: that of a source, or ``plain``, in place of the file's.
        fast: compute by the framework's fastest path (docs/speed.md); ``bfloat16``: in that, which is less exact;
            ``compiled``: compiled into machine code, which takes a minute or so.
        watcher: is told what is being done.

    Returns:
        What ``googlenet evaluate --json`` prints; see docs/json.md.

    Raises:
        InputError: weights, data or a framework that cannot be used, or that do not fit each other.
    """
    watcher = watcher or Nobody()
    choose("split", split, SPLITS)  # complain before anything takes time
    with watcher.progress() as progress:
        progress(f"reading {os.fspath(weights)}")
        trained, run = open_trained(weights, net=net, preprocessing=preprocessing)
        own = run if run is not None and _are_its_own(run, data) else None
        if own is None and data is None:
            raise InputError(f"{weights}: these weights do not say what to try them on: give --data")
        name = _loaded(backend, run, trained, fast, progress)
    dataset = _data(watcher, own, data, data_dir)
    evaluation.check_classes(trained, run.classes if run else None, dataset)
    images = evaluation.split_of(dataset, split, own)
    room.for_prediction(trained, min(batch, len(images)))
    with watcher.bar("evaluating") as bar:
        counted = evaluation.evaluate(
            trained, images, dataset.classes, backend_name=name, batch=batch, fast=fast, progress=bar
        )
    return {"weights": os.fspath(weights), "data": dataset.name, "split": split, **counted}


def _are_its_own(run: Run, data: str | Dataset | None) -> bool:
    """Whether the data are those that a run was trained on: its own part to train on is among them."""
    if isinstance(data, Dataset) and not data.train:
        return False
    return data is None or data_id(data) == run.data


def _data(watcher: Watcher, own: Run | None, data: str | Dataset | None, data_dir: str | os.PathLike | None) -> Dataset:
    """The data that were asked for, or those of the run."""
    if own is None or isinstance(data, Dataset):
        assert data is not None
        return read_data(watcher, data, data_dir)
    return read_data(watcher, own.data, data_dir or own.data_dir)


def _loaded(backend: str | None, run: Run | None, trained: Bundle, fast: Fast, progress: Callable[[str], None]) -> str:
    """The name of the backend that was asked for, or that of the run, or the first; its package is loaded."""
    progress("importing the framework")
    name = computing(backend, run, trained.dtype, fast=fast)
    backends.load(name)
    return name


def predict(
    weights: str | os.PathLike,
    images: prediction.Sources,
    *,
    labels: str | os.PathLike | Sequence[str] | None = None,
    top: int | None = None,
    truth: bool = False,
    backend: str | None = None,
    net: str | Network | None = None,
    preprocessing: str | None = None,
    fast: Fast = False,
    keep: Callable[[Image.Image], object] = lambda picture: None,
    watcher: Watcher | None = None,
) -> dict[str, Any]:
    """Say what is in pictures, by trained weights and the preprocessing that came with them.

    Args:
        weights: the folder of a run, or a file that ``googlenet convert`` reads.
        images: image files, folders of them, and addresses of http and https; or an array of pictures, N x C x H x W
            of bytes.
        labels: names of the classes, or a file with one a line; None is those of the
            run or the file.
        top: how many classes to tell of each image; None is 5, or all where there are fewer.
        truth: images lie in folders called like their class: tell right from wrong.
        backend: None is the run's, or the first installed one.
        net: the table, where the file does not tell.
        preprocessing: that of a source, or ``plain``, in place of the file's.
        fast: compute by the framework's fastest path (docs/speed.md); ``bfloat16``: in that, which is less exact;
            ``compiled``: compiled into machine code, which takes a minute or so.
        keep: called with each picture, in order.
        watcher: is told what is being done.

    Returns:
        What ``googlenet predict --json`` prints; see docs/json.md.

    Raises:
        InputError: weights, pictures, labels or a framework that cannot be used.
    """
    watcher = watcher or Nobody()
    places = prediction.places_of(images)  # complain before anything takes time
    with watcher.progress() as progress:
        progress(f"reading {os.fspath(weights)}")
        trained, run = open_trained(weights, net=net, preprocessing=preprocessing)
        try:
            prediction.check_top(trained.table, top)
        except InputError as error:
            raise InputError(f"{weights}: {error}") from None
        names = _labels(labels, trained, run)
        room.for_prediction(trained, min(prediction.BATCH, len(places)))
        name = _loaded(backend, run, trained, fast, progress)
    with watcher.bar("predicting") as bar:
        said = prediction.predict(
            trained, images, backend_name=name, labels=names, top=top, truth=truth, keep=keep, fast=fast, progress=bar
        )
    return {"weights": os.fspath(weights), **said}


def _labels(given: str | os.PathLike | Sequence[str] | None, trained: Bundle, run: Run | None) -> Sequence[str] | None:
    """The names of the classes: those that are given, by a file or one by one, or else the run's or the weights' own.

    Raises:
        InputError: another number of them than there are classes, or a file that cannot be used.
    """
    if given is None:
        return run.classes if run else trained.labels
    if isinstance(given, str | os.PathLike):
        return prediction.read_labels(given, trained.table)
    if len(given) != trained.table.num_classes:
        raise InputError(f"{len(given)} labels, but {trained.table.name} has {trained.table.num_classes} classes")
    return list(given)
