"""Steps beside NumPy: how far apart still counts as the same, who is to blame, and that every setting arrives.

The backends are made of the reference, as in test_steps.py.
"""

from io import StringIO
from itertools import islice, pairwise

import numpy as np
import pytest
from rich.console import Console
from support.fake_backends import FakeTrainer, scaled
from support.followed_steps import BARE, PARITY, TABLE

from common import nets
from common.base.errors import InputError
from common.cli.show import steps as show_steps
from common.compare import steps as parity
from common.compare.reference import Reference
from common.compare.roundoff import tolerance
from common.compare.side_by_side import SideBySide
from common.compare.steps import batches, position
from common.compare.verdict import step_divergences
from common.contract.recipe import Recipe, named
from common.data.images import load_images
from common.table.drawing import initial, probing
from common.table.resolve import without_dropout
from common.weights.canonical import save

BOUNDS = {"loss": 1e-9, "statistic": 1e-8, "velocity": 1e-8, "parameter": 1e-8}


def alone():
    """The reference and its twin without any backend, before the first step."""
    return SideBySide(TABLE, PARITY, probing(TABLE), [], 0)


@pytest.mark.parametrize("what", BOUNDS)
def test_the_limit_is_32_times_the_twins_way_but_no_less_than_a_pass_and_no_more_than_the_bound(what):
    bound = BOUNDS[what]
    once = tolerance(TABLE, "float64", {"velocity": "gradient", "statistic": "statistic"}.get(what, "output"))
    assert once < bound / 100
    for move in (0.0, once / 33, once, bound / 33, bound / 31, bound / 9, bound / 8):
        assert alone().limits({what: (move, "x")})[what] == pytest.approx(min(max(once, 32 * move), bound), rel=1e-12)
    with pytest.raises(InputError, match=f"one rounding alone moves the {what} of x by"):
        alone().limits({what: (bound / 7.99, "x")})


def test_the_twin_starts_one_rounding_away_at_most_and_not_in_the_same_place():
    array = probing(TABLE)["fc.weight"]
    rounded = alone().rounded(array)
    assert (np.abs(rounded - array) <= np.spacing(np.abs(array))).all()
    assert 0.1 < (rounded != array).mean() < 0.9


