"""Caffe's files of both generations are read by their field numbers."""

import numpy as np
import pytest
from support.arrays import same
from support.weight_files import (
    VALUES,
    field,
    legacy_dims,
    new_layer,
    old_layer,
    refused,
    shape,
    unpacked,
    varint,
)

from common.weights.formats import read
from common.weights.formats.caffe_schema import V1_TYPES

GENERATIONS = {"new": (new_layer, {"c": "Convolution", "s": "Split"}), "old": (old_layer, {"c": 4, "s": 22})}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("named", [field(1, "net"), b""], ids=["named", "nameless"])
def test_caffes_layers_and_blobs_are_read(generation, named, tmp_path):
    layer, kinds = GENERATIONS[generation]
    kernel, bias, wide = VALUES.reshape(1, 3, 2, 1), VALUES[:3], np.array([0.1, 1e-300])
    blobs = [
        shape(1, 3, 2, 1) + field(5, kernel.tobytes()),
        legacy_dims(1, 1, 1, 3) + unpacked(5, bias),  # a reader that squeezed would lose what the file says
        shape(2, 1) + field(8, wide.tobytes()) + field(6, bias.tobytes()) + field(9, wide.tobytes()),  # with gradients
        shape(2) + unpacked(8, wide),
        shape() + field(5, VALUES[:1].tobytes()),
        field(2, 3) + field(3, 1) + field(4, 1),  # legacy, where num is 0 for not being there
        field(5, bias[:1].tobytes()) + shape(3) + field(5, bias[1:].tobytes()),  # in two parts
    ]
    layers = layer("z/conv 3x3", kinds["c"], *blobs), layer("a_split", kinds["s"])
    (tmp_path / "w").write_bytes(named + b"".join(layers))
    contents = read(tmp_path / "w")
    arrays = [kernel, bias.reshape(1, 1, 1, 3), wide.reshape(2, 1), wide, np.array(VALUES[0])]
    arrays += [np.zeros((0, 3, 1, 1), np.float32), bias]
    assert same(contents.tensors, {f"z/conv 3x3:{i}": array for i, array in enumerate(arrays)})
    assert list(contents.layers.items()) == [("z/conv 3x3", "Convolution"), ("a_split", "Split")]
    assert (contents.format, contents.metadata, contents.nodes) == ("caffe", {}, ())


def test_where_a_blob_has_both_kinds_of_dims_the_older_count_as_in_caffe(tmp_path):
    """Blob::FromProto asks for num, channels, height and width first."""
    blob = legacy_dims(1, 1, 2, 3) + shape(6) + field(5, VALUES.tobytes())
    (tmp_path / "w").write_bytes(new_layer("c", "Convolution", blob))
    assert read(tmp_path / "w").tensors["c:0"].shape == (1, 1, 2, 3)


def test_old_types_have_the_names_of_the_new_generation(tmp_path):
    """As in UpgradeV1LayerType: the enum's own names in capitals, written together, but for these."""
    enum = [
        *("NONE", "ACCURACY", "BNLL", "CONCAT", "CONVOLUTION", "DATA", "DROPOUT", "EUCLIDEAN_LOSS", "FLATTEN"),
        *("HDF5_DATA", "HDF5_OUTPUT", "IM2COL", "IMAGE_DATA", "INFOGAIN_LOSS", "INNER_PRODUCT", "LRN"),
        *("MULTINOMIAL_LOGISTIC_LOSS", "POOLING", "RELU", "SIGMOID", "SOFTMAX", "SOFTMAX_LOSS", "SPLIT", "TANH"),
        *("WINDOW_DATA", "ELTWISE", "POWER", "SIGMOID_CROSS_ENTROPY_LOSS", "HINGE_LOSS", "MEMORY_DATA", "ARGMAX"),
        *("THRESHOLD", "DUMMY_DATA", "SLICE", "MVN", "ABSVAL", "SILENCE", "CONTRASTIVE_LOSS", "EXP", "DECONVOLUTION"),
    ]
    kept = {"NONE": "", "BNLL": "BNLL", "LRN": "LRN", "MVN": "MVN", "RELU": "ReLU", "TANH": "TanH", "ABSVAL": "AbsVal"}
    kept |= {
        "ARGMAX": "ArgMax",
        "HDF5_DATA": "HDF5Data",
        "HDF5_OUTPUT": "HDF5Output",
        "SOFTMAX_LOSS": "SoftmaxWithLoss",
    }
    wanted = [kept.get(name, "".join(part.capitalize() for part in name.split("_"))) for name in enum]
    assert [V1_TYPES[number] for number in range(40)] == wanted
    assert len(V1_TYPES) == 40
    data = shape(1) + field(5, bytes(4))
    (tmp_path / "w").write_bytes(b"".join(old_layer(f"l{n}", n, data) for n in range(40)))
    assert list(read(tmp_path / "w").layers.values()) == wanted


GOOD = shape(2) + field(5, bytes(8))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (new_layer("c", "Convolution", shape(3) + field(5, bytes(8))), "tensor 'c:0' has 2 values, not those of its"),
        (new_layer("c", "Convolution", GOOD, shape(3) + unpacked(5, VALUES[:2])), "tensor 'c:1' has 2 values"),
        (old_layer("c", 4, legacy_dims(1, 1, 1, 3) + field(5, bytes(8))), "tensor 'c:0' has 2 values"),
        (old_layer("c", 4, legacy_dims(1, 1, -1, -2) + field(5, bytes(8))), "its shape (1, 1, -1, -2): get it again"),
        (new_layer("c", "Convolution", shape(-2, -1) + field(5, bytes(8))), "its shape (-2, -1): get it again"),
        (new_layer("c", "Convolution", field(5, bytes(8))), "tensor 'c:0' has 2 values, not those of its shape ()"),
        (new_layer("c", "Convolution", shape(2)), "tensor 'c:0' has 0 values"),
        (new_layer("c", "Convolution", shape(2) + field(5, bytes(7))), "not a whole Caffe file"),
        (new_layer("c", "Convolution", GOOD)[:-1], "not a whole Caffe file: it is damaged: get it again"),
        (field(1, "net") + varint(100 << 3 | 2) + varint(99) + b"few", "not a whole Caffe file: it is cut short"),
        (field(1, "net"), "no layers in it"),
        (new_layer("c", "Convolution"), "no tensors in it"),
        (new_layer("c", "Convolution", GOOD) * 2, "two layers are called 'c'"),
        (new_layer("c", "Data") + new_layer("c", "Convolution", GOOD), "two layers are called 'c'"),
        (new_layer("c", "Data") + new_layer("c", "Input"), "two layers are called 'c'"),
        (old_layer("c", 40, GOOD), "layer 'c' has type 40, which caffe.proto does not know"),
        (new_layer(b"\xff\xfe", "Convolution", GOOD), "the name of a layer is not text"),
        (new_layer("c", "Convolution", GOOD) + old_layer("d", 4, GOOD), "has layers of two generations"),
        (field(2, field(1, field(1, "c") + field(2, "conv") + field(50, GOOD))), "of Caffe's oldest generation, V0"),
    ],
)
def test_a_caffe_file_that_is_not_right_is_refused(data, message, tmp_path):
    (tmp_path / "w").write_bytes(data)
    assert message in refused(tmp_path / "w")


def test_a_data_layer_may_come_twice_for_training_and_for_testing(tmp_path):
    data = new_layer("data", "Data")
    (tmp_path / "w").write_bytes(data + data + new_layer("c", "Convolution", GOOD))
    assert read(tmp_path / "w").layers == {"data": "Data", "c": "Convolution"}
