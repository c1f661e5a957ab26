"""Where a net goes: names, what a backend can use, what is there; one rule for every framework."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from common.base.errors import InputError
from common.contract import backend, declaration, devices

TORCH, KERAS, MXNET = (declaration.of(module) for module in backend.OWN)
SERVER, LAPTOP, APPLE = (
    {"cpu": 1, "cuda": 2, "mps": 0},
    {"cpu": 1, "cuda": 0, "mps": 0},
    {"cpu": 1, "cuda": 0, "mps": 1},
)


@pytest.mark.parametrize(
    ("name", "declared", "seen", "expected"),
    [
        ("cpu", TORCH, SERVER, ("cpu", 0)),
        ("cuda", TORCH, SERVER, ("cuda", 0)),
        ("cuda:0", TORCH, SERVER, ("cuda", 0)),
        ("cuda:1", KERAS, SERVER, ("cuda", 1)),
        ("mps", TORCH, APPLE, ("mps", 0)),
        ("auto", TORCH, SERVER, ("cuda", 0)),
        ("auto", TORCH, APPLE, ("mps", 0)),
        ("auto", KERAS, APPLE, ("cpu", 0)),
        ("auto", TORCH, LAPTOP, ("cpu", 0)),
        ("auto", MXNET, SERVER, ("cpu", 0)),
        (None, TORCH, SERVER, None),
    ],
)
def test_a_name_becomes_a_device(name, declared, seen, expected):
    assert devices.chosen(name, declared, seen) == expected


@pytest.mark.parametrize(
    ("name", "declared", "seen", "dtype", "words"),
    [
        (
            "cuda:2",
            TORCH,
            SERVER,
            "float32",
            "'cuda:2': PyTorch sees no such device here: choose cpu, cuda, cuda:1 or auto",
        ),
        ("cuda", KERAS, LAPTOP, "float32", "'cuda': Keras sees no such device here: choose cpu or auto"),
        ("mps", KERAS, APPLE, "float32", "Keras computes on cpu, cuda only"),
        ("cuda", MXNET, SERVER, "float32", "MXNet Gluon computes on cpu only: the wheels of MXNet 1.9.1"),
        ("mps", TORCH, APPLE, "float64", "'mps' has no float64"),
        ("gpu", TORCH, SERVER, "float32", "unknown device 'gpu': did you mean 'cuda'"),
        ("cuda:x", TORCH, SERVER, "float32", "unknown device 'cuda:x'"),
        ("cuda:-1", TORCH, SERVER, "float32", "unknown device 'cuda:-1'"),
        ("cuda:1000", TORCH, SERVER, "float32", "unknown device 'cuda:1000'"),
        ("", TORCH, SERVER, "float32", "unknown device ''"),
        ("cpu\n", TORCH, SERVER, "float32", "unknown device"),
        (7, TORCH, SERVER, "float32", "unknown device 7"),
    ],
)
def test_what_is_not_there_or_cannot_be_used_is_an_error_with_the_choices(name, declared, seen, dtype, words):
    with pytest.raises(InputError) as raised:
        devices.chosen(name, declared, seen, dtype)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 250


def test_auto_takes_no_gpu_without_float64_for_float64():
    assert devices.chosen("auto", TORCH, APPLE, "float64") == ("cpu", 0)


def test_using_holds_within_itself_only():
    assert devices.asked() is None
    with devices.using("cuda"):
        assert devices.chosen(None, TORCH, SERVER) == ("cuda", 0)
        assert devices.chosen("cpu", TORCH, SERVER) == ("cpu", 0)  # a word of one's own comes first
        with devices.using("cuda:1"):
            assert devices.asked() == "cuda:1"
        with pytest.raises(InputError), devices.using("nowhere"):
            pass
        assert devices.asked() == "cuda"
    assert devices.asked() is None


@pytest.mark.only("mxnet")
def test_a_package_is_not_loaded_for_a_device_that_it_cannot_use():
    with devices.using("cuda"), pytest.raises(InputError, match="computes on cpu only"):
        backend.load("mxnet")


def test_a_package_that_says_nothing_has_a_processor():
    silent = SimpleNamespace()
    with devices.using("auto"):
        assert devices.of(silent, TORCH) == "cpu"
    with devices.using("cuda:1"):
        assert devices.of(SimpleNamespace(devices=lambda: SERVER), TORCH) == "cuda:1"
        with pytest.raises(InputError):
            devices.of(silent, TORCH)


def test_full_precision_is_asked_of_every_package_and_ends():
    events = []

    @contextmanager
    def full_precision():
        events.append("off")
        yield
        events.append("on")

    package = SimpleNamespace(full_precision=full_precision)
    with devices.full_precision({"a": package, "b": SimpleNamespace(), "c": package}):
        assert events == ["off", "off"]
    assert events == ["off", "off", "on", "on"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("devices", ("cuda",), "cpu first"),
        ("devices", ("cpu", "tpu"), "devices must be of cpu, cuda, mps"),
        ("devices", (), "cpu first"),
        ("no_other_devices", "", "must be a line of text"),
    ],
)
def test_a_declaration_of_devices_is_checked(field, value, words):
    said = {"name": "mine", "framework": "Mine", "install": "pip install mine", "platforms": "any"}
    with pytest.raises(InputError, match=words):
        declaration.Declaration(**said, computes_in=("float32",), **{field: value})
