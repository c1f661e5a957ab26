"""Steps of training beside NumPy: that the backends agree, and that one that does not is caught where it leaves.

The rules of judging are tested with backends made of the reference, which agree to the bit until spoilt.
"""

import json
from itertools import islice
from math import nan

import numpy as np
import pytest
from support.backends import NAMES
from support.fake_backends import Fake, FakeTrainer, scaled, with_nan
from support.followed_steps import BARE, PARITY, TABLE, follow

from common import nets
from common.base.errors import InputError
from common.compare import side_by_side
from common.compare.steps import batches
from common.contract.recipe import RECIPES, Recipe, named
from common.contract.schedules import Stepwise
from common.data.images import random_images
from common.table.drawing import initial, probing

# The short run takes every rule at once, a plateau, and Adam with a cosine.
IN_SHORT = ("parity", "cifar10", "adamw")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in IN_SHORT else pytest.mark.long) for name in RECIPES]
)
def test_every_recipe_is_one_training_in_every_framework(name):
    found = follow(named(name).changed(lr=min(0.01, named(name).lr)), NAMES)  # larger ones enlarge roundings
    assert found["agree"], found["divergences"]
    assert len(found["steps"]) == 6
    # Adam divides gradients by their size, those too that are round-off: of biases in front of normalisations.
    most = 1e-9 if named(name).optimizer == "sgd" else 1e-8
    for row in found["steps"]:
        assert row["max_rel_err"] <= most


def test_settings_of_its_own_are_one_training_too():
    """Clipping that bites, another weight of the heads, and biases of 0 in front of normalisations."""
    recipe = Recipe(lr=0.02, schedule=Stepwise(0.5, 1), epochs=3, clip=0.5, aux_weight=0.8, weight_decay=0.01)
    found = follow(recipe, NAMES, weights=initial(TABLE, 0, "float64"))
    assert found["agree"], found["divergences"]
    assert [row["lr"] for row in found["steps"]] == [0.02, 0.02, 0.01, 0.01, 0.005, 0.005]


def test_two_that_agree_agree_and_every_step_is_told(followed):
    found = followed({"a": FakeTrainer("A"), "b": FakeTrainer("B")}, steps=5)
    assert found["agree"] is True
    assert (found["mode"], found["dtype"], found["images"]) == ("training", "float64", 8)
    assert (found["first_divergence"], found["divergences"]) == (None, [])
    assert Recipe.from_described(found["recipe"]) == PARITY
    assert [row["step"] for row in found["steps"]] == [1, 2, 3, 4, 5]
    rates = [row["lr"] for row in found["steps"]]
    assert rates == [0.001] * 3 + [0.001 * 0.1] * 2
    for row in found["steps"]:
        assert set(row["loss"]) == {"numpy", "a", "b"}
        assert set(row["limits"]) == set(row["backends"]["a"]) == {"loss", "statistic", "velocity", "parameter"}
        assert [pair["between"] for pair in row["across"]] == [["a", "b"]]
        assert row["max_rel_err"] == 0.0
        assert all(row["limits"][what] <= bound for what, bound in side_by_side.BOUNDS.items())
    assert len({row["loss"]["numpy"] for row in found["steps"]}) == 5


def test_a_network_without_normalisation_and_a_recipe_without_momentum_have_less_to_compare(followed):
    (row,) = followed({"a": FakeTrainer("A")}, Recipe(momentum=0.0), network=BARE, steps=1)["steps"]
    assert set(row["backends"]["a"]) == {"loss", "parameter"}
    assert row["across"] == []


OFF = 1 + 1e-9
SPOILT = [
    ("loss", lambda loss: loss * OFF, "loss", "loss"),
    ("weights", scaled("b2.block.p2_2.weight", OFF), "parameter", "b2.block.p2_2.weight"),
    ("weights", scaled("aux1.fc.bias", OFF), "parameter", "aux1.fc.bias"),
    ("weights", scaled("b1.conv.norm.running_var", OFF), "statistic", "b1.conv.norm.running_var"),
    ("velocities", scaled("b1.conv.weight", OFF), "velocity", "b1.conv.weight"),
    ("velocities", scaled("b2.block.p1_1.norm.bias", OFF), "velocity", "b2.block.p1_1.norm.bias"),
]


