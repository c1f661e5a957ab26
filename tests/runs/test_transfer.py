"""Fine-tuning from outside: ``googlenet train --weights ... --freeze ...``, in every framework."""

import json
import shutil

import numpy as np
import pytest
from support.backends import NAMES
from support.data_files import write_classes
from support.small_runs import left, lines

from common import nets
from common.compare.roundoff import relative_error
from common.data.preprocessing import Preprocessing
from common.runs import checkpoint
from common.runs.folder import open_run
from common.table.drawing import initial
from common.weights import bundle
from common.weights.bundle import Bundle

pytestmark = pytest.mark.usefixtures("tiny")
TRAIN = ("train", "--batch", 3, "--epochs", 1, "--dtype", "float64", "--validation", 0.25)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two classes, 20 images each: with a quarter held out, 10 steps of 3 are an epoch."""
    folder = tmp_path_factory.mktemp("two")
    write_classes(folder, {"left": 20, "right": 20}, size=(32, 32), seed=5)
    return folder


@pytest.fixture
def trained(tiny, class_folders, run, tmp_path):
    """The folder of a run on three other classes, which knows how its images are prepared."""
    out = tmp_path / "trained"
    asked = ("--data", class_folders, "--image-size", 32, "--backend", NAMES[0], "--out", out)
    assert run(*TRAIN, tiny, *asked)[0] == 0
    return out


def reached(folder):
    """The weights of the last checkpoint."""
    return checkpoint.load(open_run(folder))[1]


def test_a_new_classifier_on_a_frozen_trunk_learns_the_same_in_every_framework(trained, two, run, tmp_path):
    before = open_run(trained).best()
    table = nets.get("tiny", in_channels=3, num_classes=2)
    ends = {}
    for name in NAMES:
        out = tmp_path / name
        asked = ("--weights", trained, "--freeze", "b1,b2", "--dropout", 0, "--data", two, "--backend", name)
        code, printed, error = run(*TRAIN, *asked, "--out", out, "--seed", 6)
        assert code == 0, error
        said = f"{trained}: made for 3 classes, not 2: drawn anew: fc, aux1"
        assert said in " ".join(printed.split()).replace("/ ", "/")
        opened = open_run(out)
        assert (opened.table.name, opened.classes) == ("tiny", ("left", "right"))
        assert opened.preprocessing == before.preprocessing
        assert len(lines(out, "step")) == 10
        ends[name] = reached(out)
        fresh = initial(table, 6, "float64")
        for tensor, array in ends[name].items():
            if tensor.startswith(("b1.", "b2.")):
                assert np.array_equal(array, before.weights[tensor]), tensor
            else:
                assert not np.array_equal(array, fresh[tensor]), tensor
    for end in ends.values():
        assert all(relative_error(end[tensor], array) <= 1e-8 for tensor, array in ends[NAMES[0]].items())


def test_a_run_that_was_given_weights_goes_on_as_if_it_had_not_been_stopped(trained, two, run, tmp_path):
    """Also before its first checkpoint, and without the file that it was begun with."""
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    asked = ("--weights", trained, "--freeze", "all-but-fc", "--data", two, "--backend", NAMES[0])
    assert run(*TRAIN, *asked, "--out", whole)[0] == 0
    assert run(*TRAIN, *asked, "--out", stopped, "--steps", 4)[0] == 0
    shutil.copytree(stopped, begun := tmp_path / "begun")
    for file in [begun / "last.json", begun / "metrics.jsonl", *begun.glob("last-*")]:
        file.unlink()
    shutil.rmtree(trained)
    for folder in (stopped, begun):
        assert run("train", "--resume", folder)[0] == 0
        assert left(folder) == left(whole)
    settings = json.loads((whole / "run.json").read_text())
    assert settings["recipe"]["freeze"] == "all-but-fc"
    assert settings["weights"]["file"] == str(trained)


@pytest.mark.parametrize("what", ["gone", "another"])
def test_the_weights_that_a_run_was_begun_with_are_its_own(what, trained, two, run, tmp_path):
    out = tmp_path / "run"
    assert run(*TRAIN, "--weights", trained, "--data", two, "--backend", NAMES[0], "--out", out, "--steps", 1)[0] == 0
    for file in [out / "last.json", *out.glob("last-*")]:
        file.unlink()
    start = out / "start.safetensors"
    if what == "gone":
        start.unlink()
    else:
        table = open_run(out).table
        bundle.save(start, Bundle(table, initial(table, 9, "float64")))
    code, _, error = run("train", "--resume", out)
    assert code == 2 and "start.safetensors" in error and error.count("\n") == 1
    assert what == "gone" or "not the weights that this run was begun with" in error


def test_images_are_prepared_as_those_of_the_weights_were_unless_another_size_is_asked_for(tiny, two, run, tmp_path):
    """Grey weights for colour pictures too: the pictures are made grey."""
    table = nets.get(tiny, in_channels=1, num_classes=2)
    own = Preprocessing(24, (20, 24), order="L", mean=(0.25,), std=(0.75,))
    file = tmp_path / "w.safetensors"
    bundle.save(file, Bundle(table, initial(table, 0), own, ("left", "right")))
    begin = (*TRAIN, "--weights", file, "--data", two, "--backend", NAMES[0], "--steps", 1)
    assert run(*begin, "--out", tmp_path / "own")[0] == 0
    assert open_run(tmp_path / "own").preprocessing == own
    assert run(*begin, "--out", tmp_path / "other", "--image-size", 28)[0] == 0
    other = open_run(tmp_path / "other").preprocessing
    assert other == Preprocessing(28, (28, 28), order="L", mean=(0.25,), std=(0.75,))
    assert bundle.load(tmp_path / "own" / "start.safetensors").preprocessing == own


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("--freeze", "b9"), "unknown part of tiny to freeze 'b9': did you mean"),
        (("--freeze", "b1,b2,b3,fc,aux1"), "leaves no parameter of tiny to train"),
        (("--weights", "nowhere.pth"), "nowhere.pth: no such file"),
    ],
)
def test_what_cannot_be_begun_is_refused_and_nothing_is_left(asked, says, tiny, two, run, tmp_path):
    code, _, error = run(*TRAIN, tiny, "--data", two, "--backend", NAMES[0], "--out", tmp_path / "run", *asked)
    assert code == 2 and says in error and error.count("\n") == 1
    assert not (tmp_path / "run").exists()
