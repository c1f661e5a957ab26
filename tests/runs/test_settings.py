"""Whatever a run was asked for is in its run.json, comes back when it goes on, and reaches every step.

The settings are taken from the fields of the recipe and the run and from the options of the command, so that a new one
is tested, or this file fails.
"""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from support.dice import DATA, NETWORK, RECIPE, make_run, use_dice
from support.small_runs import left

from common import nets
from common.cli.app import app
from common.cli.train import RESUMING
from common.contract.recipe import Recipe
from common.contract.schedules import Cosine
from common.data.preprocessing import Preprocessing
from common.runs.folder import create, open_run
from common.runs.run import Run
from common.runs.training import train

OTHER = {
    "image_size": 12,
    "batch": 7,
    "epochs": 2,
    "lr": 0.03,
    "schedule": Cosine(warmup=0.5, last=0.1),
    "momentum": 0.5,
    "nesterov": True,
    "weight_decay": 0.01,
    "label_smoothing": 0.2,
    "clip": 3.0,
    "aux_weight": 0.7,
    "dropout": 0.1,
    "pad": 2,
    "flip": True,
    "validation": 0.3,
    "initial": "xavier",
    "freeze": "b1",
    "optimizer": "adam",
    "beta2": 0.9,
    "epsilon": 1e-4,
    "warmup": 0.5,
    "resized_crop": 0.4,
    "patience": 2,
}


def test_every_field_of_a_recipe_is_tried():
    assert set(OTHER) == {field.name for field in fields(Recipe)}
    assert all(getattr(RECIPE, name) != value for name, value in OTHER.items())


@pytest.mark.parametrize("name", [*OTHER, "momentum 0", "seed", "dtype"])
def test_a_run_that_goes_on_has_every_setting_it_was_begun_with(name, monkeypatch, tmp_path):
    package = use_dice(monkeypatch)
    recipe = replace(RECIPE, **{name: OTHER[name]} if name in OTHER else {"momentum": 0.0} if " " in name else {})
    about = {"seed": {"seed": 11}, "dtype": {"dtype": "float64"}}.get(name, {})
    train(make_run(tmp_path / "whole", recipe, **about), DATA)
    run = make_run(tmp_path / "run", recipe, **about)
    train(run, DATA, most_steps=2)
    again = open_run(run.folder)
    assert again == run and again.recipe == recipe
    train(again, DATA)
    assert left(run.folder) == left(tmp_path / "whole")
    assert all(step.recipe == recipe for step in package.steps)


# Not the share held out: these data have validation images of their own.
@pytest.mark.parametrize("name", [name for name in (*OTHER, "seed", "dtype") if name != "validation"])
def test_no_setting_is_without_effect(name, monkeypatch, tmp_path):
    """Or the tests of this file would not see that it was forgotten."""
    use_dice(monkeypatch)
    train(make_run(tmp_path / "plain"), DATA)
    about = {"seed": {"seed": 11}, "dtype": {"dtype": "float64"}}.get(name, {})
    other = replace(RECIPE, **{name: OTHER[name]} if name in OTHER else {})
    train(make_run(tmp_path / "other", other, **about), DATA)
    assert (tmp_path / "plain" / "metrics.jsonl").read_bytes() != (tmp_path / "other" / "metrics.jsonl").read_bytes()


RUN = {
    "table": nets.get(NETWORK, in_channels=3, num_classes=2, aux=False),
    "recipe": Recipe(image_size=8, lr=0.5),
    "preprocessing": Preprocessing((8, 8), None, "bicubic", "BGR", 1.0, (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)),
    "data": "/somewhere/else",
    "data_dir": "/official",
    "classes": ("one", "two"),
    "images": {"train": 40, "validation": None, "test": 0},
    "backend": "mxnet",
    "dtype": "bfloat16",
    "seed": 2**64 - 1,
    "weights": {"file": "/some/weights.safetensors", "sha256": "5" * 64},
}


def test_every_field_of_a_run_comes_back(monkeypatch, tmp_path):
    use_dice(monkeypatch)
    assert {*RUN, "folder"} == {field.name for field in fields(Run)}
    run = Run(folder=tmp_path / "run", **RUN)
    create(run)
    assert open_run(tmp_path / "run") == run
    plain = make_run(tmp_path / "plain")
    assert all(getattr(plain, name) != value for name, value in RUN.items())


# Option of the command to its value, and to what it changes in run.json.
OPTIONS = {name: (value, ("recipe", name)) for name, value in OTHER.items()} | {
    "schedule": ("step", ("recipe", "schedule")),
    "recipe": ("paper", ("recipe",)),
    "data": (None, ("data",)),
    "backend": ("tf", ("backend",)),
    "dtype": ("float64", ("dtype",)),
    "seed": (5, ("seed",)),
    "warmup": (0.5, ("recipe", "schedule")),  # a cosine, which has a warm-up of its own
}
BESIDE = {"optimizer": ["--no-nesterov"]}  # what an option needs beside it
# Of which other tests know: weights have tests/runs/test_transfer.py, data_dir is for official files alone.
NOT_SETTINGS = {"net", "out", "data_dir", "weights"}


def options():
    (command,) = (command for command in app.registered_commands if command.callback.__name__ == "train")
    return set(command.callback.__annotations__) - {"context", "return", *RESUMING, *NOT_SETTINGS}


def test_every_option_of_the_command_is_tried():
    assert options() == set(OPTIONS)


@pytest.mark.parametrize("name", [name for name in OPTIONS if name != "data"])
def test_an_option_of_the_command_is_in_run_json(name, run, class_folders, monkeypatch, tmp_path):
    use_dice(monkeypatch)
    value, place = OPTIONS[name]
    option = f"--{name.replace('_', '-')}"
    given = {"nesterov": ["--no-nesterov"], "flip": ["--flip"]}.get(name, [option, value])
    asked = ["train", NETWORK.name, "--data", class_folders, "--steps", 1, "--backend", "torch", "--image-size", 8]
    asked += BESIDE.get(name, [])
    assert run(*asked, "--out", tmp_path / "plain")[0] == 0
    code, _, error = run(*asked, *given, "--out", tmp_path / "other")
    assert code == 0, error
    plain, other = (settings(tmp_path / folder) for folder in ("plain", "other"))
    changed = {key for key in plain if plain[key] != other[key]} - {"sha256_of_this", "preprocessing"}
    assert changed == {place[0]}
    if len(place) == 2:
        # Settings that the earliest runs did not know are written only where they are used.
        before, after = plain["recipe"], other["recipe"]
        inner = {key for key in {**before, **after} if before.get(key) != after.get(key)}
        assert inner == {place[1]}
        assert place[1] == "schedule" or name == "nesterov" or after[name] == value


def settings(folder: Path):
    return json.loads((folder / "run.json").read_text())
