"""Weights in a file: bit by bit, whole or not at all, and refused for whatever else they are."""

import json
import os
import pickle
import shutil
import struct
from math import prod

import numpy as np
import pytest
from safetensors import SafetensorError
from support.tables import small

from common import nets
from common.base.errors import InputError
from common.base.files import replacing
from common.table import drawing
from common.weights import bundle, canonical, safetensors_file


@pytest.fixture
def saved(tmp_path):
    """A file of the small network, and the weights in it."""
    drawn = drawing.probing(small(), 0, "float32")
    canonical.save(tmp_path / "small.safetensors", drawn, small())
    return tmp_path / "small.safetensors", drawn


def refused(path, network=None):
    """Require that the file is refused in one line that names it, and return the line."""
    with pytest.raises(InputError) as caught:
        canonical.load(path, network or small())
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_saved_is_loaded_bit_by_bit(dtype, tmp_path):
    drawn = drawing.probing(small(), 0, dtype)
    drawn["fc.bias"][:4] = [-0.0, 1e-45, np.inf, np.nan]
    drawn["fc.weight"] = np.asfortranarray(drawn["fc.weight"])
    canonical.save(tmp_path / "w", drawn, small())
    loaded = canonical.load(tmp_path / "w", small())
    assert loaded.keys() == drawn.keys()
    for name, array in loaded.items():
        assert array.dtype == dtype
        assert array.tobytes() == drawn[name].tobytes(), name


