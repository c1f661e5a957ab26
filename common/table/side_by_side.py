"""Tables side by side: how large they are, what they cost, and where their parameters sit."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from common.table.analysis import Layer, is_statistic, totals, walk_network, weight_shapes
from common.table.padding import Pair
from common.table.sizes import check_input, fits
from common.table.spec import Conv, Network

BYTES = 4  # of a float32
LARGEST = 3  # as many layers are named


def common_size(networks: Sequence[Network]) -> Pair | None:
    """The largest of the networks' own sizes of image if all of them take it, so that their costs compare."""
    size = max(network.input[1:] for network in networks)
    return None if any(fits(network, size, aux=False) for network in networks) else size


def _kinds(layer: Layer) -> dict[str, int]:
    """Trainable parameters of a layer by what they belong to."""
    found = {"convolution": 0, "dense": 0, "normalisation": 0}
    kind = "convolution" if isinstance(layer.node, Conv) else "dense"
    for name, shape in weight_shapes(layer.node, layer.input[0], prod(layer.input)).items():
        if not is_statistic(name):
            found["normalisation" if name.startswith("norm.") else kind] += prod(shape)
    return found


def measure(network: Network, size: Pair | None = None) -> dict:
    """One table without its heads: parameters by kind, size in MiB of float32, MACs, its largest layers.

    Raises:
        InputError: a size of image that the network does not take.
    """
    shape = (network.input[0], *(size or network.input[1:]))
    check_input(network, shape, aux=False)
    layers = list(walk_network(network, shape, aux=False))
    kinds = [_kinds(layer) for layer in layers]
    total = totals(layers)
    largest = sorted(layers, key=lambda layer: -layer.params)[:LARGEST]
    return {
        "name": network.name,
        "input_shape": list(shape),
        "num_classes": network.num_classes,
        "params": total.params,
        "params_by_kind": {kind: sum(found[kind] for found in kinds) for kind in kinds[0]},
        "mib": total.params * BYTES / 2**20,
        "macs": total.macs,
        "largest": [{"layer": x.name, "params": x.params, "share": x.params / total.params} for x in largest],
    }


def against(networks: Sequence[Network], size: Pair | None = None) -> dict:
    """`measure` for each table, with ratios to the first one; at one size of image where all of them take it.

    Raises:
        InputError: a ``size`` that one of the networks does not take.
    """
    size = size or common_size(networks)
    found = [measure(network, size) for network in networks]
    for row in found:
        row["params_ratio"] = row["params"] / found[0]["params"]
        row["macs_ratio"] = row["macs"] / found[0]["macs"]
    return {"net": networks[0].name, "against": [network.name for network in networks[1:]], "networks": found}
