"""Two ways to draw canonical weights: to train from, and to compare with."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from common.base.errors import choose
from common.table.analysis import Table
from common.table.rules import INITIAL, he
from common.table.spec import Conv, Dense
from common.table.tensors import Weights


def _draw(table: Table, seed: int | None, dtype: str, rules) -> Weights:
    """One independent stream for each tensor, so that a tensor does not depend on what else there is."""
    entropy = np.random.SeedSequence(seed).entropy
    followed_by_relu = {
        f"{layer.name}.weight": layer.node.activation == "relu"
        for layer in table.layers.values()
        if isinstance(layer.node, Conv | Dense)
    }
    drawn = {}
    for name, shape in table.shapes.items():
        rng = np.random.default_rng([entropy, crc32(name.encode())])
        drawn[name] = rules(rng, name, shape, followed_by_relu.get(name, False)).astype(dtype)
    return drawn


def initial(table: Table, seed: int | None = None, dtype: str = "float32", rule: str = "he") -> Weights:
    """Weights to start training from. Biases and means are 0, scales and variances 1.

    Args:
        seed: the same seed gives the same numbers everywhere; None draws fresh ones.
        rule: ``he`` or ``xavier``, of convolutions and dense layers.

    Raises:
        InputError: an unknown rule.
    """
    draw = INITIAL[choose("initialisation", rule, INITIAL)]

    def rules(rng, name, shape, relu):
        if len(shape) > 1:
            return draw(rng, shape, relu)
        return np.full(shape, float(name.endswith(("norm.weight", "running_var"))))

    return _draw(table, seed, dtype, rules)


def probing(table: Table, seed: int = 0, dtype: str = "float64") -> Weights:
    """Weights that let no difference hide: He-scaled, with biases and normalisation statistics of every size.

    With the small weights of common defaults the logits hardly depend on the image, and a shifted
    padding shows only in the fifth digit.
    """

    def rules(rng, name, shape, relu):
        if len(shape) > 1:
            return he(rng, shape, relu)
        if name.endswith(("norm.weight", "running_var")):
            return rng.uniform(0.5, 1.5, shape)
        return rng.normal(0, 0.2, shape)

    return _draw(table, seed, dtype, rules)
