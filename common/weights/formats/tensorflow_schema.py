"""The part of TensorFlow's graph.proto that weights need: numbers of fields, and the types of tensors.

Source: tensorflow/core/framework, graph.proto, node_def.proto, attr_value.proto, tensor.proto, types.proto.
"""

from __future__ import annotations

# Numbers of fields, by message.
GRAPH = {"node": 1}
NODE = {"name": 1, "op": 2, "input": 3, "attr": 5}
ENTRY = {"key": 1, "value": 2}  # of the map of attributes
VALUE = {"list": 1, "s": 2, "i": 3, "f": 4, "b": 5, "tensor": 8}
LIST = {"i": 3}
TENSOR = {"dtype": 1, "shape": 2, "content": 4}
SHAPE = {"dim": 2, "unknown_rank": 3}
DIM = {"size": 1}

STRING = 7  # DT_STRING
# DataType to (NumPy's type of tensor_content, the field with the numbers one by one, NumPy's type of them where they
# are of a fixed width; others are varints).
TYPES: dict[int, tuple[str, int, str | None]] = {
    1: ("<f4", 5, "<f4"),  # DT_FLOAT, float_val
    2: ("<f8", 6, "<f8"),  # DT_DOUBLE, double_val
    3: ("<i4", 7, None),  # DT_INT32, int_val
    9: ("<i8", 10, None),  # DT_INT64, int64_val
    19: ("<f2", 13, None),  # DT_HALF, half_val: the 16 bits of each as a whole number
}
