"""Caffe's .caffemodel: a NetParameter, whose layers hold their weights as blobs.

Protobuf does not say how long a file is: one that ends exactly between two layers looks whole, and lacks layers.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np

from common.base.errors import InputError
from common.weights.formats.caffe_schema import V1_TYPES, net_parameter
from common.weights.formats.contents import Contents
from common.weights.formats.faults import blaming


def read(path: Path) -> Contents:
    """Read both generations of layers; blob 1 of layer conv1 is the tensor ``conv1:1``.

    Raises:
        InputError: damaged, without layers, of the oldest generation, or with a blob that does not fit its shape.
    """
    message = net_parameter()
    with blaming(path, "not a whole Caffe file"):
        net = message.FromString(path.read_bytes())
    if any(layer.HasField("layer") for layer in net.layers):
        raise InputError(f"{path}: of Caffe's oldest generation, V0: run Caffe's upgrade_net_proto_binary on it first")
    layers, tensors = {}, {}
    for name, kind, blobs in _layers(path, net):
        # The same data layer may come twice, for training and for testing; weights under one name may not.
        if name in layers and (layers[name] != kind or blobs):
            raise InputError(f"{path}: two layers are called {name!r}: which of them has the weights is unclear")
        layers[name] = kind
        for index, blob in enumerate(blobs):
            tensors[f"{name}:{index}"] = _array(path, f"{name}:{index}", blob)
    if not layers:
        raise InputError(f"{path}: no layers in it: not a .caffemodel, or only the beginning of one")
    return Contents(path, "caffe", tensors, layers=layers, metadata={})


def _layers(path: Path, net) -> list[tuple]:
    """(name, type, blobs) of each layer."""
    with blaming(path, "the name of a layer is not text"):
        new = [(layer.name.decode(), layer.type.decode(), layer.blobs) for layer in net.layer]
        old = [(layer.name.decode(), layer.type, layer.blobs) for layer in net.layers]
    if new and old:
        raise InputError(f"{path}: has layers of two generations, 'layer' and 'layers': which ones count is unclear")
    for name, number, _ in old:
        if number not in V1_TYPES:
            raise InputError(f"{path}: layer {name!r} has type {number}, which caffe.proto does not know")
    return new or [(name, V1_TYPES[number], blobs) for name, number, blobs in old]


def _array(path: Path, name: str, blob) -> np.ndarray:
    """The values of a blob: float64 if it has double_data, else float32, as Caffe's Blob::FromProto reads them."""
    old = [blob.HasField(dim) for dim in ("num", "channels", "height", "width")]
    shape = (blob.num, blob.channels, blob.height, blob.width) if any(old) else tuple(blob.shape.dim)
    values = np.array(blob.double_data, np.float64) if blob.double_data else np.array(blob.data, np.float32)
    if min(shape, default=0) < 0 or prod(shape) != values.size:
        raise InputError(
            f"{path}: tensor {name!r} has {values.size} values, not those of its shape {shape}: get it again"
        )
    return values.reshape(shape)
