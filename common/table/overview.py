"""Tables as plain data: what ``googlenet nets`` and ``googlenet summary`` tell. docs/json.md lists the keys."""

from __future__ import annotations

from dataclasses import asdict
from math import isinf

from common.table import published
from common.table.analysis import Table, Totals
from common.table.layers import Layer
from common.table.padding import Pair
from common.table.sizes import Side, check_input, evaluation_sizes, fits, training_sizes


def describe(table: Table) -> dict:
    """The size, cost and source of one table, at its own size of image.

    >>> from common import nets
    >>> row = describe(nets.get("d2l"))
    >>> row["params"], row["depth"], row["smallest_input"]
    (5977530, 22, 1)
    """
    everything, trunk = table.layers.totals(), table.at(aux=False).totals()
    smallest, largest, reason = evaluation_sizes(table)
    low, high = training_sizes(table) if table.aux else (smallest, largest)
    return {
        "name": table.name,
        "title": table.title,
        "source": table.source,
        "input": list(table.input),
        "num_classes": table.num_classes,
        "convention": table.convention,
        "params": trunk.params,
        "params_of_heads": everything.params - trunk.params,
        "statistics": everything.statistics,
        "macs": trunk.macs,
        "depth": table.depth,
        "smallest_input": _plain(smallest),
        "smallest_input_reason": reason,
        "largest_input": _plain(largest),
        "training_input": [_plain(low), _plain(high)],
        "departures": list(table.departures),
    }


def _plain(size: Side | None) -> int | list[int] | None:
    """A size as JSON has it: the side of a square, or [H, W]."""
    return list(size) if isinstance(size, tuple) else size


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


def summary(table: Table, size: Pair | None = None) -> dict:
    """Every layer of a table at one size of image, by arithmetic alone; blocks and stages carry the sums.

    Args:
        size: (H, W) of the images in pixels; None is the table's own. Heads that do not take it are left out.

    Raises:
        InputError: an image that the table does not take.

    >>> from common import nets
    >>> summary(nets.get("d2l"), (224, 224))["layers"][0]["output"]
    [64, 112, 112]
    """
    shape = (table.input[0], *(size or table.input[1:]))
    check_input(table, shape, aux=False)
    aux = bool(table.aux) and fits(table, shape[1:], aux=True) is None
    layers, trunk = table.at(shape, aux=aux), table.at(shape, aux=False)
    return {
        **describe(table),
        "input_shape": list(shape),
        "layers": [_row(layer, layers.totals(name)) for name, layer in layers.items()],
        "total": asdict(trunk.totals()),
        "heads_left_out": [] if aux else list(table.aux),
        "published": [asdict(row) for row in published.rows(table)],
    }
