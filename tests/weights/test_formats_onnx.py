"""ONNX files are read with their graph; what is not in the file is refused."""

import struct

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array
from support.arrays import same
from support.weight_files import VALUES, onnx_model, refused

from common.weights.formats import Node, read


def test_onnx_initializers_and_graph_are_read(tmp_path):
    half = VALUES[:2].astype(np.float16)
    initializers = [
        from_array(VALUES.reshape(2, 3), "z"),
        helper.make_tensor("typed", TensorProto.FLOAT, [2, 1], [0.5, -0.25]),  # in float_data
        from_array(half, "half"),
        helper.make_tensor("halves", TensorProto.FLOAT16, [2], half),  # in int32_data
        from_array(np.array(5, np.int64), "a"),
        helper.make_tensor("b", TensorProto.BFLOAT16, [2, 1], struct.pack("<2H", 0x3F80, 0xC020), raw=True),
        TensorProto(name="s", data_type=TensorProto.BFLOAT16, raw_data=struct.pack("<H", 0xC020)),
        from_array(np.array([0.1, 1e-300]), "wide"),
    ]
    nodes = [
        helper.make_node("Constant", [], ["c"], value=from_array(np.array([[1, -1]], np.int64))),
        helper.make_node("Conv", ["x", "z", ""], ["h"], name="conv/3x3", pads=[1, 1, 0, 0], group=2, auto_pad="VALID"),
        helper.make_node("LRN", ["h"], ["n", "extra"], alpha=0.5, scales=[0.25, 2.0], names=["p", "q"]),
    ]
    (tmp_path / "w").write_bytes(onnx_model(nodes, initializers).SerializeToString())
    contents = read(tmp_path / "w")
    wanted = {
        "z": VALUES.reshape(2, 3),
        "typed": np.array([[0.5], [-0.25]], np.float32),
        "half": half,
        "halves": half,
        "a": np.array(5, np.int64),
        "b": np.array([[1], [-2.5]], np.float32),
        "s": np.array(-2.5, np.float32),
        "wide": np.array([0.1, 1e-300]),
    }
    assert same(contents.tensors, wanted)
    assert list(contents.layers.items()) == [("c", "Constant"), ("conv/3x3", "Conv"), ("n", "LRN")]
    assert contents.metadata == {"author": "me", "licence": "MIT"}
    assert contents.nodes == (
        Node("c", "Constant", (), ("c",), {"value": ((1, -1),)}),
        Node("conv/3x3", "Conv", ("x", "z", ""), ("h",), {"auto_pad": "VALID", "group": 2, "pads": (1, 1, 0, 0)}),
        Node("n", "LRN", ("h",), ("n", "extra"), {"alpha": 0.5, "names": ("p", "q"), "scales": (0.25, 2.0)}),
    )
    assert contents.format == "onnx"


def external(name):
    tensor = from_array(VALUES, name)
    onnx.external_data_helper.set_external_data(tensor, "/etc/passwd")
    tensor.ClearField("raw_data")
    return tensor


def test_nodes_need_no_names_of_their_own(tmp_path):
    """The specification asks for none, and exporters give several nodes the same."""
    nodes = [helper.make_node("Relu", [a], [b], name="relu") for a, b in ("xy", "yz")] + [
        helper.make_node("Relu", "z", "w")
    ]
    (tmp_path / "w").write_bytes(onnx_model(nodes, [from_array(VALUES, "k")]).SerializeToString())
    assert list(read(tmp_path / "w").layers) == ["relu", "z", "w"]


def misfit(dims, **fields):
    return TensorProto(name="k", dims=dims, data_type=TensorProto.FLOAT, **fields)


GRAPH = helper.make_graph([], "inner", [], [])


SPARSE = helper.make_sparse_tensor(from_array(VALUES[:1], "k"), from_array(np.array([0])), [3])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (onnx_model(), "no tensors in it"),
        (onnx_model(initializers=[external("k")]), "tensor 'k' is in another file, as external data"),
        (onnx_model([helper.make_node("Constant", [], ["y"], value=external("k"))]), "tensor 'y.value' is in another"),
        (onnx_model(initializers=[misfit([7], raw_data=bytes(8))]), "tensor 'k' does not fit its shape and type"),
        (onnx_model(initializers=[misfit([7], raw_data=bytes(7))]), "tensor 'k' does not fit its shape and type"),
        (onnx_model(initializers=[misfit([7], float_data=[1, 2])]), "tensor 'k' does not fit its shape and type"),
        (onnx_model(initializers=[misfit([-1], raw_data=bytes(8))]), "tensor 'k' has shape (-1,)"),
        (onnx_model(initializers=[TensorProto(name="k", data_type=99)]), "tensor 'k' does not fit its shape and type"),
        (onnx_model(initializers=[helper.make_tensor("k", TensorProto.STRING, [1], [b"a"])]), "tensor 'k' has dtype"),
        (onnx_model(initializers=[helper.make_tensor("k", TensorProto.FLOAT8E5M2, [1], [1])]), "tensor 'k' has dtype"),
        (onnx_model(initializers=[from_array(VALUES, "k")] * 2), "two tensors are called 'k'"),
        (onnx_model([helper.make_node("Relu", ["x"], ["y"], name="n")] * 2), "two nodes make 'y'"),
        (onnx_model([helper.make_node("If", ["x"], ["y"], then_branch=GRAPH)]), "'then_branch' of node 'y' is a Graph"),
        (onnx_model([helper.make_node("If", ["x"], ["y"], a=[GRAPH])]), "attribute 'a' of node 'y' is a tuple"),
        (onnx_model([helper.make_node("Relu", ["x"], ["y"], a=b"\xff")]), "attribute 'a' of node 'y' cannot be read"),
        (onnx.ModelProto(ir_version=8, producer_name="x"), "not a whole ONNX file: no ir_version, graph or operator"),
    ],
)
def test_an_onnx_file_that_is_not_right_is_refused(model, message, tmp_path):
    (tmp_path / "w").write_bytes(model.SerializeToString())
    assert message in refused(tmp_path / "w")


def test_sparse_initializers_are_refused(tmp_path):
    model = onnx_model()
    model.graph.sparse_initializer.append(SPARSE)
    (tmp_path / "w").write_bytes(model.SerializeToString())
    assert "has sparse initializers" in refused(tmp_path / "w")


def test_an_onnx_file_that_ends_behind_its_graph_is_refused_but_the_first_versions_did(tmp_path):
    for version in (3, 2):
        model = onnx_model(initializers=[from_array(VALUES, "k")], ir_version=version)
        model.ClearField("opset_import")
        model.ClearField("metadata_props")
        (tmp_path / f"{version}").write_bytes(model.SerializeToString())
    assert "not a whole ONNX file" in refused(tmp_path / "3")
    assert same(read(tmp_path / "2").tensors, {"k": VALUES})
