"""What TensorBoard shows of a run is what its history says, however often the run was stopped."""

import sys

import pytest
from support.dice import DATA, make_run, use_dice
from support.small_runs import ASKED

from common.base.errors import InputError
from common.contract.recipe import Recipe
from common.contract.schedules import Plateau
from common.runs import events, training
from common.runs.events import EVENTS, Events
from common.runs.folder import open_run
from common.runs.history import read_metrics
from common.runs.training import train

RECIPE = Recipe(image_size=8, batch=8, epochs=3, lr=0.1, schedule=Plateau(patience=0))


class Killed(BaseException):
    """What ends a process without a word."""


@pytest.fixture(autouse=True)
def dice(monkeypatch):
    use_dice(monkeypatch)


def shown(folder):
    """Part to (tag, step, value) of each point, in order, as TensorBoard's own reader reads them."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import PyRecordReader_New

    found = {}
    for part in sorted((folder / EVENTS).iterdir()):
        (file,) = part.iterdir()
        assert file.name.startswith("events.out.tfevents.")
        reader, read = PyRecordReader_New(str(file)), []
        with pytest.raises(Exception, match="No more events"):  # at its end; a damaged one raises another
            while True:
                reader.GetNext()
                read.append(Event.FromString(reader.record()))
        assert read[0].file_version == "brain.Event:2" and all(event.wall_time > 1e9 for event in read)
        found[part.name] = [(each.tag, event.step, each.simple_value) for event in read for each in event.summary.value]
    return found


def test_steps_and_epochs_are_points_of_train_validation_and_test(tmp_path):
    run = make_run(tmp_path / "run", RECIPE)
    train(run, DATA, tensorboard=True)
    history = read_metrics(run.folder / "metrics.jsonl")
    steps, epochs = ([line for line in history if line["kind"] == kind] for kind in ("step", "epoch"))
    (test,) = (line for line in history if line["kind"] == "test")
    found = shown(run.folder)
    train_points = {(tag, step): value for tag, step, value in found["train"]}
    assert len(train_points) == len(found["train"]) == 3 * len(steps) + 2 * len(epochs)
    for line in steps:
        for tag, name in (("loss", "loss"), ("accuracy", "accuracy"), ("learning_rate", "lr")):
            assert train_points[f"step/{tag}", line["step"]] == pytest.approx(line[name], rel=1e-6)
    for line in epochs:
        assert train_points["epoch/loss", line["epoch"] + 1] == pytest.approx(line["loss"], rel=1e-6)
    assert found["validation"] == [
        (f"epoch/{tag}", line["epoch"] + 1, pytest.approx(line[f"validation_{tag}"], rel=1e-6))
        for line in epochs
        for tag in ("loss", "accuracy")
    ]
    assert found["test"] == [
        (f"epoch/{tag}", test["epoch"] + 1, pytest.approx(test[tag], rel=1e-6)) for tag in ("loss", "accuracy")
    ]


@pytest.mark.parametrize("step", range(1, 9))
def test_a_run_that_was_killed_and_goes_on_shows_what_one_shows_that_was_not(step, monkeypatch, tmp_path):
    """It goes on with them without being asked; each point is there once."""
    train(make_run(tmp_path / "whole", RECIPE), DATA, tensorboard=True)
    record = training.Training.record

    def recording(self, *times, **about):
        record(self, *times, **about)
        if about.get("step") == step:
            raise Killed

    run = make_run(tmp_path / "killed", RECIPE)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(training.Training, "record", recording)
        train(run, DATA, checkpoint_every=2, tensorboard=True)
    assert max(point[1] for point in shown(run.folder)["train"] if point[0].startswith("step")) == step
    train(open_run(run.folder), DATA)
    assert shown(run.folder) == shown(tmp_path / "whole")


def test_a_run_that_is_asked_for_them_later_has_them_from_its_first_step(tmp_path):
    train(make_run(tmp_path / "whole", RECIPE), DATA, tensorboard=True)
    run = make_run(tmp_path / "run", RECIPE)
    train(run, DATA, most_steps=4)
    assert not (run.folder / EVENTS).exists()
    train(open_run(run.folder), DATA, tensorboard=True)
    assert shown(run.folder) == shown(tmp_path / "whole")


def test_points_are_there_at_once(tmp_path):
    """Somebody is watching."""
    writing = Events(tmp_path, [])
    for step in (1, 2):
        writing.write({"kind": "step", "step": step, "lr": 0.5, "loss": 2.0, "accuracy": None})
        assert shown(tmp_path)["train"][-2:] == [("step/loss", step, 2.0), ("step/learning_rate", step, 0.5)]
    writing.close()


def test_a_file_of_others_in_the_folder_stays(tmp_path):
    own = tmp_path / EVENTS / "train" / "notes.txt"
    own.parent.mkdir(parents=True)
    own.touch()
    Events(tmp_path, []).close()
    assert own.exists()


def test_what_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / EVENTS).touch()
    with pytest.raises(InputError, match=r"events: cannot be written: "):
        Events(tmp_path, [])


@pytest.mark.usefixtures("tiny")
def test_without_the_library_nothing_is_begun(run, folder, tmp_path, monkeypatch):
    """Neither a new run, nor one that has event files."""
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    monkeypatch.setattr(events, "find_spec", lambda name: None)
    out = tmp_path / "run"
    code, _, err = run("train", *ASKED, "--data", folder, "--out", out, "--tensorboard")
    assert (code, err.count("\n"), out.exists()) == (2, 1, False)
    assert "pip install 'googlenet[tensorboard]'" in err
    begun = make_run(tmp_path / "begun", RECIPE)
    (begun.folder / EVENTS).mkdir()
    with pytest.raises(InputError, match="googlenet"):
        train(begun, DATA)
    assert not (begun.folder / "last.json").exists()


@pytest.mark.usefixtures("tiny")
def test_the_command_and_the_python_face_write_them(run, folder, tmp_path, monkeypatch):
    import googlenet as g

    asked = []
    monkeypatch.setattr("common.cli.launch.train", lambda *args, tensorboard, **how: asked.append(tensorboard))
    monkeypatch.setattr("common.cli.launch.drawn", lambda *args: [])
    for name, options in (("plain", []), ("with", ["--tensorboard"])):
        assert run("train", *ASKED, "--data", folder, "--out", tmp_path / name, *options)[0] == 0
    assert run("train", "--resume", tmp_path / "plain", "--tensorboard")[0] == 0
    g.train("d2l_bn", str(folder), out=tmp_path / "face", tensorboard=True, validation=0.2)
    assert asked == [False, True, True, True]
