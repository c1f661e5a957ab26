"""ONNX: a ModelProto, whose graph holds its weights as initializers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.base.openers import open_file
from common.weights.bfloat16 import widen
from common.weights.budget import AGAIN, cut
from common.weights.formats import onnx_layout
from common.weights.formats.contents import Attribute, Contents, Node
from common.weights.formats.faults import library, reported_for

NUMBERS = 10_000  # in an attribute: shapes and axes, not weights


def read(path: Path) -> Contents:
    """Read the initializers, and the graph as `Contents.nodes`; a node without its own name is called as its output.

    Raises:
        InputError: damaged, not ONNX, with tensors in other files, or with a graph inside a node.
    """
    onnx = library("onnx", "onnx", "ONNX files")
    with open_file(path) as file:
        data = file.read()
    onnx_layout.check(path, memoryview(data))
    with reported_for(path, "not a whole ONNX file"):
        model = onnx.load_model_from_string(data)
    del data
    # Protobuf lets a file pass that ends between two fields. The operator sets come behind the graph, since version 3.
    if not (model.ir_version and model.graph.node and (model.opset_import or model.ir_version < 3)):
        raise InputError(f"{path}: not a whole ONNX file: no ir_version, graph or operator set in it: {AGAIN}")
    if model.graph.sparse_initializer:
        raise InputError(f"{path}: has sparse initializers: only dense tensors are read; save it without them")
    tensors = {}
    for tensor in model.graph.initializer:
        if tensor.name in tensors:
            raise InputError(f"{path}: two tensors are called {cut(tensor.name)}: {AGAIN}")
        tensors[tensor.name] = _array(onnx, path, tensor.name, tensor)
    nodes, outputs = {}, set()
    for node in model.graph.node:
        output = next(iter(node.output), "")
        if output in outputs:
            raise InputError(f"{path}: two nodes make {cut(output)}: {AGAIN}")
        outputs.add(output)
        name = node.name if node.name and node.name not in nodes else output  # names need not be there, or differ
        attributes = {one.name: _attribute(onnx, path, name, one) for one in node.attribute}
        nodes[name] = Node(name, node.op_type, tuple(node.input), tuple(node.output), attributes)
    return Contents(
        path,
        "onnx",
        tensors,
        layers={name: node.op for name, node in nodes.items()},
        metadata={entry.key: entry.value for entry in model.metadata_props},
        nodes=tuple(nodes.values()),
    )


def _array(onnx: Any, path: Path, name: str, tensor: Any) -> np.ndarray:
    if tensor.external_data or tensor.data_location == tensor.EXTERNAL:
        raise InputError(f"{path}: tensor {cut(name)} is in another file, as external data: save the model as one file")
    with reported_for(path, f"tensor {cut(name)} does not fit its shape and type"):
        if tensor.float_data and tensor.data_type == tensor.FLOAT and not tensor.raw_data:
            # Without a list of Python's numbers between, which takes ten times the memory.
            return np.fromiter(tensor.float_data, np.float32, len(tensor.float_data)).reshape(tuple(tensor.dims))
        array = onnx.numpy_helper.to_array(tensor)
    return widen(array.view(np.uint16)) if tensor.data_type == onnx.TensorProto.BFLOAT16 else np.array(array)


def _attribute(onnx: Any, path: Path, node: str, attribute: Any) -> Attribute:
    with reported_for(path, f"attribute {cut(attribute.name)} of node {cut(node)} cannot be read"):
        value = onnx.helper.get_attribute_value(attribute)
        if isinstance(value, onnx.TensorProto):
            array = _array(onnx, path, f"{node}.{attribute.name}", value)
            if array.size > NUMBERS:
                raise InputError(
                    f"{path}: attribute {cut(attribute.name)} of node {cut(node)} has {array.size:,} numbers, more "
                    f"than {NUMBERS:,}: save the model with its weights as initializers"
                )
            return _tuples(array.tolist())
        if isinstance(value, list):
            value = tuple(one.decode() if isinstance(one, bytes) else one for one in value)
        value = value.decode() if isinstance(value, bytes) else value
    if not all(isinstance(one, int | float | str) for one in (value if isinstance(value, tuple) else [value])):
        raise InputError(
            f"{path}: attribute {cut(attribute.name)} of node {cut(node)} is a {type(value).__name__}: "
            "only numbers, texts and tensors are read; save the network without branches and loops"
        )
    return value


def _tuples(value):
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
