"""What a trained network sees in pictures: the most probable classes of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from common import backend
from common.bundle import Bundle
from common.errors import InputError
from common.images import files, open_image
from common.preprocessing import Preprocessing
from common.sizes import check_input
from common.spec import Network

TOP = 5
BATCH = 8  # pictures at a time: a few make use of the machine, and many would need its memory


def read_labels(path: str | os.PathLike, network: Network) -> list[str]:
    """The names of the classes, one a line.

    Raises:
        InputError: no such file, not text, or not as many lines as the network has classes.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a text file with a label in each line: {error}") from None
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) != network.num_classes:
        raise InputError(f"{path}: {len(lines)} labels, but {network.name} has {network.num_classes} classes")
    return [line.strip() for line in lines]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities, N x K, in float64."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True))
    return shifted / shifted.sum(1, keepdims=True)


def check(trained: Bundle, top: int | None) -> int:
    """Require weights that say how images are prepared; returns how many classes to tell of each, by default 5.

    Raises:
        InputError: they do not, or for other channels than their network's; more classes than there are.
    """
    network, preprocessing = trained.network, trained.preprocessing
    if preprocessing is None:
        raise InputError(
            f"these weights of {network.name} do not say how images are prepared: say it with --preprocessing"
        )
    if len(preprocessing.mean) != network.input[0]:
        raise InputError(
            f"{network.name} takes {network.input[0]} channels, its preprocessing gives {preprocessing.order}"
        )
    top = min(TOP, network.num_classes) if top is None else top
    if not 1 <= top <= network.num_classes:
        raise InputError(f"top must be from 1 to {network.num_classes}, the number of classes, not {top}")
    return top


def predict(
    trained: Bundle,
    sources: Sequence[str | os.PathLike],
    *,
    backend_name: str,
    labels: Sequence[str] | None = None,
    top: int | None = None,
    progress: Callable[[Iterable, int], Iterable] = lambda items, total: items,
) -> dict:
    """The ``top`` most probable classes of each picture.

    Args:
        sources: image files, and folders of them.
        backend_name: for `common.backend.load`.
        labels: a name for each class.
        top: how many classes, or None: see `check`.
        progress: wraps the pictures, of which it is told the number, while they are worked through.

    Returns:
        What ``googlenet predict --json`` prints; see docs/json.md.

    Raises:
        InputError: no preprocessing in the file, a picture that is missing, broken or too small,
            weights whose logits are not finite.
    """
    top = check(trained, top)
    network, preprocessing = trained.network, trained.preprocessing
    paths = files(sources)
    package = backend.load(backend_name)
    net = package.build_net(network, weights=trained.weights, dtype=trained.dtype)
    found = []
    at_once = BATCH if preprocessing.size() else 1  # pictures that keep their own sizes do not fit one array
    for group in _groups(progress(paths, len(paths)), at_once):
        logits = package.predict(net, _prepared(group, network, preprocessing))
        for path, row in zip(group, logits, strict=True):
            if not np.isfinite(row).all():
                raise InputError(f"{path}: the logits are not finite: these weights are of no use")
        for path, row in zip(group, softmax(logits), strict=True):
            best = np.argsort(-row, kind="stable")[:top]
            classes = [
                {"index": int(i), "label": labels[i] if labels else None, "probability": float(row[i])} for i in best
            ]
            found.append({"path": str(path), "top": classes})
    return {
        "network": network.name,
        "backend": backend_name,
        "framework": package.FRAMEWORK,
        "preprocessing": str(preprocessing),
        "images": found,
    }


def _groups(paths: Iterable[Path], size: int) -> Iterator[list[Path]]:
    paths = iter(paths)
    while group := list(islice(paths, size)):
        yield group


def _prepared(paths: list[Path], network: Network, preprocessing: Preprocessing) -> np.ndarray:
    """N x C x H x W of pictures."""
    arrays = []
    for path in paths:
        picture = open_image(path)
        try:
            arrays.append(preprocessing(picture))
            check_input(network, arrays[-1].shape, aux=False)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    return np.stack(arrays)
