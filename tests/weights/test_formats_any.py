"""Whatever a file is, it is read whole, or refused in one line that names it."""

import os
import sys

import numpy as np
import pytest
from support.arrays import same
from support.weight_files import (
    refused,
    weights_h5,
    write_caffe,
    write_gluon,
    write_graph,
    write_keras_archive,
    write_keras_legacy,
    write_onnx,
    write_safetensors,
    write_torch,
    write_torch_stream,
)

from common.base.errors import InputError
from common.weights.formats import read
from common.weights.formats.faults import CutShort, reported_for

WRITERS = [
    write_safetensors,
    pytest.param(write_torch, marks=pytest.mark.only("torch")),
    pytest.param(write_torch_stream, marks=pytest.mark.only("torch")),
    write_caffe,
    write_onnx,
    write_graph,
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


@pytest.mark.parametrize("write", WRITERS)
def test_a_damaged_file_is_read_or_refused_but_nothing_else(write, tmp_path):
    """HDF5's library can loop for ever over damage: it is in a process of its own."""
    write(tmp_path / "whole")
    data = (tmp_path / "whole").read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(len(data), size=8 if b"\x89HDF" in data else 40):
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
        (b'node {\n  name: "conv"\n', "the text of a graph of TensorFlow: give the binary .pb"),
        (b"\x1f\x8b\x08\x00" + bytes(30), "an archive: unpack it first"),
        (b"weights".ljust(257, b"\0") + b"ustar\x0000", "an archive: unpack it first"),
        (b"\nsome text behind a line break\n", "not a whole Caffe file"),
    ],
)
def test_what_is_no_weight_file_is_refused_by_what_it_is(data, message, tmp_path):
    (tmp_path / "w.safetensors").write_bytes(data)
    assert refused(tmp_path / "w.safetensors").startswith(message)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("Wire format was corrupt"), "it is damaged"),
        (KeyError("x"), "it is damaged"),
        (EOFError(), "it is cut short"),
        (CutShort(), "it is cut short"),
        (MemoryError(), "reading it takes more memory than such a file may"),
    ],
)
def test_what_a_library_says_of_its_insides_is_not_passed_on(error, reason, tmp_path):
    with pytest.raises(InputError) as caught, reported_for(tmp_path, "not whole"):
        raise error
    assert str(caught.value) == f"{tmp_path}: not whole: {reason}: get it again from its publisher"


def test_an_unknown_kind_is_told_which_kinds_there_are(tmp_path):
    (tmp_path / "w").write_bytes(b"hello")
    message = refused(tmp_path / "w")
    for kind in ("safetensors", "PyTorch", "Caffe", "ONNX", "TensorFlow", "Keras", "Gluon"):
        assert kind in message


def test_what_is_not_there_a_folder_and_what_may_not_be_read_is_refused(tmp_path, monkeypatch):
    assert refused(tmp_path / "nowhere") == "no such file"
    assert refused(tmp_path).startswith("a folder")
    (tmp_path / "w").write_bytes(b"x")

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert refused(tmp_path / "w") == "cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("write", "module", "package"),
    [
        (write_onnx, "onnx", "onnx"),
        (weights_h5, "h5py", "h5py"),
        (write_keras_archive, "h5py", "h5py"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_extra(write, module, package, monkeypatch, tmp_path):
    write(tmp_path / "w")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"reading \w+ files needs {package}, which is not installed: pip install"):
        read(tmp_path / "w")