@pytest.mark.parametrize("at", [1, 4])
@pytest.mark.parametrize(("what", "change", "kind", "where"), SPOILT)
def test_a_single_wrong_number_is_found_at_its_step(what, change, kind, where, at, followed):
    found = followed({"good": FakeTrainer("A"), "bad": FakeTrainer("B", (at,), what, change)}, steps=5)
    assert not found["agree"]
    assert found["divergences"] == [found["first_divergence"]]
    first = dict(found["first_divergence"])
    assert first.pop("rel_err") == pytest.approx(1e-9, rel=1e-3)
    assert first == {
        **{"backend": "bad", "step": at, "stage": where.split(".")[0], "what": kind, "where": where},
        "against": "numpy",
    }


@pytest.mark.parametrize(
    ("what", "change", "where"),
    [
        ("loss", lambda loss: nan, "loss"),
        ("weights", with_nan("fc.bias"), "fc.bias"),
        ("velocities", lambda v: {k: a for k, a in v.items() if k != "fc.bias"}, "fc.bias"),
        ("velocities", lambda v: {**v, "b9.weight": np.ones(1)}, "b9.weight"),
    ],
)
def test_what_is_no_number_or_not_there_is_named(what, change, where, followed):
    first = followed({"bad": FakeTrainer("B", (2,), what, change)}, steps=2)["first_divergence"]
    assert (first["step"], first["where"], first["rel_err"]) == (2, where, None)


def test_two_that_are_each_near_enough_to_numpy_must_be_near_each_other(followed):
    limit = followed({"a": FakeTrainer("A")}, steps=2)["steps"][1]["limits"]["parameter"]
    apart = {
        n: FakeTrainer(n, (2,), "weights", scaled("fc.weight", 1 + s * 0.75 * limit)) for n, s in (("a", 1), ("b", -1))
    }
    found = followed(apart, steps=2)
    (only,) = found["divergences"]
    assert (only["backend"], only["against"], only["step"], only["where"]) == ("b", "a", 2, "fc.weight")
    assert found["steps"][1]["max_rel_err"] > limit


def test_the_one_that_leaves_first_is_named_first(followed):
    """Both are wrong to the end."""
    late, early = (FakeTrainer("X", at, "weights", scaled("fc.weight", 1.5)) for at in ((3, 4), (2, 3, 4)))
    found = followed({"late": late, "early": early}, steps=4)
    assert [(d["backend"], d["step"]) for d in found["divergences"]] == [("early", 2), ("late", 3)]


def test_a_function_that_is_wrong_already_needs_no_step(followed):
    wrong = FakeTrainer("B", (1,), "loss", lambda loss: 2 * loss)
    wrong.layer_outputs = lambda *args, **kw: scaled("b2", 2)(Fake.layer_outputs(wrong, *args, **kw))
    found = followed({"wrong": wrong}, steps=1)
    (only,) = found["divergences"]
    assert only["where"] == "b2"
    assert "step" not in only


def test_where_rounding_alone_grows_too_far_nothing_is_said(followed, monkeypatch):
    monkeypatch.setitem(side_by_side.BOUNDS, "velocity", 1e-15)
    with pytest.raises(InputError, match=r"step 1: one rounding alone moves the velocity of .* larger batches"):
        followed({"a": FakeTrainer("A")})


def test_a_loss_that_is_no_number_in_numpy_is_the_recipes_fault(followed):
    large = {name: 1e150 * array for name, array in probing(BARE).items()}
    with pytest.raises(InputError, match=r"step 2: the loss is (nan|inf) in NumPy already; a smaller learning rate"):
        followed({"a": FakeTrainer("A")}, Recipe(lr=1e30, momentum=0.0), network=BARE, weights=large)


