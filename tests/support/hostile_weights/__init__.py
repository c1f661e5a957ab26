"""Files of weights that are wrong on purpose, of every format: what they say would take gigabytes, or for ever.

`hostile_files` yields them, some written by hand and some made of valid files, by edits that follow the format: its
sizes, counts and offsets. Each is small. Whoever reads one must refuse it in one line, or read what is really there.
"""

from collections.abc import Iterator

from support.hostile_weights.caffe_files import of_caffe
from support.hostile_weights.edits import of_edits
from support.hostile_weights.gluon_files import of_gluon
from support.hostile_weights.graph_files import of_graph
from support.hostile_weights.hostile import Hostile, contents
from support.hostile_weights.keras_files import of_hdf5, of_keras, of_legacy
from support.hostile_weights.onnx_files import of_onnx
from support.hostile_weights.safetensors_files import of_safetensors
from support.hostile_weights.torch_files import of_torch

__all__ = ["FORMATS", "WRITTEN", "Hostile", "contents", "hostile_files", "of_edits"]

WRITTEN = {
    "safetensors": (of_safetensors,),
    "torch": (of_torch,),
    "caffe": (of_caffe,),
    "onnx": (of_onnx,),
    "tensorflow": (of_graph,),
    "hdf5": (of_hdf5, of_legacy),
    "keras": (of_keras,),
    "gluon": (of_gluon,),
}
FORMATS = tuple(WRITTEN)


def hostile_files(*formats: str) -> Iterator[Hostile]:
    """The files written by hand, of the formats named or of all."""
    for kind in formats or FORMATS:
        for generate in WRITTEN[kind]:
            for name, write, says in generate():
                yield Hostile(kind, name, write, says)
