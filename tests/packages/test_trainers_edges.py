"""The trainer of each backend at its edges: gradients too many or too large to be squared, odd batches, labels that are
none, frozen nets, seeds of many digits, and the loss of bfloat16."""

import numpy as np
import pytest
from support.arrays import same
from support.trainers import CERTAIN, PLAIN, RANDOM, START, begun, cross_entropy, table

from common.compare.roundoff import relative_error
from common.compare.trainer import ReferenceTrainer
from common.contract.moving import Moving, corrections
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.drawing import initial, probing
from common.table.spec import BatchNorm, Conv, Dense, Flatten, GlobalAvgPool, Stage
from common.table.tensors import statistics

WIDE = table((1, 32, 32), 2, stages={"b1": Stage(flatten=Flatten(), dense=Dense(1024))})
STAGES = {"b1": Stage(conv=Conv(6, 3)), "b2": Stage(conv=Conv(8, 3, stride=2), pool=GlobalAvgPool())}
NORMED = table((2, 9, 8), 4, norm=BatchNorm(momentum=0.9), stages=STAGES)
LAST = table((2, 9, 8), 4, norm=BatchNorm(), stages={"b1": Stage(pool=GlobalAvgPool(), last=Conv(3, 1))})


def test_a_million_gradients_in_float32_are_clipped_to_the_limit(backend):
    """One after the other, the sum of their squares loses a hundred-thousandth; a velocity is -lr times a gradient."""
    net = backend.build_net(WIDE, weights=initial(WIDE, 0))
    trainer = backend.Trainer(net, Recipe(clip=1e-3))
    trainer.step(random_images(4, WIDE.input).astype(np.float32), np.array([0, 1, 1, 0]), lr=0.5, seed=0)
    squares = sum((v.astype(np.float64) ** 2).sum() for v in trainer.velocities().values())
    assert np.sqrt(squares) == pytest.approx(0.5 * 1e-3, rel=5e-7)


def test_gradients_whose_squares_are_beyond_float32_are_clipped_and_not_lost(backend):
    net = backend.build_net(CERTAIN, weights=START)
    x = np.full((1, 1, 1, 1), 1e30, np.float32)
    backend.Trainer(net, Recipe(momentum=0.0, clip=0.5)).step(x, np.array([1]), lr=1.0, seed=0)
    share = 0.5 / 2**0.5  # of two gradients of 1e30, beside which the biases' are nothing
    assert np.allclose(backend.get_weights(net)["fc.weight"], [[1 - share], [-1 + share]], rtol=1e-6, atol=0)


REFUSED = [
    (RANDOM, 0, [], "a batch without images"),
    (RANDOM, 3, [1], r"3 images need as many labels, not an array of shape \(1,\)"),
    (RANDOM, 1, [0, 1], r"1 images need as many labels, not an array of shape \(2,\)"),
    (RANDOM, 2, [[0], [1]], r"not an array of shape \(2, 1\)"),
    (RANDOM, 2, [0, -1], "label -1 is none of the 4 classes, 0 to 3"),
    (RANDOM, 2, [4, 0], "label 4 is none of the 4 classes, 0 to 3"),
    (LAST, 1, [0], r"b1\.last\.norm: one value per channel has no variance"),
]


@pytest.mark.parametrize(("network", "images", "labels", "says"), REFUSED)
def test_batches_that_cannot_be_learned_from_are_refused_before_anything_moves(network, images, labels, says, backend):
    net = backend.build_net(network, weights=(before := initial(network, 0)))
    x, y = np.ones((images, *network.input), np.float32), np.array(labels, int)
    for run in (
        lambda: backend.Trainer(net, PLAIN).step(x, y, lr=0.1, seed=0),
        lambda: backend.gradients(net, x, y, training=True),
    ):
        with pytest.raises(ValueError, match=says):
            run()
    assert same(backend.get_weights(net), before)


def test_one_image_is_a_batch_where_nothing_is_normalised_by_it(backend):
    x, y = random_images(1, LAST.input).astype(np.float32), np.array([3])
    net = backend.build_net(LAST, weights=initial(LAST, 0))
    assert "fc.weight" in backend.gradients(net, x, y)
    wide = backend.build_net(NORMED, weights=initial(NORMED, 0))
    loss, _ = backend.Trainer(wide, PLAIN).step(x, y, lr=0.1, seed=0)
    assert np.isfinite(loss)


def test_batches_of_any_size_move_the_statistics_by_the_rule(backend):
    """What an unbiased variance is corrected by depends on how many values it is of."""
    start, recipe = probing(NORMED), Recipe()
    net = backend.build_net(NORMED, weights=start, dtype="float64")
    trainer, reference = backend.Trainer(net, recipe), ReferenceTrainer(NORMED, recipe, start)
    for step, (n, *size) in enumerate(((5, 9, 8), (2, 9, 8), (3, 5, 13))):
        x, y = random_images(n, (2, *size), step), np.arange(n) % 4
        loss, _ = trainer.step(x, y, lr=1e-3, seed=0)
        expected, _ = reference.step(x, y, lr=1e-3)
        assert loss == pytest.approx(expected, rel=1e-9)
        found = statistics(backend.get_weights(net))
        assert len(found) == 4
        for name, array in found.items():
            assert relative_error(array, reference.weights[name]) <= 1e-9, (step, name)


