"""Keras files that are wrong: HDF5, as it is and in an archive."""

import io
import json
import zipfile
import zlib

import h5py
import numpy as np
from support.hostile_weights.hostile import HUGE


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
