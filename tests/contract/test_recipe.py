"""Recipes: values that cannot be, in one line each; there and back through JSON; those that have a name."""

import json
import re
from math import inf, nan
from pathlib import Path

import pytest

from common import nets
from common.base.errors import InputError
from common.contract.recipe import RECIPES, Recipe, named
from common.contract.schedules import Constant, Cosine, Plateau, Position, Stepwise
from common.table.layers import walk_network
from common.table.spec import Dropout
from common.table.tensors import decays

DOCS = Path(__file__).parent.parent.parent / "docs"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"image_size": 0}, "image_size must be at least 1, not 0"),
        ({"batch": 0}, "batch must be at least 1, not 0"),
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"lr": -0.1}, "lr must be at least 0, not -0.1"),
        ({"lr": 0.0}, "lr must be above 0"),
        ({"lr": inf}, "lr must be at most 1e+30"),
        ({"lr": nan}, "lr must be at least 0, not nan"),
        ({"momentum": 1.0}, "momentum must be at least 0 and below 1, not 1"),
        ({"momentum": -0.1}, "momentum must be at least 0 and below 1, not -0.1"),
        ({"momentum": 0.0, "nesterov": True}, "nesterov looks ahead along the momentum: it needs one above 0"),
        ({"weight_decay": -1e-4}, "weight_decay must be at least 0, not -0.0001"),
        ({"label_smoothing": 1.0}, "label_smoothing must be at least 0 and below 1, not 1"),
        ({"clip": 0.0}, "clip must be above 0"),
        ({"clip": -1.0}, "clip must be at least 0, not -1"),
        ({"aux_weight": -0.3}, "aux_weight must be at least 0, not -0.3"),
        ({"dropout": 1.0}, "dropout must be at least 0 and below 1, not 1"),
        ({"pad": -1}, "pad must be at least 0, not -1"),
        ({"validation": 1.0}, "validation must be at least 0 and below 1, not 1"),
        ({"batch": 10**400}, "batch must be at most 2.14748e+09"),
        ({"batch": 2.5}, "batch must be of type int, not 2.5"),
        ({"epochs": True}, "epochs must be of type int, not True"),
        ({"lr": "fast"}, "lr must be of type float, not 'fast'"),
        ({"flip": 1}, "flip must be of type bool, not 1"),
        ({"clip": 1e-40}, "clip must be 0 or at least 1e-30, not 1e-40"),
        ({"initial": "glorot"}, "unknown initialisation 'glorot': the choices are he, xavier"),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_named_in_one_line(settings, says):
    with pytest.raises(InputError) as caught:
        Recipe(**settings)
    assert str(caught.value) == says
    with pytest.raises(InputError):
        Recipe().changed(**{"momentum": 0.9, **settings})


@pytest.mark.parametrize(
    "settings",
    [
        {"clip": None, "aux_weight": None, "dropout": None, "image_size": None},
        {"momentum": 0.0, "weight_decay": 0.0, "label_smoothing": 0.0, "dropout": 0.0, "aux_weight": 0.0},
    ],
)
def test_nothing_and_zero_are_fine_where_they_mean_something(settings):
    recipe = Recipe(**settings)
    assert {name: getattr(recipe, name) for name in settings} == settings


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_comes_back_from_json(name):
    recipe = named(name)
    told = json.loads(json.dumps(recipe.described(), allow_nan=False))
    assert Recipe.from_described(told) == recipe