def test_a_momentum_of_1_keeps_the_moving_statistics_as_they_are(backend):
    stage = Stage(conv=Conv(3, 1, norm=BatchNorm(momentum=1.0)), pool=GlobalAvgPool())
    network = table((2, 4, 5), 3, stages={"b1": stage})
    net = backend.build_net(network, weights=(start := probing(network)), dtype="float64")
    backend.Trainer(net, PLAIN).step(random_images(3, network.input), np.array([0, 1, 2]), lr=0.1, seed=0)
    found = backend.get_weights(net)
    assert same(statistics(found), statistics(start))
    assert not np.array_equal(found["fc.weight"], start["fc.weight"])


def test_a_momentum_that_is_1_for_the_framework_alone_cannot_be_put_right():
    """MXNet keeps it in float32; nothing of the batch is left in what it makes of the statistics then."""
    stage = Stage(conv=Conv(3, 1, norm=BatchNorm(momentum=1 - 1e-9)), pool=GlobalAvgPool())
    network = table((2, 4, 5), 3, stages={"b1": stage})
    with pytest.raises(ValueError, match=r"b1\.conv\.norm\.running_mean: a momentum of 0\.999999999 is 1 in float32"):
        corrections(network, (3, *network.input), Moving(unbiased=False, momentum_dtype="float32"))
    assert corrections(network, (3, *network.input), Moving(unbiased=False)) == {}


def test_bfloat16_is_refused_to_a_net_that_is_not_in_float32(backend):
    net = backend.build_net(RANDOM, seed=0, dtype="float64")
    with pytest.raises(ValueError, match="float32"):
        backend.Trainer(net, PLAIN, bfloat16=True)


def test_the_loss_of_bfloat16_is_computed_in_float32(backend_name, backend):
    """Logits that bfloat16 has exactly: 1.5 x + 1 and -.5 x + .5."""
    if backend_name == "mxnet":
        return  # does not train in it
    weights = {"fc.weight": np.array([[1.5], [-0.5]]), "fc.bias": np.array([1.0, 0.5])}
    net, x, y = backend.build_net(CERTAIN, weights=weights), np.array([0.0, 1.0, 2.0, 3.0]), np.array([0, 1, 0, 0])
    logits = x[:, None] * weights["fc.weight"][:, 0] + weights["fc.bias"]
    images = x.astype(np.float32).reshape(4, 1, 1, 1)
    loss, _ = backend.Trainer(net, Recipe(label_smoothing=0.1), bfloat16=True).step(images, y, lr=0.1, seed=0)
    assert loss == pytest.approx(cross_entropy(logits, y, 0.1), rel=1e-6)


def freeze(backend_name, stage):
    """No gradient for the parameters of a stage, as its framework says it."""
    match backend_name:
        case "torch":
            stage.requires_grad_(False)
        case "tf":
            stage.trainable = False
        case "mxnet":
            stage.collect_params().setattr("grad_req", "null")


def test_a_frozen_stage_has_no_gradients_and_does_not_move_and_the_others_have_theirs(backend_name, backend):
    network = table((2, 9, 8), 4, stages=STAGES)
    net = backend.build_net(network, weights=(start := probing(network)), dtype="float64")
    x, y = random_images(3, network.input), np.array([0, 1, 3])
    whole = backend.gradients(net, x, y)
    freeze(backend_name, net.b1)
    rest = backend.gradients(net, x, y)
    assert rest.keys() == {name for name in whole if not name.startswith("b1.")}
    assert all(relative_error(rest[name], whole[name]) <= 1e-12 for name in rest)
    trainer = backend.Trainer(net, Recipe(weight_decay=0.1))
    trainer.step(x, y, lr=0.1, seed=0)
    found = backend.get_weights(net)
    moved = {name for name in start if not np.array_equal(found[name], start[name])}
    assert moved == trainer.velocities().keys() == rest.keys() - {"input"}


def test_velocities_of_a_recipe_without_momentum_go_back_as_they_came(backend):
    """There are none: such runs go on too."""
    _, trainer = begun(backend, recipe=PLAIN)
    trainer.set_velocities(trainer.velocities())
    assert trainer.velocities() == {}
    with pytest.raises(ValueError, match=r"'fc\.bias' is not part"):
        trainer.set_velocities({"fc.bias": np.zeros(4)})


def test_seeds_that_differ_in_any_digit_draw_other_masks(backend):
    """`common.runs.training` draws them from all that are below 2**31."""
    x, y = random_images(6, RANDOM.input).astype(np.float32), np.array([0, 1, 2, 3, 0, 1])
    _, trainer = begun(backend, recipe=PLAIN)
    seeds = [7, 7 + 8, 7 + 1000, 7 + 2**16, 7 + 2**24, 7 + 2**30, 2**31 - 1]
    assert len({trainer.step(x, y, lr=1e-30, seed=seed)[0] for seed in seeds}) == len(seeds)
