"""Published weight files: real ones of every format are read exactly, and anything else is refused in one line."""

import io
import json
import os
import pickle
import struct
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np
import onnx
import pytest
from conftest import load
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array
from safetensors.numpy import save_file

from common.errors import InputError
from common.formats import Node, read
from common.formats.caffe_schema import MESSAGES, V1_TYPES
from common.formats.faults import blaming

# Numbers that any rounding or reordering of bytes would change, as float32.
VALUES = np.array([1, -2.5, 1e-45, 3.4e38, 0.1, -0.0], np.float32)


def same(a, b):
    """Equal names in equal order, equal dtypes and shapes, equal bits; and arrays, where NumPy has scalars too."""
    arrays = all(isinstance(array, np.ndarray) for array in (*a.values(), *b.values()))
    return (
        arrays
        and list(a) == list(b)
        and all((a[k].dtype, a[k].shape, a[k].tobytes()) == (b[k].dtype, b[k].shape, b[k].tobytes()) for k in a)
    )


def refused(path):
    """Require that the file is refused in one line that names it, and return the rest of the line."""
    with pytest.raises(InputError) as caught:
        read(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert line.isprintable()
    return line.removeprefix(f"{path}: ")


def drawn(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


# ---------------------------------------------------------------------------------------------------- safetensors


def raw_safetensors(path, header, body, length=0):
    """A file written by hand, its header filled up with spaces to a length."""
    text = json.dumps(header).encode().ljust(length)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_safetensors(path):
    kernel, bias = drawn((2, 3, 1, 1), (2,))
    save_file({"z.weight": kernel, "a.bias": bias}, path)
    return {"a.bias": bias, "z.weight": kernel}  # save_file's own order


def test_safetensors_are_read_in_the_order_of_the_file(tmp_path):
    tensors = {
        "z": np.arange(6, dtype=np.float64).reshape(2, 3),
        "y": np.array(7, np.int64),
        "a": VALUES.reshape(3, 2),
        "b": VALUES[:2].astype(np.float16),
    }
    save_file(tensors, tmp_path / "w.bin", {"format": "pt", "note": "x"})
    contents = read(str(tmp_path / "w.bin"))
    order = sorted(tensors, key=lambda name: (tmp_path / "w.bin").read_bytes().index(tensors[name].tobytes()))
    assert order != sorted(order)
    assert same(contents.tensors, {name: tensors[name] for name in order})
    assert (contents.path, contents.format) == (tmp_path / "w.bin", "safetensors")
    assert contents.metadata == {"format": "pt", "note": "x"}
    assert (contents.layers, contents.nodes) == ({}, ())


def test_bfloat16_is_widened_exactly(tmp_path):
    bits = np.array([0x3F80, 0xC020, 0x0001, 0x7F7F, 0x8000, 0x7F80], np.uint16)
    numbers = np.array([1, -2.5, 2.0**-133, (2 - 2**-7) * 2.0**127, -0.0, np.inf], np.float32)
    header = {
        "w": {"dtype": "BF16", "shape": [3, 2], "data_offsets": [4, 16]},
        "v": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        "s": {"dtype": "BF16", "shape": [], "data_offsets": [16, 18]},
    }
    raw_safetensors(tmp_path / "w", header, VALUES[4:5].tobytes() + bits.tobytes() + bits[1:2].tobytes())
    wanted = {"v": VALUES[4:5], "w": numbers.reshape(3, 2), "s": np.array(numbers[1])}
    assert same(read(tmp_path / "w").tensors, wanted)


def test_types_without_numpy_numbers_are_refused_by_name(tmp_path):
    raw_safetensors(tmp_path / "w", {"t": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}, b"ab")
    assert refused(tmp_path / "w").startswith("tensor 't' is of type F8_E4M3; these are read: F64, ")


@pytest.mark.parametrize("length", [0x112, 0x280, 0x12 + 0x100, 0x108])
def test_a_safetensors_header_as_long_as_another_formats_magic_is_still_one(length, tmp_path):
    raw_safetensors(tmp_path / "w", {"t": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}, b"\7", length)
    assert same(read(tmp_path / "w").tensors, {"t": np.array([7], np.uint8)})


# --------------------------------------------------------------------------------------------------------- PyTorch


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture(params=[True, False], ids=["zip", "stream"])
def save(request):
    """torch.save into either container."""
    import torch

    return lambda item, path: torch.save(item, path, _use_new_zipfile_serialization=request.param)


def write_torch(path, zipped=True):
    import torch

    state = {"conv.weight": drawn((4, 3, 2, 2))[0], "fc.bias": VALUES}
    tensors = {name: torch.from_numpy(array) for name, array in state.items()}
    torch.save(tensors, path, _use_new_zipfile_serialization=zipped)
    return state


def write_torch_stream(path):
    return write_torch(path, zipped=False)


@pytest.mark.only("torch")
def test_a_state_dict_is_read_from_either_container(save, tmp_path):
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 2), torch.nn.BatchNorm2d(4)).half()
    save(net.state_dict(), tmp_path / "w.safetensors")  # a suffix says nothing
    contents = read(tmp_path / "w.safetensors")
    wanted = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    assert same(contents.tensors, wanted)
    assert {a.dtype.name for a in wanted.values()} == {"float16", "int64"}
    assert (contents.format, contents.layers, contents.metadata) == ("torch", {}, {})


