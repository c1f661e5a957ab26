"""What a trained network sees in pictures: the most probable classes of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from common.base.errors import InputError
from common.base.openers import read_file
from common.base.progress import Progress, quietly
from common.contract import backend
from common.contract.loss import log_softmax
from common.contract.predicting import Fast
from common.contract.protocols import Backend
from common.data import arrays
from common.data.fetch import fetch_image, is_url
from common.data.images import files, open_image
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.sizes import check_input
from common.weights import imagenet
from common.weights.bundle import Bundle

Named = Path | str  # a file, or a web address
Place = Named | Image.Image  # or the picture itself
Sources = Sequence[str | os.PathLike] | np.ndarray
TOP = 5
MOST_OF_LABEL = 1 << 10  # bytes: a line of text, not a page
BATCH = 8  # pictures at a time: a few make use of the machine, and many would need its memory


def read_labels(path: str | os.PathLike, table: Table) -> list[str]:
    """The names of the classes, one a line.

    Args:
        path: of a text file, or ``imagenet`` for the names of ImageNet's classes.

    Raises:
        InputError: no such file, not text, too long, or not as many lines as the network has classes.
    """
    if path == imagenet.NAME:
        if (known := imagenet.names(table.num_classes)) is None:
            raise InputError(f"{path}: ImageNet has 1,000 classes, but {table.name} has {table.num_classes} here")
        return list(known)
    contents = read_file(path, table.num_classes * MOST_OF_LABEL, "file of labels")
    try:
        lines = contents.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file with a label in each line: {error}") from None
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) != table.num_classes:
        raise InputError(f"{path}: {len(lines)} labels, but {table.name} has {table.num_classes} classes")
    return [line.strip() for line in lines]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities, N x K, in float64, of logits.

    >>> softmax(np.array([[0.0, 0.0]]))
    array([[0.5, 0.5]])
    """
    return np.exp(log_softmax(logits))


def check_trained(trained: Bundle) -> Preprocessing:
    """How images are prepared for trained weights; weights that do not say it are refused.

    Raises:
        InputError: they do not, or they do for other channels than their network's.
    """
    table, preprocessing = trained.table, trained.preprocessing
    if preprocessing is None:
        raise InputError(
            f"these weights of {table.name} do not say how images are prepared: say it with --preprocessing"
        )
    if len(preprocessing.mean) != table.input[0]:
        raise InputError(f"{table.name} takes {table.input[0]} channels, its preprocessing gives {preprocessing.order}")
    return preprocessing


def logits_of(
    package: Backend, net: Any, preprocessing: Preprocessing, batch: int, fast: Fast, progress: Progress
) -> tuple[Callable[[np.ndarray], np.ndarray], str | None]:
    """(from prepared images to logits; how the fast path does that, or None of ``predict``).

    Args:
        batch: images at a time.
        fast: by the package's ``predictor``; ``bfloat16``: in that; ``compiled``: by one that is.
        progress: shows that the fast path is being made, which may take a minute.

    Raises:
        InputError: the fast path, and pictures that keep their own sizes.
    """
    if not fast:
        return partial(package.predict, net), None
    size = preprocessing.size()
    if size is None:
        raise InputError("pictures of different sizes have no fast path: leave out --fast, or give a --preprocessing")
    way = {} if isinstance(fast, bool) else {fast: True}
    made = (package.predictor(net, image_size=size, batch=batch, **way) for _ in range(1))
    (predictor,) = progress(made, 1)
    return predictor, predictor.how


def described(
    table: Table, backend_name: str, package: Backend, preprocessing: Preprocessing, fast: str | None
) -> dict[str, Any]:
    """What the JSON of ``predict`` and ``evaluate`` begins with: which network, computed by what, from which images.

    Args:
        fast: how the fast path computes; None of ``predict``.
    """
    return {
        "network": table.name,
        "backend": backend_name,
        "framework": package.FRAMEWORK,
        "preprocessing": str(preprocessing),
        "fast": fast,
    }


def check_top(table: Table, top: int | None) -> int:
    """How many classes to tell of each picture: those asked for, or 5, or all where there are fewer.

    Raises:
        InputError: fewer than 1, or more than there are classes.

    >>> from common import nets
    >>> check_top(nets.get("d2l"), None), check_top(nets.get("d2l", num_classes=3), None)
    (5, 3)
    """
    top = min(TOP, table.num_classes) if top is None else top
    if not 1 <= top <= table.num_classes:
        raise InputError(f"top must be from 1 to {table.num_classes}, the number of classes, not {top}")
    return top


def pictures(sources: Sequence[str | os.PathLike]) -> list[Named]:
    """Web addresses as they are, the files that are named, and those in the folders that are named, sorted.

    Raises:
        InputError: no such file, a folder without images, or an address that is not of the web.
    """
    places: list[Named] = []
    for source in sources:
        places += [str(source)] if is_url(source) else files([source])
    return places