@pytest.mark.parametrize("schedule", [Constant(), Stepwise(0.5, 3), Plateau(0.2, 4, 1e-3), Cosine(2.0, 0.1)])
def test_every_schedule_comes_back_from_json(schedule):
    recipe = Recipe(schedule=schedule, clip=2.0, dropout=0.3, nesterov=True)
    assert Recipe.from_described(recipe.described()) == recipe


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.pop("lr"),
        lambda told: told.update(more=1),
        lambda told: told.update(lr=-1),
        lambda told: told.update(lr="fast"),
        lambda told: told.update(schedule={"name": "sine"}),
        lambda told: told.update(schedule={"name": "cosine", "slope": 1}),
        lambda told: told.update(schedule={"warmup": 1}),
        lambda told: told.update(schedule=None),
    ],
)
def test_settings_that_no_recipe_has_are_refused_in_one_line(change):
    told = named("quick").described()
    change(told)
    with pytest.raises(InputError, match=r"^not a recipe: .+$"):
        Recipe.from_described(told)


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(InputError, match="did you mean 'cifar10'"):
        named("cifar-10")


@pytest.mark.parametrize("name", RECIPES)
def test_the_documentation_has_the_numbers_of_every_recipe(name):
    (row,) = re.findall(rf"^\| `{name}` \| (.+) \|$", (DOCS / "training.md").read_text(), re.MULTILINE)
    size, *numbers = row.split(" | ")[:4]
    recipe = named(name)
    assert size == str(recipe.image_size or "the table's")
    assert [float(number) for number in numbers] == [recipe.batch, recipe.epochs, recipe.lr]


def test_help_names_every_recipe_to_train_by(run):
    _, words, _ = run("train", "--help")
    assert [name for name in RECIPES if not re.search(rf"\b{name}\b", words)] == ["parity"]


def test_changed_leaves_what_is_none():
    recipe = named("quick")
    assert recipe.changed(lr=None, momentum=None) == recipe
    assert recipe.changed(lr=0.2, epochs=None).lr == 0.2
    assert recipe.changed(lr=0.2).changed(lr=recipe.lr) == recipe


def test_the_rate_is_the_recipes_times_the_schedules():
    assert Recipe(lr=0.5, schedule=Stepwise(0.1, 1)).rate(Position(3, 2, 2)) == 0.5 * 0.1


def test_the_parity_recipe_has_every_rule_and_changes_its_rate_halfway():
    recipe = named("parity")
    assert (recipe.momentum, recipe.weight_decay, recipe.label_smoothing) == (0.9, 5e-4, 0.1)
    rates = [recipe.rate(Position(i, 10, recipe.epochs)) for i in range(20)]
    assert rates == [recipe.lr] * 10 + [recipe.lr * 0.1] * 10


def test_a_recipe_may_have_a_dropout_and_a_weight_of_heads_of_its_own():
    table = nets.get("caffe")
    made = Recipe(dropout=0.25, aux_weight=0.5).applied(table)
    assert {aux.loss_weight for aux in made.aux.values()} == {0.5}
    assert {layer.node.p for layer in walk_network(made) if isinstance(layer.node, Dropout)} == {0.25}
    assert Recipe().applied(table) == table


def test_decay_acts_on_kernels():
    """Those of convolutions and dense layers are what has more than one axis."""
    for name in ("d2l", "d2l_bn", "caffe"):
        assert all(decays(tensor) == (len(shape) > 1) for tensor, shape in nets.get(name).shapes.items())


def test_settings_that_were_added_are_left_out_where_they_are_not_used():
    """Runs of before have not got them, and are sealed by what they say."""
    before = {"image_size", "batch", "epochs", "lr", "schedule", "momentum", "nesterov", "weight_decay"}
    before |= {"label_smoothing", "clip", "aux_weight", "dropout", "pad", "flip", "validation", "initial"}
    for recipe in RECIPES.values():
        assert recipe.described().keys() == before | ({"optimizer"} if recipe.adaptive else set())
        assert Recipe.from_described(recipe.described()) == recipe
    frozen = Recipe(freeze="b1")
    assert frozen.described().keys() == before | {"freeze"}
    assert Recipe.from_described(frozen.described()) == frozen
    with pytest.raises(InputError, match="not a recipe"):
        Recipe.from_described({**frozen.described(), "freezes": ""})
