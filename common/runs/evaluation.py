"""How good a trained network is: what it says of labelled images, counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import fsum
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.base.progress import Progress, quietly
from common.contract import backend
from common.contract.loss import cross_entropy_sum
from common.contract.predicting import Fast
from common.contract.protocols import Backend
from common.data.batches import Batches
from common.data.dataset import SPLITS, Dataset, Split
from common.runs.planning import parts
from common.runs.prediction import TOP, check_trained, described, logits_of
from common.runs.run import Run
from common.weights.bundle import Bundle

MOST_CONFUSIONS = 10


def split_of(data: Dataset, name: str, run: Run | None = None) -> Split:
    """A part of the data.

    Args:
        name: one of `SPLITS`.
        run: one that was trained on these data. Where they have no validation images of their own, ``validation``
            is what it held out, and ``train`` the rest.

    Raises:
        InputError: a part that the data do not have; names those they have. Or they are not those of the run any
            more.
    """
    splits = {part: getattr(data, part) for part in SPLITS}
    if run is not None:
        if name != "test":
            run.check_data(data)
        splits["train"], splits["validation"] = parts(data, run.recipe, run.seed)
    if not splits[name]:
        others = " or ".join(f"--split {other}" for other in SPLITS if splits[other])
        raise InputError(f"{data.name}: has no {name} images: take {others}")
    return splits[name]


def check_classes(trained: Bundle, known: Sequence[str] | None, data: Dataset) -> None:
    """Require weights and data of the same classes.

    Args:
        known: the classes of the weights, if their names are known.

    Raises:
        InputError: another number of classes, or other names at the same numbers.
    """
    table = trained.table
    if table.num_classes != len(data.classes):
        raise InputError(
            f"{data.name}: has {len(data.classes)} classes, but these weights of {table.name} tell "
            f"{table.num_classes} apart"
        )
    for i, (theirs, here) in enumerate(zip(known or data.classes, data.classes, strict=True)):
        if theirs != here:
            raise InputError(f"{data.name}: its class {i} is {here!r}, which is {theirs!r} to these weights")


def evaluate(
    trained: Bundle,
    split: Split,
    classes: Sequence[str],
    *,
    backend_name: str,
    batch: int,
    fast: Fast = False,
    progress: Progress = quietly,
) -> dict[str, Any]:
    """Accuracy, top-5, mean cross-entropy in nats and confusions; sums over all images are divided once.

    Args:
        split: the images, of which a few batches at a time are in memory.
        classes: a name for each class.
        backend_name: for `common.contract.backend.load`.
        batch: images at a time.
        fast: compute by the package's ``predictor``; ``bfloat16``: in that; ``compiled``: by one that is.
        progress: wraps the batches.

    Returns:
        What ``googlenet evaluate --json`` prints; see docs/json.md.

    Raises:
        InputError: no preprocessing or one without a size, a broken image, or weights whose logits are not finite.
    """
    table, preprocessing, count = trained.table, check_trained(trained), len(classes)
    package = backend.load(backend_name)
    net = package.build_net(table, weights=trained.weights, dtype=trained.dtype)
    batches = Batches(split, preprocessing, batch=batch, seed=0)
    compute, how = logits_of(package, net, preprocessing, min(batch, len(split)), fast, progress)
    matrix = np.zeros((count, count), np.int64)
    top = min(TOP, count)
    among_top, losses = 0, []
    for logits, labels in _logits(compute, batches, progress):
        ranked = np.argsort(-logits, axis=1, kind="stable")[:, :top]  # of equals the first, as in `predict`
        np.add.at(matrix, (labels, ranked[:, 0]), 1)
        among_top += int((ranked == labels[:, None]).sum())
        losses.append(cross_entropy_sum(logits, labels))
    images, correct = int(matrix.sum()), int(np.trace(matrix))
    return {
        **described(table, backend_name, package, preprocessing, how),
        "images": images,
        "correct": correct,
        "accuracy": correct / images,
        "top": {"k": top, "correct": among_top, "accuracy": among_top / images},
        "loss": fsum(losses) / images,
        "classes": [_class(name, row, i) for i, (name, row) in enumerate(zip(classes, matrix, strict=True))],
        "confusion": matrix.tolist(),
        "confusions": _confusions(matrix, classes),
    }


def _logits(
    compute: Callable[[np.ndarray], np.ndarray], batches: Batches, progress: Progress
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(logits, labels) of each batch."""
    done = 0
    for x, y in progress(batches.in_order(), len(batches)):
        logits = compute(x)
        for i in np.flatnonzero(~np.isfinite(logits).all(1))[:1]:
            name = batches.split.images.name(done + i)
            raise InputError(f"{name}: the logits are not finite: these weights are of no use")
        done += len(y)
        yield logits, y


def judge(
    package: Backend, net: Any, batches: Batches, each: Callable[[], object] = lambda: None
) -> tuple[float, float]:
    """(mean cross-entropy in nats, accuracy) in evaluation mode: sums over all images, then divided.

    Args:
        package: the backend that the net is of.
        net: in any mode, in which it stays.
        batches: all images once.
        each: called after each batch.
    """
    loss, correct = 0.0, 0
    for x, y in batches.in_order():
        logits = package.predict(net, x)
        with np.errstate(invalid="ignore"):  # the loss of infinite logits is NaN, which the caller refuses
            loss += cross_entropy_sum(logits, y)
        correct += int((logits.argmax(1) == y).sum())
        each()
    return loss / len(batches.split), correct / len(batches.split)


def _class(name: str, row: np.ndarray, i: int) -> dict[str, Any]:
    images, correct = int(row.sum()), int(row[i])
    return {"name": name, "images": images, "correct": correct, "accuracy": correct / images if images else None}


def _confusions(matrix: np.ndarray, classes: Sequence[str]) -> list[dict[str, Any]]:
    """The classes most often taken for others, the most frequent first."""
    wrong = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-wrong, axis=None, kind="stable")[:MOST_CONFUSIONS]
    return [
        {"truth": classes[truth], "said": classes[said], "images": int(wrong[truth, said])}
        for truth, said in zip(*np.unravel_index(order, wrong.shape), strict=True)
        if wrong[truth, said]
    ]
