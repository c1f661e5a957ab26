"""What does not fit into memory is refused by an estimate, before anything is allocated."""

import pytest
from support.backends import NAMES
from support.pictures import picture

from common import nets
from common.base import machine
from common.contract import backend
from common.data.preprocessing import Preprocessing
from common.table import memory
from common.table.drawing import initial
from common.weights import bundle, room
from common.weights.bundle import Bundle


@pytest.fixture
def refused(run):
    """Run ``googlenet``, require a refusal for want of memory, and return the line."""

    def call(*arguments):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "")
        assert " need about " in err and " are left: " in err and err.count("\n") == 1
        return err

    return call


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--batch", (1 << 31) - 1], "2,147,483,647 images of 1x96x96 in d2l need about"),
        (["--image-size", 1_000_000], "2 images of 1x1000000x1000000 in d2l need about"),
        (["--image-size", "32x100000000"], "2 images of 1x32x100000000 in d2l need about"),
        (["--num-classes", (1 << 31) - 1], "in d2l need about"),
        (["--in-channels", (1 << 31) - 1], "2 images of 2147483647x96x96 in d2l need about"),
        (["--images", "digits", "--image-size", 1_000_000], "of 1x1000000x1000000 in d2l need about"),
        (["--steps", 3, "--batch", 1_000_000_000], "1,000,000,000 images of 1x96x96 in d2l need about"),
    ],
    ids=str,
)
def test_compare(refused, options, says):
    assert says in refused("compare", "d2l", *options)


@pytest.fixture
def small(monkeypatch):
    """A machine with 1 KiB left, on which no framework is imported."""
    monkeypatch.setattr(machine, "available_memory", lambda: 1 << 10)
    monkeypatch.setattr(backend, "load", lambda name: None)


def test_train(refused, small, tmp_path):
    asked = ("train", "d2l", "--backend", NAMES[0], "--out", tmp_path / "run")
    assert "32 images of 1x32x32 in d2l need about" in refused(*asked)
    assert not (tmp_path / "run").exists()


def test_predict_and_evaluate(refused, small, tmp_path):
    table, path = nets.get("d2l"), tmp_path / "w.safetensors"
    plain = Preprocessing(resize=(32, 32), crop=None, order="L", mean=(0.5,), std=(0.5,))
    bundle.save(path, Bundle(table, initial(table, seed=0), plain))
    image = picture(tmp_path / "a.png")
    assert "1 images of 1x32x32 in d2l need about" in refused("predict", path, image, "--backend", NAMES[0])
    asked = ("evaluate", path, "--data", "digits", "--backend", NAMES[0])
    assert "64 images of 1x32x32 in d2l need about" in refused(*asked)


def test_the_pictures_that_were_found_count(run, monkeypatch):
    """There are ten scanned digits, which may be too many where one is not."""
    table = nets.get("d2l")
    monkeypatch.setattr(machine, "available_memory", lambda: memory.to_compare(table, (1, 32, 32), 9))
    code, _, err = run("compare", "d2l", "--image-size", 32, "--images", "digits")
    assert code == 2 and "10 images of 1x32x32 in d2l need about" in err


def test_several_processes_compare_at_a_time_where_all_of_them_fit(monkeypatch):
    table, shape = nets.get("d2l"), (1, 96, 96)
    needed = memory.to_compare(table, shape, 2, gradients=True)
    for count, left, fits in ((4, 4 * needed, True), (4, 4 * needed - 1, False), (4, None, True)):
        monkeypatch.setattr(machine, "available_memory", lambda left=left: left)
        assert room.for_comparisons(count, table, shape, 2, training=False, gradients=True) is fits


def test_an_estimate_grows_with_what_is_asked_for():
    table, shape = nets.get("paper"), (3, 224, 224)
    assert memory.to_predict(table, shape, 2) < memory.to_train(table, shape, 2) < memory.to_compare(table, shape, 2)
    for estimate in (memory.to_predict, memory.to_train, memory.to_compare):
        one, two, three = (estimate(table, shape, batch) for batch in (1, 2, 3))
        assert three - two == two - one > 0
    assert memory.to_train(table, shape, 2, "float64") == 2 * memory.to_train(table, shape, 2, "float32")
    both = memory.to_compare(nets.get("d2l_bn"), (1, 96, 96), 2, training=True, gradients=True)
    assert both > memory.to_compare(nets.get("d2l_bn"), (1, 96, 96), 2, gradients=True)


def test_what_fits_is_not_refused(monkeypatch):
    """The peaks of the three frameworks, measured beside the estimate for d2l at 224 pixels, in MiB."""
    table, shape = nets.get("d2l"), (1, 224, 224)
    assert memory.to_predict(table, shape, 16) >> 20 <= 182
    assert memory.to_train(table, shape, 16) >> 20 <= 862
    assert memory.to_compare(table, shape, 4) >> 20 <= 1322
    assert memory.to_compare(table, shape, 4, gradients=True) >> 20 <= 2658
    normalised = nets.get("d2l_bn")
    assert memory.to_compare(normalised, shape, 4, training=True, gradients=True) >> 20 <= 4317