@pytest.mark.only("torch")
def test_bfloat16_parameters_and_transposed_tensors_of_a_state_dict(save, tmp_path):
    import torch

    bits = torch.tensor([0x3F80, 0x4020, 0x0001], dtype=torch.int16).view(torch.bfloat16)
    view = torch.arange(6, dtype=torch.float64).reshape(2, 3).T
    save({"b": torch.nn.Parameter(bits), "t": view, "s": view[1:, :1]}, tmp_path / "w")
    numbers = np.array([1, 2.5, 2.0**-133], np.float32)
    t = np.array([[0, 3], [1, 4], [2, 5]], np.float64)
    assert same(read(tmp_path / "w").tensors, {"b": numbers, "t": t, "s": t[1:, :1]})


@pytest.mark.only("torch")
@pytest.mark.parametrize("others", [{}, {"epoch": 3, "optimizer": {"state": {}}}])
def test_a_state_dict_under_the_key_state_dict_is_unwrapped(others, save, tmp_path):
    import torch

    save({**others, "state_dict": {"w": torch.tensor(VALUES)}}, tmp_path / "w")
    assert same(read(tmp_path / "w").tensors, {"w": VALUES})


@pytest.mark.only("torch")
@pytest.mark.parametrize(
    ("item", "message"),
    [
        (lambda torch: torch.nn.Linear(2, 3), "holds torch.nn.modules.linear.Linear, which is code, not weights"),
        (lambda torch: {"model": torch.nn.Linear(2, 3)}, "only state dicts are read"),
        (lambda torch: [torch.ones(2)], "not a state dict, but of type list"),
        (lambda torch: torch.ones(2), "not a state dict, but of type Tensor"),
        (lambda torch: {"w": torch.ones(2), "epoch": 3}, "of names and tensors: 'epoch' is of type int"),
        (lambda torch: {"net": {"w": torch.ones(2)}}, "'net' is of type dict"),
        (lambda torch: {1: torch.ones(2)}, "of names and tensors: 1 is of type Tensor"),
        (lambda torch: {}, "no tensors in it"),
        (lambda torch: {"w": torch.ones(2).to_sparse()}, "tensor 'w' is torch.float32, torch.sparse_coo: not read"),
        (lambda torch: {"w": torch.ones(2, dtype=torch.complex64)}, "tensor 'w' has dtype complex64"),
    ],
)
def test_what_is_no_state_dict_is_refused_by_what_it_is(item, message, save, tmp_path):
    import torch

    save(item(torch), tmp_path / "w")
    assert message in refused(tmp_path / "w")


@pytest.mark.only("torch")
def test_numbers_of_8_bits_in_a_state_dict_are_refused_by_name(tmp_path):
    import torch

    torch.save({"w": torch.ones(2).to(torch.float8_e5m2)}, tmp_path / "w")
    assert refused(tmp_path / "w") == "tensor 'w' is torch.float8_e5m2, torch.strided: not read"


