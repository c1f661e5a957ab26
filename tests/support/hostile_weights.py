"""Files of weights that are wrong on purpose, of every format: what they say would take gigabytes, or for ever.

`hostile_files` yields them, some written by hand and some made of valid files, by edits that follow the format: its
sizes, counts and offsets. Each is small. Whoever reads one must refuse it in one line, or read what is really there.
"""

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from onnx import TensorProto, helper
from onnx.numpy_helper import from_array
from support.weight_files import field, legacy_dims, new_layer, old_layer, onnx_model, shape, varint

HUGE = (1 << 31, 1 << 40, (1 << 63) - 1)
FORMATS = ("safetensors", "torch", "caffe", "onnx", "hdf5", "keras", "gluon")


@dataclass(frozen=True)
class Hostile:
    """A file that is wrong.

    Attributes:
        format: of `FORMATS`.
        name: says what is wrong.
        write: writes it to a path.
        says: what must be in its refusal; None where it may also be read, if that costs little.
    """

    format: str
    name: str
    write: Callable[[Path], object]
    says: str | None = ""


def contents(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


# safetensors


def safetensors(header, body=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return contents(struct.pack("<Q", len(text) if length is None else length) + text + body)


def entry(shape=(1,), begin=0, end=4, dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


def of_safetensors():
    four = bytes(4)
    yield "no-length", contents(b"\x08\0\0"), ""
    for length in (0, 1, 1 << 32, (1 << 63) - 1, (1 << 64) - 1):
        yield f"header-of-{length}", safetensors({"t": entry()}, four, length), ""
    yield "cut-in-header", contents(struct.pack("<Q", 500) + b'{"t":'), "it is cut short"
    yield "cut-in-numbers", safetensors({"t": entry((9,), 0, 36)}, four), "it is cut short"
    yield "bytes-behind", safetensors({"t": entry()}, bytes(9)), "5 bytes behind its numbers"
    yield "header-of-2-MB", safetensors(b'{"a":"' + b"x" * (2 << 20) + b'"}'), "header of a possible length"
    yield "nested", safetensors(b'{"a":' + b"[" * 100_000), "nested too deeply"
    yield "nested-objects", safetensors(b'{"a":' * 100_000), "nested too deeply"
    yield "a-list", safetensors(b"{}"[:1] + b'"a":1}'), ""
    yield "not-utf-8", safetensors(b'{"\xff":1}'), "it is no JSON"
    yield "twice", safetensors(b'{"t":1,"t":2}'), "'t' comes twice"
    yield "metadata-twice", safetensors(b'{"__metadata__":{"a":"1","a":"2"}}'), "comes twice"
    yield (
        "million-digits",
        safetensors(b'{"t":{"dtype":"F32","shape":[' + b"9" * 1_000_000 + b'],"data_offsets":[0,4]}}'),
        "",
    )
    for value in (*HUGE, 1 << 64, -1, 1.5, True, None, "1", [1]):
        yield f"shape-{value!r}", safetensors({"t": entry((value,))}, four), ""
        yield f"end-{value!r}", safetensors({"t": entry(end=value)}, four), ""
    yield "zeros-times-huge", safetensors({"t": entry((0, 1 << 62), 0, 0)}), None
    yield "100-axes", safetensors({"t": entry((1,) * 100)}, four), "100 axes, more than 8"
    yield "product-of-2^64", safetensors({"t": entry((1 << 32, 1 << 32))}, four), "do not fit its shape"
    yield "overlap", safetensors({"a": entry((2,), 0, 8), "b": entry((1,), 4, 8)}, bytes(8)), "do not begin where"
    yield "same-numbers", safetensors({"a": entry(), "b": entry()}, four), "do not begin where"
    yield "hole", safetensors({"a": entry(), "b": entry((1,), 8, 12)}, bytes(12)), "do not begin where"
    yield "type-list", safetensors({"a": entry(dtype=["F32"])}, four), "is of type"
    yield "type-long", safetensors({"a": entry(dtype="F" * 10_000)}, four), "is of type"
    yield "name-long", safetensors({"n" * 100_000: entry((2,))}, four), ""
    yield "metadata-numbers", safetensors({"__metadata__": {"a": 1}, "t": entry()}, four), "its metadata are not texts"
    many = {f"{i}": entry((0,), 0, 0) for i in range(25_000)}
    yield (
        "25000-empty-tensors",
        safetensors({k: {**v, "dtype": "U8"} for k, v in many.items()}),
        "more than 20,000 tensors",
    )
    ours = {"format_version": "1", "network": "d2l", "in_channels": "1", "num_classes": "10", "aux": "[]"}
    edits = [
        ("in_channels", "9" * 4000),
        ("in_channels", "-1"),
        ("in_channels", "1e3"),
        ("num_classes", "0"),
        ("num_classes", "٣"),
    ]
    edits += [("num_classes", "1" * 1_000_000), ("aux", "[" * 100_000), ("aux", "1"), ("aux", '["aux1"]'), ("aux", "")]
    edits += [("network", "x" * 100_000), ("network", "../d2l"), ("network", ""), ("format_version", "1.0\n" * 1000)]
    for key, value in edits:
        yield (
            f"{key}-{value[:6]!r}-{len(value)}",
            safetensors({"__metadata__": {**ours, key: value}, "t": entry()}, four),
            "",
        )


# PyTorch


def pickled(*tensors, names=None):
    """The pickle of a state dict of tensors, each (storage key, numbers, offset, shape, stride)."""
    out = [b"\x80\x02}("]
    for i, (key, numbers, offset, shape_, stride) in enumerate(tensors):
        name = names[i] if names else f"t{i}"
        out += [
            text(name),
            b"ctorch._utils\n_rebuild_tensor_v2\n((",
            text("storage"),
            b"ctorch\nFloatStorage\n",
            text(key),
        ]
        out += [text("cpu"), integer(numbers), b"tQ", integer(offset), b"(", *map(integer, shape_), b"t"]
        out += [b"(", *map(integer, stride), b"t\x89ccollections\nOrderedDict\n)RtR"]
    return b"".join([*out, b"u."])


def text(words):
    return b"X" + struct.pack("<I", len(words)) + words.encode()


def integer(number):
    if -(1 << 31) <= number < 1 << 31:
        return b"J" + struct.pack("<i", number)
    data = number.to_bytes(number.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8b" + struct.pack("<I", len(data)) + data


def torch_zip(pickle, compression=zipfile.ZIP_STORED, comment=b"", more=(), **records):
    def write(path):
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("w/data.pkl", pickle)
            archive.writestr("w/byteorder", "little")
            for name, data in {"0": bytes(16), **records}.items():
                archive.writestr(f"w/data/{name}", data)
            archive.writestr("w/version", "3\n")
            for name, data in more:
                archive.writestr(name, data)
            archive.comment = comment

    return write


STREAM = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}(X\x0d\0\0\0little_endian\x88u."


def doubling(levels):
    """A tuple of a tuple twice, of a tuple twice, and so on: short, and large to hash."""
    return b")q\0" + b"".join(b"h" + bytes([i]) + b"h" + bytes([i]) + b"\x86q" + bytes([i + 1]) for i in range(levels))


def of_torch():
    four = ("0", 4, 0, (4,), (1,))
    yield "deflated", torch_zip(pickled(four), zipfile.ZIP_DEFLATED), "compressed, as torch.save never does"
    yield "zeros-deflated", torch_zip(pickled(four), zipfile.ZIP_DEFLATED, **{"0": bytes(50_000_000)}), "compressed"
    for size in HUGE:
        yield f"expanded-{size}", torch_zip(pickled(("0", 4, 0, (size,), (0,)))), ""
        yield f"shape-{size}", torch_zip(pickled(("0", 4, 0, (size,), (1,)))), ""
        yield f"stride-{size}", torch_zip(pickled(("0", 4, 0, (2, 2), (size, 1)))), ""
        yield f"offset-{size}", torch_zip(pickled(("0", 4, size, (4,), (1,)))), ""
        yield f"storage-{size}", torch_zip(pickled(("0", size, 0, (4,), (1,)))), ""
        yield (
            f"stream-storage-{size}",
            contents(STREAM + pickled(("0", size, 0, (4,), (1,))) + b"\x80\x02]X\x01\0\0\x000a."),
            "",
        )
    yield "expanded-to-4-GB", torch_zip(pickled(("0", 4, 0, (1 << 15, 1 << 15), (0, 0)))), "would take 4,294,967,296"
    yield "many-of-one", torch_zip(pickled(*[("0", 4, 0, (1 << 20,), (0,))] * 100)), "would take"
    yield "negative-shape", torch_zip(pickled(("0", 4, 0, (-4,), (1,)))), ""
    yield "negative-offset", torch_zip(pickled(("0", 4, -4, (4,), (1,)))), ""
    yield "100-axes", torch_zip(pickled(("0", 4, 0, (1,) * 100, (1,) * 100))), ""
    yield "no-storage", torch_zip(pickled(("9", 4, 0, (4,), (1,)))), ""
    yield "storage-elsewhere", torch_zip(pickled(("../version", 4, 0, (4,), (1,)))), ""
    yield "names-of-lists", torch_zip(b"\x80\x02}(]K\x01u."), ""
    yield "name-of-5000-digits", torch_zip(b"\x80\x02}(" + integer(1 << 20_000) + b"K\x01u."), ""
    yield "long-name", torch_zip(pickled(four, names=["n" * 100_000])), None
    yield "same-name-twice", torch_zip(pickled(four, four, names=["a", "a"])), None
    yield "doubling-as-key", torch_zip(b"\x80\x02}(" + doubling(60) + b"K\x01u."), "makes far more of itself"
    yield "doubling-in-stream", contents(STREAM + b"\x80\x02}(" + doubling(60) + b"K\x01u."), "makes far more of itself"
    yield "3-MB-of-lists", torch_zip(b"\x80\x02" + b"]" * 3_000_000 + b"."), "longer than the names and shapes"
    yield (
        "3-MB-of-lists-in-stream",
        contents(STREAM + b"\x80\x02" + b"]" * 3_000_000),
        "longer than the names and shapes",
    )
    yield "marks", torch_zip(b"\x80\x02" + b"(" * 1_000_000 + b"."), ""
    yield "no-stack", torch_zip(b"\x80\x02u."), "it is damaged"
    yield "no-memo", torch_zip(b"\x80\x02h\x07."), "it is damaged"
    yield "no-end", torch_zip(b"\x80\x02}"), ""
    yield "long-text", torch_zip(b"\x80\x02X\xff\xff\xff\x7fa."), ""
    yield "a-call", torch_zip(b"\x80\x02cos\nsystem\nX\x02\0\0\0ls\x85R."), "holds os.system, which is code"
    yield "behind-it", torch_zip(pickled(four), comment=b"PK\5\6" + bytes(18)), ""
    yield "member-twice", torch_zip(pickled(four), more=[("w/data.pkl", pickled(four))]), "two members of the archive"
    yield "two-pickles", torch_zip(pickled(four), more=[("v/data.pkl", doubling(60) + b".")]), ""
    yield "25000-tensors", torch_zip(pickled(*[("0", 4, 0, (0,), (1,))] * 10_000)), ""
    yield "stream-alone", contents(STREAM), "it is cut short"


# Caffe


def net(*layers):
    return contents(field(1, "net") + b"".join(layers))


def conv(*blobs):
    return new_layer("c", "Convolution", *blobs)


def of_caffe():
    one = field(5, bytes(4))
    for size in (*HUGE, -1, -(1 << 63)):
        yield f"shape-{size}", net(conv(shape(size) + one)), "not those of its shape"
        yield f"legacy-{size}", net(old_layer("c", 4, legacy_dims(1, 1, 1, size) + one)), "not those of its shape"
    yield "shape-of-2^64", net(conv(shape(1 << 32, 1 << 32) + one)), "not those of its shape"
    yield "0-times-huge", net(conv(shape(0, 1 << 62) + field(5, b""))), None
    yield "100-axes", net(conv(shape(*[1] * 100) + one)), "not those of its shape"
    yield "3-MB-of-axes", net(conv(field(7, field(1, bytes([1]) * 3_000_000)) + one)), ""
    yield "300000-layers", net(b"\xa2\x06\0" * 300_000), "it is damaged"
    yield "300000-blobs", net(new_layer("c", "Convolution", *[b""] * 300_000)), "it is damaged"
    yield "30000-blobs", net(conv(*[shape(1) + one] * 30_000)), "more than 20,000 tensors"
    yield "300000-numbers", net(conv(shape(300_000) + (varint(5 << 3 | 5) + bytes(4)) * 300_000)), "it is damaged"
    yield "long-varint", contents(field(1, "net") + b"\x80" * 20 + b"\1"), "it is damaged"
    yield "field-0", contents(field(1, "net") + b"\0\1"), "it is damaged"
    yield "a-group", contents(field(1, "net") + varint(9 << 3 | 3)), "it is damaged"
    yield "length-beyond", contents(field(1, "net") + varint(100 << 3 | 2) + varint(1 << 40) + b"x"), "it is cut short"
    yield "inner-length-beyond", net(field(100, varint(1 << 3 | 2) + varint(99) + b"x")), "it is damaged"
    yield "layer-as-number", contents(field(1, "net") + field(100, 5)), "no layers in it"
    yield "type-huge", net(old_layer("c", (1 << 63) - 1, shape(1) + one)), "which caffe.proto does not know"
    yield "long-name", net(new_layer("n" * 100_000, "Convolution", shape(2) + one)), "not those of its shape"
    yield "odd-bytes", net(conv(shape(1) + field(5, bytes(7)))), "it is damaged"
    yield "twice", net(conv(shape(1) + one), conv(shape(1) + one)), "two layers are called 'c'"
    yield "name-no-text", net(new_layer(b"\xff", "Convolution", shape(1) + one)), "not text"
    yield "deep", net(field(100, b"\x0b" * 100_000)), "it is damaged"


# ONNX


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


# HDF5 and .keras


def hdf5(fill, **settings):
    def write(path):
        with h5py.File(path, "w", **settings) as file:
            fill(file)

    return write


def keras_zip(fill=None, weights=None, config="{}", compression=zipfile.ZIP_STORED, more=(), **settings):
    def write(path):
        memory = io.BytesIO()
        if fill:
            hdf5(fill, **settings)(memory)
        with zipfile.ZipFile(path, "w", compression) as archive:
            archive.writestr("config.json", config)
            archive.writestr("model.weights.h5", memory.getvalue() if weights is None else weights)
            for name, data in more:
                archive.writestr(name, data)

    return write


def variable(file, **settings):
    return file.create_dataset("layers/a/vars/0", **settings)


def chunk_bomb(file):
    """A piece of 4 bytes that inflates to 30 MB: HDF5 believes the stream, not the size."""
    data = variable(file, shape=(1,), dtype="f4", chunks=(1,), compression="gzip")
    data.id.write_direct_chunk((0,), zlib.compress(bytes(30_000_000)))


def zeros(size):
    return lambda file: variable(file, data=np.zeros(size, np.uint8), compression="gzip", chunks=(size,))


def large_chunks(file):
    data = variable(file, shape=(1,), maxshape=(None,), dtype="f4", chunks=(1 << 28,), compression="gzip")
    data.id.write_direct_chunk((0,), zlib.compress(bytes(100)))


def nested(depth):
    def fill(file):
        for _ in range(depth):
            file = file.create_group("g")
        variable(file, data=np.ones(1))

    return fill


def circle(file):
    variable(file, data=np.ones(1))
    file["layers/a/again"] = file["layers"]


def one_for_all(file):
    """A hundred names of one tensor of 4 MB, compressed to little."""
    zeros(4 << 20)(file)
    for i in range(100):
        file[f"layers/b{i}/vars/0"] = file["layers/a/vars/0"]


def long_names(file):
    """One text of 1 MB, which 3,000 names refer to."""
    words = "n" * (1 << 20)
    kind = h5py.string_dtype()
    file.attrs.create("layer_names", np.array([words] * 300, dtype=object), dtype=kind)


def many_groups(file):
    for i in range(45_000):
        h5py.h5g.create(file.id, b"%d" % i)


def of_hdf5(wrap=hdf5):
    outside = [("/etc/passwd", 0, 4)]
    yield "unwritten", wrap(lambda f: variable(f, shape=(9,), dtype="f4")), "not its values"
    for size in HUGE:
        yield (
            f"unwritten-{size}",
            wrap(lambda f, n=size: variable(f, shape=(n,), dtype="u1", chunks=(8,))),
            "would take",
        )
    yield "200-MB-of-zeros", wrap(zeros(200_000_000)), "would take 200,000,000 bytes"
    yield "chunk-bomb", wrap(chunk_bomb), "a piece of another size"
    yield "chunks-of-1-GB", wrap(large_chunks), "pieces that are larger than itself"
    yield (
        "many-chunks",
        wrap(lambda f: variable(f, shape=(1 << 20,), dtype="u1", chunks=(1,))),
        "more than 100,000 pieces",
    )
    yield "lzf", wrap(lambda f: variable(f, data=np.zeros(99), compression="lzf")), "compressed in a way"
    yield "external", wrap(lambda f: variable(f, shape=(4,), dtype="u1", external=outside)), "in another file"
    yield "link-outside", wrap(lambda f: f.__setitem__("vars/0", h5py.ExternalLink("/etc/passwd", "/"))), "is a link"
    yield "soft-link", wrap(lambda f: f.__setitem__("vars/0", h5py.SoftLink("/"))), "is a link"
    yield "circle", wrap(circle), "nested more than 32 deep"
    yield "nested-1500", wrap(nested(1_500)), "nested more than 32 deep"
    yield "one-for-all", wrap(one_for_all), "would take"
    yield "45000-groups", wrap(many_groups, libver="latest"), "more than 40,000 groups and tensors"
    yield "32-axes", wrap(lambda f: variable(f, data=np.ones((1,) * 32))), "32 axes, more than 8"
    yield "no-shape", wrap(lambda f: variable(f, data=h5py.Empty("f4"))), "no shape"
    yield "texts", wrap(lambda f: variable(f, data=["a"])), "only plain numbers"
    yield "compound", wrap(lambda f: variable(f, data=np.zeros(2, "f4,i4"))), "only plain numbers"
    yield "complex", wrap(lambda f: variable(f, data=np.zeros(2, complex))), "only plain numbers"
    yield "nothing", wrap(lambda f: None), "not weights of Keras"


def of_legacy():
    yield "long-layer-names", hdf5(long_names, libver="latest"), ""
    yield "names-of-numbers", hdf5(lambda f: f.attrs.create("layer_names", np.arange(3))), ""
    yield "names-of-nothing", hdf5(lambda f: f.attrs.create("layer_names", ["x"])), ""
    yield "name-of-the-root", hdf5(lambda f: f.attrs.create("layer_names", ["/"])), "has no weight_names"
    yield "name-without-end", hdf5(lambda f: f.attrs.create("layer_names", [b"\xff"])), ""
    yield "2000-attributes", hdf5(lambda f: [f.attrs.create(f"a{i}", i) for i in range(2000)]), "attributes"


def of_keras():
    names = (
        "unwritten",
        "200-MB-of-zeros",
        "chunk-bomb",
        "external",
        "circle",
        "one-for-all",
        "link-outside",
        "nothing",
    )
    yield from (made for made in of_hdf5(keras_zip) if made[0] in names)
    one = lambda file: variable(file, data=np.ones(1, np.float32))  # noqa: E731
    yield (
        "deflated-zeros",
        keras_zip(weights=bytes(100_000_000), compression=zipfile.ZIP_DEFLATED),
        "would take 100,000,000",
    )
    yield (
        "deflated-config",
        keras_zip(one, config=" " * 20_000_000, compression=zipfile.ZIP_DEFLATED),
        "would take 20,000,000",
    )
    yield "config-nested", keras_zip(one, config="[" * 100_000), ""
    yield "config-no-text", keras_zip(one, config=b"\xff"), "it is damaged"
    yield "config-network-of-digits", keras_zip(one, config='{"config":{"network":' + "9" * 10_000 + "}}"), ""
    yield "config-long-network", keras_zip(one, config=json.dumps({"config": {"network": "n" * 10_000}})), ""
    yield "two-weights", keras_zip(one, more=[("model.weights.h5", b"")]), "two members of the archive"
    yield "no-hdf5", keras_zip(weights=b"no"), "it is damaged"
    yield "numbered", keras_zip(lambda f: f.create_dataset(f"conv2d_{'9' * 5000}/vars/0", data=np.ones(1))), ""


# Gluon


def gluon_array(shape_=(1,), data=bytes(4), magic=0xF993FAC9, stype=0, kind=0, axes=None):
    dims = struct.pack("<i", len(shape_) if axes is None else axes) + b"".join(struct.pack("<q", n) for n in shape_)
    return struct.pack("<Ii", magic, stype) + dims + struct.pack("<iii", 1, 0, kind) + data


def gluon(*arrays, names=("a",), count=None, behind=b""):
    out = struct.pack("<QQQ", 0x112, 0, len(arrays) if count is None else count) + b"".join(arrays)
    out += struct.pack("<Q", len(names))
    for name in names:
        name = name if isinstance(name, bytes) else name.encode()
        out += struct.pack("<Q", len(name)) + name
    return contents(out + behind)


def of_gluon():
    for size in (*HUGE, -1, -(1 << 63)):
        yield f"shape-{size}", gluon(gluon_array((size,))), ""
    for count in (2, 1 << 20, (1 << 64) - 1):
        yield f"count-{count}", gluon(gluon_array(), count=count), ""
    for axes in (0, -1, 100, (1 << 31) - 1, -(1 << 31)):
        yield f"axes-{axes}", gluon(gluon_array((), axes=axes)), ""
    yield "axes-0-alone", contents(struct.pack("<QQQIiiQQ", 0x112, 0, 1, 0xF993FAC9, 0, 0, 1, 1) + b"a"), "has no shape"
    yield "65-bytes", contents(gluon_65()), ""
    yield "2^64", gluon(gluon_array((1 << 32, 1 << 32))), "would take more than 2^64"
    yield "0-times-huge", gluon(gluon_array((0, 1 << 62), b"")), None
    for stype in (1, 2, -1, 99):
        yield f"sparse-{stype}", gluon(gluon_array(stype=stype)), "is sparse"
    yield "type-99", gluon(gluon_array(kind=99)), "it is damaged"
    yield "magic", gluon(gluon_array(magic=4)), "of a version of MXNet"
    yield "no-names", gluon(gluon_array(), names=()), "have no names"
    yield "two-names", gluon(gluon_array(), names=("a", "b")), "it is damaged"
    yield "name-twice", gluon(gluon_array(), gluon_array(), names=("a", "a")), "two arrays are called 'a'"
    yield "name-long", gluon(gluon_array(), names=("n" * 5000,)), "it is damaged"
    yield "name-no-text", gluon(gluon_array(), names=(b"\xff",)), "it is damaged"
    yield "behind", gluon(gluon_array(), behind=b"x"), "it is damaged"
    yield "short", gluon(gluon_array((99,))), ""
    yield "nothing", gluon(names=()), "no tensors in it"


def gluon_65():
    """65 bytes of which MXNet made 4.4 GB: an array with a shape of no axes, and numbers behind it."""
    return struct.pack("<QQQIii", 0x112, 0, 1, 0xF993FAC9, 0, 0).ljust(64, b"\1") + b"a"


# Valid files, edited


EXTREMES = [
    b"\xff" * 8,
    b"\xff" * 4,
    b"\0" * 8,
    struct.pack("<q", 1 << 40),
    struct.pack("<i", 1 << 30),
    b"\xff\xff\xff\x7f",
]


def edited(data: bytes, rng: np.random.Generator) -> bytes:
    """One edit: an extreme number in place of bytes, a piece left out or doubled, or the end missing."""
    place, width = int(rng.integers(len(data))), int(rng.integers(1, 64))
    match int(rng.integers(4)):
        case 0:
            number = EXTREMES[rng.integers(len(EXTREMES))]
            place = min(place & ~3, len(data) - 8)
            return data[:place] + number + data[place + len(number) :]
        case 1:
            return data[:place] + data[place + width :]
        case 2:
            return data[:place] + data[place : place + width] + data[place:]
        case _:
            return data[:place]


def of_edits(valid: dict[str, bytes], seed: int, count: int) -> Iterator[Hostile]:
    """``count`` edits of each valid file, by the name of its format."""
    for kind, data in valid.items():
        rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
        for i in range(count):
            yield Hostile(kind, f"edit-{seed}-{i}", contents(edited(data, rng)), None)


WRITTEN = {
    "safetensors": (of_safetensors,),
    "torch": (of_torch,),
    "caffe": (of_caffe,),
    "onnx": (of_onnx,),
    "hdf5": (of_hdf5, of_legacy),
    "keras": (of_keras,),
    "gluon": (of_gluon,),
}


def hostile_files(*formats: str) -> Iterator[Hostile]:
    """The files written by hand, of the formats named or of all."""
    for kind in formats or FORMATS:
        for generate in WRITTEN[kind]:
            for name, write, says in generate():
                yield Hostile(kind, name, write, says)
