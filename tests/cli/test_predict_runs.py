"""``googlenet predict`` of a run, with the truth, on a sheet; that of weights alone is in test_predict.py."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from support.data_files import refused
from support.pictures import CLASSES, NAMES, SMALL, TABLE, assert_as_expected, known, picture
from support.small_runs import edit

from common import data
from common.cli.show import sheet
from common.contract.recipe import Recipe
from common.runs import folder as run_folder
from common.runs.prediction import predict, true_classes
from common.runs.run import Run
from common.table.drawing import probing
from common.weights import bundle
from common.weights.bundle import Bundle


@pytest.fixture
def backend_in_use(backends_by_name):
    """One backend, for what does not depend on which."""
    return next(iter(backends_by_name))


def make_run(folder, trained, backend="torch"):
    run = Run(
        **{"folder": folder, "table": trained.table, "recipe": Recipe(), "preprocessing": trained.preprocessing},
        **{"data": "digits", "data_dir": None, "classes": tuple(NAMES), "backend": backend, "dtype": "float32"},
        **{"images": data.load("digits").counts, "seed": 0},
    )
    run_folder.create(run)
    run.keep_best(trained.weights, {"epoch": 0})
    return folder


@pytest.fixture
def third(tmp_path):
    """A run that takes every picture for class 3, then for class 0."""
    logits = np.zeros(CLASSES)
    logits[[3, 0]] = 4, 2
    return make_run(tmp_path / "run", known(logits))


@pytest.fixture
def mixed(tmp_path):
    """Four pictures in folders of their classes, two of them of class 3."""
    paths = []
    for i, name in enumerate(["class 3", "class 0", "class 3", "class 18"]):
        (tmp_path / name).mkdir(exist_ok=True)
        paths.append(picture(tmp_path / name / f"{i}.png", seed=i))
    return paths


@pytest.fixture
def predicted(run, backend_in_use):
    """Run ``googlenet predict --json`` and return what it found."""

    def call(*arguments):
        code, out, err = run("predict", *arguments, "--backend", backend_in_use, "--json", "-")
        assert code == 0, err
        return json.loads(out)

    return call


def test_a_run_gives_its_best_weights_in_every_framework(run, backend_name, tmp_path):
    weights = probing(TABLE, dtype="float32")
    weights["fc.weight"] *= 0.2  # so that no class takes it all
    trained = Bundle(TABLE, weights, SMALL)
    folder, path = make_run(tmp_path / "run", trained), picture(tmp_path / "a.png")
    code, out, err = run("predict", folder, path, "--backend", backend_name, "--json", "-")
    assert code == 0, err
    found = json.loads(out)
    assert_as_expected(found["images"][0], trained, 1e-4)
    assert (found["weights"], found["backend"]) == (str(folder), backend_name)
    for best in found["images"][0]["top"]:
        assert best["label"] == NAMES[best["index"]]


def test_a_run_is_used_where_it_was_trained(run, tmp_path):
    folder = make_run(tmp_path / "run", known(range(CLASSES)), "abacus")
    code, _, err = run("predict", folder, picture(tmp_path / "a.png"))
    assert code == 2
    assert "unknown backend 'abacus'" in err


def test_labels_of_a_file_come_before_those_of_the_run(predicted, third, mixed, tmp_path):
    (tmp_path / "labels.txt").write_text("\n".join(f"name {i}" for i in range(CLASSES)))
    found = predicted(third, mixed[0], "--labels", tmp_path / "labels.txt", "--top", 1)
    assert found["images"][0]["top"][0]["label"] == "name 3"
    assert predicted(third, mixed[0], "--top", 1)["images"][0]["top"][0]["label"] == "class 3"


def test_the_folder_of_a_picture_is_its_truth(predicted, third, mixed):
    found = predicted(third, *mixed, "--truth")
    assert [(image["truth"], image["right"]) for image in found["images"]] == [
        *(("class 3", True), ("class 0", False), ("class 3", True), ("class 18", False))
    ]
    assert found["right"] == 2
    assert [image["path"] for image in found["images"]] == [str(path) for path in mixed]


def test_without_the_truth_nobody_judges(predicted, third, mixed):
    found = predicted(third, *mixed)
    assert set(found) == {"weights", "network", "backend", "framework", "fast", "preprocessing", "images"}
    assert all(set(image) == {"path", "top"} for image in found["images"])


def test_folders_of_classes_and_names_without_a_folder(predicted, third, mixed, tmp_path, monkeypatch):
    found = predicted(third, tmp_path / "class 3", "--truth", "--top", 1)
    assert (found["right"], len(found["images"])) == (2, 2)
    monkeypatch.chdir(tmp_path / "class 18")
    assert predicted(third, "3.png", "../class 18/./3.png", "--truth")["right"] == 0
    assert true_classes([tmp_path / "class 3" / ".." / "class 0" / "1.png"], NAMES) == ["class 0"]


def test_classes_of_one_name_are_one(backend_in_use, mixed):
    """As ImageNet has them twice: a crane is a crane."""
    labels = [*NAMES[:3], "class 0", *NAMES[4:]]
    logits = np.eye(CLASSES)[3]
    found = predict(known(logits), mixed[1:2], backend_name=backend_in_use, labels=labels, truth=True)
    assert found["right"] == 1


def test_the_command_says_how_many_are_right_and_which_are_not(run, third, mixed, backend_in_use):
    code, out, _ = run("predict", third, *mixed, "--truth", "--backend", backend_in_use)
    assert code == 0
    table = out[out.index("right: 2 of 4 (50.00%)") :].splitlines()
    rows = [re.split(r"\s{2,}", row.strip()) for row in table[1:]]
    assert rows[0] == ["wrong", "truth", "said", "probability"]
    assert [row[:3] for row in rows[1:]] == [
        [str(mixed[1]), "class 0", "class 3"],
        [str(mixed[3]), "class 18", "class 3"],
    ]
    code, out, _ = run("predict", third, mixed[0], "--truth", "--backend", backend_in_use)
    assert out.rstrip().endswith("right: 1 of 1 (100.00%)")


def test_a_sheet_has_every_picture_in_order(run, third, mixed, backend_in_use, tmp_path, monkeypatch):
    kept = []
    whole = sheet.draw
    monkeypatch.setattr(sheet, "draw", lambda images, small, path: kept.append((images, small, path)))
    paths = [*mixed, picture(tmp_path / "class 3" / "wide.png", (400, 100)), *mixed]  # more than fit one batch
    target = tmp_path / "sheet.png"
    code, out, err = run("predict", third, *paths, "--truth", "--sheet", target, "--backend", backend_in_use)
    assert code == 0, err
    assert out.rstrip().endswith(f"written: {target}")
    ((images, small, path),) = kept
    assert [image["path"] for image in images] == [str(path) for path in paths]
    for source, picture_ in zip(paths, small, strict=True):
        wanted = sheet.thumbnail(Image.open(source).convert("RGB"))
        assert np.array_equal(np.asarray(picture_), np.asarray(wanted))
    whole(images, small, path)
    assert Image.open(target).size[0] == 1200


def test_no_pictures_are_kept_that_nobody_draws(run, third, backend_in_use, mixed, tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(sheet, "thumbnail", lambda picture: kept.append(picture.size) or picture)
    asked = ("predict", third, *mixed, "--backend", backend_in_use)
    assert run(*asked)[0] == 0 and not kept
    assert run(*asked, "--sheet", tmp_path / "s.png")[0] == 0 and kept == [(50, 41)] * 4


@pytest.fixture
def line(run, backend_in_use, tmp_path):
    """Require a clean refusal of ``googlenet predict``, and return its line."""

    def call(*arguments):
        before = set(tmp_path.rglob("*"))
        code, out, err = run("predict", *arguments, "--backend", backend_in_use, "--json", tmp_path / "found.json")
        assert (code, out, len(err.splitlines())) == (2, "", 1), err
        assert set(tmp_path.rglob("*")) == before
        return err

    return call


def test_a_truth_that_is_not_known(line, third, mixed, tmp_path):
    stranger = picture(tmp_path / "stranger.png")
    assert f"{stranger}: its folder '{tmp_path.name}' is called like none of the 19 classes" in line(
        *(third, mixed[0], stranger, "--truth")
    )
    bundle.save(tmp_path / "w.safetensors", known(range(CLASSES)))
    assert "give them with --labels, or a run" in line(tmp_path / "w.safetensors", mixed[0], "--truth")
    url = "http://127.0.0.1:1/class 3/a.png"
    refused(lambda: true_classes([url], NAMES), f"{url}: in no folder", "leave out --truth")


def test_a_sheet_that_cannot_be(line, third, mixed, tmp_path, monkeypatch):
    """It is told before the weights are read."""
    assert "s.jpg: a figure is" in line(tmp_path / "no weights", *mixed, "--sheet", tmp_path / "s.jpg")
    assert "s.jpg: a figure is written as .png, .svg, .pdf" in line(third, *mixed, "--sheet", tmp_path / "s.jpg")
    assert "s.png: cannot be written: no such folder" in line(third, *mixed, "--sheet", tmp_path / "no" / "s.png")
    monkeypatch.setattr(sheet, "MOST", 3)
    assert "s.png: 4 pictures do not fit a sheet: give at most 3" in line(
        *(third, *mixed, "--sheet", tmp_path / "s.png")
    )


def test_what_a_run_says_itself(line, third, mixed):
    for option, value in (("--net", "d2l"), ("--preprocessing", "plain")):
        said = line(third, mixed[0], option, value)
        assert f"{third}: a run has its own network and preprocessing: leave out {option}" in said


def test_what_is_no_run(line, third, mixed, tmp_path):
    (tmp_path / "empty").mkdir()
    assert f"{tmp_path / 'empty'}: not the folder of a run: it has no run.json" in line(tmp_path / "empty", mixed[0])
    edit(third / "run.json", lambda settings: settings.update(format_version=2))
    assert f"{third}: a run of format version 2" in line(third, mixed[0])
    edit(third / "run.json", lambda settings: settings.update(format_version=1))
    (third / "best.safetensors").unlink()
    assert f"{third}/best.safetensors: not there: no epoch of this run is over yet" in line(third, mixed[0])
