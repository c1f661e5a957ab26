"""The tensors of published weight files, read by their specifications; nothing in a file is ever run.

The kind of a file is found from its content, whatever it is called. Names and layouts stay those of the file.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from common.base.errors import InputError
from common.weights import native
from common.weights.budget import cut
from common.weights.formats import (
    apart,
    caffe,
    detect,
    framework,
    gluon,
    onnx_file,
    safetensors_file,
    tensorflow,
    torch_file,
)
from common.weights.formats.contents import Contents, Node

READERS: dict[str, Callable[[Path], Contents]] = {
    "safetensors": safetensors_file.read,
    "torch": torch_file.read,
    "caffe": caffe.read,
    "onnx": onnx_file.read,
    "tensorflow": tensorflow.read,
    "hdf5": partial(apart.read, "hdf5"),
    "keras": partial(apart.read, "keras"),
    "gluon": gluon.read,
}
FORMATS = {*READERS, "keras-legacy", "keras-weights"}  # what `Contents.format` may say; the last two are both HDF5

__all__ = ["Contents", "Node", "read"]


def read(path: str | os.PathLike) -> Contents:
    """Read a weight file whole: every tensor, under the name and in the layout that the file gives it.

    Raises:
        InputError: not there, of an unknown kind, cut short or damaged, with a tensor that is not of plain numbers,
            or in need of a library that is not installed. Nothing in the file is executed in finding out.
    """
    path = Path(path)
    own = _of_a_plugin(path)
    contents = Contents(path, own, framework.read_file(own, path), {}, {}) if own else READERS[detect.kind(path)](path)
    if not contents.tensors:
        raise InputError(f"{path}: no tensors in it: give the file with the weights")
    for name, array in contents.tensors.items():
        # Types of 8 bits and less are ml_dtypes' (2), or whole numbers with a field, as ONNX had them before 1.19.
        if array.dtype.kind not in "biuf" or array.dtype.isbuiltin == 2 or array.dtype.fields:
            raise InputError(f"{path}: tensor {cut(name)} has dtype {array.dtype}: only plain numbers are read")
    return contents


def _of_a_plugin(path: Path) -> str | None:
    """The format of a file that nobody but the package of its framework knows: its suffix tells."""
    for suffix, (_, files) in native.kinds().items():
        if files.formats[suffix] not in FORMATS and path.name.endswith(suffix):
            return files.formats[suffix]
    return None
