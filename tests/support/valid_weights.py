"""The bytes of a small valid file of each format, to be edited."""

import tempfile
from pathlib import Path

from support import weight_files

WRITERS = {
    "safetensors": weight_files.write_safetensors,
    "torch": weight_files.write_torch,
    "caffe": weight_files.write_caffe,
    "onnx": weight_files.write_onnx,
    "tensorflow": weight_files.write_graph,
    "hdf5": weight_files.weights_h5,
    "keras": weight_files.write_keras_archive,
    "gluon": weight_files.write_gluon,
}


def valid(kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "valid")
        WRITERS[kind](path)
        return path.read_bytes()
