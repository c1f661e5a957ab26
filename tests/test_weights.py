"""Canonical weights: drawn the same everywhere, checked by name, kept in files that are whole and say what for."""

import json
import os
import pickle
import shutil
import struct
from math import prod

import numpy as np
import pytest
from safetensors import SafetensorError

from common import nets, weights
from common.errors import InputError
from common.files import replacing
from common.spec import CLASSES, Aux, AvgPool, BatchNorm, Concat, Conv, Dense, MaxPool, Network, Stage


def small(name="small", **settings):
    """A network with normalisation, an Inception block and a head, in which every tensor has another shape."""
    block = Concat(p1=(Conv(5, 1),), p2=(MaxPool(3), Conv(6, 1)))
    head = Stage(pool=AvgPool(3), fc=Dense(CLASSES))
    table = Network(
        name=name,
        title="",
        source="",
        input=(3, 4, 4),
        num_classes=7,
        convention="floor",
        norm=BatchNorm(),
        bias=False,
        stages={"b1": Stage(conv=Conv(4, (1, 3)), block=block)},
        aux={"aux1": Aux("b1.conv", head)},
    )
    return nets.get(table, **settings)


def same(a, b):
    """Equal names in equal order, equal dtypes, equal bits."""
    return list(a) == list(b) and all(a[k].dtype == b[k].dtype and a[k].tobytes() == b[k].tobytes() for k in a)


def test_shapes_and_places_follow_from_the_table():
    norm = {f"norm.{k}": None for k in ("weight", "bias", "running_mean", "running_var")}
    assert weights.shapes(small()) == {
        "b1.conv.weight": (4, 3, 1, 3),
        **{f"b1.conv.{k}": (4,) for k in norm},
        "b1.block.p1_1.weight": (5, 4, 1, 1),
        **{f"b1.block.p1_1.{k}": (5,) for k in norm},
        "b1.block.p2_2.weight": (6, 4, 1, 1),
        **{f"b1.block.p2_2.{k}": (6,) for k in norm},
        "fc.weight": (7, 11 * 4 * 4),
        "fc.bias": (7,),
        "aux1.fc.weight": (7, 4 * 4 * 4),
        "aux1.fc.bias": (7,),
    }
    places = weights.places(small())
    assert list(places) == list(weights.shapes(small()))
    assert places["b1.block.p2_2.norm.weight"] == ("b1.block.p2_2", "norm.weight")
    assert places["fc.bias"] == ("fc", "bias")


def test_parameters_and_statistics_are_the_two_halves():
    drawn = weights.probing(small())
    parameters, statistics = weights.parameters(drawn), weights.statistics(drawn)
    assert {**parameters, **statistics}.keys() == drawn.keys()
    assert len(statistics) == 6
    assert all(name.endswith(("running_mean", "running_var")) for name in statistics)
    assert not any("running" in name for name in parameters)


@pytest.mark.parametrize("draw", [weights.initial, weights.probing])
def test_a_seed_draws_the_same_numbers_and_another_seed_others(draw):
    a, again, b = draw(small(), 0), draw(small(), 0), draw(small(), 1)
    assert same(a, again)
    assert all(not np.array_equal(a[k], b[k]) for k in a if a[k].ndim > 1)


@pytest.mark.parametrize("draw", [weights.initial, weights.probing])
def test_a_tensor_does_not_depend_on_what_else_there_is(draw):
    whole, headless = draw(small(), 0), draw(small(aux=False), 0)
    assert whole.keys() - headless.keys() == {"aux1.fc.weight", "aux1.fc.bias"}
    assert all(np.array_equal(whole[k], headless[k]) for k in headless)
    assert len({array.tobytes() for array in whole.values() if array.ndim > 1}) == 5


def test_convolutions_are_drawn_alike_with_normalisation_and_with_biases():
    """Whatever comes between them: the tables of the book differ by one layer behind each convolution."""
    plain, normed = (weights.initial(nets.get(name), 0) for name in ("d2l", "d2l_bn"))
    names = [name for name in plain if plain[name].ndim > 1]
    assert names == [name for name in normed if normed[name].ndim > 1]
    assert all(np.array_equal(plain[name], normed[name]) for name in names)


@pytest.mark.parametrize("draw", [weights.initial, weights.probing])
def test_float32_numbers_are_the_float64_ones_rounded(draw):
    wide, narrow = draw(small(), 0, "float64"), draw(small(), 0, "float32")
    assert {a.dtype for a in wide.values()} == {np.dtype("float64")}
    assert {a.dtype for a in narrow.values()} == {np.dtype("float32")}
    assert all(np.array_equal(wide[k].astype("float32"), narrow[k]) for k in wide)


def test_without_a_seed_the_numbers_are_fresh():
    assert not np.array_equal(*(weights.initial(small())["fc.weight"] for _ in range(2)))


@pytest.mark.parametrize("draw", [weights.initial, weights.probing])
@pytest.mark.parametrize(
    ("name", "fan_in", "gain"),
    [("b4.4e.p2_2.weight", 160 * 9, 2), ("b3.3a.p3_2.weight", 16 * 25, 2), ("fc.weight", 1024, 1)],
)
def test_variances_are_those_of_he(draw, name, fan_in, gain):
    """2 / fan_in before a ReLU, 1 / fan_in elsewhere; n squared normal numbers average to 1 ± sqrt(2/n)."""
    drawn = draw(nets.get("d2l"), 0)[name]
    five_sigma = 5 * np.sqrt(2 / drawn.size)
    assert abs(np.mean(drawn.astype("float64") ** 2) * fan_in / gain - 1) < five_sigma


