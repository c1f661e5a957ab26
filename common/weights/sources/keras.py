"""Keras Applications' ``InceptionV3`` and ``InceptionResNetV2``.

Their convolutions have no names of their own: Keras numbers them. In an ``.h5`` file by the order in which
the code makes them, which is that of the table, beginning wherever the process had arrived; in a
``.weights.h5`` file by their place in ``model.layers``, which is by depth. Scales of normalisations are left
out (``scale=False``) and are 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.weights.sources import HWIO, Source, tensors
from common.weights.sources.keras_order import by_depth

_H5 = {
    "weight": "{conv}/kernel",
    "bias": "{conv}/bias",
    "norm.bias": "{norm}/beta",
    "norm.running_mean": "{norm}/moving_mean",
    "norm.running_var": "{norm}/moving_variance",
}
_VARS = {
    "weight": "layers/{conv}/vars/0",
    "bias": "layers/{conv}/vars/1",
    "norm.bias": "layers/{norm}/vars/0",
    "norm.running_mean": "layers/{norm}/vars/1",
    "norm.running_var": "layers/{norm}/vars/2",
}
_NUMBERED = ("conv2d", "batch_normalization")


def _number(kind: str, i: int) -> str:
    """Keras' name of the i-th layer of a kind."""
    return f"{kind}_{i}" if i else kind


def _named(table: Table, order: Iterable[str], parts: dict[str, str], own: dict[str, tuple[str, str]]) -> dict:
    """Names in the file: layers are numbered by ``order``, but for those that have their ``own`` names."""
    layers, counts = dict(own), dict.fromkeys(_NUMBERED, 0)
    normalised = {layer: norm for _, layer, _, norm in tensors(table)}
    for layer in order:
        if layer in own:
            continue
        conv, norm = (_number(kind, counts[kind]) for kind in _NUMBERED)
        layers[layer] = conv, norm
        counts["conv2d"] += 1
        counts["batch_normalization"] += normalised[layer]
    return {
        name: parts[local].format(conv=layers[layer][0], norm=layers[layer][1])
        for name, layer, local, _ in tensors(table)
        if local in parts
    }


def _h5(own: dict[str, tuple[str, str]]) -> Callable[[Table], dict[str, str]]:
    def names(table: Table) -> dict[str, str]:
        return _named(table, dict.fromkeys(layer for _, layer, _, _ in tensors(table)), _H5, own)

    return names


def _weights_h5(table: Table) -> dict[str, str]:
    return _named(table, by_depth(table), _VARS, {"fc": ("dense", "")})


def from_zero(names: list[str]) -> dict[str, str]:
    """The names of an ``.h5`` file with each kind of numbered layer counted from 0, and without Keras 2's ``:0``."""
    firsts = {}
    for kind in _NUMBERED:
        numbers = {int(m[1] or 0) for name in names if (m := re.match(rf"{kind}(?:_([0-9]{{1,9}}))?/", name))}
        firsts[kind] = min(numbers, default=0)
    renamed = {}
    for name in names:
        found = re.match(r"(conv2d|batch_normalization)(?:_([0-9]{1,9}))?(/.*)", name)
        new = _number(found[1], int(found[2] or 0) - firsts[found[1]]) + found[3] if found else name
        renamed[name] = new.removesuffix(":0")
    return renamed


_SETTINGS: dict[str, Any] = {
    "layout": HWIO,
    "constants": {"norm.weight": 1.0},
    # keras.applications' own example: keras.utils.load_img(..., target_size), which takes the nearest pixels.
    "preprocessing": Preprocessing(
        (299, 299), None, interpolation="nearest", scale=1 / 127.5, mean=(1.0,) * 3, std=(1.0,) * 3
    ),
}

KERAS_INCEPTION_V3 = Source(
    name="keras_inception_v3",
    about="keras.applications.InceptionV3, .h5",
    formats=("keras-legacy",),
    network="inception_v3:keras",
    names=_h5({"fc": ("predictions", "")}),
    rename=from_zero,
    **_SETTINGS,
)

KERAS_INCEPTION_V3_WEIGHTS = Source(
    name="keras_inception_v3_weights",
    about="keras.applications.InceptionV3, .weights.h5 or .keras",
    formats=("keras-weights", "keras"),
    network="inception_v3:keras",
    names=_weights_h5,
    **_SETTINGS,
)

_BLOCKS = {
    **{f"b3.3{letter}.body_2": f"block35_{i}_conv" for i, letter in enumerate("bcdefghijk", 1)},
    **{f"b4.4{letter}.body_2": f"block17_{i}_conv" for i, letter in enumerate("bcdefghijklmnopqrstu", 1)},
    **{f"b5.5{letter}.body_2": f"block8_{i}_conv" for i, letter in enumerate("bcdefghijk", 1)},
}

KERAS_INCEPTION_RESNET_V2 = Source(
    name="keras_inception_resnet_v2",
    about="keras.applications.InceptionResNetV2, .h5",
    formats=("keras-legacy",),
    network="inception_resnet_v2",
    names=_h5(
        {
            **{layer: (name, "") for layer, name in _BLOCKS.items()},
            "b5.conv7b": ("conv_7b", "conv_7b_bn"),
            "fc": ("predictions", ""),
        }
    ),
    rename=from_zero,
    **_SETTINGS,
)

KERAS_INCEPTION_RESNET_V2_WEIGHTS = Source(
    name="keras_inception_resnet_v2_weights",
    about="keras.applications.InceptionResNetV2, .weights.h5 or .keras",
    formats=("keras-weights", "keras"),
    network="inception_resnet_v2",
    names=_weights_h5,
    **_SETTINGS,
)
