"""A run that was stopped leaves the bytes of one that was not, in every file but that of the times."""

import json

import pytest
from support.dice import DATA, make_run, use_dice
from support.small_runs import left

from common.contract.recipe import Recipe
from common.contract.schedules import Plateau
from common.runs import training
from common.runs.folder import TIMES, open_run
from common.runs.history import read_history, read_metrics
from common.runs.training import train

RECIPE = Recipe(
    image_size=8, batch=8, epochs=3, lr=0.1, schedule=Plateau(patience=0), dropout=0.2, aux_weight=0.5, pad=1, flip=True
)


class Killed(BaseException):
    """What ends a process without a word."""


@pytest.fixture
def ended(monkeypatch):
    """Train a run, and end it right after a step as a kill would, between two checkpoints."""
    record = training.Training.record

    def call(run, step):
        def recording(self, *times, **about):
            record(self, *times, **about)
            if about.get("step") == step:
                raise Killed

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(training.Training, "record", recording)
            train(run, DATA, checkpoint_every=2)

    return call


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_a_run_that_was_stopped_or_killed_leaves_the_bytes_of_one_that_was_not(dtype, monkeypatch, ended, tmp_path):
    use_dice(monkeypatch)
    train(make_run(tmp_path / "whole", RECIPE, dtype=dtype), DATA, checkpoint_every=2)
    whole = left(tmp_path / "whole")
    assert set(whole) == {
        *("run.json", "metrics.jsonl", "best.safetensors", "best.json", "last.json"),
        *("last-00000009.safetensors", "last-00000009.velocities.safetensors"),
    }
    for step in range(1, 9):
        train(make_run(tmp_path / f"stopped {step}", RECIPE, dtype=dtype), DATA, most_steps=step)
        ended(make_run(tmp_path / f"killed {step}", RECIPE, dtype=dtype), step)
        for how in ("stopped", "killed"):
            train(open_run(tmp_path / f"{how} {step}"), DATA, checkpoint_every=2)
            again = left(tmp_path / f"{how} {step}")
            assert [name for name in whole if again.get(name) != whole[name]] == [], (how, step)
            assert set(again) == set(whole)


def test_times_are_kept_apart_and_come_back_with_the_history(monkeypatch, tmp_path):
    use_dice(monkeypatch)
    run = make_run(tmp_path / "run")
    reported = []
    train(run, DATA, report=reported.append)
    metrics = read_metrics(run.folder / "metrics.jsonl")
    times = [json.loads(line) for line in (run.folder / TIMES).read_text().splitlines()]
    assert [time["epoch"] for time in times] == [0, 1, 2]
    assert not any({"seconds", "images_per_second"} & set(line) for line in metrics)
    assert read_history(run.folder) == reported
    epochs = [line for line in reported if line["kind"] == "epoch"]
    assert [line["seconds"] for line in epochs] == [time["seconds"] for time in times]
    assert all(line["seconds"] * line["images_per_second"] == pytest.approx(20) for line in epochs)


def test_a_cut_or_missing_file_of_times_costs_the_times_alone(monkeypatch, tmp_path):
    use_dice(monkeypatch)
    run = make_run(tmp_path / "run")
    train(run, DATA)
    path = run.folder / TIMES
    path.write_text(path.read_text()[:-20])
    assert [line["seconds"] is None for line in read_history(run.folder) if line["kind"] == "epoch"] == [
        False,
        False,
        True,
    ]
    path.unlink()
    epochs = [line for line in read_history(run.folder) if line["kind"] == "epoch"]
    assert [line["images_per_second"] for line in epochs] == [None] * 3
