"""Keras' files of every age are read; no link is followed."""

import json
import zipfile

import h5py
import numpy as np
import pytest
from support.arrays import same
from support.backends import load
from support.weight_files import (
    LAYERS,
    TENSORS,
    VALUES,
    legacy,
    refused,
    weights_h5,
    write_keras_archive,
    write_keras_legacy,
)

from common.weights.formats import read


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
        (
            lambda group, name, _: group.create_dataset(name, (1 << 20,), "f4", chunks=(1 << 18,)),
            "has a shape, but not its",
        ),
        (lambda group, name, _: group.create_dataset(name, data=["text"]), "has dtype object"),
        (lambda group, name, _: group.create_dataset(name, data=np.zeros(2, "V2")), "has dtype |V2"),
        (lambda group, name, _: group.create_dataset(name, data=h5py.Empty("f4")), "has no shape and no values"),
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
