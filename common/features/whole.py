"""Features of pictures from what a user names: pictures, weights, a layer; as an array, or into a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common.base.errors import InputError, choose
from common.base.progress import Progress, quietly
from common.data.images import open_image
from common.features import files
from common.features.extraction import BATCH, Extractor, Place
from common.runs.opened import computing, open_trained
from common.runs.prediction import check_trained, pictures
from common.table.tensors import DTYPES
from common.weights.bundle import Bundle


@dataclass(frozen=True, eq=False)
class Features:
    """Features of pictures.

    Attributes:
        array: N x D, or N x C x H x W where whole maps were asked for.
        paths: of the pictures, in the same order.
        metadata: see `common.features.extraction.Extractor`.
    """

    array: np.ndarray
    paths: tuple[str, ...]
    metadata: dict[str, str]


def features(
    images: str | os.PathLike | Sequence[str | os.PathLike],
    weights: str | os.PathLike | Bundle,
    *,
    layer: str | None = None,
    maps: bool = False,
    net: str | None = None,
    preprocessing: str | None = None,
    backend: str | None = None,
    dtype: str | None = None,
    batch: int = BATCH,
    progress: Progress = quietly,
) -> Features:
    """What a network makes of pictures at one of its layers.

    Args:
        images: files, folders of them, and addresses of http and https; or one of these.
        weights: the folder of a run, a file that ``googlenet convert`` reads, or a bundle.
        layer: a stage (``b4``), block (``b3.5b``) or layer (``b3.5b.p2_1``); ``logits`` or ``logits_unbiased``; 64,
            192, 768 or 2048 of FID's network. None is what the classifier gets.
        maps: keep rows and columns, instead of their means.
        net, preprocessing: where the file does not say, or other than it says.
        backend: the framework; None is the first that is installed.
        dtype: ``float32`` or ``float64``; None is that of the weights.
        batch: pictures at a time.
        progress: shows how far looking at the pictures and then computing have come.

    Raises:
        InputError: a broken picture, a folder without any, no such layer, weights that say too little.
    """
    places = pictures([images] if isinstance(images, str | os.PathLike) else images)
    extractor = opened(weights, net, preprocessing, backend, layer=layer, maps=maps, dtype=dtype, batch=batch)
    check_whole(places, progress)
    array = np.empty((len(places), *extractor.shape), extractor.dtype)
    done = 0
    for rows in progress(extractor.of(places), extractor.batches(len(places))):
        array[done : done + len(rows)] = rows
        done += len(rows)
    return Features(array, tuple(map(str, places)), extractor.metadata)


def save(
    path: str | os.PathLike, extractor: Extractor, places: Sequence[Place], progress: Progress = quietly
) -> dict[str, Any]:
    """Write the features of pictures to a file, whole or not at all, with no more than a batch in memory.

    Returns:
        What ``googlenet features --json`` prints; see docs/json.md.

    Raises:
        InputError: a broken picture, or a file that cannot be written.
    """
    batches = progress(extractor.of(places), extractor.batches(len(places)))
    names = list(map(str, places))
    files.write(path, batches, extractor.shape, extractor.dtype, names, extractor.metadata)
    return {
        "out": str(path),
        "shape": [len(places), *extractor.shape],
        **extractor.metadata,
        "maps": extractor.metadata["maps"] == "yes",
        "preprocessing": str(extractor.preprocessing),
        "images": names,
    }


def opened(
    weights: str | os.PathLike | Bundle,
    net: str | None = None,
    preprocessing: str | None = None,
    backend: str | None = None,
    *,
    dtype: str | None = None,
    check: Callable[[Bundle], None] = lambda trained: None,
    **settings: Any,
) -> Extractor:
    """The `Extractor` for weights as a user names them; ``check`` is called with them before the framework is loaded.

    Raises:
        InputError: see `features`.
    """
    trained, name = trained_in(weights, net, preprocessing, backend, dtype)
    check(trained)
    return Extractor(trained, name, dtype=dtype, **settings)


def trained_in(
    weights: str | os.PathLike | Bundle,
    net: str | None,
    preprocessing: str | None,
    backend: str | None,
    dtype: str | None,
) -> tuple[Bundle, str]:
    """(weights as a user names them, the name of the backend that computes with them).

    Raises:
        InputError: see `features`.
    """
    if dtype is not None:
        choose("dtype", dtype, DTYPES)
    if isinstance(weights, Bundle):
        if net is not None or preprocessing is not None:
            raise InputError("a bundle has its own network and preprocessing: give neither with it")
        trained, run = weights, None
        check_trained(trained)
    else:
        trained, run = open_trained(weights, net=net, preprocessing=preprocessing)
    return trained, computing(backend, run, dtype or trained.dtype)


def check_whole(places: Sequence[Place], progress: Progress = quietly) -> None:
    """Require that every picture in a file can be read, before hours are spent on those before a broken one.

    Raises:
        InputError: names the first that is broken, and says how many more are.
    """
    first, broken = None, 0
    paths = [place for place in places if isinstance(place, Path)]
    for path in progress(paths, len(paths)):
        try:
            open_image(path)
        except InputError as error:
            first, broken = first or error, broken + 1
    if first is not None:
        more = f" (and {broken - 1:,} more of {len(paths):,} pictures)" if broken > 1 else ""
        raise InputError(f"{first}{more}")