def header(path):
    """The JSON header of a safetensors file, and the tensors' bytes behind it."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def rewrite(path, head, body):
    text = json.dumps(head).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def test_the_file_says_what_it_belongs_to(saved):
    metadata = header(saved[0])[0]["__metadata__"]
    assert len(metadata.pop("sha256")) == 64
    assert metadata == {
        "format_version": "1",
        "network": "small",
        "in_channels": "3",
        "num_classes": "7",
        "aux": '["aux1"]',
    }


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (lambda: small("other"), "made for network small, not other"),
        (lambda: small(num_classes=8), "made for num_classes 7, not 8"),
        (lambda: small(in_channels=1), "made for in_channels 3, not 1"),
        (lambda: small(aux=False), 'made for aux ["aux1"], not []'),
    ],
)
def test_weights_of_another_network_are_refused_by_what_differs(network, message, saved):
    assert f": {message}: give the file of that network" in refused(saved[0], network())


def test_weights_of_d2l_are_not_those_of_d2l_same(tmp_path):
    """All names and shapes are equal, and the function is not."""
    d2l = nets.get("d2l")
    canonical.save(tmp_path / "w", drawing.initial(d2l, 0), d2l)
    assert "made for network d2l, not d2l_same" in refused(tmp_path / "w", nets.get("d2l_same"))


def test_weights_that_are_not_the_networks_are_not_saved(tmp_path):
    drawn = drawing.probing(small())
    del drawn["fc.bias"]
    with pytest.raises(InputError, match=r"weights for 'small': tensor 'fc\.bias' is missing"):
        canonical.save(tmp_path / "w", drawn, small())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("part", [0.0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_refused(part, saved):
    data = saved[0].read_bytes()
    saved[0].write_bytes(data[: int(part * len(data))])
    assert "not a whole safetensors file" in refused(saved[0])


@pytest.mark.parametrize("extra", [b"\0", b"more"])
def test_a_file_with_something_behind_it_is_refused(extra, saved):
    saved[0].write_bytes(saved[0].read_bytes() + extra)
    assert "not a whole safetensors file" in refused(saved[0])


@pytest.mark.parametrize("place", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("bit", [0, 7])
def test_a_single_turned_bit_of_the_tensors_is_noticed(place, bit, saved):
    head, body = header(saved[0])
    changed = bytearray(body)
    changed[int(place * (len(body) - 1))] ^= 1 << bit
    rewrite(saved[0], head, bytes(changed))
    assert "do not match the file's own sha256" in refused(saved[0])


def swap(head):
    head["b1.conv.norm.weight"], head["b1.conv.norm.bias"] = head["b1.conv.norm.bias"], head["b1.conv.norm.weight"]


def retype(head):
    for entry in head.values():
        entry.update({"dtype": "I32"} if "dtype" in entry else {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (swap, "sha256"),
        (retype, "sha256"),
        (lambda head: head.update({"fc9.bias": head.pop("fc.bias")}), "tensor 'fc.bias' is missing"),
        (lambda head: head["fc.weight"].update(shape=[176, 7]), "tensor 'fc.weight' has shape (176, 7), not (7, 176)"),
        (lambda head: head["fc.weight"].update(shape=[7, 999]), "not a whole safetensors file"),
        (lambda head: head["__metadata__"].pop("sha256"), "sha256"),
        (lambda head: head["__metadata__"].update(network="d2l"), "made for network d2l, not small"),
        (lambda head: head["__metadata__"].update(format_version="2"), "made for format_version 2, not 1"),
        (lambda head: head["__metadata__"].pop("network"), "made for network unknown, not small"),
        (lambda head: head.pop("__metadata__"), "made for format_version unknown, not 1"),
    ],
)
def test_a_tampered_header_is_refused(change, message, saved):
    head, body = header(saved[0])
    change(head)
    rewrite(saved[0], head, body)
    assert message in refused(saved[0])


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_pickle_is_refused_and_nothing_in_it_is_run(tmp_path):
    path, trace = tmp_path / "model.pt", tmp_path / "trace"
    path.write_bytes(pickle.dumps({"fc.weight": Bomb(str(trace))}))
    assert "not a whole safetensors file" in refused(path)
    assert not trace.exists()
    np.save(tmp_path / "objects.npy", np.array([Bomb(str(trace))], dtype=object))
    assert "not a whole safetensors file" in refused(tmp_path / "objects.npy")
    assert not trace.exists()


@pytest.mark.parametrize(
    "data", [b"", b"hello\n", b"\x89PNG\r\n\x1a\n" + bytes(99), b"\xff" * 64, struct.pack("<Q", 2) + b"{}"]
)
def test_what_is_no_such_file_is_refused(data, tmp_path):
    (tmp_path / "w").write_bytes(data)
    refused(tmp_path / "w")


def test_what_is_not_there_and_what_is_a_folder_is_refused(tmp_path):
    assert "no such file" in refused(tmp_path / "nowhere")
    refused(tmp_path)


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), SafetensorError("I/O error: No space left on device (os error 28)")],
    ids=["python", "safetensors"],
)
def test_a_failed_write_leaves_the_earlier_file_and_nothing_else(error, saved, monkeypatch):
    """The second is what safetensors itself raises on a full disk: no OSError."""
    before = saved[0].read_bytes()

    def half(tensors, path, metadata):
        path.write_bytes(b"half of it")
        raise error

    monkeypatch.setattr(safetensors_file, "save_file", half)
    with pytest.raises(InputError, match=r"small\.safetensors: cannot be written: .*No space left"):
        canonical.save(saved[0], drawing.probing(small(), 1, "float32"), small())
    assert saved[0].read_bytes() == before
    assert [p.name for p in saved[0].parent.iterdir()] == ["small.safetensors"]


def test_an_interrupted_write_leaves_the_earlier_file_and_nothing_else(tmp_path):
    target = tmp_path / "w"
    target.write_text("earlier")
    with pytest.raises(KeyboardInterrupt), replacing(target) as temporary:
        temporary.write_text("half")
        assert (
            temporary.parent.parent == tmp_path
        )  # another folder may be another disk, from which nothing moves at once
        assert target.read_text() == "earlier"
        raise KeyboardInterrupt
    assert target.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [target]


def test_a_written_file_can_be_read_by_whom_others_can(tmp_path):
    mask = os.umask(0o027)
    try:
        with replacing(tmp_path / "w") as temporary:
            temporary.write_text("all of it")
    finally:
        kept = os.umask(mask)
    assert kept == 0o027
    assert (tmp_path / "w").read_text() == "all of it"
    assert (tmp_path / "w").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("target", ["no/such/folder/w", "folder"])
def test_where_nothing_can_be_written_that_is_said_in_one_line(target, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError) as caught:
        canonical.save(tmp_path / target, drawing.probing(small()), small())
    assert str(caught.value).startswith(f"{tmp_path / target}: cannot be written: ")
    assert "\n" not in str(caught.value)
    shutil.rmtree(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_as_large_as_its_numbers(saved):
    """No tensor is written twice, or in another type."""
    numbers = sum(prod(shape) for shape in small().shapes.values())
    assert len(header(saved[0])[1]) == 4 * numbers


def of_metadata(saved, **changes):
    """What `bundle.load` says of the file with other metadata."""
    head, body = header(saved[0])
    head["__metadata__"].update(changes)
    rewrite(saved[0], head, body)
    with pytest.raises(InputError) as caught:
        bundle.load(saved[0])
    line = str(caught.value)
    assert line.startswith(f"{saved[0]}: ")
    assert len(line) < 1000
    return line


@pytest.mark.parametrize("key", ["in_channels", "num_classes"])
@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", " 3", "٣", "1e3", "9" * 9, "9" * 5000, "9" * 1_000_000])
def test_sizes_in_metadata_are_numbers_of_a_few_digits(key, value, saved):
    line = of_metadata(saved, network="d2l", **{key: value})
    assert f"its metadata is not that of weights: {key} is " in line


@pytest.mark.parametrize("value", ["", "1", "{}", '["aux1"]', "[" * 100_000, "null"])
def test_heads_in_metadata_are_those_of_the_table_or_none(value, saved):
    assert "aux is " in of_metadata(saved, network="d2l", aux=value)
