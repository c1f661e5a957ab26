"""What a run makes small, and what it counts: batches with labels, targets, cross-entropy, right answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.sizes import check_input, without_variance


def check_batch(table: Table, images: np.ndarray, labels: np.ndarray, *, training: bool) -> None:
    """Require images N x C x H x W that the network takes, while training with its heads, and N labels.

    Raises:
        InputError: images that `check_input` refuses, none at all, or not one label for each; while training a
            normalisation that sees one value per channel.
    """
    check_input(table, images.shape[1:], aux=training)
    if not len(images):
        raise InputError("a batch without images")
    if np.shape(labels) != (len(images),):
        raise InputError(f"{len(images)} images need as many labels, not an array of shape {np.shape(labels)}")
    name = without_variance(table, images.shape[2:], len(images)) if training else None
    if name is not None:
        raise InputError(f"{name}.norm: one value per channel has no variance; training needs more or larger images")


def targets(labels: np.ndarray, classes: int, smoothing: float = 0.0, dtype: str = "float64") -> np.ndarray:
    """The distribution to learn for each label, N x K: 1 - ε + ε/K for its class, ε/K for every other.

    Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7. MXNet's ``SoftmaxOutput`` spreads ε over
    the other K - 1 classes instead; no framework's own smoothing is used here, so that there is one.

    Raises:
        InputError: a label that is none of the classes; -1 would count as the last.
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
    """Logarithms of the probabilities, N x K, in float64."""
    shifted = logits.astype(np.float64) - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def cross_entropy_sum(logits: np.ndarray, labels: np.ndarray) -> float:
    """Sum over the images of -log p(label): to be divided by how many there are, once all are in."""
    return float(-log_softmax(logits)[np.arange(len(labels)), labels].sum())
