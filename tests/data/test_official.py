"""Fashion-MNIST and CIFAR-10 in their official layouts; and nothing of a file that is not exactly that."""

import gzip
import io
import os
import pickle
import struct
import tarfile

import numpy as np
import pytest
from support.data_files import (
    Opcodes,
    array2,
    cifar_batches,
    cifar_binary,
    cifar_python,
    idx,
    noise,
    pickled2,
    planes,
    python2,
    refused,
    write_fashion,
)

from common.data import cifar10, load
from common.data import idx as idx_files

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"


def fashion(folder):
    return load("fashion-mnist", data_dir=folder)


def assert_holds(split, images, labels):
    assert split.labels.dtype == np.int64
    assert split.labels.tolist() == labels.tolist()
    assert len(split) == len(images)
    for i, image in enumerate(images):
        assert np.array_equal(np.asarray(split.images.picture(i)), image)


@pytest.mark.parametrize("zipped", [True, False])
def test_fashion_mnist(tmp_path, zipped):
    made = write_fashion(tmp_path, zipped=zipped)
    found = fashion(tmp_path)
    assert found.classes[0] == "t-shirt"
    assert found.classes[9] == "ankle boot"
    assert (len(found.classes), found.channels, found.validation) == (10, 1, None)
    assert_holds(found.train, *made["train"])
    assert_holds(found.test, *made["t10k"])
    assert found.train.images.picture(0).mode == "L"


GOOD = idx(noise(7, 28, 28, seed=7))
BAD_IDX = {
    "empty": (b"", "not an IDX file", "nothing"),
    "other": (b"PK\3\4" + GOOD, "not an IDX file", "50 4b 03 04"),
    "type": (GOOD[:2] + b"\x0d" + GOOD[3:], "type 0x0d"),
    "axes": (idx(noise(7, 28)), "2 axes, not 3"),
    "header": (GOOD[:9], "truncated", "header"),
    "short": (GOOD[:-1], "truncated: 5487 bytes of the 5488"),
    "long": (GOOD + b"\0", "goes on after the 5488 bytes"),
    "less than said": (GOOD[:4] + struct.pack(">3I", 8, 28, 28) + GOOD[16:], "truncated: 5488 bytes of the 6272"),
    "huge": (GOOD[:4] + struct.pack(">3I", 2**32 - 1, 28, 28) + GOOD[16:], "announces 3367254359280 values"),
    "size": (idx(noise(7, 28, 27)), "28x27, not 28x28"),
    "count": (idx(noise(8, 28, 28)), "7 labels for the 8 images"),
}


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("kind", BAD_IDX)
def test_idx_files_that_are_not_what_they_must_be(tmp_path, kind, zipped):
    contents, *parts = BAD_IDX[kind]
    write_fashion(tmp_path)
    (tmp_path / IMAGES).write_bytes(gzip.compress(contents) if zipped else contents)
    refused(lambda: fashion(tmp_path), tmp_path, IMAGES, *parts)


@pytest.mark.parametrize("shape", [(2**32 - 1, 28, 28), (60_000, 2**20, 2**20), (1, 28, 2**31)])
def test_values_that_no_file_of_the_data_has_are_not_even_read(tmp_path, shape, monkeypatch):
    """A small gzipped file can hold any number of zeros."""
    write_fashion(tmp_path)
    (tmp_path / IMAGES).write_bytes(gzip.compress(GOOD[:4] + struct.pack(">3I", *shape) + bytes(1 << 20)))
    asked, real = [], idx_files._at_most
    monkeypatch.setattr(idx_files, "_at_most", lambda stream, count: asked.append(count) or real(stream, count))
    refused(lambda: fashion(tmp_path), tmp_path / IMAGES)
    assert asked == [16]


def test_labels_without_a_class_and_no_labels_at_all(tmp_path):
    write_fashion(tmp_path)
    (tmp_path / LABELS).write_bytes(idx(np.array([0, 1, 9, 10, 3, 2, 1], np.uint8)))
    refused(lambda: fashion(tmp_path), LABELS, "label 3 is 10", "0 to 9")
    (tmp_path / LABELS).write_bytes(idx(np.zeros(0, np.uint8)))
    (tmp_path / IMAGES).write_bytes(idx(np.zeros((0, 28, 28), np.uint8)))
    refused(lambda: fashion(tmp_path), LABELS, "no labels")


