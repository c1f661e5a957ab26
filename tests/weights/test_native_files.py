"""Each framework's own files: written whole, loaded again by the framework, read by names that are known without it."""

import io
import resource
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from support.arrays import same
from support.tables import family

from common import nets
from common.base.errors import InputError
from common.data.images import random_images
from common.table.drawing import probing
from common.table.resolve import without_dropout
from common.table.spec import Stage
from common.weights import native


@pytest.fixture
def files(backend):
    """The module of each package under test that knows its framework's files."""
    return import_module(f"{backend.__name__}.files")


def built(backend, name, dtype="float32", **settings):
    """A net with weights for probing."""
    weights = probing(nets.get(name, **settings), dtype=dtype)
    return backend.build_net(name, weights=weights, dtype=dtype, **settings)


def torch_arrays(path):
    import torch

    state = torch.load(path, weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items() if not name.endswith("num_batches_tracked")}


def keras_arrays(path):
    import h5py

    file, found = io.BytesIO(path.read_bytes()), {}
    if path.suffix == ".keras":
        file = io.BytesIO(zipfile.ZipFile(file).read(native.KERAS_MEMBER))
    with h5py.File(file) as opened:
        opened.visititems(lambda name, x: found.update({name: x[()]}) if isinstance(x, h5py.Dataset) else None)
    return found


def gluon_arrays(path):
    import googlenet_mxnet.files

    return googlenet_mxnet.files.read_file(path)


ARRAYS = {
    ".pth": torch_arrays,
    ".pt": torch_arrays,
    ".weights.h5": keras_arrays,
    ".keras": keras_arrays,
    ".params": gluon_arrays,
}


def load(backend, path, name, dtype="float32", **settings):
    """The net of a file, by the framework's own function and a net of other weights."""
    if path.suffix == ".keras":
        return backend.framework.keras.models.load_model(path)
    net = backend.build_net(name, seed=1, dtype=dtype, **settings)
    match path.suffix:
        case ".params":
            net.load_parameters(str(path))
        case ".h5":
            net.load_weights(path)
        case _:
            import torch

            net.load_state_dict(torch.load(path, weights_only=True))
    return net


TABLES = [
    pytest.param("d2l", "float32", marks=pytest.mark.long),
    ("d2l_bn", "float64"),
    pytest.param("paper", "float32", marks=pytest.mark.long),
    (family(), "float32"),
]


@pytest.mark.parametrize(("name", "dtype"), TABLES, ids=["d2l", "d2l_bn", "paper", "family"])
def test_every_tensor_is_in_the_file_under_its_name_and_in_its_layout(name, dtype, backend, files, tmp_path):
    """Two stages of the family come behind ``layers`` in the alphabet, which Keras' own order of saving depends on."""
    net = built(backend, name, dtype)
    for suffix in files.SUFFIXES:
        if suffix == ".keras" and not isinstance(name, str):
            continue  # which no name tells
        path = tmp_path / f"net{suffix}"
        files.write_file(net, path)
        found, names = ARRAYS[suffix](path), native.names(net.table, suffix)
        assert set(found) == set(names.values())
        read = {}
        for canonical, own in names.items():
            axes = native.layout(suffix)[found[own].ndim]
            read[canonical] = np.ascontiguousarray(found[own].transpose(axes))
        assert same(read, backend.get_weights(net))


@pytest.mark.parametrize(("name", "dtype"), TABLES, ids=["d2l", "d2l_bn", "paper", "family"])
def test_the_framework_loads_its_file_bit_by_bit(name, dtype, backend, files, tmp_path):
    net = built(backend, name, dtype)
    for suffix in files.SUFFIXES:
        if suffix == ".keras" and not isinstance(name, str):
            continue
        path = tmp_path / f"net{suffix}"
        files.write_file(net, path)
        assert same(backend.get_weights(load(backend, path, name, dtype)), backend.get_weights(net))
        assert [p.name for p in tmp_path.iterdir()] == [path.name]
        path.unlink()


