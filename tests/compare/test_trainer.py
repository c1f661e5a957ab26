"""The rule of training in NumPy, from which the backends' steps are measured, against numbers worked out by hand."""

import numpy as np
import pytest
from support.slopes import check_pull

from common import nets
from common.compare import ops
from common.compare.reference import Reference
from common.compare.trainer import ReferenceTrainer
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.drawing import probing
from common.table.spec import BatchNorm, Conv, GlobalAvgPool, Network, Stage

PLAIN = Recipe(momentum=0.0)


def table(shape, classes, **settings):
    return nets.get(Network("tiny", "", "", shape, classes, "floor", **settings))


# One input, two classes, and so sure of class 0 that the gradient of the weights is (x, -x), of the biases (1, -1).
CERTAIN = table((1, 1, 1), 2, stages={"b1": Stage(pool=GlobalAvgPool())})
START = {"fc.weight": np.array([[1.0], [-1.0]]), "fc.bias": np.array([50.0, 0.0])}


def certain(recipe):
    trainer = ReferenceTrainer(CERTAIN, recipe, START)

    def step(x, lr):
        trainer.step(np.full((1, 1, 1, 1), float(x)), np.array([1]), lr=lr)
        return {**trainer.weights, **{f"v {name}": v for name, v in trainer.velocities.items()}}

    return step


def close(found, expected):
    return np.abs(np.asarray(found) - expected).max() <= 1e-15 * np.abs(expected).max()


def test_the_worked_example_of_a_rate_that_changes():
    step = certain(Recipe(momentum=0.9))
    path = [step(g, lr)["fc.weight"][0, 0] for g, lr in zip((1, 0.5, -0.25, 2), (0.1, 0.1, 0.01, 0.01), strict=True)]
    assert close(path, [0.9, 0.76, 0.6365, 0.50535])


def test_nesterov_looks_ahead():
    step = certain(Recipe(momentum=0.5, nesterov=True))
    first, second = step(1, 0.5), step(2, 0.25)
    assert close(first["v fc.weight"], [[-0.5], [0.5]])
    assert close(first["fc.weight"], [[1 - 0.25 - 0.5], [-1 + 0.25 + 0.5]])
    assert close(second["v fc.weight"], [[-0.25 - 0.5], [0.25 + 0.5]])
    assert close(second["fc.weight"], [[0.25 - 0.375 - 0.5], [-0.25 + 0.375 + 0.5]])


def test_without_momentum_there_are_no_velocities():
    assert certain(PLAIN)(2, 0.25).keys() == START.keys()
    assert close(certain(PLAIN)(2, 0.25)["fc.weight"], [[0.5], [-0.5]])


def test_decay_is_coupled_and_acts_on_kernels():
    found = certain(Recipe(momentum=0.5, weight_decay=0.5))(1, 0.5)
    assert close(found["v fc.weight"], [[-0.5 * 1.5], [0.5 * 1.5]])
    assert close(found["v fc.bias"], [-0.5, 0.5])


def test_clipping_is_of_all_parameters_together_and_before_decay():
    found = certain(Recipe(momentum=0.0, clip=0.5, weight_decay=0.5))(7, 1.0)  # √(2·49 + 2) = 10
    assert close(found["fc.weight"], [[1 - 0.35 - 0.5], [-1 + 0.35 + 0.5]])
    assert close(found["fc.bias"], [50 - 0.05, 0.05])
    assert close(certain(Recipe(momentum=0.0, clip=10.5))(7, 1.0)["fc.weight"], [[-6], [6]])


def test_the_weights_given_stay_as_they_were():
    before = {name: array.copy() for name, array in START.items()}
    certain(Recipe(weight_decay=0.1))(1, 0.1)
    assert all(np.array_equal(START[name], before[name]) for name in START)


STAGE = Stage(conv=Conv(1, 1, norm=BatchNorm(momentum=0.75)), pool=GlobalAvgPool())


def test_moving_variances_follow_the_biased_one():
    """A 1x1 convolution of weight 1 without a bias: what is normalised are the pixels."""
    network = table((1, 2, 3), 2, stages={"b1": STAGE}, bias=False)
    start = {**probing(network), "b1.conv.weight": np.ones((1, 1, 1, 1))}
    x = random_images(2, network.input)
    trainer = ReferenceTrainer(network, PLAIN, start)
    trainer.step(x, np.array([0, 1]), lr=0.1)
    for key, batch in (("running_mean", x.mean()), ("running_var", ((x - x.mean()) ** 2).sum() / 12)):
        name = f"b1.conv.norm.{key}"
        assert np.allclose(trainer.weights[name], 0.75 * start[name] + 0.25 * batch, rtol=1e-14, atol=0)


@pytest.mark.parametrize(("clip", "share"), [(None, 1.0), (1e-3, 1e-3)])
def test_what_cancels_has_the_size_of_what_it_cancels_from(clip, share):
    """A bias that the batch's mean takes away: its velocity is round-off, beside sums that are not."""
    network = table((1, 2, 3), 2, stages={"b1": STAGE})
    trainer = ReferenceTrainer(network, Recipe(momentum=0.5, clip=clip), probing(network))
    x, y, name, expected = random_images(3, network.input), np.array([0, 1, 1]), "b1.conv.bias", 0.0
    for lr in (0.1, 0.2):
        run = Reference(network, trainer.weights, x, training=True)
        gradients = run.gradients(y)
        length = np.sqrt(sum((g**2).sum() for key, g in gradients.items() if key != "input"))
        expected = 0.5 * expected + lr * run.cancelled()[name] * (share / length if clip else 1.0)
        trainer.step(x, y, lr=lr)
        assert trainer.cancelled == {name: pytest.approx(expected, rel=1e-12)}
        assert np.abs(trainer.velocities[name]).max() <= 1e-12 * expected


def test_smoothed_cross_entropy_is_that_of_the_distribution():
    z, labels = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1.0]]), np.array([2, 1])
    log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
    q = np.array([[0.1, 0.1, 0.8], [0.1, 0.8, 0.1]])
    loss, _ = ops.cross_entropy(z, labels=labels, smoothing=0.3)
    assert loss == pytest.approx(-(q * log_p).sum() / 2, rel=1e-15)


def test_the_pull_of_smoothed_cross_entropy_is_its_derivative():
    logits = np.random.default_rng(0).normal(size=(4, 5))
    check_pull(lambda x: ops.cross_entropy(x, labels=np.array([4, 0, 2, 2]), smoothing=0.2), (3 * logits,))


def test_a_step_tells_the_loss_before_it_and_the_right_answers():
    network = table((1, 2, 3), 2, stages={"b1": STAGE})
    weights, x, y = probing(network), random_images(5, network.input), np.array([0, 1, 0, 1, 1])
    loss, right = ReferenceTrainer(network, Recipe(label_smoothing=0.1), weights).step(x, y, lr=9.0)
    logits = Reference(network, weights, x, training=True).outputs["fc"]
    assert loss == ops.cross_entropy(logits, labels=y, smoothing=0.1)[0]
    assert right == (logits.argmax(1) == y).sum()