@pytest.mark.parametrize("keep", [5, 15, 400, -1])
def test_gzip_files_that_are_cut_off(tmp_path, keep):
    write_fashion(tmp_path)
    path = tmp_path / IMAGES
    path.write_bytes(path.read_bytes()[:keep])
    refused(lambda: fashion(tmp_path), path, "cannot be read")


@pytest.mark.parametrize("at", [-5, 10, 300])
def test_gzip_files_with_a_wrong_byte(tmp_path, at):
    """Of the checksum, of the kind of compression, of the contents."""
    write_fashion(tmp_path)
    path = tmp_path / IMAGES
    contents = bytearray(path.read_bytes())
    contents[at] ^= 255
    path.write_bytes(contents)
    refused(lambda: fashion(tmp_path), path)


@pytest.mark.parametrize("name", [IMAGES, "t10k-labels-idx1-ubyte.gz"])
def test_a_missing_file_is_named(tmp_path, name):
    write_fashion(tmp_path)
    (tmp_path / name).unlink()
    refused(lambda: fashion(tmp_path), tmp_path, f"no {name}")


def write_cifar(folder, layout, archived=False):
    batches = cifar_batches()
    inside = folder if archived else folder / layout.folder
    inside.mkdir(exist_ok=True)
    for name, batch in batches.items():
        suffix, contents = (".bin", cifar_binary) if layout is cifar10.BINARY else ("", cifar_python)
        (inside / f"{name}{suffix}").write_bytes(contents(*batch))
    if archived:
        pack(folder, layout)
    return batches


def pack(folder, layout, leave_out=()):
    with tarfile.open(folder / layout.archive, "w:gz") as archive:
        for path in sorted(folder.glob("*batch*")):
            if path.name not in leave_out:
                archive.add(path, f"{layout.folder}/{path.name}")
            path.unlink()


def cifar(folder):
    return load("cifar10", data_dir=folder)


layouts = pytest.mark.parametrize("layout", [cifar10.BINARY, cifar10.PYTHON], ids=["binary", "python"])


@layouts
@pytest.mark.parametrize("where", ["archive", "folder", "inside"])
def test_cifar10(tmp_path, layout, where):
    made = write_cifar(tmp_path, layout, archived=where == "archive")
    found = cifar(tmp_path / layout.folder if where == "inside" else tmp_path)
    assert (found.classes[0], found.classes[6], found.classes[9]) == ("airplane", "frog", "truck")
    assert (found.channels, found.validation) == (3, None)
    test = made.pop("test_batch")
    assert_holds(found.test, *test)
    assert_holds(found.train, *(np.concatenate(arrays) for arrays in zip(*made.values(), strict=True)))


@layouts
def test_a_file_that_the_archive_or_the_folder_lacks_is_named(tmp_path, layout):
    name = layout.train[2]
    write_cifar(tmp_path, layout)
    (tmp_path / layout.folder / name).unlink()
    refused(lambda: cifar(tmp_path), f"{tmp_path / layout.folder / name}: no such file")
    (tmp_path / "a").mkdir()
    write_cifar(tmp_path / "a", layout, archived=True)
    with tarfile.open(tmp_path / "a" / layout.archive) as archive:
        archive.extractall(tmp_path / "b", filter="data")
    for path in (tmp_path / "b" / layout.folder).iterdir():
        path.rename(tmp_path / "a" / path.name)
    pack(tmp_path / "a", layout, leave_out=[name])
    refused(lambda: cifar(tmp_path / "a"), layout.archive, f"no {name} in it")


@layouts
@pytest.mark.parametrize("keep", [0.02, 0.5, 0.999])
def test_an_archive_that_is_cut_off(tmp_path, layout, keep):
    write_cifar(tmp_path, layout, archived=True)
    path = tmp_path / layout.archive
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    refused(lambda: cifar(tmp_path), path, "broken or truncated")


def test_a_folder_without_cifar10(tmp_path):
    refused(lambda: cifar(tmp_path), tmp_path, "cifar-10-binary.tar.gz", "cifar-10-python.tar.gz")
    refused(lambda: cifar(tmp_path / "none"), tmp_path / "none", "no such folder")


