"""What ``googlenet nets`` and ``googlenet summary`` tell, as plain data."""

from __future__ import annotations

from dataclasses import asdict
from math import isinf

from common.table import published
from common.table.analysis import Layer, Totals, depth, totals, walk_network
from common.table.padding import Pair
from common.table.sizes import check_input, evaluation_sizes, fits, training_sizes
from common.table.spec import Network


def describe(network: Network) -> dict:
    """One table: its size, cost and source."""
    layers = list(walk_network(network))
    heads = sum(totals(layers, name).params for name in network.aux)
    smallest, largest, reason = evaluation_sizes(network)
    low, high = training_sizes(network) if network.aux else (smallest, largest)
    return {
        "name": network.name,
        "title": network.title,
        "source": network.source,
        "input": list(network.input),
        "num_classes": network.num_classes,
        "convention": network.convention,
        "params": totals(layers).params - heads,
        "params_of_heads": heads,
        "statistics": totals(layers).statistics,
        "macs": totals(list(walk_network(network, aux=False))).macs,
        "depth": depth(network),
        "smallest_input": smallest,
        "smallest_input_reason": reason,
        "largest_input": largest,
        "training_input": [low, high],
        "departures": list(network.departures),
    }


def _row(layer: Layer, total: Totals) -> dict:
    return {
        "name": layer.name,
        "kind": layer.kind,
        "output": list(layer.shape),
        "params": total.params,
        "statistics": total.statistics,
        "macs": total.macs,
        "receptive_field": None if isinf(layer.field[0]) else list(layer.field),
        "depth": layer.depth,
        "leaf": layer.leaf,
    }


def summary(network: Network, size: Pair | None = None) -> dict:
    """Every layer of a table at one size of image, by arithmetic alone; blocks and stages carry sums.

    Raises:
        InputError: an image too small for the network.
    """
    shape = (network.input[0], *(size or network.input[1:]))
    check_input(network, shape, aux=False)
    aux = bool(network.aux) and fits(network, shape[1:], aux=True) is None
    layers = list(walk_network(network, shape, aux=aux))
    trunk = list(walk_network(network, shape, aux=False))
    return {
        **describe(network),
        "input_shape": list(shape),
        "layers": [_row(layer, totals(layers, layer.name)) for layer in layers],
        "total": asdict(totals(trunk)),
        "heads_left_out": [] if aux else list(network.aux),
        "published": [asdict(row) for row in published.rows(network)],
    }
