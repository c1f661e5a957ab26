"""Two ways to draw canonical weights: `initial` ones to train from, and `probing` ones to compare with.

Each tensor has a random stream of its own, which follows from the seed and from its name. So a tensor gets the same
numbers in every framework, whatever other tensors the table has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast
from zlib import crc32

import numpy as np

from common.base.errors import choose
from common.table.analysis import Table
from common.table.rules import INITIAL, he
from common.table.spec import Conv, Dense
from common.table.tensors import Weights

# From a random stream, a tensor's name and shape, and whether a ReLU follows its layer, to the tensor's numbers.
Rule = Callable[[np.random.Generator, str, tuple[int, ...], bool], np.ndarray]


def streams(names: Iterable[str], seed: int | None = None) -> Iterator[tuple[str, np.random.Generator]]:
    """Each name with a random stream of its own, of which no two are the same.

    A stream follows from the seed and from the name's checksum (CRC-32). Different names can have one checksum: then
    the second name itself makes the difference.

    Args:
        names: of tensors, none of them twice.
        seed: None draws fresh numbers.

    >>> (_, a), (_, b) = streams(["b1.plumless.weight", "b1.buckeroo.weight"], seed=0)  # which have one checksum
    >>> float(a.normal()) == float(b.normal())
    False
    """
    entropy = cast(int, np.random.SeedSequence(seed).entropy)
    taken: set[int] = set()
    for name in names:
        checksum = crc32(name.encode())
        difference = [*name.encode()] if checksum in taken else []
        taken.add(checksum)
        yield name, np.random.default_rng([entropy, checksum, *difference])


def _draw(table: Table, seed: int | None, dtype: str, rule: Rule) -> Weights:
    followed_by_relu = {
        f"{layer.name}.weight": layer.node.activation == "relu"
        for layer in table.layers.values()
        if isinstance(layer.node, Conv | Dense)
    }
    return {
        name: rule(rng, name, table.shapes[name], followed_by_relu.get(name, False)).astype(dtype)
        for name, rng in streams(table.shapes, seed)
    }


def initial(table: Table, seed: int | None = None, dtype: str = "float32", rule: str = "he") -> Weights:
    """Weights to start training from, by canonical name. Biases and means are 0, scales and variances 1.

    Args:
        seed: the same seed gives the same numbers everywhere; None draws fresh ones.
        dtype: of the arrays, ``float32`` or ``float64``.
        rule: how the kernels of convolutions and dense layers are drawn, ``he`` or ``xavier``.

    Raises:
        InputError: an unknown rule.

    >>> from common import nets
    >>> weights = initial(nets.get("d2l"), seed=0)
    >>> weights["b1.conv1.weight"].shape, float(weights["b1.conv1.bias"].max())
    ((64, 1, 7, 7), 0.0)
    """
    kernel = INITIAL[choose("initialisation", rule, INITIAL)]

    def start(rng: np.random.Generator, name: str, shape: tuple[int, ...], relu: bool) -> np.ndarray:
        if len(shape) > 1:
            return kernel(rng, shape, relu)
        return np.full(shape, float(name.endswith((".norm.weight", ".running_var"))))

    return _draw(table, seed, dtype, start)


def probing(table: Table, seed: int = 0, dtype: str = "float64") -> Weights:
    """Weights that let no difference hide, by canonical name.

    Kernels are He-scaled; biases, and the scales and statistics of normalisations, have values of every size. With
    the small weights of the frameworks' defaults the logits hardly depend on the image, and a shifted padding shows
    only in their fifth digit.

    >>> from common import nets
    >>> float(probing(nets.get("d2l"))["b1.conv1.bias"].std().round(1))
    0.2
    """

    def probe(rng: np.random.Generator, name: str, shape: tuple[int, ...], relu: bool) -> np.ndarray:
        if len(shape) > 1:
            return he(rng, shape, relu)
        if name.endswith((".norm.weight", ".running_var")):
            return rng.uniform(0.5, 1.5, shape)
        return rng.normal(0, 0.2, shape)

    return _draw(table, seed, dtype, probe)
