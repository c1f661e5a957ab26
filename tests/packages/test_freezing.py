"""Frozen parts stay as they are to the last bit, and the rest learns by the rule of docs/training.md."""

import numpy as np
import pytest
from support.trainers import cross_entropy, table

from common.base.errors import InputError
from common.compare.roundoff import relative_error
from common.compare.trainer import ReferenceTrainer
from common.contract.freezing import frozen, still_norms
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.drawing import probing
from common.table.spec import CLASSES, Aux, BatchNorm, Conv, Dense, GlobalAvgPool, Stage

HEADED = table(
    (2, 9, 8),
    4,
    norm=BatchNorm(momentum=0.9),
    bias=False,  # in front of a normalisation it learns nothing but round-off
    stages={
        "b1": Stage(conv=Conv(6, 3), conv2=Conv(5, 1)),
        "b2": Stage(conv=Conv(8, 3, stride=2), pool=GlobalAvgPool()),
    },
    aux={"aux1": Aux("b1.conv2", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)), 0.3)},
)
START = probing(HEADED)
FROZEN = {
    "b1": {"b1.conv", "b1.conv2"},
    "b1.conv2, aux1": {"b1.conv2", "aux1.fc"},
    "b2.conv,fc": {"b2.conv", "fc"},
    "all-but-fc": {"b1.conv", "b1.conv2", "b2.conv", "aux1.fc"},
}


def layer(name):
    return HEADED.tensors[name].layer


def batch(i):
    return random_images(6, HEADED.input, i), np.random.default_rng(i).integers(4, size=6)


@pytest.mark.parametrize("freeze", FROZEN)
def test_frozen_tensors_stay_to_the_last_bit_and_the_others_are_those_of_numpy(freeze, backend):
    recipe = Recipe(nesterov=True, weight_decay=0.1, label_smoothing=0.1, clip=0.5, freeze=freeze)
    reference = ReferenceTrainer(HEADED, recipe, START)
    net = backend.build_net(HEADED, weights=START, dtype="float64")
    trainer = backend.Trainer(net, recipe)
    for i in range(10):
        x, y = batch(i)
        loss, _ = trainer.step(x, y, lr=0.1 if i < 5 else 0.01, seed=i)
        assert loss == pytest.approx(reference.step(x, y, lr=0.1 if i < 5 else 0.01)[0], rel=1e-10)
    weights, velocities = backend.get_weights(net), trainer.velocities()
    for name, array in weights.items():
        assert np.array_equal(array, START[name]) == (layer(name) in FROZEN[freeze]), name
        assert np.array_equal(array, START[name]) or relative_error(array, reference.weights[name]) <= 1e-10, name
    learning = {name for name in START if layer(name) not in FROZEN[freeze] and "running" not in name}
    assert velocities.keys() == reference.velocities.keys() == learning
    assert all(relative_error(velocities[name], reference.velocities[name]) <= 1e-10 for name in learning)


def test_frozen_normalisation_uses_its_moving_statistics(backend):
    """With all but the classifier frozen, a net in training is the net in evaluation."""
    net = backend.build_net(HEADED, weights=START, dtype="float64")
    x, y = batch(0)
    logits = backend.stage_outputs(net, x, aux=True)
    expected = cross_entropy(logits["fc"], y, 0) + 0.3 * cross_entropy(logits["aux1"], y, 0)
    loss, right = backend.Trainer(net, Recipe(freeze="all-but-fc")).step(x, y, lr=0.1, seed=0)
    assert loss == pytest.approx(expected, rel=1e-13)
    assert right == (logits["fc"].argmax(1) == y).sum()
    assert ReferenceTrainer(HEADED, Recipe(freeze="all-but-fc"), START).step(x, y, lr=0.1)[0] == pytest.approx(expected)


def test_clipping_counts_only_what_is_trained(backend):
    net = backend.build_net(HEADED, weights=START, dtype="float64")
    trainer = backend.Trainer(net, Recipe(clip=1e-3, freeze="b2"))
    trainer.step(*batch(0), lr=1.0, seed=0)
    assert np.sqrt(sum((v**2).sum() for v in trainer.velocities().values())) == pytest.approx(1e-3, rel=1e-12)


def test_what_was_frozen_by_the_framework_itself_is_frozen_by_the_same_rule(backend_name, backend):
    found = []
    for by_hand in (True, False):
        net = backend.build_net(HEADED, weights=START, dtype="float64")
        if by_hand and backend_name == "torch":
            net.b1.requires_grad_(False)
        elif by_hand and backend_name == "tf":
            net.b1.trainable = False
        elif by_hand:
            net.b1.collect_params().setattr("grad_req", "null")
        trainer = backend.Trainer(net, Recipe(freeze="" if by_hand else "b1"))
        losses = [trainer.step(*batch(i), lr=0.1, seed=i)[0] for i in range(3)]
        found.append((losses, {name: array.tolist() for name, array in backend.get_weights(net).items()}))
    assert found[0] == found[1]


def test_going_on_with_frozen_parts_is_identical_to_the_last_bit(backend):
    recipe = Recipe(freeze="b1")
    net = backend.build_net(HEADED, weights=START, dtype="float64")
    trainer = backend.Trainer(net, recipe)
    trainer.step(*batch(0), lr=0.1, seed=0)
    again = backend.build_net(HEADED, weights=backend.get_weights(net), dtype="float64")
    second = backend.Trainer(again, recipe)
    second.set_velocities(trainer.velocities())
    assert trainer.step(*batch(1), lr=0.1, seed=1) == second.step(*batch(1), lr=0.1, seed=1)
    first, other = backend.get_weights(net), backend.get_weights(again)
    assert all(np.array_equal(first[name], other[name]) for name in first)


def test_names_of_parts_are_those_of_the_table_and_something_is_left_to_train():
    assert {layer(name) for name in frozen(HEADED, "b1.conv")} == {"b1.conv"}
    assert frozen(HEADED, "") == frozenset()
    with pytest.raises(
        InputError, match=r"unknown part of tiny to freeze 'b3': did you mean 'b2'.* b1, b2, fc, aux1, all"
    ):
        frozen(HEADED, "b1,b3")
    for freeze in ("b1,b2,fc,aux1", "b1,b2,aux1,fc"):
        with pytest.raises(InputError, match="leaves no parameter of tiny to train"):
            Recipe(freeze=freeze).applied(HEADED)
    assert still_norms(HEADED, {"b1.conv.norm.bias", "b2.conv.weight"}) == ("b1.conv2", "b2.conv")