@pytest.mark.only("torch")
def test_code_in_a_state_dict_is_refused_and_not_run(save, tmp_path):
    import torch

    save({"w": torch.ones(2), "x": Bomb(tmp_path / "trace")}, tmp_path / "w")
    assert "mkdir, which is code, not weights: only state dicts are read" in refused(tmp_path / "w")
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("protocol", range(6))
def test_any_other_pickle_is_refused_and_not_run(protocol, tmp_path):
    (tmp_path / "w").write_bytes(pickle.dumps({"w": Bomb(tmp_path / "trace")}, protocol))
    message = refused(tmp_path / "w")
    assert not (tmp_path / "trace").exists()
    assert ("a pickle, which can run code" in message) == (protocol > 1)


@pytest.mark.only("torch")
def test_a_turned_bit_in_a_zipped_state_dict_is_noticed(tmp_path):
    state = write_torch(tmp_path / "w")
    data = bytearray((tmp_path / "w").read_bytes())
    data[data.index(state["fc.bias"].tobytes()) + 1] ^= 1
    (tmp_path / "w").write_bytes(data)
    assert "does not match its checksum: damaged, get it again" in refused(tmp_path / "w")


@pytest.mark.only("torch")
def test_the_packages_own_reader_says_what_is_not_there_too(tmp_path):
    load("torch")
    from googlenet_torch.files import read_file

    with pytest.raises(InputError, match="nowhere: no such file"):
        read_file(tmp_path / "nowhere")


@pytest.mark.only("torch")
def test_a_torchscript_program_is_refused(tmp_path):
    import torch

    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 3), torch.ones(1, 2)), str(tmp_path / "w"))
    assert "a TorchScript program" in refused(tmp_path / "w")


@pytest.mark.only("torch")
def test_a_pytorch_that_reads_unsafely_is_not_used(monkeypatch, tmp_path):
    import torch

    write_torch(tmp_path / "w")
    monkeypatch.setattr(torch, "__version__", torch.torch_version.TorchVersion("2.9.1"))
    assert refused(tmp_path / "w") == "only PyTorch 2.10 and newer read such files safely, not 2.9.1"


def test_a_zip_file_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "w", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refused(tmp_path / "w").startswith("a zip file, but neither of torch.save nor of Keras; these are read: ")


# ----------------------------------------------------------------------------------------------------------- Caffe
# An encoder of the wire format (protobuf.dev/programming-guides/encoding), which knows nothing of the schema.


