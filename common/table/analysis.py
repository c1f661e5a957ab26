"""A resolved table, which carries what follows from it by arithmetic: its layers, its tensors, its depth.

Everything here is computed once for each table and kept with it, so that whoever holds a table can ask it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import NamedTuple

from common.table.frozen import Frozen
from common.table.layers import Layer, Shape, walk_network, weight_shapes
from common.table.spec import BatchNorm, Network
from common.table.taker import Taker


class Tensor(NamedTuple):
    """Where a tensor of canonical weights belongs.

    Attributes:
        layer: canonical name of its layer, such as ``b3.3a.p2_2``.
        local: its name within the layer, such as ``weight`` or ``norm.running_mean``.
        shape: OIHW for convolutions, (out, in) for dense layers, (C,) for the rest.
    """

    layer: str
    local: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Totals:
    """Sums over the layers of a network, a stage or a block."""

    params: int
    statistics: int
    macs: int


class Layers(Mapping[str, Layer]):
    """Canonical name to `Layer`, in the order of computation, at one size of image.

    Blocks and stages come after their own layers, and auxiliary heads after the classifier.

    >>> from common import nets
    >>> nets.get("d2l").layers["b1"].shape
    (64, 24, 24)
    """

    def __init__(self, layers: Iterable[Layer]):
        self._layers = {layer.name: layer for layer in layers}

    def __getitem__(self, name: str) -> Layer:
        return self._layers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._layers)

    def __len__(self) -> int:
        return len(self._layers)

    def totals(self, name: str = "") -> Totals:
        """Sums over the layers called ``name`` or below it; with no name, over all of them."""
        chosen = [x for x in self.values() if not name or x.name == name or x.name.startswith(f"{name}.")]
        return Totals(*(sum(getattr(x, what) for x in chosen) for what in ("params", "statistics", "macs")))


class Table(Network):
    """A network with every number explicit, as `common.table.resolve.resolve` returns it.

    >>> from common import nets
    >>> table = nets.get("d2l")
    >>> table.depth, len(table.tensors), table.shapes["fc.weight"]
    (22, 116, (10, 1024))
    """

    @cached_property
    def layers(self) -> Layers:
        """Every layer, block and stage at the table's own size of image, auxiliary heads included."""
        return self.at()

    def at(self, shape: Shape | None = None, *, aux: bool = True) -> Layers:
        """Every layer, block and stage for images of ``shape``.

        Args:
            shape: (C, H, W) of one image; None is the table's own input.
            aux: include the auxiliary heads, whose dense layers take only some sizes of image.

        Raises:
            ShapeError: names the first layer that cannot take its map.
        """
        return Layers(walk_network(self, shape, aux=aux))

    @cached_property
    def taker(self) -> Taker:
        """Says which sizes of image it takes."""
        return Taker(self)

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """Canonical name to `Tensor`, for parameters and moving statistics, in the order of computation."""
        return Frozen(
            (f"{layer.name}.{local}", Tensor(layer.name, local, shape))
            for layer in self.layers.values()
            for local, shape in weight_shapes(layer.node, layer.input[0], prod(layer.input)).items()
        )

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Canonical name to shape of every tensor, moving statistics included."""
        return Frozen((name, tensor.shape) for name, tensor in self.tensors.items())

    @cached_property
    def norms(self) -> dict[str, BatchNorm]:
        """The batch normalisations, by the canonical name of the layer that has them."""
        found = ((layer.name, getattr(layer.node, "norm", None)) for layer in self.layers.values())
        return Frozen((name, norm) for name, norm in found if norm)

    @cached_property
    def depth(self) -> int:
        """Layers with parameters on the longest way from the image to the logits."""
        return self.layers["fc"].depth

    @property
    def loss_weights(self) -> dict[str, float]:
        """How much the loss of each of the logits counts in training: the classifier's 1, and what each head says.

        >>> from common import nets
        >>> nets.get("paper").loss_weights
        {'fc': 1.0, 'aux1': 0.3, 'aux2': 0.3}
        """
        return {"fc": 1.0, **{name: aux.loss_weight for name, aux in self.aux.items()}}

    @cached_property
    def taps(self) -> dict[str, tuple[str, ...]]:
        """Canonical name of a block to the names of the auxiliary heads that branch off after it."""
        found: dict[str, tuple[str, ...]] = {}
        for name, aux in self.aux.items():
            found[aux.after] = (*found.get(aux.after, ()), name)
        return Frozen(found)
