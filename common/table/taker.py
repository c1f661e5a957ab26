"""Which of many sizes of image a network takes, without walking through all of it for each of them."""

from __future__ import annotations

from common.base.errors import ShapeError
from common.table.layers import Layer, check_logits, walk
from common.table.padding import Pair
from common.table.spec import Network, Node, Stage


class Taker:
    """Says whether a network takes images of a size.

    Neighbouring sizes soon give the same maps, so what each layer, block and head makes of each map is kept.

    Args:
        network: one whose numbers are explicit (`common.table.resolve`).

    >>> from common import nets
    >>> taker = Taker(nets.get("caffe"))
    >>> taker.takes((30, 30), aux=False), taker.takes((31, 31), aux=False), taker.takes((31, 31), aux=True)
    (False, True, False)
    """

    def __init__(self, network: Network):
        self.network = network
        self.kept: dict[tuple, list[Layer] | None] = {}

    def takes(self, size: Pair, *, aux: bool) -> bool:
        """Whether it takes images of ``size`` (H, W), with its auxiliary heads or without."""
        network, shape = self.network, (self.network.input[0], *size)
        before = Layer("input", network.classifier, shape, shape)
        taps: dict[str, Layer] = {}
        try:
            for name, node in network.trunk.items():
                before = self._through(node, name, before, taps)
            check_logits(before, network.num_classes)
            for name, head in network.aux.items() if aux else ():
                check_logits(self._through(head.head, name, taps[head.after], {}), network.num_classes)
        except ShapeError:
            return False
        return True

    def _through(self, node: Node, name: str, before: Layer, taps: dict[str, Layer]) -> Layer:
        """What is behind a node; it and all within it that heads can branch off after are added to ``taps``.

        Raises:
            ShapeError: some layer of it cannot take its map.
        """
        if isinstance(node, Stage):
            last = before
            for child, child_node in node.nodes.items():
                last = self._through(child_node, f"{name}.{child}", last, taps)
            taps[name] = last
            return last
        key = name, before.output, before.flat
        if key not in self.kept:
            try:
                self.kept[key] = list(walk(node, before.output, name, flat=before.flat))
            except ShapeError:
                self.kept[key] = None
        layers = self.kept[key]
        if layers is None:
            raise ShapeError(f"{name}: cannot take its map")
        taps.update((layer.name, layer) for layer in layers)
        return layers[-1]