@pytest.mark.parametrize(("steps", "epochs"), [(20, 2), (21, 20), (4, 3), (7, 3), (10, 20), (20, 60), (3, 2), (1, 5)])
def test_epochs_are_spread_evenly_over_any_number_of_steps(steps, epochs):
    found = [position(step, steps, epochs) for step in range(steps)]
    assert found[0].step == 0
    assert all(a.step < b.step for a, b in pairwise(found))
    assert [at.epoch for at in found] == [step * epochs // steps for step in range(steps)]
    whole = found[0].steps_per_epoch * epochs
    assert found[-1].step >= whole - whole / steps - 1
    if steps % epochs == 0:
        assert [at.step for at in found] == list(range(steps))


def test_a_schedule_is_seen_to_its_end_where_the_steps_make_no_whole_epochs(followed):
    recipe = named("d2l_cosine").changed(lr=0.01)
    rates = [row["lr"] for row in followed({"a": FakeTrainer("A")}, recipe, network=BARE, steps=7)["steps"]]
    # Of nine steps, three of them warm-up, the fifth and the last are passed over.
    expected = [0.0025, 0.005, 0.0075, *(0.005 * (1 + np.cos(np.pi * turn)) for turn in (0, 2 / 6, 3 / 6, 4 / 6))]
    assert rates == pytest.approx(expected, rel=1e-12)


def first_loss(found):
    return found["steps"][0]["loss"]["numpy"]


def test_the_heads_count_as_the_recipe_says(followed):
    losses = [
        first_loss(followed({"a": FakeTrainer("A")}, Recipe(lr=1e-3, aux_weight=weight), steps=1))
        for weight in (0.0, 0.5, 1.0)
    ]
    assert losses[1] - losses[0] > 0.01
    assert losses[2] - losses[1] == pytest.approx(losses[1] - losses[0], rel=1e-9)


def test_weights_and_seed_are_those_asked_for(followed):
    x, y = next(batches(None, 8, TABLE.input, TABLE.num_classes, 0))

    def loss(weights):
        reference = Reference(without_dropout(TABLE), weights, x, training=True)
        reference.gradients(y, PARITY.label_smoothing)
        return reference.loss

    for settings, weights in (
        ({"weights": initial(TABLE, 5, "float64")}, initial(TABLE, 5, "float64")),
        ({}, probing(TABLE, 0)),
        ({"seed": 3}, probing(TABLE, 3)),
    ):
        assert first_loss(followed({"a": FakeTrainer("A")}, steps=1, **settings)) == loss(weights)


def test_gradients_are_compared_where_they_are_asked_for(followed):
    without, asked = (followed({"a": FakeTrainer("A")}, steps=1, gradients=g)["gradients"] for g in (False, True))
    assert without is None
    assert {row["name"] for row in asked} > {"input", "b1.conv.weight"}


@pytest.fixture
def asked(run, monkeypatch):
    """What ``googlenet compare d2l --steps 2`` with some options asks `compare_steps` for."""

    def call(*options):
        found = {}

        def stop(table, given, recipe, **settings):
            found.update(settings, recipe=recipe, batches=list(islice(given, 3)))
            raise InputError("seen enough")

        monkeypatch.setattr(parity, "compare_steps", stop)
        code, _, err = run("compare", "d2l", "--steps", 2, "--backends", "torch", "--image-size", 32, *options)
        assert (code, "seen enough" in err) == (2, True), err
        return found

    return call


def equal(a, b):
    return all(np.array_equal(p, q) for x, y in zip(a, b, strict=True) for p, q in zip(x, y, strict=True))


def test_seed_pictures_and_weights_of_the_command_line_arrive(asked, tmp_path):
    shape = (1, 32, 32)
    drawn = asked("--seed", 3)
    assert (drawn["seed"], drawn["weights"], drawn["gradients"]) == (3, None, False)
    assert equal(drawn["batches"], islice(batches(None, 4, shape, 10, 3), 3))
    shown = asked("--images", "digits", "--batch", 3, "--gradients")
    assert shown["gradients"] is True
    assert equal(shown["batches"], islice(batches(load_images(["digits"], shape), 3, shape, 10, 0), 3))
    table = nets.get("d2l")
    save(tmp_path / "d2l.safetensors", weights := initial(table, 1), table)
    given = asked("--weights", tmp_path / "d2l.safetensors")["weights"]
    assert all(np.array_equal(given[name], weights[name]) for name in weights)


def test_what_is_frozen_arrives_and_is_compared(asked, followed, run):
    assert asked("--freeze", "b1,b2")["recipe"] == PARITY.changed(freeze="b1,b2")
    assert asked("--optimizer", "adamw")["recipe"] == PARITY.changed(optimizer="adamw")
    assert asked()["recipe"] == PARITY
    code, _, error = run("compare", "d2l", "--freeze", "b1")
    assert code == 2 and "give --steps too" in error
    moved = FakeTrainer("B", (2,), "weights", scaled("b1.conv.weight", 1.001))
    recipe = PARITY.changed(freeze="b1")
    found = followed({"bad": moved, "good": FakeTrainer("A")}, recipe=recipe, steps=2)
    (only,) = found["divergences"]
    assert (only["backend"], only["what"], only["where"], only["step"]) == ("bad", "parameter", "b1.conv.weight", 2)
    assert all(row["backends"]["good"]["parameter"]["rel_err"] == 0 for row in found["steps"])


@pytest.mark.parametrize("error", [RuntimeError, InputError, MemoryError, SystemExit])
def test_a_backend_that_fails_at_a_step_is_a_finding_and_the_others_go_on(error, followed):
    def fail(loss):
        raise error("no memory:\n  of the machine")

    found = followed({"bad": FakeTrainer("B", (2,), "loss", fail), "good": FakeTrainer("A")}, steps=3)
    message = f"{error.__name__}: no memory: of the machine"
    assert found["errors"] == {"bad": {"phase": "step", "where": None, "message": message, "step": 2}}
    assert (found["verdict"], found["agree"]) == ("diverge", False)
    (only,) = found["divergences"]
    assert {key: only[key] for key in ("backend", "what", "step")} == {"backend": "bad", "what": "error", "step": 2}
    assert [list(row["backends"]) for row in found["steps"]] == [["bad", "good"], ["good"], ["good"]]
    assert [list(row["loss"]) for row in found["steps"]] == [["numpy", "bad", "good"], *[["numpy", "good"]] * 2]


def test_a_trainer_that_cannot_be_made_is_a_finding_and_nothing_is_trained_without_backends(followed):
    bad = FakeTrainer("B")
    bad.Trainer = None
    found = followed({"bad": bad}, steps=2)
    assert found["steps"] == []
    assert found["errors"]["bad"]["phase"] == "build"
    assert [divergence["what"] for divergence in found["divergences"]] == ["error"]


def row(values, limit=1.0):
    """A row of steps whose losses are these many units from NumPy's."""
    errors = {name: {"loss": {"rel_err": abs(value), "where": "loss"}} for name, value in values.items()}
    pairs = [(a, b) for i, a in enumerate(values) for b in list(values)[i + 1 :]]
    across = [{"between": [a, b], "loss": {"rel_err": abs(values[a] - values[b]), "where": "loss"}} for a, b in pairs]
    return {"step": 1, "limits": {"loss": limit}, "backends": errors, "across": across}


@pytest.mark.parametrize(
    ("values", "blamed"),
    [
        ({"a": 0.9, "b": -0.9, "c": -0.9}, [("a", "b")]),
        ({"a": -0.9, "b": 0.9, "c": -0.9}, [("b", "a")]),
        ({"a": -0.9, "b": -0.9, "c": 0.9}, [("c", "a")]),
        ({"a": 0.9, "b": 0.0, "c": -0.9}, [("c", "a")]),  # the one between them is near both
        ({"a": 0.9, "b": -0.9}, [("b", "a")]),
        ({"a": 5.0, "b": 0.1, "c": 0.1}, [("a", "numpy")]),
        ({"a": 5.0, "b": 0.9, "c": -0.9}, [("a", "numpy"), ("c", "b")]),
        ({"a": 0.4, "b": 0.0, "c": -0.4}, []),
    ],
)
def test_the_one_that_is_far_from_the_others_is_blamed(values, blamed):
    assert [(d["backend"], d["against"]) for d in step_divergences([row(values)], {})] == blamed


def test_one_that_is_right_is_not_blamed_for_one_that_is_wrong(followed):
    """Whichever is named first."""
    wrong = FakeTrainer("B", (1,), "weights", scaled("fc.weight", 1.5))
    for order in (("bad", "good"), ("good", "bad")):
        found = followed({name: {"bad": wrong, "good": FakeTrainer("A")}[name] for name in order}, steps=2)
        assert [(d["backend"], d["against"]) for d in found["divergences"]] == [("bad", "numpy")]


def shown(found):
    """Each row of the table of steps, without its spaces."""
    made = StringIO()
    Console(file=made, width=300).print(show_steps.steps(found))
    return [line.split() for line in made.getvalue().splitlines()]


def test_the_table_shows_what_is_no_number_and_how_far_two_are_apart(followed):
    limit = followed({"a": FakeTrainer("A")}, network=BARE, steps=1)["steps"][0]["limits"]["parameter"]
    off = {n: scaled("fc.weight", 1 + sign * 0.75 * limit) for n, sign in (("a", 1), ("b", -1))}
    far = {name: FakeTrainer(name, (1,), "weights", change) for name, change in off.items()}
    (line,) = (line for line in shown(followed(far, network=BARE, steps=1)) if line[:1] == ["1"])
    assert line[-2:] == [f"{1.5 * limit:.1e}", "✗"]
    lost = {
        "a": FakeTrainer("A", (1,), "loss", lambda loss: loss * 1.5),
        "b": FakeTrainer("B", (1,), "loss", lambda loss: np.nan),
    }
    (line,) = (line for line in shown(followed(lost, network=BARE, steps=1)) if line[:1] == ["1"])
    assert line[4] == "-"  # the loss of b
    assert line[5:7] == ["-", "✗"]
