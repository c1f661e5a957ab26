"""What a weight file holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

Attribute = int | float | str | tuple


@dataclass(frozen=True)
class Node:
    """An operation of a graph of ONNX or TensorFlow. A tensor among the attributes of ONNX is a nested tuple."""

    name: str
    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Attribute]


@dataclass(frozen=True)
class Contents:
    """A weight file, read.

    Attributes:
        format: safetensors, torch, caffe, onnx, tensorflow, keras-legacy, keras-weights, keras or gluon.
        tensors: names, order and layouts are the file's; float16 stays float16, bfloat16 is widened to float32.
        layers: name to type of every layer (Caffe) or node (ONNX, TensorFlow), in order; empty elsewhere.
        metadata: the texts beside the tensors: those of safetensors and ONNX, the root's attributes of HDF5,
            ``config`` of a .keras file; empty elsewhere.
        nodes: the graph, in files of ONNX and TensorFlow.
    """

    path: Path
    format: str
    tensors: dict[str, np.ndarray]
    layers: dict[str, str]
    metadata: dict[str, str]
    nodes: tuple[Node, ...] = ()