def varint(number):
    number &= (1 << 64) - 1
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, value):
    """A field: an int as a varint, anything else by its length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def unpacked(number, values):
    """Each number with a tag of its own: fixed 32 or fixed 64 bits."""
    wire = {4: 5, 8: 1}[values.itemsize]
    return b"".join(varint(number << 3 | wire) + value.tobytes() for value in values.ravel())


def shape(*dims):
    return field(7, field(1, b"".join(map(varint, dims))))


def legacy_dims(*dims):
    return b"".join(field(number, dim) for number, dim in enumerate(dims, 1))


def new_layer(name, kind, *blobs):
    parts = [field(1, name), field(2, kind), field(3, "in"), field(4, "out"), field(10, 0)]
    return field(100, b"".join([*parts, *(field(7, blob) for blob in blobs)]))


def old_layer(name, kind, *blobs):
    parts = [field(2, "in"), field(3, "out"), field(4, name), field(5, kind)]
    return field(2, b"".join([*parts, *(field(6, blob) for blob in blobs)]))


def write_caffe(path):
    kernel, bias = drawn((2, 3, 1, 5), (2,))
    blobs = shape(2, 3, 1, 5) + field(5, kernel.tobytes()), shape(2) + field(5, bias.tobytes())
    path.write_bytes(field(1, "GoogleNet") + new_layer("conv1", "Convolution", *blobs))
    return {"conv1:0": kernel, "conv1:1": bias}


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


def test_the_schema_has_no_field_twice():
    for fields in MESSAGES.values():
        assert len({number for number, _ in fields.values()}) == len(fields)


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
        (new_layer("c", "Convolution", GOOD)[:-1], "not a whole Caffe file: cut short or damaged, get it again"),
        (field(1, "net") + varint(100 << 3 | 2) + varint(99) + b"few", "not a whole Caffe file"),
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


# ------------------------------------------------------------------------------------------------------------ ONNX


def onnx_model(nodes=(), initializers=(), **changes):
    nodes = nodes or [helper.make_node("Relu", ["x"], ["y"], name="relu")]
    value = helper.make_tensor_value_info
    x, y = (value(name, TensorProto.FLOAT, [1, 3]) for name in "xy")
    model = helper.make_model(helper.make_graph(nodes, "g", [x], [y], list(initializers)), **changes)
    helper.set_model_props(model, {"author": "me", "licence": "MIT"})
    return model


def write_onnx(path):
    kernel = drawn((2, 3))[0]
    path.write_bytes(onnx_model(initializers=[from_array(kernel, "k")]).SerializeToString())
    return {"k": kernel}


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
        (onnx_model([helper.make_node("Relu", ["x"], ["y"], name="n")] * 2), "two nodes are called 'n'"),
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


# ----------------------------------------------------------------------------------------------------------- Keras


def legacy(root, layers, text="S"):
    """The weights of layers as Keras 2 writes them: names are bytes to HDF5 (S), or texts (O)."""
    root.attrs["layer_names"] = np.array(list(layers), text)
    for layer, weights in layers.items():
        group = root.create_group(layer)
        group.attrs["weight_names"] = np.array(list(weights), text if weights else float)
        for name, array in weights.items():
            group[name] = array


LAYERS = {
    "z_conv": {"z_conv/kernel:0": VALUES.reshape(1, 1, 2, 3), "z_conv/bias:0": VALUES[:3].astype(np.float16)},
    "flatten": {},
    "a/fc": {"a/fc/kernel:0": VALUES.reshape(6, 1).astype(np.float64), "step:0": np.array(3, np.int64)},
}
TENSORS = {name: array for weights in LAYERS.values() for name, array in weights.items()}


def write_keras_legacy(path):
    with h5py.File(path, "w") as file:
        legacy(file, LAYERS)
    return TENSORS


@pytest.mark.parametrize("text", ["S", "O"])
@pytest.mark.parametrize("whole", [True, False], ids=["model", "weights"])
def test_legacy_keras_weights_are_read_in_the_order_of_the_layers(text, whole, tmp_path):
    with h5py.File(tmp_path / "w", "w") as file:
        legacy(file.create_group("model_weights") if whole else file, LAYERS, text)
        file.attrs["keras_version"], file.attrs["backend"], file.attrs["number"] = "2.2.4", np.bytes_("theano"), 5
    with h5py.File(tmp_path / "w") as file:
        names = (file["model_weights"] if whole else file).attrs["layer_names"]
        assert isinstance(names[0], bytes if text == "S" else str)
        assert isinstance(file.attrs["backend"], bytes)
    contents = read(tmp_path / "w")
    assert same(contents.tensors, TENSORS)
    assert (contents.format, contents.layers, contents.nodes) == ("keras-legacy", {}, ())
    assert contents.metadata == {"backend": "theano", "keras_version": "2.2.4"}


def test_names_in_pieces_and_weights_of_no_layer(tmp_path):
    with h5py.File(tmp_path / "w", "w") as file:
        legacy(file, {**LAYERS, "top_level_model_weights": {"own:0": VALUES[:1]}})
        names = list(LAYERS)
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = names[:2], names[2:]
        weights = file["z_conv"].attrs["weight_names"]
        del file["z_conv"].attrs["weight_names"]
        file["z_conv"].attrs["weight_names0"], file["z_conv"].attrs["weight_names1"] = weights[:1], weights[1:]
    assert same(read(tmp_path / "w").tensors, {**TENSORS, "own:0": VALUES[:1]})


def weights_h5(file):
    """A .weights.h5 of three variables, as Keras 3 writes it."""
    tensors = {
        "layers/conv2d/vars/0": VALUES.reshape(1, 1, 2, 3),
        "layers/conv2d/vars/1": VALUES[:3].astype(np.float16),
        "vars/0": np.array(2, np.uint32),
    }
    with h5py.File(file, "w") as h5:
        for name, array in tensors.items():
            h5[name] = array
    return tensors


def write_keras_archive(path):
    memory = io.BytesIO()
    tensors = weights_h5(memory)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", '{"class_name": "Füße"}')
        archive.writestr("model.weights.h5", memory.getvalue())
    return tensors


def test_the_weights_of_keras_3_are_read_with_their_paths(tmp_path):
    tensors = weights_h5(tmp_path / "w")
    contents = read(tmp_path / "w")
    assert same(contents.tensors, tensors)
    assert (contents.format, contents.layers, contents.metadata) == ("keras-weights", {}, {})


def test_a_keras_archive_is_read_with_its_configuration(tmp_path):
    tensors = write_keras_archive(tmp_path / "w")
    contents = read(tmp_path / "w")
    assert same(contents.tensors, tensors)
    assert (contents.format, contents.layers) == ("keras", {})
    assert contents.metadata == {"config": '{"class_name": "Füße"}'}


@pytest.mark.only("tf")
def test_what_keras_itself_saves_is_read(tmp_path):
    keras = load("tf").net.keras
    layers = [keras.layers.Conv2D(4, 3, name="z"), keras.layers.Flatten(), keras.layers.Dense(2, dtype="bfloat16")]
    model = keras.Sequential([keras.layers.Input((5, 5, 2)), *layers], name="net")
    z, dense = layers[0].get_weights(), [np.asarray(w, np.float32) for w in layers[2].get_weights()]
    model.save_weights(tmp_path / "w.weights.h5")
    model.save(tmp_path / "w.keras")
    paths = {"layers/conv2d/vars/0": z[0], "layers/conv2d/vars/1": z[1]}
    paths |= {"layers/dense/vars/0": dense[0], "layers/dense/vars/1": dense[1]}
    weights, archive = read(tmp_path / "w.weights.h5"), read(tmp_path / "w.keras")
    assert same(weights.tensors, paths)
    assert same(archive.tensors, paths)
    assert [weights.format, archive.format] == ["keras-weights", "keras"]
    assert json.loads(archive.metadata["config"])["config"]["name"] == "net"
    model = keras.Sequential([keras.layers.Input((5, 5, 2)), layers[0]], name="old")
    model.save(tmp_path / "w.h5")
    old = read(tmp_path / "w.h5")
    assert same(old.tensors, {layers[0].kernel.path: z[0], layers[0].bias.path: z[1]})
    assert old.format == "keras-legacy"
    assert json.loads(old.metadata["model_config"])["config"]["name"] == "old"


@pytest.fixture
def secret(tmp_path):
    """A file that no weight file may reach."""
    with h5py.File(tmp_path / "secret", "w") as file:
        file["v"] = VALUES
    return tmp_path / "secret"


@pytest.mark.parametrize("archived", [False, True], ids=["plain", "archive"])
@pytest.mark.parametrize("kind", [write_keras_legacy, weights_h5])
@pytest.mark.parametrize("link", [lambda s: h5py.ExternalLink(s, "/v"), lambda s: h5py.SoftLink("/vars/0")])
def test_links_are_refused_and_not_followed(link, kind, archived, secret, tmp_path):
    kind(tmp_path / "w")
    with h5py.File(tmp_path / "w", "a") as file:
        file["layers/x/vars/0"] = link(str(secret))
    if archived:
        with zipfile.ZipFile(tmp_path / "z", "w") as archive:
            archive.writestr("config.json", "{}")
            archive.write(tmp_path / "w", "model.weights.h5")
    assert refused(tmp_path / ("z" if archived else "w")).startswith("'layers/x/vars/0' is a link to elsewhere")


def stored_outside(group, name, secret):
    group.create_dataset(name, (6,), "f4", external=[(str(secret), 0, 24)])


def virtual(group, name, secret):
    layout = h5py.VirtualLayout((6,), "f4")
    layout[:] = h5py.VirtualSource(str(secret), "v", (6,))
    group.create_virtual_dataset(name, layout)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (stored_outside, "is in another file, which is not read"),
        (virtual, "is in another file, which is not read"),
        (lambda group, name, _: group.create_dataset(name, (3,), "f4"), "has a shape, but not its values"),
        (lambda group, name, _: group.create_dataset(name, (1 << 40,), "f4", chunks=(8,)), "has a shape, but not its"),
        (lambda group, name, _: group.create_dataset(name, data=["text"]), "has dtype object"),
        (lambda group, name, _: group.create_dataset(name, data=np.zeros(2, "V2")), "has dtype |V2"),
        (lambda group, name, _: group.create_dataset(name, data=h5py.Empty("f4")), "has dtype object"),
    ],
)
def test_tensors_that_are_not_in_the_file_are_refused(make, message, secret, tmp_path):
    weights_h5(tmp_path / "w")
    with h5py.File(tmp_path / "w", "a") as file:
        make(file.create_group("layers/x/vars"), "0", secret)
    assert refused(tmp_path / "w").startswith(f"tensor 'layers/x/vars/0' {message}")


def test_compressed_tensors_are_read(tmp_path):
    zeros = np.zeros(100_000, np.float32)
    with h5py.File(tmp_path / "w", "w") as file:
        file.create_dataset("vars/0", data=zeros, compression="gzip", compression_opts=9, chunks=zeros.shape)
        assert file["vars/0"].id.get_storage_size() < zeros.nbytes / 500
    assert same(read(tmp_path / "w").tensors, {"vars/0": zeros})


def test_other_hdf5_files_and_damaged_keras_files_are_refused(secret, tmp_path):
    assert "an HDF5 file, but not weights of Keras" in refused(secret)
    with h5py.File(tmp_path / "a", "w") as file:
        legacy(file, {"x": {"kernel:0": VALUES}, "y": {"kernel:0": VALUES}})
    assert "tensor 'kernel:0' is both in layer 'x' and in layer 'y'" in refused(tmp_path / "a")
    with h5py.File(tmp_path / "b", "w") as file:
        legacy(file, LAYERS)
        del file["z_conv"].attrs["weight_names"]
    assert "group '/z_conv' has no weight_names" in refused(tmp_path / "b")
    with h5py.File(tmp_path / "c", "w") as file:
        legacy(file, LAYERS)
        del file["z_conv/z_conv/kernel:0"]
    assert "not a whole HDF5 file" in refused(tmp_path / "c")
    with zipfile.ZipFile(tmp_path / "d", "w") as archive:
        archive.writestr("model.weights.h5", b"")
    assert "not a whole .keras file" in refused(tmp_path / "d")


# ----------------------------------------------------------------------------------------------------------- Gluon


def write_gluon(path):
    mx = load("mxnet").mx
    tensors = {"arg:z_weight": VALUES.reshape(2, 3), "aux:a_mean": VALUES[:2].astype(np.float16)}
    mx.nd.save(str(path), {name: mx.nd.array(array, dtype=array.dtype) for name, array in tensors.items()})
    return tensors


@pytest.mark.only("mxnet")
def test_mxnets_own_files_are_read(tmp_path):
    tensors = write_gluon(tmp_path / "w")
    contents = read(tmp_path / "w")
    assert same(contents.tensors, tensors)
    assert (contents.format, contents.layers, contents.metadata) == ("gluon", {}, {})


@pytest.mark.only("mxnet")
def test_the_parameters_of_a_gluon_net_are_read(tmp_path):
    mx = load("mxnet").mx
    net = mx.gluon.nn.Sequential()
    net.add(mx.gluon.nn.Dense(2, in_units=3), mx.gluon.nn.Dense(1, in_units=2))
    net.initialize()
    net.save_parameters(str(tmp_path / "w"))
    wanted = {f"{i}.{p}": getattr(net[i], p).data().asnumpy() for i in (0, 1) for p in ("weight", "bias")}
    assert same(read(tmp_path / "w").tensors, wanted)


# --------------------------------------------------------------------------------------------------- whatever it is

WRITERS = [
    write_safetensors,
    pytest.param(write_torch, marks=pytest.mark.only("torch")),
    pytest.param(write_torch_stream, marks=pytest.mark.only("torch")),
    write_caffe,
    write_onnx,
    write_keras_legacy,
    weights_h5,
    write_keras_archive,
    pytest.param(write_gluon, marks=pytest.mark.only("mxnet")),
]


@pytest.mark.parametrize("write", WRITERS)
def test_half_a_download_is_refused(write, tmp_path):
    tensors = write(tmp_path / "whole")
    assert same(read(tmp_path / "whole").tensors, tensors)
    data = (tmp_path / "whole").read_bytes()
    for size in (0, 1, 10, 20, len(data) // 4, len(data) // 2, 3 * len(data) // 4, len(data) - 1):
        (tmp_path / "part").write_bytes(data[:size])
        assert refused(tmp_path / "part")


@pytest.mark.parametrize("write", [*WRITERS[:5], write_keras_archive])
def test_a_damaged_file_is_read_or_refused_but_nothing_else(write, tmp_path):
    """Not the files without checksums that only a library in C reads: HDF5's own can loop for ever over damage."""
    write(tmp_path / "whole")
    data = (tmp_path / "whole").read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(len(data), size=40):
        damaged = bytearray(data)
        damaged[place] ^= int(rng.integers(1, 256))
        (tmp_path / "w").write_bytes(damaged)
        try:
            read(tmp_path / "w")
        except InputError as error:
            assert str(error).startswith(f"{tmp_path / 'w'}: ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"hello, world\n", "not a weight file of a known kind"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "not a weight file of a known kind"),
        (b"\n\n<!DOCTYPE html>\n<html>404</html>", "a web page, not weights"),
        (b"\xef\xbb\xbf<html><body>not found</body>", "a web page, not weights"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "a Git LFS pointer, not weights"),
        (b'name: "GoogleNet"\nlayer {\n', "the text of a network, without weights"),
        (b"\nlayers {\n", "the text of a network, without weights"),
        (b"\x1f\x8b\x08\x00" + bytes(30), "an archive: unpack it first"),
        (b"weights".ljust(257, b"\0") + b"ustar\x0000", "an archive: unpack it first"),
        (b"\nsome text behind a line break\n", "not a whole Caffe file"),
    ],
)
def test_what_is_no_weight_file_is_refused_by_what_it_is(data, message, tmp_path):
    (tmp_path / "w.safetensors").write_bytes(data)
    assert refused(tmp_path / "w.safetensors").startswith(message)


