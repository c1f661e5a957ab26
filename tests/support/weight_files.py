"""Small weight files of every format, as their specifications have them, and what they hold."""

import io
import json
import struct
import zipfile

import h5py
import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array
from safetensors.numpy import save_file
from support.backends import load

from common.base.errors import InputError
from common.weights.formats import read

# Numbers that any rounding or reordering of bytes would change, as float32.
VALUES = np.array([1, -2.5, 1e-45, 3.4e38, 0.1, -0.0], np.float32)


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


def raw_safetensors(path, header, body, length=0):
    """A file written by hand, its header filled up with spaces to a length."""
    text = json.dumps(header).encode().ljust(length)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_safetensors(path):
    kernel, bias = drawn((2, 3, 1, 1), (2,))
    save_file({"z.weight": kernel, "a.bias": bias}, path)
    return {"a.bias": bias, "z.weight": kernel}  # save_file's own order


def write_torch(path, zipped=True):
    import torch

    state = {"conv.weight": drawn((4, 3, 2, 2))[0], "fc.bias": VALUES}
    tensors = {name: torch.from_numpy(array) for name, array in state.items()}
    torch.save(tensors, path, _use_new_zipfile_serialization=zipped)
    return state


def write_torch_stream(path):
    return write_torch(path, zipped=False)


# An encoder of protobuf's wire format (protobuf.dev/programming-guides/encoding), which knows nothing of the schema.


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


def graph_node(name, op="Const", inputs=(), **attributes):
    """A NodeDef of TensorFlow; ``attributes`` are the bytes of their AttrValues."""
    message = field(1, name) + field(2, op) + b"".join(field(3, name) for name in inputs)
    return message + b"".join(field(5, field(1, key) + field(2, value)) for key, value in attributes.items())


def graph_tensor(dtype, dims, numbers=b""):
    """An AttrValue that holds a TensorProto; ``numbers`` are the bytes of the fields behind its shape."""
    sizes = b"".join(field(2, field(1, size % (1 << 64))) for size in dims)
    return field(8, field(1, dtype) + field(2, sizes) + numbers)


def graph_def(*nodes):
    """A GraphDef of such nodes, with the versions that TensorFlow puts behind them."""
    return b"".join(field(1, node) for node in nodes) + field(4, field(1, 8))


def write_graph(path):
    kernel, bias = drawn((3, 3, 2, 4), (4,))
    tensors = {"conv/conv2d_params": kernel, "bias": bias}
    nodes = [
        graph_node(name, value=graph_tensor(1, array.shape, field(4, array.tobytes())))
        for name, array in tensors.items()
    ]
    path.write_bytes(graph_def(*nodes, graph_node("conv/Conv2D", "Conv2D", ("x", "conv/conv2d_params"))))
    return tensors


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


def write_gluon(path):
    mx = load("mxnet").mx
    tensors = {"arg:z_weight": VALUES.reshape(2, 3), "aux:a_mean": VALUES[:2].astype(np.float16)}
    mx.nd.save(str(path), {name: mx.nd.array(array, dtype=array.dtype) for name, array in tensors.items()})
    return tensors
