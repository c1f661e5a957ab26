"""How much memory a network needs, by arithmetic, before anything is allocated.

The estimates count what must be held at once: weights, and the outputs of layers for a batch. They were compared with
the peak of the three frameworks on `d2l` at 224 pixels, and are a little below it: what they refuse does not fit.
"""

from __future__ import annotations

from math import prod

from common.table.analysis import Table
from common.table.layers import Shape

BYTES = {"float64": 8, "float32": 4, "bfloat16": 4}  # of a number; weights and sums stay in float32 beside bfloat16


def weights_numbers(table: Table) -> int:
    """How many numbers a resolved table's parameters and moving statistics are.

    >>> from common import nets
    >>> weights_numbers(nets.get("d2l"))
    5977530
    """
    return sum(prod(shape) for shape in table.shapes.values())


def outputs_numbers(table: Table, shape: Shape, *, aux: bool = False) -> int:
    """How many numbers all layers, blocks and stages give out for one image of ``shape`` (C, H, W).

    Args:
        table: a resolved table.
        aux: with the auxiliary heads.

    Raises:
        ShapeError: the network does not take such images.

    >>> from common import nets
    >>> outputs_numbers(nets.get("d2l"), (1, 96, 96))
    1180410
    """
    return prod(shape) + sum(prod(layer.output) for layer in table.at(shape, aux=aux).values())


def to_predict(table: Table, shape: Shape, batch: int, dtype: str = "float32") -> int:
    """Bytes to compute the logits of ``batch`` images of ``shape``.

    Two copies of the weights, and of the input and the output of the layer that has the largest.

    >>> from common import nets
    >>> to_predict(nets.get("d2l"), (1, 96, 96), batch=64) >> 20
    135
    """
    layers = table.at(shape, aux=False).values()
    largest = max(prod(layer.input) + prod(layer.output) for layer in layers)
    return 2 * BYTES[dtype] * (weights_numbers(table) + batch * largest)


def to_train(table: Table, shape: Shape, batch: int, dtype: str = "float32") -> int:
    """Bytes for steps on ``batch`` images of ``shape``: weights, their gradients and velocities; outputs and theirs.

    >>> from common import nets
    >>> to_train(nets.get("d2l"), (1, 96, 96), batch=64) >> 20
    644
    """
    outputs = outputs_numbers(table, shape, aux=bool(table.aux))
    return BYTES[dtype] * (3 * weights_numbers(table) + 2 * batch * outputs)


def to_compare(table: Table, shape: Shape, batch: int, *, training: bool = False, gradients: bool = False) -> int:
    """Bytes to compare ``batch`` images of ``shape`` with the reference, which computes in float64 and keeps all.

    With batch statistics the reference is computed three times, to know what rounding does.

    >>> from common import nets
    >>> to_compare(nets.get("d2l"), (1, 96, 96), batch=2) >> 20
    272
    """
    outputs = outputs_numbers(table, shape, aux=training and bool(table.aux))
    passes = 5 + 6 * gradients + 8 * (training and bool(table.norms))
    return BYTES["float64"] * (4 * weights_numbers(table) + passes * batch * outputs)