def test_of_what_a_library_says_the_first_line_is_passed_on(tmp_path):
    for error, reason in ((ValueError("one \ntwo\n"), "(one)"), (EOFError(), "(EOFError)")):
        with pytest.raises(InputError) as caught, blaming(tmp_path, "not whole"):
            raise error
        assert str(caught.value) == f"{tmp_path}: not whole: cut short or damaged, get it again {reason}"


def test_an_unknown_kind_is_told_which_kinds_there_are(tmp_path):
    (tmp_path / "w").write_bytes(b"hello")
    message = refused(tmp_path / "w")
    for kind in ("safetensors", "PyTorch", "Caffe", "ONNX", "Keras", "Gluon"):
        assert kind in message


def test_what_is_not_there_a_folder_and_what_may_not_be_read_is_refused(tmp_path, monkeypatch):
    assert refused(tmp_path / "nowhere") == "no such file"
    assert refused(tmp_path).startswith("a folder")
    (tmp_path / "w").write_bytes(b"x")

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert refused(tmp_path / "w") == "cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("write", "module", "package"),
    [
        (write_caffe, "google.protobuf.descriptor_pb2", "protobuf"),
        (write_onnx, "onnx", "onnx"),
        (weights_h5, "h5py", "h5py"),
        (write_keras_archive, "h5py", "h5py"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_extra(write, module, package, monkeypatch, tmp_path):
    from common.formats import caffe_schema

    write(tmp_path / "w")
    caffe_schema.net_parameter.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"reading \w+ files needs {package}, which is not installed: pip install"):
        read(tmp_path / "w")
