"""Frozen graphs of TensorFlow are read by the numbers of their fields, with no library of TensorFlow's."""

import numpy as np
import pytest
from support.arrays import same
from support.weight_files import VALUES, field, graph_def, graph_node, graph_tensor, refused, unpacked, varint

from common.weights.formats import read

HALF = np.array([0.5, -2], np.float16)


def packed(*numbers):
    return b"".join(varint(number % (1 << 64)) for number in numbers)


CONSTANTS = {  # name: (type, dims, bytes of the numbers, what they are)
    "content": (1, (1, 3, 2), field(4, VALUES.tobytes()), VALUES.reshape(1, 3, 2)),
    "floats": (1, (6,), field(5, VALUES.tobytes()), VALUES),
    "floats one by one": (1, (2, 3), unpacked(5, VALUES), VALUES.reshape(2, 3)),
    "doubles": (2, (2,), field(6, np.array([0.1, 1e-300]).tobytes()), np.array([0.1, 1e-300])),
    "double content": (2, (1,), field(4, np.array([0.1]).tobytes()), np.array([0.1])),
    "halves": (19, (2,), field(4, HALF.tobytes()), HALF),
    "halves as numbers": (19, (2,), field(13, packed(*HALF.view(np.uint16))), HALF),
    "integers": (3, (3,), field(7, packed(-1, 0, 299)), np.array([-1, 0, 299], np.int32)),
    "integers one by one": (3, (2,), field(7, 5) + field(7, 6), np.array([5, 6], np.int32)),
    "long integers": (9, (1,), field(10, packed(1 << 40)), np.array([1 << 40])),
    "a scalar": (1, (), field(5, VALUES[:1].tobytes()), np.array(VALUES[0])),
    "the last repeated": (1, (4,), field(5, VALUES[:2].tobytes()), VALUES[[0, 1, 1, 1]]),
    "zeros": (1, (2, 2), b"", np.zeros((2, 2), np.float32)),
    "nothing": (1, (0, 3), b"", np.zeros((0, 3), np.float32)),
}


def test_constants_are_read_in_every_way_that_they_are_written(tmp_path):
    nodes = [graph_node(name, value=graph_tensor(kind, dims, raw)) for name, (kind, dims, raw, _) in CONSTANTS.items()]
    text = graph_node("a text", value=graph_tensor(7, (), field(8, "image")))
    (tmp_path / "w").write_bytes(graph_def(text, *nodes))
    contents = read(tmp_path / "w")
    assert same(contents.tensors, {name: array for name, (*_, array) in CONSTANTS.items()})
    assert (contents.format, contents.metadata) == ("tensorflow", {})
    assert contents.layers == {"a text": "Const", **dict.fromkeys(CONSTANTS, "Const")}
    assert all(array.flags.writeable for array in contents.tensors.values())


def test_the_graph_is_read_with_the_attributes_that_layers_have(tmp_path):
    attributes = {
        "strides": field(1, field(3, packed(1, 2, 2, 1))),
        "ksize": field(1, field(3, 3) + field(3, 5)),
        "padding": field(2, "SAME"),
        "variance_epsilon": varint(4 << 3 | 5) + np.float32(0.001).tobytes(),
        "scale_after_normalization": field(5, 1),
        "count": field(3, (1 << 64) - 2),
        "T": field(6, 1),  # a type, which is of no use here
    }
    conv = graph_node("conv", "Conv2D", ("x", "w", "^after"), **attributes)
    weight = graph_node("w", value=graph_tensor(1, (1,), field(4, bytes(4))))
    (tmp_path / "w").write_bytes(graph_def(conv, weight))
    node, _ = read(tmp_path / "w").nodes
    assert (node.name, node.op, node.inputs, node.outputs) == ("conv", "Conv2D", ("x", "w", "^after"), ("conv",))
    assert node.attributes == {
        **{"strides": (1, 2, 2, 1), "ksize": (3, 5), "padding": "SAME", "variance_epsilon": np.float32(0.001)},
        **{"scale_after_normalization": 1, "count": -2},
    }


@pytest.mark.only("tf")
def test_what_tensorflow_writes_is_read_as_it_was(tmp_path):
    import tensorflow as tf

    graph = tf.Graph()
    with graph.as_default():
        values = tf.constant(VALUES.reshape(1, 3, 2, 1), name="values")
        tf.constant(np.full((2, 2), 7, np.float32), name="seven")
        tf.nn.conv2d(tf.zeros((1, 9, 9, 3)), values[:, :, :1] * tf.ones((1, 3, 3, 1)), 2, "SAME", name="conv")
    (tmp_path / "w").write_bytes(graph.as_graph_def().SerializeToString())
    contents = read(tmp_path / "w")
    assert np.array_equal(contents.tensors["values"], VALUES.reshape(1, 3, 2, 1))
    assert np.array_equal(contents.tensors["seven"], np.full((2, 2), 7))
    (conv,) = (node for node in contents.nodes if node.op == "Conv2D")
    assert (conv.attributes["strides"], conv.attributes["padding"]) == ((1, 2, 2, 1), "SAME")


def test_a_network_of_caffe_whose_name_is_as_long_as_a_tag_stays_one(tmp_path):
    """Both kinds begin with the same byte."""
    (tmp_path / "w").write_bytes(field(1, "net of 10 "))
    assert refused(tmp_path / "w").startswith("no layers in it: not a .caffemodel")
