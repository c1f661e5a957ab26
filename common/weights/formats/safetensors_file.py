"""safetensors files of anybody, as `common.weights.safetensors_file` reads them."""

from __future__ import annotations

from pathlib import Path

from common.weights import safetensors_file
from common.weights.formats.contents import Contents


def read(path: Path) -> Contents:
    """Read every tensor, in the order of the numbers in the file; ``__metadata__`` is the metadata.

    Raises:
        InputError: cut short, damaged, or with a tensor of a type that NumPy does not have.
    """
    metadata, tensors = safetensors_file.read(path)
    return Contents(path, "safetensors", tensors, layers={}, metadata=metadata)
