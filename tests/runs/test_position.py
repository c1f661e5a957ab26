"""A step depends on its position and on nothing else: its rate, its images, its seed, wherever the run was stopped."""

from math import cos, pi

import numpy as np
import pytest
from support.dice import DATA, make_run, use_dice

from common.contract.recipe import Recipe
from common.contract.schedules import Cosine, Plateau, Stepwise
from common.runs import training
from common.runs.folder import open_run
from common.runs.history import read_metrics
from common.runs.training import train

STEPS = 9  # three epochs of three
HALF = [(1 + cos(pi * turn / 6)) / 2 for turn in range(6)]

# Schedule to the rate of every step, by hand; validation losses are 2, 2, 1.
RATES = {
    "step": (Stepwise(0.5, 1), [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]),
    "cosine": (Cosine(warmup=1.0), [0.25, 0.5, 0.75, *HALF]),
    "plateau": (Plateau(0.1, patience=0), [1, 1, 1, 1, 1, 1, 0.1, 0.1, 0.1]),
}


@pytest.fixture
def dice(monkeypatch):
    package = use_dice(monkeypatch)
    monkeypatch.setattr(
        training, "judge", lambda _, net, batches: ([2.0, 2.0, 1.0, 1.0][len(package.steps) // 3 - 1], 0.5)
    )
    return package


@pytest.mark.parametrize("name", RATES)
def test_every_step_has_its_own_rate(name, dice, tmp_path):
    schedule, factors = RATES[name]
    run = make_run(tmp_path / "run", Recipe(image_size=8, batch=8, epochs=3, lr=0.2, schedule=schedule))
    assert train(run, DATA)
    assert [step.lr for step in dice.steps] == pytest.approx([0.2 * factor for factor in factors], rel=1e-12)
    written = [line["lr"] for line in read_metrics(tmp_path / "run" / "metrics.jsonl") if line["kind"] == "step"]
    assert written == [step.lr for step in dice.steps]


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("stop", range(1, STEPS))
def test_wherever_a_run_was_stopped_the_next_step_is_the_same(name, stop, monkeypatch, dice, tmp_path):
    recipe = Recipe(image_size=8, batch=8, epochs=3, lr=0.2, schedule=RATES[name][0], pad=1, flip=True)
    assert train(make_run(tmp_path / "whole", recipe), DATA)
    whole, dice.steps = dice.steps, []
    run = make_run(tmp_path / "run", recipe)
    assert not train(run, DATA, most_steps=stop)
    assert train(open_run(run.folder), DATA)
    assert len(dice.steps) == len(whole) == STEPS
    for ours, theirs in zip(dice.steps, whole, strict=True):
        assert (ours.lr, ours.seed) == (theirs.lr, theirs.seed)
        assert np.array_equal(ours.x, theirs.x) and np.array_equal(ours.y, theirs.y)


def test_no_two_steps_share_a_seed_and_no_two_epochs_an_order(dice, tmp_path):
    train(make_run(tmp_path / "run"), DATA)
    assert len({step.seed for step in dice.steps}) == STEPS
    orders = [np.concatenate([step.y for step in dice.steps[start : start + 3]]).tolist() for start in (0, 3, 6)]
    assert len(set(map(tuple, orders))) == 3
    assert [sorted(order) for order in orders] == [sorted(DATA.train.labels.tolist())] * 3
