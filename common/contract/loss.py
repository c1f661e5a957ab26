"""Checks of a batch, the targets that its labels stand for, and cross-entropy in nats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.contract.inputs import check_images, check_labels
from common.table.analysis import Table
from common.table.sizes import without_variance


def check_batch(
    table: Table, images: np.ndarray, labels: np.ndarray, *, training: bool, count: int | None = None
) -> None:
    """Require a batch that the network can compute a loss of, and while training learn from.

    Args:
        table: the resolved table of the network.
        images: N x C x H x W.
        labels: N whole numbers; whether they are classes is checked by `targets`.
        training: the auxiliary heads take part, and normalisations use the batch's statistics.
        count: images of the whole batch, of which these are a worker's share; None is that they are all.

    Raises:
        InputError: images that `common.contract.inputs.check_images` refuses, or not one whole number for each as its
            label; while training, a normalisation that sees one value per channel and so no variance.

    >>> from common import nets
    >>> check_batch(nets.get("d2l"), np.zeros((4, 1, 96, 96)), np.zeros(3), training=False)
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: 4 images need as many labels, not an array of shape (3,)
    """
    check_images(table, images, aux=training)
    check_labels(labels, len(images))
    count = len(images) if count is None else count
    name = without_variance(table, (images.shape[2], images.shape[3]), count) if training else None
    if name is not None:
        raise InputError(f"{name}.norm: one value per channel has no variance; training needs more or larger images")


def targets(labels: np.ndarray, classes: int, smoothing: float = 0.0, dtype: str = "float64") -> np.ndarray:
    """The distribution to learn for each of N labels, N x K: 1 - ε + ε/K for its class, ε/K for every other.

    Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7. MXNet's ``SoftmaxOutput`` spreads ε over
    the other K - 1 classes instead; no framework's own smoothing is used here, so that there is one.

    Args:
        labels: N whole numbers from 0.
        classes: how many classes there are, K.
        smoothing: ε, the share that is spread evenly over all classes.
        dtype: of the result.

    Raises:
        InputError: a label that is none of the classes; -1 would count as the last.

    >>> targets([2, 0], classes=4, smoothing=0.2)
    array([[0.05, 0.05, 0.85, 0.05],
           [0.85, 0.05, 0.05, 0.05]])
    """
    labels = np.asarray(labels)
    wrong = labels[(labels < 0) | (labels >= classes)]
    if wrong.size:
        raise InputError(f"label {wrong[0]} is none of the {classes} classes, 0 to {classes - 1}")
    spread = np.full((len(labels), classes), smoothing / classes, dtype)
    spread[np.arange(len(labels)), labels] += 1 - smoothing
    return spread


def by_name(logits: Any) -> Mapping[str, Any]:
    """What calling a net gives, as a mapping: the logits of the classifier, ``fc``, and of the heads if they ran.

    >>> by_name(3.5), by_name({"fc": 3.5, "aux1": 1.25})
    ({'fc': 3.5}, {'fc': 3.5, 'aux1': 1.25})
    """
    return logits if isinstance(logits, dict) else {"fc": logits}


def weighted_loss(table: Table, logits: Mapping[str, Any], loss: Callable[[Any], Any]) -> Any:
    """The loss of the classifier's logits plus that of each head's times its weight, of the framework's own kind.

    Szegedy et al. 2015, section 5. Heads that did not run do not count.

    >>> from common import nets
    >>> weighted_loss(nets.get("paper"), {"fc": 1.0, "aux1": 2.0, "aux2": 3.0}, loss=lambda logits: logits)
    2.5
    """
    total = loss(logits["fc"])
    for name, aux in table.aux.items():
        if name in logits:
            total = total + aux.loss_weight * loss(logits[name])
    return total


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Natural logarithms of the probabilities that logits N x K stand for, N x K, in float64.

    >>> np.exp(log_softmax(np.array([[0.0, 0.0]])))
    array([[0.5, 0.5]])
    """
    shifted = logits.astype(np.float64) - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def cross_entropy_sum(logits: np.ndarray, labels: np.ndarray) -> float:
    """Sum over the images of -log p(label), in nats; divided by the number of all images it is their mean.

    Args:
        logits: N x K.
        labels: N whole numbers below K.

    >>> round(cross_entropy_sum(np.zeros((3, 10)), np.array([0, 1, 2])) / 3, 4)  # log 10: knows nothing
    2.3026
    """
    return float(-log_softmax(logits)[np.arange(len(labels)), labels].sum())
