"""Which parts of a network training leaves as they are: the one rule of docs/training.md, "Frozen parts"."""

from __future__ import annotations

from collections.abc import Container

from common.base.errors import InputError, choose
from common.table.analysis import Table
from common.table.layers import is_statistic

ALL_BUT_FC = "all-but-fc"


def frozen(table: Table, freeze: str) -> frozenset[str]:
    """Canonical names of the tensors that are frozen, moving statistics included.

    Args:
        table: a resolved table.
        freeze: names of stages, blocks, layers and heads, with commas between them; or ``all-but-fc``, which is all but
            the classifier; or nothing.

    Raises:
        InputError: a name that the table has not, with the nearest and the choices; or nothing is left to train.

    >>> from common import nets
    >>> sorted(frozen(nets.get("d2l"), "b1,b2.conv2"))
    ['b1.conv1.bias', 'b1.conv1.weight', 'b2.conv2.bias', 'b2.conv2.weight']
    """
    if not freeze:
        return frozenset()
    names = _names(table, freeze)
    tensors = frozenset(
        name for name, tensor in table.tensors.items() if any(f"{tensor.layer}.".startswith(f"{n}.") for n in names)
    )
    if not any(name not in tensors and not is_statistic(name) for name in table.tensors):
        raise InputError(f"freeze {freeze!r:.120}: leaves no parameter of {table.name} to train")
    return tensors


def _names(table: Table, freeze: str) -> list[str]:
    """The parts of the table that are meant, each by its canonical name."""
    parts = [*table.trunk, *table.heads]
    if freeze == ALL_BUT_FC:
        return [part for part in parts if part != "fc"]
    names = [name.strip() for name in freeze.split(",")]
    for name in names:
        if name not in table.layers:
            choose(f"part of {table.name} to freeze", name, [*parts, ALL_BUT_FC])
    return names


def still_norms(table: Table, trained: Container[str]) -> tuple[str, ...]:
    """The layers whose normalisation is frozen: it uses its moving statistics while training, and keeps them.

    It is frozen where neither its scale nor its shift is trained, as Keras has it for ``trainable=False``.

    Args:
        table: a resolved table.
        trained: canonical names of the parameters that are trained.

    >>> from common import nets
    >>> table = nets.get("d2l_bn")
    >>> still_norms(table, set(table.tensors) - frozen(table, "b1,b2.conv2"))
    ('b1.conv1', 'b2.conv2')
    """
    return tuple(
        layer for layer in table.norms if not any(f"{layer}.norm.{own}" in trained for own in ("weight", "bias"))
    )
