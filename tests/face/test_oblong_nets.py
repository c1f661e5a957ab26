"""Nets whose classifier sees the whole map of oblong images: everything that is done with a net is done with them."""

import numpy as np
import pytest
from PIL import Image
from support.backends import NAMES
from support.oblong_tables import HEADS, SQUARE, TALL, WIDE

import googlenet as g
from common import nets

FIRST, LAST = NAMES[0], NAMES[-1]
PICTURES = np.random.default_rng(0).integers(0, 256, (12, 3, 30, 30), np.uint8)
LABELS = np.arange(12) % 3
SHORT = {"epochs": 1, "batch": 4, "validation": 0.25}


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch):
    """A table that a test adds is forgotten."""
    monkeypatch.setattr(nets, "_added", {})


@pytest.mark.parametrize("table", [WIDE, TALL, HEADS], ids=lambda table: table.name)
def test_the_frameworks_agree_at_its_own_size(table):
    found = g.compare(table, backends=NAMES, gradients=True, training=True, batch=3)
    assert found.agree, found.first_divergence
    assert found.to_dict()["input_shape"] == list(table.input)


def test_steps_by_a_recipe_are_made_at_its_own_size():
    found = g.compare(WIDE, backends=FIRST, steps=1, batch=3, recipe="quick")
    assert found.agree and found.to_dict()["input_shape"] == [3, 12, 20]


@pytest.mark.parametrize("table", [WIDE, SQUARE], ids=lambda table: table.name)
def test_a_run_at_its_own_size_from_the_first_step_to_its_features(tmp_path, table):
    folder, data = tmp_path / "run", (PICTURES, LABELS)
    run = g.train(table, data, backend=FIRST, out=folder, steps=1, pad=2, flip=True, **SHORT)
    run = g.train(table, data, resume=run)
    assert run.finished
    size = list(table.input[1:])
    assert run.report["runs"][0]["settings"]["recipe"]["image_size"] is None
    for part in ("test", "validation", "train"):
        assert g.evaluate(run, data, split=part, net=table, backend=LAST).report["images"] == (
            9 if part == "train" else 12
        )
    assert len(g.predict(run, PICTURES[:2], net=table, backend=LAST).best) == 2
    for name in ("net.onnx", "net.safetensors"):
        g.convert(folder / "best.safetensors", tmp_path / name, net=table)
        again = g.compare(table, weights=tmp_path / name, backends=FIRST)
        assert again.agree and again.to_dict()["input_shape"][1:] == size
    Image.fromarray(PICTURES[0].transpose(1, 2, 0)).save(tmp_path / "picture.png")
    features = g.features([tmp_path / "picture.png"], tmp_path / "net.safetensors", net=table, backend=FIRST)
    assert features.array.shape == (1, 5)


def test_that_the_size_of_the_recipe_is_not_used_is_said(tmp_path, run):
    (tmp_path / "mytable.py").write_text("from support.oblong_tables import WIDE")
    options = ["--backend", FIRST, "--batch", 8, "--steps", 1, "--out", tmp_path / "run"]
    code, out, err = run("train", f"{tmp_path}/mytable.py:WIDE", *options)
    assert code == 0
    assert "wide takes no images of 32 pixels, the recipe's: its own size is used" in (out + err).splitlines()
    code, _, err = run("train", f"{tmp_path}/mytable.py:WIDE", *options[:-2], "--image-size", 32)
    assert code == 2
    assert err.startswith("googlenet: wide takes images of 11x17 to 12x20 pixels, not 32x32: fc: takes")


def test_arrays_are_judged_whatever_the_run_held_out_and_those_of_the_run_as_it_held_them_out(tmp_path):
    data = (PICTURES, LABELS)
    run = g.train(WIDE, data, backend=FIRST, out=tmp_path / "run", **SHORT)
    whole = [g.evaluate(run, data, split=part, net=WIDE).report["images"] for part in ("test", "validation")]
    parts = [
        g.evaluate(run, {"train": data}, split=part, net=WIDE).report["images"] for part in ("train", "validation")
    ]
    assert (whole, parts) == ([12, 12], [9, 3])
