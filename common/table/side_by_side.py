"""Tables side by side: how large they are, what they cost, and where their parameters sit."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from common.table.analysis import Table
from common.table.layers import Layer, is_statistic, weight_shapes
from common.table.padding import Pair
from common.table.sizes import check_input, fits
from common.table.spec import Conv

BYTES = 4  # of a float32
LARGEST = 3  # as many layers are named


def common_size(networks: Sequence[Table]) -> Pair | None:
    """The largest of the networks' own sizes of image if all of them take it, so that their costs compare."""
    size = max(table.input[1:] for table in networks)
    return None if any(fits(table, size, aux=False) for table in networks) else size


def _kinds(layer: Layer) -> dict[str, int]:
    """Trainable parameters of a layer by what they belong to."""
    found = {"convolution": 0, "dense": 0, "normalisation": 0}
    kind = "convolution" if isinstance(layer.node, Conv) else "dense"
    for name, shape in weight_shapes(layer.node, layer.input[0], prod(layer.input)).items():
        if not is_statistic(name):
            found["normalisation" if name.startswith("norm.") else kind] += prod(shape)
    return found


def measure(table: Table, size: Pair | None = None) -> dict:
    """One table without its heads: parameters by kind, size in MiB of float32, MACs, its largest layers.

    Raises:
        InputError: a size of image that the network does not take.
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
        "params_by_kind": {kind: sum(found[kind] for found in kinds) for kind in kinds[0]},
        "mib": total.params * BYTES / 2**20,
        "macs": total.macs,
        "largest": [{"layer": x.name, "params": x.params, "share": x.params / total.params} for x in largest],
    }


def against(networks: Sequence[Table], size: Pair | None = None) -> dict:
    """`measure` for each table, with ratios to the first one; at one size of image where all of them take it.

    Raises:
        InputError: a ``size`` that one of the networks does not take.
    """
    size = size or common_size(networks)
    found = [measure(table, size) for table in networks]
    for row in found:
        row["params_ratio"] = row["params"] / found[0]["params"]
        row["macs_ratio"] = row["macs"] / found[0]["macs"]
    return {"net": networks[0].name, "against": [table.name for table in networks[1:]], "networks": found}
