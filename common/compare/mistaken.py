"""What the comparison says of a framework that has made one of the known mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from common.compare.measure import Inputs, Measured
from common.compare.mistakes import MISTAKES, headless, make
from common.compare.reference import Reference
from common.compare.report import Report, report
from common.compare.roundoff import limits
from common.contract import backend
from common.contract.protocols import Backend
from common.table.analysis import Table
from common.table.drawing import probing

DTYPE = "float64"


class Mistaken:
    """A backend that builds another table, whatever table it is asked for.

    Args:
        package: the backend.
        table: what it builds; tensors that have another shape there are drawn.
    """

    def __init__(self, package: Any, table: Table):
        self.package, self.table = package, table

    def __getattr__(self, name: str) -> Any:
        return getattr(self.package, name)

    def build_net(self, table: Table, *, weights: dict[str, np.ndarray], dtype: str) -> Any:
        """The net of the other table, with the weights that it is given."""
        same = {name: w for name, w in weights.items() if self.table.shapes.get(name) == w.shape}
        return self.package.build_net(self.table, weights={**probing(self.table, 1, dtype), **same}, dtype=dtype)


@dataclass(frozen=True)
class Tried:
    """A mistake in one framework, beside the others without it.

    Attributes:
        mistake: its key in `MISTAKES`.
        where: the layer or block that is wrong.
        backend: who has it.
        report: what the comparison says of it.
    """

    mistake: str
    where: str
    backend: str
    report: Report


def tried(
    table: Table, images: np.ndarray, backends: Sequence[str], keys: Sequence[str] | None = None
) -> Iterator[Tried]:
    """Every mistake that a table can have, in one framework after the other.

    Args:
        table: resolved.
        images: N x C x H x W.
        backends: names for `common.contract.backend.load`.
        keys: of mistakes; None is all of them.

    Raises:
        InputError: images that the network does not take, an unknown or missing backend.
    """
    channels, height, width = images.shape[1:]
    table = headless(table, (channels, height, width))
    inputs = Inputs(
        weights=probing(table, 0, DTYPE),
        images=np.array(images, DTYPE),
        labels=np.zeros(len(images), int),
        dtype=DTYPE,
        training=False,
        gradients=False,
    )
    reference = Reference(table, inputs.weights, inputs.images, aux=False)
    limit = limits(reference, None, DTYPE, 0)
    right = {name: Measured(backend.load(name), reference, inputs) for name in backends}
    for mistake in MISTAKES:
        made = make(mistake, table, (channels, height, width)) if keys is None or mistake.key in keys else None
        for name in backends if made else ():
            assert made is not None
            wrong = Measured(cast(Backend, Mistaken(backend.load(name), made.table)), reference, inputs)
            yield Tried(mistake.key, made.where, name, report(reference, {**right, name: wrong}, DTYPE, limit))