def test_training_starts_from_biases_and_means_of_0_and_scales_and_variances_of_1():
    for name, array in weights.initial(small(), 0).items():
        if array.ndim == 1:
            one = name.endswith(("norm.weight", "norm.running_var"))
            assert np.array_equal(array, np.full(array.shape, float(one))), name


def test_probing_leaves_nothing_at_its_default():
    for name, array in weights.probing(small()).items():
        assert np.unique(array).size == array.size, name
        assert not np.isin(array, (0, 1)).any(), name
        if name.endswith("running_var"):
            assert array.min() >= 0.5


def altered(**changes):
    """The shapes of the small network, with some tensors changed, or dropped by None."""
    shapes = {**weights.shapes(small()), **{k.replace("__", "."): v for k, v in changes.items()}}
    return {name: np.zeros(shape) for name, shape in shapes.items() if shape is not None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fc__bias": None, "b1__conv__weight": None}, "here: tensor 'b1.conv.weight' is missing"),
        ({"fc__bias": (7, 1)}, "here: tensor 'fc.bias' has shape (7, 1), not (7,)"),
        ({"fc__weight": (176, 7)}, "here: tensor 'fc.weight' has shape (176, 7), not (7, 176)"),
        ({"fc2__bias": (7,)}, "here: tensor 'fc2.bias' is not part of the network"),
    ],
)
def test_the_first_tensor_that_does_not_fit_is_named(changes, message):
    with pytest.raises(InputError) as caught:
        weights.check(altered(**changes), weights.shapes(small()), "here")
    assert str(caught.value) == message


def test_what_fits_is_taken():
    assert weights.check(altered(), weights.shapes(small()), "here") is None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seed": 1, "weights": {}}, "either seed or weights"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"seed": 1.5}, "seed must be a whole number of at least 0"),
        ({"dtype": "float16"}, "unknown dtype 'float16'"),
        ({"weights": {}}, "weights for 'small': tensor 'b1.conv.weight' is missing"),
    ],
)
def test_what_a_net_cannot_start_with(settings, message):
    with pytest.raises(InputError, match=message):
        weights.starting(small(), **settings)


def test_what_a_net_can_start_with(tmp_path):
    drawn = weights.probing(small(), 3, "float32")
    weights.save(tmp_path / "w", drawn, small())
    assert same(weights.starting(small(), seed=3), weights.initial(small(), 3))
    assert weights.starting(small(), weights=drawn) is drawn
    for path in (tmp_path / "w", str(tmp_path / "w")):
        loaded = weights.starting(small(), weights=path)
        assert same({name: loaded[name] for name in drawn}, drawn)


@pytest.fixture
def saved(tmp_path):
    """A file of the small network, and the weights in it."""
    drawn = weights.probing(small(), 0, "float32")
    weights.save(tmp_path / "small.safetensors", drawn, small())
    return tmp_path / "small.safetensors", drawn


def refused(path, network=None):
    """Require that the file is refused in one line that names it, and return the line."""
    with pytest.raises(InputError) as caught:
        weights.load(path, network or small())
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert "\n" not in line
    return line


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_saved_is_loaded_bit_by_bit(dtype, tmp_path):
    drawn = weights.probing(small(), 0, dtype)
    drawn["fc.bias"][:4] = [-0.0, 1e-45, np.inf, np.nan]
    drawn["fc.weight"] = np.asfortranarray(drawn["fc.weight"])
    weights.save(tmp_path / "w", drawn, small())
    loaded = weights.load(tmp_path / "w", small())
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
    assert refused(saved[0], network()).endswith(message)


def test_weights_of_d2l_are_not_those_of_d2l_same(tmp_path):
    """All names and shapes are equal, and the function is not."""
    d2l = nets.get("d2l")
    weights.save(tmp_path / "w", weights.initial(d2l, 0), d2l)
    assert "made for network d2l, not d2l_same" in refused(tmp_path / "w", nets.get("d2l_same"))


def test_weights_that_are_not_the_networks_are_not_saved(tmp_path):
    drawn = weights.probing(small())
    del drawn["fc.bias"]
    with pytest.raises(InputError, match=r"weights for 'small': tensor 'fc\.bias' is missing"):
        weights.save(tmp_path / "w", drawn, small())
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

    monkeypatch.setattr(weights, "save_file", half)
    with pytest.raises(InputError, match=r"small\.safetensors: cannot be written: .*No space left"):
        weights.save(saved[0], weights.probing(small(), 1, "float32"), small())
    assert saved[0].read_bytes() == before
    assert [p.name for p in saved[0].parent.iterdir()] == ["small.safetensors"]


def test_an_interrupted_write_leaves_the_earlier_file_and_nothing_else(tmp_path):
    target = tmp_path / "w"
    target.write_text("earlier")
    with pytest.raises(KeyboardInterrupt), replacing(target) as temporary:
        temporary.write_text("half")
        assert temporary.parent == tmp_path  # another folder may be another disk, from which nothing moves at once
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
        weights.save(tmp_path / target, weights.probing(small()), small())
    assert str(caught.value).startswith(f"{tmp_path / target}: cannot be written: ")
    assert "\n" not in str(caught.value)
    shutil.rmtree(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_as_large_as_its_numbers(saved):
    """No tensor is written twice, or in another type."""
    numbers = sum(prod(shape) for shape in weights.shapes(small()).values())
    assert len(header(saved[0])[1]) == 4 * numbers
