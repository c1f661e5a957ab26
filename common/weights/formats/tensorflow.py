"""A frozen graph of TensorFlow, such as classify_image_graph_def.pb: a GraphDef, whose constants are its weights.

It is read by its protobuf schema, without TensorFlow, and nothing of the graph is run.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np

from common.base.errors import InputError
from common.base.openers import open_file
from common.weights.budget import AGAIN, Budget, cut
from common.weights.formats import tensorflow_schema as schema
from common.weights.formats.contents import Attribute, Contents, Node
from common.weights.formats.faults import reported_for
from common.weights.formats.wire import I32, I64, LEN, VARINT, Wire, packed, signed

PROBLEM = "not a whole graph of TensorFlow"
NUMBERS = 1000  # in an attribute's list, and in a constant whose numbers stand one by one as varints
CONSTANT = "Const"
KINDS = {number: kind for kind, number in schema.VALUE.items()}


def read(path: Path) -> Contents:
    """Read the constants by the names of their nodes, and the graph as `Contents.nodes`. Texts are left out.

    Raises:
        InputError: damaged, no GraphDef, two nodes of one name, or a constant of a type that is no plain number.
    """
    with open_file(path) as file:
        budget = Budget(path, os.fstat(file.fileno()).st_size)
        data = memoryview(file.read())
    wire, tensors, nodes = Wire(), {}, {}
    with reported_for(path, PROBLEM):
        for number, kind, message in wire.fields(data, whole=True):
            if number != schema.GRAPH["node"] or kind != LEN or not isinstance(message, memoryview):
                continue  # the versions, and a library of functions, which has no weights
            node, value = _node(wire, message)
            if not node.name or not node.op:
                raise ValueError("a node without a name or an operation")
            if node.name in nodes:
                raise InputError(f"{path}: two nodes are called {cut(node.name)}: which of them counts is unclear")
            nodes[node.name] = node
            if node.op == CONSTANT and value is not None:
                array = _array(path, node.name, wire, value, budget)
                tensors.update({node.name: array} if array is not None else {})
    return Contents(
        path,
        "tensorflow",
        tensors,
        layers={name: node.op for name, node in nodes.items()},
        metadata={},
        nodes=tuple(nodes.values()),
    )


def _node(wire: Wire, message: memoryview) -> tuple[Node, memoryview | None]:
    """(the node, the message of the tensor that it holds if it is a constant)."""
    name, op, inputs, tensor = "", "", [], None
    attributes: dict[str, Attribute] = {}
    for number, kind, value in wire.fields(message):
        if kind != LEN or not isinstance(value, memoryview):
            continue
        if number == schema.NODE["name"]:
            name = bytes(value).decode()
        elif number == schema.NODE["op"]:
            op = bytes(value).decode()
        elif number == schema.NODE["input"]:
            inputs.append(bytes(value).decode())
        elif number == schema.NODE["attr"]:
            key, attribute = _entry(wire, value)
            if isinstance(attribute, memoryview):
                tensor = attribute if key == "value" else tensor
            elif attribute is not None:
                attributes[key] = attribute
    return Node(name, op, tuple(inputs), (name,), attributes), tensor


def _entry(wire: Wire, entry: memoryview) -> tuple[str, Attribute | memoryview | None]:
    """(name, value) of an attribute; a tensor's message is given as it is, and None for a type or a shape."""
    key, value = "", memoryview(b"")
    for number, kind, field in wire.fields(entry):
        if kind == LEN and isinstance(field, memoryview):
            if number == schema.ENTRY["key"]:
                key = bytes(field).decode()
            elif number == schema.ENTRY["value"]:
                value = field
    attribute: Attribute | memoryview | None = None
    for number, kind, field in wire.fields(value):
        match KINDS.get(number), field:
            case "s", memoryview():
                attribute = bytes(field[:NUMBERS]).decode(errors="replace")
            case "i" | "b", int():
                attribute = signed(field)
            case "f", memoryview() if kind == I32:
                (attribute,) = struct.unpack("<f", field)
            case "list", memoryview():
                attribute = tuple(_integers(wire, field, schema.LIST["i"]))
            case "tensor", memoryview():
                attribute = field
    return key, attribute


def _integers(wire: Wire, message: memoryview, wanted: int) -> Iterator[int]:
    """The whole numbers of a repeated field, packed into one or each by itself; `NUMBERS` at most."""
    left = NUMBERS
    for number, kind, value in wire.fields(message):
        if number != wanted or kind not in (VARINT, LEN):
            continue
        for one in packed(value) if isinstance(value, memoryview) else (value,):
            left -= 1
            if left < 0:
                raise ValueError(f"a list of more than {NUMBERS} numbers")
            yield signed(one)


def _array(path: Path, name: str, wire: Wire, message: memoryview, budget: Budget) -> np.ndarray | None:
    """The numbers of a constant; None if it is a text. Of fewer numbers than its shape has the last is repeated."""
    dtype, content = 0, memoryview(b"")
    shape: tuple[int, ...] = ()
    for number, kind, value in wire.fields(message):
        if number == schema.TENSOR["dtype"] and isinstance(value, int):
            dtype = value
        elif number == schema.TENSOR["shape"] and isinstance(value, memoryview):
            shape = tuple(_shape(wire, value))
        elif number == schema.TENSOR["content"] and kind == LEN and isinstance(value, memoryview):
            content = value
    if dtype == schema.STRING:
        return None
    if dtype not in schema.TYPES:
        raise InputError(f"{path}: constant {cut(name)} is of TensorFlow's type {dtype}: only plain numbers are read")
    numbers, _, _ = schema.TYPES[dtype]
    width = np.dtype(numbers).itemsize
    budget.tensor(name, shape, max(width, 4))
    if len(content) % width:
        raise ValueError("content that is no whole number of numbers")
    values = np.frombuffer(content, numbers) if content else _one_by_one(wire, message, dtype)
    size = prod(shape)
    if values.size > size or (content and values.size != size):
        said = cut(str(shape)).strip("'")
        raise InputError(
            f"{path}: constant {cut(name)} has {values.size:,} numbers, not those of its shape {said}: {AGAIN}"
        )
    if values.size < size:
        rest = values[-1] if values.size else 0
        values = np.concatenate([values, np.full(size - values.size, rest, values.dtype)])
    return values.reshape(shape).copy()


def _shape(wire: Wire, message: memoryview) -> Iterator[int]:
    """The sizes of a TensorShapeProto."""
    for number, _, value in wire.fields(message):
        if number == schema.SHAPE["unknown_rank"] and value:
            raise ValueError("a constant of unknown shape")
        if number == schema.SHAPE["dim"] and isinstance(value, memoryview):
            sizes = [
                signed(n) for field, _, n in wire.fields(value) if field == schema.DIM["size"] and isinstance(n, int)
            ]
            yield sizes[-1] if sizes else 0


def _one_by_one(wire: Wire, message: memoryview, dtype: int) -> np.ndarray:
    """The numbers of a tensor that stand in the field of their type."""
    numbers, field, fixed = schema.TYPES[dtype]
    if fixed is None:
        integers = list(_integers(wire, message, field))
        return (
            np.array(integers, np.int64).astype("<u2").view(numbers)
            if numbers == "<f2"
            else np.array(integers, numbers)
        )
    alone = {4: I32, 8: I64}[np.dtype(fixed).itemsize]
    pieces = [
        value
        for number, kind, value in wire.fields(message)
        if number == field and kind in (LEN, alone) and isinstance(value, memoryview)
    ]
    return np.frombuffer(b"".join(pieces), fixed)
