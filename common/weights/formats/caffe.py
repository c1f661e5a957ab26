"""Caffe's .caffemodel: a NetParameter, whose layers hold their weights as blobs.

Protobuf does not say how long a file is: one that ends exactly between two layers looks whole, and lacks layers.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import numpy as np

from common.base.errors import InputError
from common.base.openers import open_file
from common.weights.budget import AGAIN, Budget, cut
from common.weights.formats import caffe_schema as schema
from common.weights.formats.contents import Contents
from common.weights.formats.faults import reported_for
from common.weights.formats.wire import I32, I64, LEN, VARINT, Wire, packed, signed

PROBLEM = "not a whole Caffe file"
NUMBERS = {schema.BLOB["data"]: (I32, "<f4"), schema.BLOB["double_data"]: (I64, "<f8")}
LEGACY = tuple(schema.BLOB[name] for name in ("num", "channels", "height", "width"))


@dataclass
class _Layer:
    """A layer of either generation; ``v0`` says that it is of the generation before them."""

    name: bytes = b""
    kind: bytes | int = b""
    blobs: list[memoryview] = field(default_factory=list)
    v0: bool = False


def read(path: Path) -> Contents:
    """Read both generations of layers; blob 1 of layer conv1 is the tensor ``conv1:1``.

    Raises:
        InputError: damaged, without layers, of the oldest generation, or with a blob that does not fit its shape.
    """
    with open_file(path) as file:
        budget = Budget(path, os.fstat(file.fileno()).st_size)
        data = memoryview(file.read())
    wire = Wire()
    layers: dict[str, str] = {}
    tensors: dict[str, np.ndarray] = {}
    for name, kind, blobs in _layers(path, wire, data):
        # The same data layer may come twice, for training and for testing; weights under one name may not.
        if name in layers and (layers[name] != kind or blobs):
            raise InputError(f"{path}: two layers are called {cut(name)}: which of them has the weights is unclear")
        layers[name] = kind
        for index, blob in enumerate(blobs):
            tensors[f"{name}:{index}"] = _array(path, f"{name}:{index}", wire, blob, budget)
    if not layers:
        raise InputError(f"{path}: no layers in it: not a .caffemodel, or only the beginning of one")
    return Contents(path, "caffe", tensors, layers=layers, metadata={})


def _layers(path: Path, wire: Wire, data: memoryview) -> list[tuple[str, str, list[memoryview]]]:
    """(name, type, blobs) of each layer."""
    generations: dict[int, list[_Layer]] = {schema.NET["layers"]: [], schema.NET["layer"]: []}
    with reported_for(path, PROBLEM):
        for number, kind, value in wire.fields(data, whole=True):
            if number in generations and kind == LEN and isinstance(value, memoryview):
                numbers = schema.LAYER if number == schema.NET["layer"] else schema.V1_LAYER
                generations[number].append(_layer(wire, value, numbers))
    old, new = generations.values()
    if any(layer.v0 for layer in old):
        raise InputError(f"{path}: of Caffe's oldest generation, V0: run Caffe's upgrade_net_proto_binary on it first")
    if new and old:
        raise InputError(f"{path}: has layers of two generations, 'layer' and 'layers': which ones count is unclear")
    with reported_for(path, "the name of a layer is not text"):
        named = [(layer.name.decode(), layer) for layer in new or old]
        types = [layer.kind.decode() if isinstance(layer.kind, bytes) else layer.kind for layer in new or old]
    for (name, _), type_ in zip(named, types, strict=True):
        if isinstance(type_, int) and type_ not in schema.V1_TYPES:
            raise InputError(f"{path}: layer {cut(name)} has type {type_}, which caffe.proto does not know: {AGAIN}")
    return [
        (name, schema.V1_TYPES[type_] if isinstance(type_, int) else type_, layer.blobs)
        for (name, layer), type_ in zip(named, types, strict=True)
    ]


def _layer(wire: Wire, data: memoryview, numbers: dict[str, int]) -> _Layer:
    layer = _Layer(kind=0 if numbers is schema.V1_LAYER else b"")
    for number, kind, value in wire.fields(data):
        if number == numbers["name"] and kind == LEN:
            layer.name = bytes(value)
        elif number == numbers["type"] and kind == (VARINT if numbers is schema.V1_LAYER else LEN):
            layer.kind = value if isinstance(value, int) else bytes(value)
        elif number == numbers["blobs"] and isinstance(value, memoryview) and kind == LEN:
            layer.blobs.append(value)
        elif number == numbers.get("layer"):
            layer.v0 = True
    return layer


def _array(path: Path, name: str, wire: Wire, blob: memoryview, budget: Budget) -> np.ndarray:
    """The values of a blob: float64 if it has double_data, else float32, as Caffe's Blob::FromProto reads them."""
    with reported_for(path, PROBLEM):
        shape, pieces = _blob(wire, blob)
    number = schema.BLOB["double_data"] if pieces[schema.BLOB["double_data"]] else schema.BLOB["data"]
    dtype = np.dtype(NUMBERS[number][1])
    size = sum(len(piece) for piece in pieces[number])
    with reported_for(path, PROBLEM):
        if size % dtype.itemsize:
            raise ValueError
    if len(shape) > 8 or min(shape, default=0) < 0 or prod(shape) * dtype.itemsize != size:
        said = cut(str(shape)).strip("'")
        raise InputError(
            f"{path}: tensor {cut(name)} has {size // dtype.itemsize:,} values, not those of its shape {said}: {AGAIN}"
        )
    budget.tensor(name, shape, dtype.itemsize)
    return np.frombuffer(b"".join(pieces[number]), dtype).reshape(shape)


def _blob(wire: Wire, blob: memoryview) -> tuple[tuple[int, ...], dict[int, list[memoryview]]]:
    """(shape, pieces of the values by the number of their field). Sizes of the older kind count before a shape."""
    legacy: dict[int, int] = {}
    dims: list[int] = []
    pieces: dict[int, list[memoryview]] = {number: [] for number in NUMBERS}
    for number, kind, value in wire.fields(blob):
        if isinstance(value, int):
            if number in LEGACY:
                legacy[number] = signed(value)
        elif number in NUMBERS and kind in (LEN, NUMBERS[number][0]):
            pieces[number].append(value)
        elif number == schema.BLOB["shape"] and kind == LEN:
            for inner, inner_kind, dim in wire.fields(value):
                if inner == schema.BLOB_SHAPE["dim"] and isinstance(dim, int):
                    dims.append(signed(dim))
                elif inner == schema.BLOB_SHAPE["dim"] and inner_kind == LEN and not isinstance(dim, int):
                    dims += map(signed, packed(dim[:1000]))
    return (tuple(legacy.get(n, 0) for n in LEGACY) if legacy else tuple(dims)), pieces
