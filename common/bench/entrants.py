"""Who takes part in a benchmark: which provider computes which network, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from common import nets
from common.bench.exported import RUNTIMES
from common.bench.others import others
from common.contract import backend
from common.data.preprocessing import ORDERS
from common.table.analysis import Table


@dataclass(frozen=True)
class Entrant:
    """One row of a benchmark.

    Attributes:
        provider: a backend or a runtime.
        way: how it computes, see `common.bench.jobs.Job`.
        table: what it computes; of another's network, the table that it is.
        same: whether it is the network that was asked for, so that the numbers may be compared.
    """

    provider: str
    way: str
    table: Table
    same: bool = True

    @property
    def name(self) -> str:
        """What it is called.

        >>> Entrant("torch", "plain", nets.get("d2l")).name
        'torch plain'
        """
        return f"{self.provider} {self.way}"


def entrants(
    table: Table,
    shape: tuple[int, int, int],
    backends: Sequence[str],
    *,
    training: bool,
    dtype: str,
    others_too: bool,
    compiled: bool = False,
) -> list[Entrant]:
    """All who take part for one table.

    Args:
        table: without heads where they play no part.
        shape: (C, H, W) of the images.
        backends: their names.
        training: steps of training instead of inference, which only backends make.
        dtype: runtimes and the networks of others are measured in float32. In inference bfloat16 is measured beside the
            fast path in float32.
        others_too: also what a user would pick instead, where it is installed.
        compiled: also fast paths that are compiled into machine code, which are in float32.

    >>> rows = entrants(nets.get("d2l"), (1, 96, 96), ["torch"], training=True, dtype="float32", others_too=False)
    >>> [row.name for row in rows]
    ['torch trainer', 'torch loop', 'torch run']
    """
    rows = [Entrant(name, way, table) for name in backends for way in _ways(name, shape, training, dtype, compiled)]
    if training or dtype != "float32" or not others_too:
        return rows
    if find_spec("onnx") is not None:
        rows += [Entrant(name, "export", table) for name, needs in RUNTIMES.items() if find_spec(needs) is not None]
    for other in others(table, shape):
        if other.backend in backends:
            theirs = nets.get(
                other.table, num_classes=table.num_classes, aux=False if nets.get(other.table).aux else None
            )
            rows.append(Entrant(other.backend, other.name, theirs, same=other.table == table.name))
    return rows


def _ways(name: str, shape: tuple[int, int, int], training: bool, dtype: str, compiled: bool) -> list[str]:
    """Those that a backend declares; a run is of pictures, which have 1 or 3 channels."""
    declared = backend.declared(name)
    if training:
        return ["trainer", *["loop"] * declared.bench, *["run"] * (shape[0] in ORDERS.values())]
    if dtype == "bfloat16":
        return ["fast", "bfloat16"]
    return ["plain", *["fast"] * declared.fast, *["compiled"] * (compiled and declared.fast_compiled)]