def places_of(sources: Sources) -> list[Place]:
    """`pictures`, or those of an array, for which see `common.data.arrays.pixels`.

    Raises:
        InputError: what these raise.
    """
    return [*(arrays.pictures(sources) if isinstance(sources, np.ndarray) else pictures(sources))]


def true_classes(places: Sequence[Place], labels: Sequence[str] | None) -> list[str]:
    """The class of each picture: the name of the folder it is in.

    Raises:
        InputError: no names of classes, a folder that is called otherwise, or a picture from the web.

    >>> true_classes([Path("photos/cat/1.png"), Path("photos/dog/7.png")], ["cat", "dog"])
    ['cat', 'dog']
    """
    if labels is None:
        raise InputError("the truth is known by the names of classes: give them with --labels, or a run")
    names: list[str] = []
    for place in places:
        if not isinstance(place, Path):
            raise InputError(
                f"{_called(place, len(names))}: in no folder, so that its true class is not known: leave out --truth"
            )
        name = Path(os.path.abspath(place)).parent.name
        if name not in labels:
            raise InputError(f"{place}: its folder {name!r} is called like none of the {len(labels)} classes")
        names.append(name)
    return names


def predict(
    trained: Bundle,
    sources: Sources,
    *,
    backend_name: str,
    labels: Sequence[str] | None = None,
    top: int | None = None,
    truth: bool = False,
    keep: Callable[[Image.Image], object] = lambda picture: None,
    fast: Fast = False,
    progress: Progress = quietly,
) -> dict[str, Any]:
    """The ``top`` most probable classes of each picture.

    Args:
        sources: image files, folders of them, and addresses of http and https; or an array of pictures.
        backend_name: for `common.contract.backend.load`.
        labels: a name for each class.
        top: how many classes, or None: see `check_top`.
        truth: judge the most probable class by the name of the picture's folder.
        keep: called with each picture, in order.
        fast: compute by the package's ``predictor``; ``bfloat16``: in that; ``compiled``: by one that is.
        progress: wraps the pictures, of which it is told the number, while they are worked through.

    Returns:
        What ``googlenet predict --json`` prints; see docs/json.md.

    Raises:
        InputError: no preprocessing in the file, a picture that is missing, broken or too small,
            a truth that is not known, weights whose logits are not finite.
    """
    table, preprocessing = trained.table, check_trained(trained)
    top = check_top(table, top)
    places = places_of(sources)
    truths = true_classes(places, labels) if truth else None
    package = backend.load(backend_name)
    net = package.build_net(table, weights=trained.weights, dtype=trained.dtype)
    images: list[dict[str, Any]] = []
    at_once = min(BATCH, len(places) or 1) if preprocessing.size() else 1  # those of their own sizes fit no array
    compute, how = logits_of(package, net, preprocessing, at_once, fast, progress)
    for group in _groups(progress(places, len(places)), at_once):
        names = [_called(place, len(images) + i) for i, place in enumerate(group)]
        logits = compute(_prepared(group, names, table, preprocessing, keep))
        _check_finite(names, logits)
        images += [
            {"path": name, "top": _top(row, shares, labels, top)}
            for name, row, shares in zip(names, logits, softmax(logits), strict=True)
        ]
    for image, name in zip(images, truths or (), strict=truths is not None):
        image |= {"truth": name, "right": image["top"][0]["label"] == name}
    return {
        **described(table, backend_name, package, preprocessing, how),
        "images": images,
        **({"right": sum(image["right"] for image in images)} if truths else {}),
    }


def _called(place: Place, i: int) -> str:
    """What a picture is called: by its path, or by its number where it has none."""
    return f"image {i}" if isinstance(place, Image.Image) else str(place)


def _check_finite(names: Sequence[str], logits: np.ndarray) -> None:
    for name, row in zip(names, logits, strict=True):
        if not np.isfinite(row).all():
            raise InputError(f"{name}: the logits are not finite: these weights are of no use")


def _top(logits: np.ndarray, shares: np.ndarray, labels: Sequence[str] | None, count: int) -> list[dict[str, Any]]:
    """The most probable classes of a picture, of its logits and probabilities, K each."""
    best = np.argsort(-logits, kind="stable")[:count]  # of logits: those of small probabilities are all 0
    return [{"index": int(i), "label": labels[i] if labels else None, "probability": float(shares[i])} for i in best]


def _groups(places: Iterable[Place], size: int) -> Iterator[list[Place]]:
    places = iter(places)
    while group := list(islice(places, size)):
        yield group


def _prepared(
    places: list[Place],
    names: list[str],
    table: Table,
    preprocessing: Preprocessing,
    keep: Callable[[Image.Image], object],
) -> np.ndarray:
    """N x C x H x W of pictures; ``names`` are for errors."""
    prepared = []
    for place, name in zip(places, names, strict=True):
        picture = _opened(place)
        try:
            prepared.append(preprocessing(picture))
            check_input(table, prepared[-1].shape, aux=False)
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
        keep(picture)
    return np.stack(prepared)


def _opened(place: Place) -> Image.Image:
    if isinstance(place, Image.Image):
        return place
    return fetch_image(place) if isinstance(place, str) else open_image(place)