@layouts
def test_a_file_far_larger_than_the_official_ones(tmp_path, layout, monkeypatch):
    write_cifar(tmp_path, layout, archived=True)
    monkeypatch.setattr(cifar10, "LARGEST", 1000)
    refused(lambda: cifar(tmp_path), layout.archive, layout.train[0], "more than 1000 bytes")


RECORDS = cifar_binary(*cifar_batches()["test_batch"])


@pytest.mark.parametrize(
    ("contents", "part"),
    [
        (b"", "0 bytes are no whole number"),
        (RECORDS[:-1], "9218 bytes are no whole number of images of 3073"),
        (RECORDS[:3073] + b"\x0a" + RECORDS[3074:], "label 1 is 10; they go from 0 to 9"),
    ],
)
def test_binary_files_that_are_not_what_they_must_be(tmp_path, contents, part):
    write_cifar(tmp_path, cifar10.BINARY)
    (tmp_path / cifar10.BINARY.folder / "test_batch.bin").write_bytes(contents)
    refused(lambda: cifar(tmp_path), "test_batch.bin", part)


ROWS = planes(cifar_batches()["test_batch"][0])
DATA = array2(ROWS.shape, b"u1", ROWS.tobytes())
HUGE = Opcodes(b"\x8b" + struct.pack("<I", 4000) + b"\x7f" * 4000)  # a number of 4,000 bytes
SYSTEM = Opcodes(b"cos\nsystem\n" + python2((b"touch evil",)) + b"R")
BAD_PICKLES = {
    "code": (pickled2({b"data": SYSTEM, b"labels": [1]}), "asks for 'os.system'"),
    "builtin": (pickled2({b"data": Opcodes(b"c__builtin__\neval\n" + python2((b"1",)) + b"R")}), "asks for "),
    "other numpy": (pickled2({b"data": Opcodes(b"cnumpy\nfromfile\n" + python2((b"a",)) + b"R")}), "numpy.fromfile"),
    "elsewhere": (pickled2({b"data": Opcodes(b"Pa\n")}), "the instruction PERSID"),
    "memory": (pickled2({b"data": Opcodes(b"Nr\xff\xff\xff\x7f")}), "LONG_BINPUT"),
    "more memory": (b"\x80\x05\x96" + (1 << 40).to_bytes(8, "little") + b"x.", "cannot be read as a pickle"),
    "array of bytes": (pickle.dumps(bytearray(9), protocol=5), "BYTEARRAY8"),
    "words for numbers": (b"F1\x00\n.", r"\x00"),
    "unprintable": (pickled2({b"data": Opcodes(b"cnum\0py\ndtype\n")}), r"'num\x00py.dtype'"),
    "empty": (b"", "cannot be read as a pickle"),
    "garbage": (b"\x80\x02garbage", "cannot be read as a pickle"),
    "cut": (pickled2({b"data": DATA, b"labels": [1, 2, 3]})[:-20], "cannot be read as a pickle"),
    "list": (pickled2([1]), "a pickle of list, not of a dict"),
    "no data": (pickled2({b"labels": [1, 2, 3]}), "has no 'data'"),
    "no labels": (pickled2({b"data": DATA}), "has no 'labels'"),
    "not an array": (pickled2({b"data": [1], b"labels": [1]}), "data: not an array"),
    "unfinished": (pickled2({b"data": Opcodes(DATA.opcodes.split(b"R", 1)[0] + b"R"), b"labels": [1]}), "not an array"),
    "class": (pickled2({b"data": Opcodes(b"cnumpy\nndarray\n"), b"labels": [1]}), "data: not an array"),
    "object": (pickled2({b"data": array2((1,), b"O8", [1]), b"labels": [1]}), "type 'O8'"),
    "float": (pickled2({b"data": array2((1, 3072), b"f4", bytes(4 * 3072)), b"labels": [1]}), "type 'f4'"),
    "signed": (pickled2({b"data": array2((1, 3072), b"i1", bytes(3072)), b"labels": [1]}), "type 'i1'"),
    "shape": (pickled2({b"data": array2((3, 3071), b"u1", bytes(3 * 3071)), b"labels": [1]}), "(3, 3071)"),
    "axes": (pickled2({b"data": array2((1, 3, 1024), b"u1", bytes(3072)), b"labels": [1]}), "(1, 3, 1024)"),
    "none": (pickled2({b"data": array2((0, 3072), b"u1", b""), b"labels": []}), "(0, 3072)"),
    "unfilled": (pickled2({b"data": array2((3, 3072), b"u1", b"abc"), b"labels": [1]}), "do not fill its shape"),
    "negative": (pickled2({b"data": array2((-1, -3072), b"u1", bytes(3072)), b"labels": [1]}), "do not fill"),
    "many axes": (pickled2({b"data": array2((1,) * 65, b"u1", b"x"), b"labels": [1]}), "a shape that no array can"),
    "huge and empty": (pickled2({b"data": array2((0, HUGE), b"u1", b""), b"labels": []}), "a shape that no array can"),
    "huge shape": (pickled2({b"data": array2((HUGE, 3072), b"u1", bytes(3072)), b"labels": [1]}), "a shape that no"),
    "huge type": (pickled2({b"data": array2((1, 3072), HUGE, bytes(3072)), b"labels": [1]}), "type 'int'"),
    "huge label": (pickled2({b"data": DATA, b"labels": [1, HUGE, 2]}), "labels that are no list of whole numbers"),
    "tuple key": (pickled2({(1,): DATA}), "keys are no names"),
    "one tuple key": (b"\x80\x02}" + python2((1,)) + b"Ns.", "keys are no names"),
    "laughs": (b"\x80\x02})" + b"q\x00h\x00\x86" * 60 + b"Ns.", "keys are no names"),  # 2^60 to hash
    "list with keys": (pickle.dumps([[]], 2).replace(b"a.", b"K\x00Ns."), "keys are no names"),
    "state of a function": (b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nNb.", "no array"),
    "set": (pickle.dumps({1}, 4), "the instruction EMPTY_SET"),
    "nothings": (b"\x80\x02" + b"N" * 250_001 + b".", "the instruction NONE, which is number 250000"),
    "count": (pickled2({b"data": DATA, b"labels": [1, 2]}), "2 labels for 3 images"),
    "words": (pickled2({b"data": DATA, b"labels": [1, b"2", 3]}), "labels that are no list of whole numbers"),
    "one word": (pickled2({b"data": DATA, b"labels": b"123"}), "labels that are no list of whole numbers"),
    "below": (pickled2({b"data": DATA, b"labels": [1, 2, -1]}), "label 2 is -1"),
    "above": (pickled2({b"data": DATA, b"labels": [1, 10, 1]}), "label 1 is 10"),
}


@pytest.mark.parametrize("kind", BAD_PICKLES)
def test_pickles_that_are_not_what_they_must_be(tmp_path, kind, monkeypatch):
    contents, part = BAD_PICKLES[kind]
    monkeypatch.chdir(tmp_path)
    write_cifar(tmp_path, cifar10.PYTHON)
    (tmp_path / cifar10.PYTHON.folder / "test_batch").write_bytes(contents)
    refused(lambda: cifar(tmp_path), "test_batch", part)
    assert not os.path.exists("evil")


@pytest.mark.parametrize("protocol", [3, 4])
@pytest.mark.parametrize("order", ["C", "F"])
def test_pickles_that_todays_numpy_writes(tmp_path, protocol, order):
    write_cifar(tmp_path, cifar10.PYTHON)
    batch = {b"data": np.asarray(ROWS, order=order), b"labels": [4, 5, 6]}
    written = pickle.dumps(batch, protocol=protocol)
    for contents in (written, written.replace(b"numpy.core", b"numpy._core") if protocol == 3 else written):
        (tmp_path / cifar10.PYTHON.folder / "test_batch").write_bytes(contents)
        assert_holds(cifar(tmp_path).test, cifar_batches()["test_batch"][0], np.array([4, 5, 6]))


def test_the_pickles_written_here_are_pickles():
    """Of what Python and NumPy themselves read in them."""
    read = pickle.load(io.BytesIO(cifar_python(*cifar_batches()["test_batch"])), encoding="bytes")
    assert np.array_equal(read[b"data"], ROWS)
    assert read[b"labels"] == cifar_batches()["test_batch"][1].tolist()
