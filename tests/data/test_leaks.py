"""Nothing of an image that is held out, or of a test image, gets into what a run learns from."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from common.base.progress import Nobody
from common.contract import backend
from common.contract.recipe import named
from common.data import load
from common.runs import preparing

LEVELS = range(10, 210, 10)  # of grey, one for each image of train/: every choice of them has a mean of its own


@pytest.fixture
def pictures(tmp_path):
    """A folder with train/, and val/ and test/ that are white."""
    for i, level in enumerate(LEVELS):
        path = tmp_path / "pictures" / "train" / "ab"[i % 2] / f"{level}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4), (level,) * 3).save(path)
    for part in ("val", "test"):
        for name in "ab":
            (tmp_path / "pictures" / part / name).mkdir(parents=True)
            Image.new("RGB", (4, 4), "white").save(tmp_path / "pictures" / part / name / "0.png")
    return tmp_path / "pictures"


def prepared(data, monkeypatch, validation=0.2, seed=3):
    """The run of ``googlenet train`` before its first step, without a framework."""
    monkeypatch.setattr(preparing, "backends", lambda name: ["torch"])
    monkeypatch.setattr(backend, "require", lambda *_, **__: None)
    monkeypatch.setattr(backend, "load", lambda name: None)
    recipe = replace(named("quick"), image_size=32, validation=validation, batch=4)
    (run,), dataset = preparing.prepare_runs(
        Nobody(),
        "cifar10_bn",
        data=str(data),
        data_dir=None,
        backend_name=None,
        recipe=recipe,
        dtype="float32",
        seed=seed,
        folder=data.parent / "run",
    )
    return run, dataset


def statistics_of(levels):
    values = np.array(list(levels)) / 255
    return [values.mean()] * 3, [values.std()] * 3


def assert_normalised_by(run, levels):
    assert np.allclose((run.preprocessing.mean, run.preprocessing.std), statistics_of(levels), rtol=1e-12, atol=0)


def test_images_of_val_and_test_have_no_part_in_the_normalisation(pictures, monkeypatch):
    run, dataset = prepared(pictures, monkeypatch)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (20, 2, 2)
    assert_normalised_by(run, LEVELS)


def test_images_held_out_of_train_have_no_part_in_the_normalisation(pictures, monkeypatch):
    (pictures / "val").rename(pictures / "not")
    run, dataset = prepared(pictures, monkeypatch)
    training, held = preparing.parts(dataset, run.recipe, run.seed)
    levels = [int(name.rpartition("/")[2].removesuffix(".png")) for name in map(training.images.name, range(16))]
    assert (len(held), len(set(levels))) == (4, 16)
    assert_normalised_by(run, levels)
    assert not np.allclose(run.preprocessing.mean, statistics_of(LEVELS)[0], rtol=1e-3)


def test_what_other_parts_hold_changes_neither_the_classes_nor_the_order_of_training(pictures, tmp_path, monkeypatch):
    """Nor what is held out: it follows from the seed and the training part alone."""
    from common.data.batches import Batches

    def stream(data):
        (data / "val").rename(tmp_path / f"val-{data.parent.name}")
        run, dataset = prepared(data, monkeypatch)
        training, held = preparing.parts(dataset, run.recipe, run.seed)
        batches = Batches(training, run.preprocessing, batch=4, seed=run.seed)
        names = [name.rpartition("/")[2] for name in map(held.images.name, range(len(held)))]
        return dataset.classes, names, [y.tolist() for _, y in batches.epoch(0)], run.preprocessing

    first = stream(pictures)
    other = (tmp_path / "again").mkdir() or (pictures.rename(tmp_path / "again" / "pictures"))
    (tmp_path / f"val-{tmp_path.name}").rename(other / "val")
    (other / "test" / "b" / "0.png").unlink()
    (other / "test" / "b").rmdir()
    Image.new("RGB", (9, 9), "red").save(other / "test" / "a" / "1.png")
    assert stream(other) == first
    assert load(other).classes == ("a", "b")