def test_every_kind_of_file_is_known_without_its_framework(backends_by_name):
    written = [s for b in backends_by_name.values() for s in import_module(f"{b.__name__}.files").SUFFIXES]
    assert set(written) <= set(native.kinds()) == set(ARRAYS)
    for suffix in written:
        assert native.suffix(f"folder/net{suffix}", written) == suffix
        assert list(native.names(nets.get("d2l"), suffix)) == list(probing(nets.get("d2l")))
    with pytest.raises(ValueError, match=r"no native file has the suffix '\.h5'"):
        native.names(nets.get("d2l"), ".h5")


@pytest.mark.parametrize("ending", ["net", "net.safetensors", "net.h5", "pth", ".params.gz", "net.PTH"])
def test_another_suffix_is_refused(ending, backend, files, tmp_path):
    net = built(backend, family())
    with pytest.raises(InputError) as caught:
        files.write_file(net, tmp_path / ending)
    assert str(caught.value) == f"{tmp_path / ending}: the suffix must be {' or '.join(files.SUFFIXES)}"
    assert list(tmp_path.iterdir()) == []


@contextmanager
def disk_of(size):
    """No file can become larger than ``size``: a write beyond fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_the_earlier_file_stays_and_nothing_else(backend, files, tmp_path):
    """MXNet alone does not notice what is lost when it closes the file; HDF5 alone ends the process."""
    for suffix in files.SUFFIXES:
        name = "d2l" if suffix == ".keras" else family()
        path = tmp_path / f"net{suffix}"
        files.write_file(built(backend, name), path)
        before, net = path.read_bytes(), backend.build_net(name, seed=2)
        for size in (len(before) // 2, len(before) - 1):
            with pytest.raises(InputError) as caught, disk_of(size):
                files.write_file(net, path)
            assert str(caught.value).startswith(f"{path}: cannot be written: ")
            assert "\n" not in str(caught.value)
            assert path.read_bytes() == before
            assert [p.name for p in tmp_path.iterdir()] == [path.name]
        path.unlink()


@pytest.mark.parametrize("folder", ["no/such", "taken"])
def test_where_nothing_can_be_written_that_is_said_in_one_line(folder, backend, files, tmp_path):
    net = built(backend, family())
    path = tmp_path / folder / f"net{files.SUFFIXES[0]}"
    (tmp_path / "taken" / path.name).mkdir(parents=True)
    with pytest.raises(InputError) as caught:
        files.write_file(net, path)
    assert str(caught.value).startswith(f"{path}: cannot be written: ")
    assert "\n" not in str(caught.value)
    assert [p.name for p in (tmp_path / "taken").iterdir()] == [path.name]


@pytest.mark.only("torch")
def test_a_file_of_pytorch_says_nothing_but_the_tensors(tmp_path):
    """Not the name of the file it was written to first, which is another each time."""
    import googlenet_torch
    from googlenet_torch.files import write_file

    net = built(googlenet_torch, family())
    for name in ("a.pth", "b.pt"):
        write_file(net, tmp_path / name)
    assert (tmp_path / "a.pth").read_bytes() == (tmp_path / "b.pt").read_bytes()


@pytest.mark.only("tf")
@pytest.mark.parametrize(
    ("name", "dtype", "settings"),
    [
        pytest.param("d2l", "float32", {}, marks=pytest.mark.long),
        ("d2l_bn", "float64", {"in_channels": 2, "num_classes": 7}),
        pytest.param("paper", "float32", {"num_classes": 3}, marks=pytest.mark.long),
        pytest.param("paper", "float64", {"aux": False, "num_classes": 3}, marks=pytest.mark.long),
    ],
)
def test_a_keras_file_alone_is_the_same_function(name, dtype, settings, tmp_path):
    import googlenet_tf as backend
    from googlenet_tf.files import write_file

    net, path = built(backend, name, dtype, **settings), tmp_path / "net.keras"
    write_file(net, path)
    again = backend.framework.keras.models.load_model(path)
    assert type(again) is backend.Net
    assert again.table == net.table
    assert same(backend.get_weights(again), backend.get_weights(net))
    heads = bool(net.table.aux)
    images = random_images(2, net.table.input if heads else (net.table.input[0], 33, 45))
    assert same(backend.stage_outputs(again, images, aux=heads), backend.stage_outputs(net, images, aux=heads))
    assert backend.predict(again, images).dtype == dtype


@pytest.mark.only("tf")
def test_a_table_that_no_name_tells_has_no_keras_file(tmp_path):
    """Neither has one that only resembles the table of its name: equal dicts may be in another order."""
    import googlenet_tf as backend
    from googlenet_tf.files import write_file

    own, d2l, path = family(), nets.get("d2l"), tmp_path / "net.keras"
    turned = {**d2l.stages, "b1": Stage(**dict(reversed(d2l.stages["b1"].nodes.items())))}
    assert replace(d2l, stages=turned) == d2l
    tables = [own, replace(own, name="d2l"), without_dropout(nets.get("paper")), replace(d2l, stages=turned)]
    for table in tables:
        with pytest.raises(InputError) as caught:
            write_file(backend.build_net(table, seed=0), path)
        assert str(caught.value).startswith(f"{path}: this {table.name!r} is a table of your own, ")
        assert str(caught.value).endswith(": use .weights.h5")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.only("mxnet")
def test_gluon_files_are_read_in_either_mode_of_mxnet(tmp_path):
    """``npx.set_np()`` changes the kind of file that MXNet writes, and takes by itself."""
    import googlenet_mxnet as backend
    from googlenet_mxnet.files import read_file, write_file
    from googlenet_mxnet.framework import mx

    classic, numpy = tmp_path / "classic.params", tmp_path / "numpy.params"
    weights = probing(nets.get(family()), dtype="float32")
    write_file(backend.build_net(family(), weights=weights), classic)
    mx.npx.set_np()
    try:
        net = backend.build_net(family(), weights=weights)
        write_file(net, numpy)
        net.load_parameters(str(numpy))
        found = [read_file(classic), read_file(numpy)]
    finally:
        mx.npx.reset_np()
    found += [read_file(classic), read_file(numpy)]
    assert classic.read_bytes() != numpy.read_bytes()
    names = native.names(nets.get(family()), ".params")
    for read in found:
        assert same({name: read[own] for name, own in names.items()}, weights)


@pytest.mark.only("mxnet")
@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: b"hello, this is no file of parameters",
        lambda data: data[:100],
        lambda data: data[:-1],
        lambda data: data[:76] + b"\xff" * 4 + data[80:],
        lambda data: data[:-1] + b"\xff",
    ],
    ids=["empty", "text", "cut short", "a byte short", "of an unknown type", "a name that is no text"],
)
def test_what_is_no_gluon_file_is_refused_in_one_line(spoil, tmp_path):
    import googlenet_mxnet as backend
    from googlenet_mxnet.files import read_file, write_file

    path = tmp_path / "net.params"
    write_file(backend.build_net(family(), seed=0), path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(InputError) as caught:
        read_file(path)
    assert str(caught.value).startswith(f"{path}: not a whole file of MXNet parameters: ")
    assert "\n" not in str(caught.value)


@pytest.mark.only("mxnet")
def test_gluon_files_without_names_and_no_files_are_refused(tmp_path):
    from googlenet_mxnet.files import read_file
    from googlenet_mxnet.framework import mx

    mx.nd.save(str(tmp_path / "list.params"), [mx.nd.ones(2)])
    for name, said in (
        ("list.params", "its arrays have no names: save them with save_parameters"),
        ("nowhere.params", "no such file"),
    ):
        with pytest.raises(InputError) as caught:
            read_file(tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {said}"
    with pytest.raises(InputError, match="a folder, not a file"):
        read_file(tmp_path)
