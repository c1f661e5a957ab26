"""What a run makes small, and what it counts: targets, cross-entropy, right answers."""

from __future__ import annotations

import numpy as np


def targets(labels: np.ndarray, classes: int, smoothing: float = 0.0, dtype: str = "float64") -> np.ndarray:
    """The distribution to learn for each label, N x K: 1 - ε + ε/K for its class, ε/K for every other.

    Szegedy et al. 2016, "Rethinking the Inception Architecture", section 7. MXNet's ``SoftmaxOutput`` spreads ε over
    the other K - 1 classes instead; no framework's own smoothing is used here, so that there is one.
    """
    spread = np.full((len(labels), classes), smoothing / classes, dtype)
    spread[np.arange(len(labels)), labels] += 1 - smoothing
    return spread


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Logarithms of the probabilities, N x K, in float64."""
    shifted = logits.astype(np.float64) - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def cross_entropy_sum(logits: np.ndarray, labels: np.ndarray) -> float:
    """Sum over the images of -log p(label): to be divided by how many there are, once all are in."""
    return float(-log_softmax(logits)[np.arange(len(labels)), labels].sum())
