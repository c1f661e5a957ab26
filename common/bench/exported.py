"""The network as an ONNX model, computed by a runtime that knows no framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from common.bench.jobs import Job
from common.table.drawing import probing
from common.weights.onnx_export import INPUT, export

RUNTIMES = {"onnxruntime": "onnxruntime", "openvino": "openvino"}  # name to the package that it needs
Predict = Callable[[np.ndarray], np.ndarray]


def onnxruntime(path: str, threads: int) -> tuple[str, Predict]:
    """ONNX Runtime's version, and its function from images to logits."""
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    session = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return f"ONNX Runtime {runtime.__version__}", lambda images: session.run(None, {INPUT: images})[0]


def openvino(path: str, threads: int) -> tuple[str, Predict]:
    """OpenVINO's version, and its function from images to logits."""
    import openvino as runtime

    settings = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
    model = runtime.compile_model(path, "CPU", settings)
    return f"OpenVINO {runtime.__version__.split('-')[0]}", lambda images: model({INPUT: images})[0]


OPEN: dict[str, Callable[[str, int], tuple[str, Predict]]] = {"onnxruntime": onnxruntime, "openvino": openvino}


def write(job: Job) -> str:
    """Write the network of a job with its weights, and return the path.

    Raises:
        InputError: a layer that ONNX has not, or onnx is not installed.
    """
    path = f"{job.folder}/{job.provider}.onnx"
    weights: dict[str, Any] = dict(probing(job.table, job.seed, "float32"))
    export(job.table, weights, path, size=job.shape[1:])
    return path
