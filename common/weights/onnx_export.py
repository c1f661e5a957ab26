"""A table with its weights as an ONNX model: evaluation mode, without auxiliary heads and dropout.

Every number is written out: paddings are those of `padding.sides` for one size of image, and nothing is left
to a convention. A layer of several operations has a node for each, named after it: ``b3.3a.p2_2.conv``, ``.norm``,
``.relu``; a layer of one operation is a node of its own name. Initializers carry the canonical names of the weights.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from common import __version__
from common.base.errors import InputError
from common.base.files import replacing
from common.table.analysis import Table
from common.table.padding import Pair, sides
from common.table.sizes import check_input
from common.table.spec import (
    LRN,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Node,
    Residual,
    Stage,
)
from common.table.tensors import check
from common.weights.canonical import FORMAT

OPSET = 17  # ONNX Runtime's AveragePool of opset 19 forgets to count padding at the end (onnxruntime, issue 24681)
IR_VERSION = 8  # the one that opset 17 was released with: onnx writes its newest, which a runtime may not know
INPUT, OUTPUT = "images", "logits"


@dataclass
class Operation:
    """One ONNX node. Its only output is called as it is, but for the last: that is the model's."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    attributes: dict
    output: str


class Graph:
    """The operations of a resolved table for images of ``shape`` (C, H, W), in the order of computation.

    Raises:
        InputError: names the first layer that ONNX Runtime could not run.
    """

    def __init__(self, table: Table, shape: tuple[int, int, int]):
        self.operations: list[Operation] = []
        self._sizes = {name: layer.input[1:] for name, layer in table.at(shape, aux=False).items()}
        value = INPUT
        for name, node in table.trunk.items():
            value = self._run(name, node, value)
        self.operations[-1].output = OUTPUT

    def _add(self, kind: str, name: str, *inputs: str, **attributes: Any) -> str:
        self.operations.append(Operation(kind, name, inputs, attributes, name))
        return name

    def _run(self, name: str, node: Node, x: str) -> str:
        """The name of the value that one node makes of x."""
        match node:
            case Stage():
                return self._chain(name, node.nodes, x)
            case Concat():
                return self._add("Concat", name, *(self._chain(name, path, x) for path in node.paths.values()), axis=1)
            case Residual():
                body, shortcut = (self._chain(name, node.paths[path], x) for path in ("body", "shortcut"))
                if node.scale != 1:
                    factor = self._add("Constant", f"{name}.factor", value_float=node.scale)
                    body = self._add("Mul", f"{name}.scale", body, factor)
                return self._activation(name, node, self._add("Add", f"{name}.sum", shortcut, body))
            case Conv():
                parameters = [f"{name}.{p}" for p in ("weight", "bias")[: 2 if node.bias else 1]]
                y = self._add("Conv", f"{name}.conv", x, *parameters, **self._window(name, node))
                if isinstance(node.norm, BatchNorm):
                    parameters = [f"{name}.norm.{p}" for p in ("weight", "bias", "running_mean", "running_var")]
                    y = self._add("BatchNormalization", f"{name}.norm", y, *parameters, epsilon=node.norm.eps)
                return self._activation(name, node, y)
            case MaxPool():
                return self._add("MaxPool", name, x, **self._window(name, node))
            case AvgPool():
                counted = int(node.count_padding)
                return self._add("AveragePool", name, x, count_include_pad=counted, **self._window(name, node))
            case GlobalAvgPool():
                return self._add("GlobalAveragePool", name, x)
            case LRN():
                return self._add("LRN", name, x, size=node.size, alpha=node.alpha, beta=node.beta, bias=node.k)
            case Dropout():
                return x
            case Dense():
                flat = self._add("Flatten", f"{name}.flatten", x, axis=1)
                y = self._add("Gemm", f"{name}.dense", flat, f"{name}.weight", f"{name}.bias", transB=1)
                return self._activation(name, node, y)
            case Flatten():
                return self._add("Flatten", name, x, axis=1)
        raise InputError(f"{name}: a layer {type(node).__name__} cannot be written as ONNX")

    def _chain(self, name: str, nodes: Mapping[str, Node], x: str) -> str:
        for child, node in nodes.items():
            x = self._run(f"{name}.{child}", node, x)
        return x

    def _activation(self, name: str, node: Conv | Dense | Residual, x: str) -> str:
        return self._add("Relu", f"{name}.relu", x) if node.activation == "relu" else x

    def _window(self, name: str, node: Conv | MaxPool | AvgPool) -> dict[str, tuple[int, ...]]:
        kernel, stride, padding = node.window
        (top, bottom), (left, right) = sides(self._sizes[name], kernel, stride, padding)
        return {"kernel_shape": kernel, "strides": stride, "pads": (top, left, bottom, right)}


def export(
    table: Table,
    weights: Mapping[str, np.ndarray],
    path: str | os.PathLike,
    *,
    size: Pair | None = None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a resolved table with its float32 weights as an ONNX model, whole or not at all.

    It takes ``images``, float32, N x C x H x W for any N, and gives ``logits``, N x K.

    Args:
        size: (H, W) of the images; None is the network's own.
        metadata: what else the model's ``metadata_props`` say; what they say of the network is not to be overridden.

    Raises:
        InputError: onnx is not installed, weights that are not those of ``table`` or not float32, a size that the
            network does not take, a layer that ONNX Runtime could not run, or a file that cannot be written.
    """
    try:
        import onnx
    except ImportError:
        raise InputError("writing ONNX needs onnx, which is not installed: pip install 'googlenet[convert]'") from None
    check(weights, table.shapes, f"weights for {table.name!r}")
    shape = (table.input[0], *(size or table.input[1:]))
    check_input(table, shape, aux=False)
    trunk = replace(table, aux={})
    for name in trunk.shapes:
        if weights[name].dtype != np.float32:
            raise InputError(
                f"{path}: tensor {name!r} is {weights[name].dtype}, and ONNX Runtime computes convolutions in float32: "
                "convert with --dtype float32 first"
            )
    model = _model(onnx, Graph(trunk, shape), {name: weights[name] for name in trunk.shapes}, trunk, shape)
    onnx.helper.set_model_props(
        model,
        {
            **(metadata or {}),
            "format_version": FORMAT,
            "network": table.name,
            "in_channels": str(table.input[0]),
            "num_classes": str(table.num_classes),
            "aux": "[]",
        },
    )
    onnx.checker.check_model(model, full_check=True)
    with replacing(path) as temporary:
        temporary.write_bytes(model.SerializeToString())


def _model(
    onnx: Any, graph: Graph, weights: Mapping[str, np.ndarray], table: Table, shape: tuple[int, int, int]
) -> Any:
    """The ONNX model of a graph."""
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    return helper.make_model(
        helper.make_graph(
            [helper.make_node(x.kind, x.inputs, [x.output], x.name, **x.attributes) for x in graph.operations],
            table.name,
            [helper.make_tensor_value_info(INPUT, float32, ["N", *shape])],
            [helper.make_tensor_value_info(OUTPUT, float32, ["N", table.num_classes])],
            [onnx.numpy_helper.from_array(np.ascontiguousarray(w), name) for name, w in weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="googlenet",
        producer_version=__version__,
    )
