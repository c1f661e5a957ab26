"""Whether the convolutions of an ONNX graph move as those of the table do: names and shapes do not tell."""

from __future__ import annotations

from collections.abc import Mapping

from common.base.errors import InputError
from common.table.analysis import Table
from common.table.padding import sides
from common.table.spec import Conv
from common.weights.budget import cut
from common.weights.formats import Contents


def check_convolutions(contents: Contents, table: Table, names: Mapping[str, str]) -> None:
    """Require kernel, stride and padding of every convolution to be those of the table, where the graph states them.

    Args:
        names: canonical names of tensors to those in the file.

    Raises:
        InputError: names the first convolution that differs.
    """
    layers = {
        names[f"{layer.name}.weight"]: (layer, layer.node)
        for layer in table.layers.values()
        if isinstance(layer.node, Conv) and f"{layer.name}.weight" in names
    }
    for node in contents.nodes:
        if node.op != "Conv" or len(node.inputs) < 2 or node.inputs[1] not in layers:
            continue
        layer, conv = layers[node.inputs[1]]
        kernel, stride, padding = conv.window
        (top, bottom), (left, right) = sides(layer.input[1:], kernel, stride, padding)
        wanted = {  # and what ONNX takes where the graph is silent
            "kernel_shape": (kernel, kernel),
            "strides": (stride, (1, 1)),
            "pads": ((top, left, bottom, right), (0, 0, 0, 0)),
            "auto_pad": ("NOTSET", "NOTSET"),
            "dilations": ((1, 1), (1, 1)),
            "group": (1, 1),
        }
        for attribute, (value, default) in wanted.items():
            stated = node.attributes.get(attribute, default)
            if stated != value:
                raise InputError(
                    f"{contents.path}: the convolution {cut(node.name)} has {attribute} {cut(str(stated))[1:-1]}, "
                    f"where {layer.name} of {table.name} has {value}"
                )
