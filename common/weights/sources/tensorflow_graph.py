"""Whether the layers of a graph of TensorFlow are those of the table: names and shapes of constants do not tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.layers import Layer
from common.table.padding import SAME, VALID, Pad, Same, output_size, sides
from common.table.spec import AvgPool, BatchNorm, Conv, GlobalAvgPool, MaxPool, Window
from common.weights.budget import cut
from common.weights.formats import Contents, Node

NORMALISATION = "BatchNormWithGlobalNormalization"
ROUNDED = 1e-6  # relative: the graph states eps in float32
WORDS: dict[str, Pad | Same] = {"SAME": SAME, "VALID": VALID}
PARTS = ("running_mean", "running_var", "bias", "weight")  # of the normalisation, as its inputs follow the map


def scaled(contents: Contents) -> dict[str, np.ndarray]:
    """The constants as the graph uses them: a scale that a normalisation is told to leave out counts as 1."""
    arrays = dict(contents.tensors)
    for node in contents.nodes:
        if node.op == NORMALISATION and not node.attributes.get("scale_after_normalization"):
            for gamma in node.inputs[4:5]:
                if gamma in arrays:
                    arrays[gamma] = np.ones_like(arrays[gamma])
    return arrays


def check_graph(contents: Contents, table: Table, names: Mapping[str, str], layers: Mapping[str, str]) -> None:
    """Require convolutions, normalisations and pools to be those of the table, and to use the constants named.

    Args:
        names: canonical names of tensors to those in the file.
        layers: canonical names of layers to those in the file.

    Raises:
        InputError: names the first node that is missing or differs.
    """
    nodes = {node.name: node for node in contents.nodes}
    for name, layer in table.layers.items():
        match layer.node:
            case Conv():
                _check(contents, nodes, f"{layers[name]}/Conv2D", _convolution(layer, names), table, name)
                if isinstance(layer.node.norm, BatchNorm):
                    wanted = _normalisation(layer.node.norm, name, names)
                    _check(contents, nodes, f"{layers[name]}/batchnorm", wanted, table, name)
            case MaxPool() | AvgPool() | GlobalAvgPool():
                _check(contents, nodes, layers[name], _pool(layer), table, name)


def _convolution(layer: Layer, names: Mapping[str, str]) -> dict[str, Any]:
    return {"op": "Conv2D", "input 1": names[f"{layer.name}.weight"], **_moves(layer)}


def _normalisation(norm: BatchNorm, name: str, names: Mapping[str, str]) -> dict[str, Any]:
    inputs = {f"input {i}": names[f"{name}.norm.{part}"] for i, part in enumerate(PARTS, 1)}
    return {"op": NORMALISATION, **inputs, "variance_epsilon": norm.eps}


def _pool(layer: Layer) -> dict[str, Any]:
    if isinstance(layer.node, GlobalAvgPool):
        return {"op": "AvgPool", "ksize": (1, *layer.input[1:], 1), "padding": {"VALID"}}
    assert isinstance(layer.node, Window)
    op = "MaxPool" if isinstance(layer.node, MaxPool) else "AvgPool"
    return {"op": op, "ksize": (1, *layer.node.window[0], 1), **_moves(layer)}


def _moves(layer: Layer) -> dict[str, Any]:
    """Stride and padding of a layer, as TensorFlow says them; of the words for its padding any that means the same."""
    assert isinstance(layer.node, Window)
    kernel, stride, padding = layer.node.window
    size = layer.input[1:]
    words = {
        word
        for word, rule in WORDS.items()
        if output_size(size, kernel, stride, rule) == layer.output[1:]
        and sides(size, kernel, stride, rule) == sides(size, kernel, stride, padding)
    }
    return {"strides": (1, *stride, 1), "padding": words, "data_format": "NHWC"}


def _check(
    contents: Contents, nodes: Mapping[str, Node], there: str, wanted: Mapping[str, Any], table: Table, name: str
) -> None:
    node = nodes.get(there)
    if node is None:
        raise InputError(f"{contents.path}: lacks the node {cut(there)}, which is {name} of {table.name}")
    stated: dict[str, Any] = {"data_format": "NHWC", **node.attributes, "op": node.op}
    stated |= {f"input {i}": tensor.removesuffix(":0") for i, tensor in enumerate(node.inputs)}
    for field, value in wanted.items():
        said = stated.get(field)
        if not _agrees(said, value):
            words = " or ".join(sorted(value)) if isinstance(value, set) else value
            raise InputError(
                f"{contents.path}: the node {cut(there)} has {field} {cut(str(said))[1:-1]}, "
                f"where {name} of {table.name} has {words}"
            )


def _agrees(said: object, wanted: object) -> bool:
    """Whether a graph says what is wanted: one of a set, a number as float32 has it, or the very same."""
    if isinstance(wanted, float):
        return isinstance(said, float) and abs(said - wanted) <= ROUNDED * wanted
    return said in wanted if isinstance(wanted, set) else said == wanted
