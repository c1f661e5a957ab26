"""ONNX: a ModelProto, whose graph holds its weights as initializers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.base.errors import InputError
from common.weights.formats.bfloat16 import widen
from common.weights.formats.contents import Attribute, Contents, Node
from common.weights.formats.faults import blaming, library


def read(path: Path) -> Contents:
    """Read the initializers, and the graph as `Contents.nodes`; a node without its own name is called as its output.

    Raises:
        InputError: damaged, not ONNX, with tensors in other files, or with a graph inside a node.
    """
    onnx = library("onnx", "onnx", "ONNX files")
    with blaming(path, "not a whole ONNX file"):
        model = onnx.load_model_from_string(path.read_bytes())
    # Protobuf lets a file pass that ends between two fields. The operator sets come behind the graph, since version 3.
    if not (model.ir_version and model.graph.node and (model.opset_import or model.ir_version < 3)):
        raise InputError(f"{path}: not a whole ONNX file: no ir_version, graph or operator set in it: get it again")
    if model.graph.sparse_initializer:
        raise InputError(f"{path}: has sparse initializers: only dense tensors are read")
    tensors = {}
    for tensor in model.graph.initializer:
        if tensor.name in tensors:
            raise InputError(f"{path}: two tensors are called {tensor.name!r}")
        tensors[tensor.name] = _array(onnx, path, tensor.name, tensor)
    nodes, outputs = {}, set()
    for node in model.graph.node:
        output = next(iter(node.output), "")
        if output in outputs:
            raise InputError(f"{path}: two nodes make {output!r}")
        outputs.add(output)
        name = output if node.name in ("", *nodes) else node.name  # names need not be there, or differ
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


def _array(onnx, path: Path, name: str, tensor) -> np.ndarray:
    if tensor.external_data or tensor.data_location == tensor.EXTERNAL:
        raise InputError(f"{path}: tensor {name!r} is in another file, as external data: save the model as one file")
    if min(tensor.dims, default=0) < 0:  # NumPy would take -1 for "whatever fits"
        raise InputError(f"{path}: tensor {name!r} has shape {tuple(tensor.dims)}: get it again")
    with blaming(path, f"tensor {name!r} does not fit its shape and type"):
        array = onnx.numpy_helper.to_array(tensor)
    return widen(array.view(np.uint16)) if array.dtype.name == "bfloat16" else np.array(array)


def _attribute(onnx, path: Path, node: str, attribute) -> Attribute:
    with blaming(path, f"attribute {attribute.name!r} of node {node!r} cannot be read"):
        value = onnx.helper.get_attribute_value(attribute)
        if isinstance(value, onnx.TensorProto):
            return _tuples(_array(onnx, path, f"{node}.{attribute.name}", value).tolist())
        if isinstance(value, list):
            value = tuple(one.decode() if isinstance(one, bytes) else one for one in value)
        value = value.decode() if isinstance(value, bytes) else value
    if not all(isinstance(one, int | float | str) for one in (value if isinstance(value, tuple) else [value])):
        raise InputError(
            f"{path}: attribute {attribute.name!r} of node {node!r} is a {type(value).__name__}: "
            "only numbers, texts and tensors are read"
        )
    return value


def _tuples(value):
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value