def test_limits_grow_with_what_one_rounding_has_become(followed):
    calm, wild = (followed({"a": FakeTrainer("A")}, Recipe(lr=lr), steps=4)["steps"] for lr in (1e-6, 3.0))
    assert wild[3]["limits"]["velocity"] > 2 * calm[3]["limits"]["velocity"]
    for rows in (calm, wild):
        limits = [row["limits"]["velocity"] for row in rows]
        assert limits == sorted(limits)


def test_random_batches_differ_from_step_to_step_and_follow_the_seed():
    def drawn(seed):
        return list(islice(batches(None, 3, (1, 4, 5), 10, seed), 3))

    a, b, other = drawn(0), drawn(0), drawn(1)
    assert all(x.shape == (3, 1, 4, 5) and y.shape == (3,) for x, y in a)
    assert all(
        np.array_equal(p, q) for first, second in zip(a, b, strict=True) for p, q in zip(first, second, strict=True)
    )
    assert not np.array_equal(a[0][0], a[1][0])
    assert not np.array_equal(a[0][0], other[0][0])


def test_images_come_in_turn_and_keep_their_labels():
    images = random_images(5, (1, 2, 2))
    taken = list(islice(batches(images, 2, (1, 2, 2), 1000, 0), 5))
    assert np.array_equal(np.concatenate([x for x, _ in taken]), np.concatenate([images, images]))
    labels = np.concatenate([y for _, y in taken])
    assert np.array_equal(labels[:5], labels[5:])
    assert len(set(labels)) == 5


def test_compare_with_steps_says_agree_and_shows_each_step(run, tiny, tmp_path):
    code, out, _ = run(
        *("compare", tiny, "--steps", 2, "--batch", 2),
        *("--backends", ",".join(NAMES), "--json", tmp_path / "found.json"),
    )
    assert code == 0, out
    assert out.strip().splitlines()[-1].startswith("AGREE: ")
    assert "2 steps; largest relative errors: losses " in out
    found = json.loads((tmp_path / "found.json").read_text())
    assert [row["lr"] for row in found["steps"]] == [0.001, 0.0001]
    assert f"{found['steps'][1]['loss'][NAMES[0]]:.12f}" in out
    assert found["images"] == 2


def test_compare_with_steps_names_who_leaves_where_and_when(run, tiny, monkeypatch):
    from support.backends import load

    trainer = load(NAMES[-1]).Trainer
    own, calls = trainer.velocities, []

    def off(self):
        calls.append(self)
        found = own(self)
        return {
            name: v * (1 + 1e-6 * (len(calls) == 2 and name == "b2.block.p2_2.weight")) for name, v in found.items()
        }

    monkeypatch.setattr(trainer, "velocities", off)
    code, out, _ = run("compare", tiny, "--steps", 2, "--backends", ",".join(NAMES), "--batch", 2)
    assert code == 1
    expected = f"DIVERGE: {NAMES[-1]} first in step 2, velocity of b2.block.p2_2.weight, relative error 1.0e-06"
    assert out.strip().splitlines()[-1] == expected
    assert "1.0e-06 ✗" in out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--steps", 2, "--dtype", "float32"), "--steps compares in float64 only"),
        (("--recipe", "quick"), "--recipe is for the training of --steps"),
        (("--steps", 2, "--recipe", "quik"), "did you mean 'quick'"),
        (("--steps", 0), "--steps"),
        (("--steps", 1, "--batch", 1, "--image-size", 32), "one value per channel has no variance"),
    ],
)
def test_options_that_make_no_sense_are_refused_in_one_line(options, says, run):
    code, _, err = run("compare", "d2l_bn", "--backends", NAMES[0], *options)
    assert code == 2
    assert says in err
    assert len(err.strip().splitlines()) == 1


def test_a_recipe_brings_its_size_of_image_and_of_batch(run, tmp_path):
    path = tmp_path / "found.json"
    code, out, _ = run("compare", "d2l", "--steps", 1, "--recipe", "quick", "--backends", NAMES[0], "--json", path)
    assert code == 0, out
    found = json.loads(path.read_text())
    assert (found["input_shape"], found["images"]) == ([1, 32, 32], 32)
    assert probing(nets.get("d2l")).keys() >= {found["steps"][0]["backends"][NAMES[0]]["parameter"]["where"]}
