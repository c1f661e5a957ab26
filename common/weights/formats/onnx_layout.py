"""What an ONNX file asks for, by its fields: looked through before protobuf makes messages of them.

Source: onnx/onnx, onnx/onnx.proto. ``BYTES`` are fields of bulk that take as much memory as they are long; messages
are looked into; whatever else a message has is short, or the file is refused.
"""

from __future__ import annotations

import os
from math import prod

import numpy as np

from common.base.errors import InputError
from common.weights.budget import AGAIN, DIRECTORY, Budget, cut
from common.weights.formats.faults import reported_for
from common.weights.formats.wire import LEN, Wire, packed, signed

BYTES = "bytes"
VARINTS = "varints"  # packed: one byte may become a number of eight
MESSAGES: dict[str, dict[int, str]] = {
    "Model": {2: BYTES, 3: BYTES, 4: BYTES, 6: BYTES, 7: "Graph", 8: "OperatorSet", 14: "Entry"},
    "OperatorSet": {1: BYTES},
    "Entry": {1: BYTES, 2: BYTES},
    "Graph": {
        1: "Node",
        2: BYTES,
        5: "Tensor",
        10: BYTES,
        11: "Value",
        12: "Value",
        13: "Value",
        15: "SparseTensor",
        16: "Entry",
    },
    "Node": {1: BYTES, 2: BYTES, 3: BYTES, 4: BYTES, 5: "Attribute", 6: BYTES, 7: BYTES, 9: "Entry"},
    "Attribute": {
        1: BYTES,
        4: BYTES,
        5: "Tensor",
        6: "Graph",
        8: VARINTS,
        9: BYTES,
        10: "Tensor",
        11: "Graph",
        13: BYTES,
    },
    "Value": {1: BYTES, 3: BYTES},
    "Tensor": {
        1: VARINTS,
        4: BYTES,
        5: VARINTS,
        6: BYTES,
        7: VARINTS,
        8: BYTES,
        9: BYTES,
        10: BYTES,
        11: VARINTS,
        12: BYTES,
    },
    "SparseTensor": {1: "Tensor", 2: "Tensor", 3: VARINTS},
}
DEPTH = 20  # of graphs within attributes of nodes of graphs
DIMS, NAME = 1, 8  # fields of a tensor
WIDTHS = {5: 4, 7: 8, 11: 8}  # bytes in memory of each number in its fields int32_data, int64_data, uint64_data


def check(path: str | os.PathLike, data: memoryview) -> None:
    """Require that reading an ONNX file takes no more than its size allows.

    Raises:
        InputError: cut short, damaged, nested deeply, of too many parts, or with a tensor of too many numbers.
    """
    with reported_for(path, "not a whole ONNX file"):
        _Look(path, len(data)).message("Model", data, 0)


class _Look:
    """One look through a file."""

    def __init__(self, path: str | os.PathLike, size: int):
        self.path, self.wire, self.budget = path, Wire(), Budget(path, size)
        self.others = 0

    def message(self, kind: str, data: memoryview, depth: int) -> None:
        if depth > DEPTH:
            raise InputError(f"{self.path}: its graphs are nested more than {DEPTH // 4} deep: {AGAIN}")
        for number, wire, value in self.wire.fields(data, whole=kind == "Model"):
            if not isinstance(value, memoryview) or wire != LEN:
                continue
            inner = MESSAGES[kind].get(number)
            if inner == "Tensor":
                self.tensor(value)
            if inner in MESSAGES:
                self.message(inner, value, depth + 1)
            elif inner == VARINTS and kind != "Tensor":
                self.budget.unpacked("a list of numbers", 8 * len(value))
            elif inner is None:
                self.others += len(value)
                if self.others > DIRECTORY:
                    raise InputError(f"{self.path}: more beside its graph than any network here has: {AGAIN}")

    def tensor(self, data: memoryview) -> None:
        """Count a tensor by its shape, before it is looked into."""
        dims: list[int] = []
        name, numbers = "", 0
        for number, wire, value in self.wire.fields(data):
            if isinstance(value, int):
                dims += [signed(value)] if number == DIMS else []
            elif number == DIMS:
                dims += map(signed, packed(value[:1000]))  # ten times as many as may be
            elif number == NAME and wire == LEN:
                name = bytes(value[:400]).decode(errors="replace")
            elif number in WIDTHS and wire == LEN:
                numbers += WIDTHS[number] * int(np.count_nonzero(np.frombuffer(value, np.uint8) < 128))
        if len(dims) > 8 or min(dims, default=0) < 0:  # NumPy would take -1 for "whatever fits"
            raise InputError(f"{self.path}: tensor {cut(name)} has shape {cut(str(tuple(dims)))[1:-1]}: {AGAIN}")
        self.budget.tensor(name, dims, 4)
        self.budget.unpacked(f"the numbers of {cut(name)}", max(0, numbers - 4 * prod(dims)))
