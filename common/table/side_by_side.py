"""Tables side by side: their sizes, their costs, and the layers that hold most of their parameters."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from common.table.analysis import Table
from common.table.layers import Layer, is_statistic, weight_shapes
from common.table.padding import Pair
from common.table.sizes import check_input, fits
from common.table.spec import Conv

BYTES = 4  # of a float32
LARGEST = 3  # so many of the largest layers are named


def common_size(tables: Sequence[Table]) -> Pair | None:
    """A size of image at which the costs of all tables compare.

    Returns:
        (H, W), that of the tables' own sizes which has the most pixels; None if one of the tables does not take it.
    """
    size = max((table.input[1:] for table in tables), key=prod)
    return None if any(fits(table, size, aux=False) for table in tables) else size


def _kinds(layer: Layer) -> dict[str, int]:
    """Trainable parameters of a layer, by the kind of operation they belong to."""
    counts = {"convolution": 0, "dense": 0, "normalisation": 0}
    kind = "convolution" if isinstance(layer.node, Conv) else "dense"
    for name, shape in weight_shapes(layer.node, layer.input[0], prod(layer.input)).items():
        if not is_statistic(name):
            counts["normalisation" if name.startswith("norm.") else kind] += prod(shape)
    return counts


def measure(table: Table, size: Pair | None = None) -> dict:
    """The size and cost of one table without its heads.

    Args:
        size: (H, W) of the images in pixels; None is the table's own.

    Returns:
        Trainable parameters in all and by kind, their size in MiB of float32, MACs for one image, and the largest
        layers with their share of the parameters.

    Raises:
        InputError: a size of image that the table does not take.

    >>> from common import nets
    >>> measure(nets.get("d2l"))["largest"][0]["layer"]
    'b5.5b.p2_2'
    """
    shape = (table.input[0], *(size or table.input[1:]))
    check_input(table, shape, aux=False)
    layers = table.at(shape, aux=False)
    kinds = [_kinds(layer) for layer in layers.values()]
    total = layers.totals()
    largest = sorted(layers.values(), key=lambda layer: -layer.params)[:LARGEST]
    return {
        "name": table.name,
        "input_shape": list(shape),
        "num_classes": table.num_classes,
        "params": total.params,
        "params_by_kind": {kind: sum(counts[kind] for counts in kinds) for kind in kinds[0]},
        "mib": total.params * BYTES / 2**20,
        "macs": total.macs,
        "largest": [{"layer": x.name, "params": x.params, "share": x.params / total.params} for x in largest],
    }


def against(tables: Sequence[Table], size: Pair | None = None) -> dict:
    """`measure` of each table, with ratios to the first one.

    Args:
        tables: the first is what the others are compared with.
        size: (H, W) of the images in pixels; None is `common_size`, or each table's own size where there is none.

    Raises:
        InputError: a ``size`` that one of the tables does not take.

    >>> from common import nets
    >>> rows = against([nets.get("d2l"), nets.get("alexnet")])["networks"]
    >>> round(rows[1]["params_ratio"], 1)
    7.8
    """
    size = size or common_size(tables)
    rows = [measure(table, size) for table in tables]
    for row in rows:
        row["params_ratio"] = row["params"] / rows[0]["params"]
        row["macs_ratio"] = row["macs"] / rows[0]["macs"]
    return {"net": tables[0].name, "against": [table.name for table in tables[1:]], "networks": rows}
