"""ONNX files that are wrong: tensors, nodes and graphs of protobuf."""

import numpy as np
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array
from support.hostile_weights.hostile import HUGE, contents
from support.weight_files import field, onnx_model, varint


def onnx_bytes(*initializers, nodes=(), graph=b"", behind=b""):
    """A model with serialised tensors, and bytes behind the fields of its graph and of itself."""
    inner = onnx_model(nodes).graph.SerializeToString() + b"".join(field(5, tensor) for tensor in initializers) + graph
    return contents(field(1, 8) + field(7, inner) + field(8, field(2, 17)) + behind)


def tensor(dims=(1,), data=b"", kind=TensorProto.FLOAT, name="k"):
    return b"".join(field(1, dim) for dim in dims) + field(2, kind) + data + field(8, name)


def of_onnx():
    raw = field(9, bytes(4))
    for size in (*HUGE, -1, -(1 << 63)):
        yield f"dims-{size}", onnx_bytes(tensor((size,), raw)), "'k'"
        yield f"dims-{size}-without-data", onnx_bytes(tensor((size,))), "'k'"
    yield "dims-of-2^64", onnx_bytes(tensor((1 << 32, 1 << 32), raw)), "would take more than 2^64 bytes"
    yield "100-axes", onnx_bytes(tensor((1,) * 100, raw)), "has shape"
    yield "1-GB-of-dims", onnx_bytes(tensor((1 << 28,))), "would take 1,073,741,824 bytes"
    yield "dims-of-9-MB", onnx_bytes(field(1, bytes([1]) * 9_000_000) + field(2, 1) + field(8, "k")), ""
    yield (
        "int64-of-9-MB",
        onnx_bytes(tensor((1,), field(7, bytes(9_000_000)), TensorProto.INT64)),
        "would take 72,000,00",
    )
    ints = field(1, "a") + field(8, bytes(9_000_000)) + field(20, 7)
    yield "ints-of-9-MB", onnx_bytes(graph=field(1, field(2, "y") + field(4, "Relu") + field(5, ints))), "would take"
    yield "300000-nodes", onnx_bytes(tensor((1,), raw), graph=field(1, b"") * 300_000), "it is damaged"
    yield "300000-properties", onnx_bytes(tensor((1,), raw), behind=field(14, b"") * 300_000), "it is damaged"
    yield "300000-inputs", onnx_bytes(graph=field(1, field(1, b"") * 300_000)), "it is damaged"
    yield (
        "functions",
        onnx_bytes(tensor((1,), raw), behind=field(25, field(7, b"") * 1_100_000)),
        "more beside its graph",
    )
    yield "training", onnx_bytes(tensor((1,), raw), behind=field(20, bytes(3 << 20))), "more beside its graph"
    graph = b""
    for _ in range(3_000):
        graph = field(1, field(4, "If") + field(5, field(1, "g") + field(6, graph) + field(20, 5)))
    yield "3000-graphs-deep", onnx_bytes(tensor((1,), raw), graph=graph), "nested more than"
    yield "30000-tensors", onnx_bytes(*[tensor((0,))] * 30_000), "more than 20,000 tensors"
    yield "twice", onnx_bytes(tensor((1,), raw), tensor((1,), raw)), "two tensors are called 'k'"
    yield "misfit", onnx_bytes(tensor((7,), raw)), "does not fit its shape"
    yield "unknown-type", onnx_bytes(tensor((1,), raw, 99)), "does not fit its shape"
    outside = field(13, field(1, "location") + field(2, "../../etc/passwd")) + field(14, 1)
    yield "external", onnx_bytes(tensor((1,), outside)), "in another file"
    sparse = helper.make_sparse_tensor(from_array(np.ones(1, np.float32), "k"), from_array(np.array([0])), [1 << 40])
    yield "sparse", onnx_bytes(graph=field(15, sparse.SerializeToString())), "sparse initializers"
    big = helper.make_node("Constant", [], ["y"], value=from_array(np.zeros(20_000, np.float32)))
    yield "large-constant", onnx_bytes(tensor((1,), raw), nodes=[big]), "20,000 numbers, more than 10,000"
    yield "conv-without-inputs", onnx_bytes(tensor((1,), raw), nodes=[helper.make_node("Conv", [], ["y"])]), ""
    yield (
        "network-named",
        onnx_bytes(tensor((1,), raw), behind=field(14, field(1, "network") + field(2, "n" * 9999))),
        "",
    )
    yield (
        "network-with-preprocessing",
        onnx_bytes(
            tensor((1,), raw),
            behind=field(14, field(1, "network") + field(2, "d2l"))
            + field(14, field(1, "preprocessing") + field(2, "[" * 100_000)),
        ),
        "",
    )
    yield "cut", contents(field(1, 8) + varint(7 << 3 | 2) + varint(1 << 20) + b"x"), "it is cut short"
