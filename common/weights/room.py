"""Commands that would need more memory than there is are refused before anything is allocated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from common.base import machine
from common.base.machine import require_memory
from common.table import memory
from common.table.sizes import fits

if TYPE_CHECKING:
    from common.table.analysis import Table
    from common.table.layers import Shape
    from common.weights.bundle import Bundle

ADVICE = "take a smaller --batch or --image-size"


def for_comparison(table: Table, shape: Shape, images: int, *, training: bool, gradients: bool) -> None:
    """Require room to compare ``images`` images of ``shape`` (C, H, W).

    Raises:
        InputError: the estimate is more than there is; gives both.
    """
    needed = memory.to_compare(table, shape, images, training=training, gradients=gradients)
    require_memory(needed, _named(table, images, shape), "take fewer or smaller images, by --batch or --image-size")


def for_comparisons(count: int, table: Table, shape: Shape, images: int, *, training: bool, gradients: bool) -> bool:
    """Whether there is room for so many processes that compare ``images`` images of ``shape`` (C, H, W) at a time."""
    left = machine.available_memory()
    needed = count * memory.to_compare(table, shape, images, training=training, gradients=gradients)
    return left is None or needed <= left


def for_training(table: Table, shape: Shape, batch: int, dtype: str) -> None:
    """Require room for steps on ``batch`` images of ``shape`` (C, H, W).

    Raises:
        InputError: the estimate is more than there is; gives both.
    """
    require_memory(memory.to_train(table, shape, batch, dtype), _named(table, batch, shape), ADVICE)


def for_prediction(trained: Bundle, batch: int) -> None:
    """Require room to compute the logits of ``batch`` images, of the size that the weights' preprocessing makes.

    Raises:
        InputError: the estimate is more than there is; gives both.
    """
    table = trained.table
    size = trained.preprocessing.size() if trained.preprocessing else None
    shape = (table.input[0], *(size or table.input[1:]))  # pictures that keep their own size are bounded elsewhere
    if fits(table, shape[1:], aux=False) is not None:
        return  # refused where it is known which picture it is
    require_memory(memory.to_predict(table, shape, batch, trained.dtype), _named(table, batch, shape), ADVICE)


def _named(table: Table, images: int, shape: Sequence[int]) -> str:
    return f"{images:,} images of {'x'.join(map(str, shape))} in {table.name}"
