"""safetensors: a header of JSON, then the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors import deserialize, safe_open

from common.base.errors import InputError
from common.weights.formats.bfloat16 import widen
from common.weights.formats.contents import Contents
from common.weights.formats.faults import blaming

TYPES = ("F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL")


def read(path: Path) -> Contents:
    """Read every tensor, in the order of the numbers in the file; ``__metadata__`` is the metadata.

    Raises:
        InputError: cut short, damaged, or with a tensor of a type that NumPy does not have.
    """
    with blaming(path, "not a whole safetensors file"), safe_open(path, framework="numpy") as file:
        names = file.offset_keys()
        types = {name: file.get_slice(name).get_dtype() for name in names}
        for name, kind in types.items():
            if kind not in TYPES:
                raise InputError(f"{path}: tensor {name!r} is of type {kind}; these are read: {', '.join(TYPES)}")
        narrow = _bfloat16(path) if "BF16" in types.values() else {}
        tensors = {name: narrow[name] if name in narrow else file.get_tensor(name) for name in names}
        return Contents(path, "safetensors", tensors, layers={}, metadata=dict(file.metadata() or {}))


def _bfloat16(path: Path) -> dict[str, np.ndarray]:
    """The bfloat16 tensors, from their bytes: safetensors itself hands out no array of them."""
    return {
        name: widen(np.frombuffer(entry["data"], "<u2")).reshape(entry["shape"])
        for name, entry in deserialize(path.read_bytes())
        if entry["dtype"] == "BF16"
    }
