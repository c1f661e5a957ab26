"""The trainer of each backend by itself: numbers worked out by hand, dropout, going on after a stop, bad input."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.arrays import same
from support.trainers import CERTAIN, PLAIN, RANDOM, START, begun, cross_entropy, table, train

from common.compare.roundoff import relative_error
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.drawing import initial, probing
from common.table.spec import CLASSES, Aux, BatchNorm, Conv, Dense, Dropout, GlobalAvgPool, Stage

EPS = float(np.finfo(np.float64).eps)


def certain(backend, recipe, start=START):
    """(net, a function that makes a step at gradient x with learning rate lr)."""
    net = backend.build_net(CERTAIN, weights=start, dtype="float64")
    trainer = backend.Trainer(net, recipe)

    def step(x, lr):
        trainer.step(np.full((1, 1, 1, 1), float(x)), np.array([1]), lr=lr, seed=0)
        return {**backend.get_weights(net), **{f"v {name}": v for name, v in trainer.velocities().items()}}

    return step


def close(found, expected):
    """Equal but for a few roundings of float64."""
    return np.abs(np.asarray(found) - expected).max() <= 4 * EPS * np.abs(expected).max()


def test_the_worked_example_of_a_rate_that_changes(backend):
    """docs/training.md has it; torch's own rule would come to .72081."""
    step = certain(backend, Recipe(momentum=0.9))
    path = [step(g, lr)["fc.weight"] for g, lr in zip((1, 0.5, -0.25, 2), (0.1, 0.1, 0.01, 0.01), strict=True)]
    assert close(np.array(path)[:, 0, 0], [0.9, 0.76, 0.6365, 0.50535])
    assert close(np.array(path)[:, 1, 0], [-0.9, -0.76, -0.6365, -0.50535])


RATES = (0.5, 0.25, 0.5, 0.125, 2.0**-20, 1.0)  # none is that of the step before or after; sums are exact


def test_every_step_has_the_rate_it_is_given_and_no_other(backend):
    """With a gradient of exactly 1 a weight moves by the rate, to the last bit."""
    step, w = certain(backend, PLAIN), 1.0
    for rate in RATES:
        w -= rate
        assert step(1, rate)["fc.weight"].tolist() == [[w], [-w]], rate


def test_a_rate_acts_once_whatever_the_velocity_is_that_a_step_goes_on_from(backend):
    """Every step is made twice: in the run, and by a trainer that goes on from the weights and velocities before."""
    step, v, w = certain(backend, Recipe(momentum=0.5)), 0.0, 1.0
    kept = START, None
    for rate in RATES:
        v = 0.5 * v - rate
        w += v
        again = backend.build_net(CERTAIN, weights=kept[0], dtype="float64")
        trainer = backend.Trainer(again, Recipe(momentum=0.5))
        if kept[1] is not None:
            trainer.set_velocities(kept[1])
        trainer.step(np.ones((1, 1, 1, 1)), np.array([1]), lr=rate, seed=0)
        after = step(1, rate)
        assert after["fc.weight"].tolist() == backend.get_weights(again)["fc.weight"].tolist() == [[w], [-w]], rate
        assert after["v fc.weight"].tolist() == trainer.velocities()["fc.weight"].tolist() == [[v], [-v]], rate
        kept = backend.get_weights(again), trainer.velocities()


def test_nesterov_looks_ahead(backend):
    step = certain(backend, Recipe(momentum=0.9, nesterov=True))
    v = w = 0.0
    w = 1.0
    for g, lr in ((1, 0.1), (0.5, 0.1), (-0.25, 0.01)):
        found = step(g, lr)
        v = 0.9 * v - lr * g
        w = w + 0.9 * v - lr * g
        assert close(found["fc.weight"], [[w], [-w]])
        assert close(found["v fc.weight"], [[v], [-v]])


def test_without_momentum_there_are_no_velocities(backend):
    step = certain(backend, PLAIN)
    assert step(2, 0.1).keys() == START.keys()
    found = step(-3, 0.01)
    assert close(found["fc.weight"], [[1 - 0.2 + 0.03], [-1 + 0.2 - 0.03]])


def test_rate_momentum_and_decay_are_not_rounded_to_float32(backend):
    """0.1 in float32 is 1.5e-8 off, 0.9 is 2.6e-8 off."""
    step = certain(backend, Recipe(momentum=0.9, weight_decay=0.1))
    first = step(0, 0.1)["v fc.weight"]
    assert close(first, [[-0.01], [0.01]])
    w = 0.99
    second = step(0, 0.1)
    assert close(second["v fc.weight"], [[0.9 * -0.01 - 0.01 * w], [0.9 * 0.01 + 0.01 * w]])


def test_decay_is_part_of_the_gradient_and_so_of_the_velocity(backend):
    step = certain(backend, Recipe(momentum=0.5, weight_decay=0.25))
    found = step(2, 0.125)
    assert close(found["v fc.weight"], [[-0.125 * 2.25], [0.125 * 2.25]])
    assert close(found["fc.weight"], [[1 - 0.125 * 2.25], [-1 + 0.125 * 2.25]])


NORMED = {
    "norm": BatchNorm(momentum=0.9),
    "stages": {"b1": Stage(conv=Conv(3, 1, bias=True), pool=GlobalAvgPool(), dense=Dense(4))},
}


def test_decay_acts_on_kernels_and_on_nothing_else(backend):
    """Beside a twin without decay, one step from the same start."""
    network = table((2, 4, 5), 3, **NORMED)
    x, y, start = random_images(3, network.input), np.array([0, 1, 2]), probing(network)
    ends = []
    for decay in (0.0, 0.5):
        net = backend.build_net(network, weights=start, dtype="float64")
        backend.Trainer(net, Recipe(weight_decay=decay)).step(x, y, lr=0.5, seed=0)
        ends.append(backend.get_weights(net))
    for name, array in start.items():
        pulled = 0.25 * array if name in ("b1.conv.weight", "b1.dense.weight", "fc.weight") else 0 * array
        assert np.abs(ends[0][name] - ends[1][name] - pulled).max() <= 1e-14, name


@pytest.mark.parametrize(
    ("x", "clip", "factor"),
    [
        (1, 0.5, 0.25),  # √(2·1 + 2·1) = 2
        (1, 2.0, 1),
        (1, 3.0, 1),
        (7, 0.1, 0.01),  # √(2·49 + 2) = 10
    ],
)
def test_clipping_shortens_the_whole_gradient_to_the_limit_exactly(x, clip, factor, backend):
    """PyTorch's own adds 1e-6 to the length, MXNet's 1e-8."""
    step = certain(backend, Recipe(momentum=0.0, clip=clip))
    found = step(x, 1.0)
    assert close(found["fc.weight"], [[1 - factor * x], [-1 + factor * x]])
    assert close(found["fc.bias"], [50 - factor, factor])


def test_decay_comes_after_clipping(backend):
    found = certain(backend, Recipe(momentum=0.0, clip=0.5, weight_decay=0.5))(1, 1.0)
    assert close(found["fc.weight"], [[1 - 0.25 - 0.5], [-1 + 0.25 + 0.5]])


def test_a_gradient_of_zero_has_no_length_to_clip(backend):
    """Of a single class the probability is 1 whatever the weights."""
    network = table((1, 1, 1), 1, stages=CERTAIN.stages)
    net = backend.build_net(network, weights=(start := probing(network)), dtype="float64")
    loss, right = backend.Trainer(net, Recipe(clip=1.0)).step(np.ones((2, 1, 1, 1)), np.zeros(2, int), lr=1.0, seed=0)
    assert (loss, right) == (0.0, 2)
    assert all(np.array_equal(start[name], array) for name, array in backend.get_weights(net).items())


HEADED = {
    "stages": {"b1": Stage(conv=Conv(3, 3)), "b2": Stage(conv=Conv(4, 3), pool=GlobalAvgPool())},
    "aux": {
        "aux1": Aux("b1.conv", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)), 0.3),
        "aux2": Aux("b2.conv", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)), 0.7),
    },
}


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_smoothed_and_the_heads_count_with_their_weights(smoothing, backend):
    network = table((2, 6, 5), 5, **HEADED)
    x, y = random_images(3, network.input), np.array([4, 0, 2])
    net = backend.build_net(network, weights=probing(network), dtype="float64")
    logits = backend.stage_outputs(net, x, aux=True)
    shares = {"fc": 1.0, "aux1": 0.3, "aux2": 0.7}
    expected = sum(share * cross_entropy(logits[name], y, smoothing) for name, share in shares.items())
    loss, right = backend.Trainer(net, Recipe(label_smoothing=smoothing)).step(x, y, lr=0.1, seed=0)
    assert loss == pytest.approx(expected, rel=1e-14)
    assert right == (logits["fc"].argmax(1) == y).sum()


def test_right_answers_are_those_of_the_classifier(backend):
    net = backend.build_net(CERTAIN, weights=START, dtype="float64")
    trainer, x = backend.Trainer(net, PLAIN), np.ones((3, 1, 1, 1))
    assert trainer.step(x, np.array([0, 1, 0]), lr=1e-9, seed=0)[1] == 2


def test_moving_statistics_follow_the_batchs_biased_variance_in_float64(backend):
    """A 1x1 convolution of weight 1: what is normalised are the pixels themselves, 12 of each channel."""
    stage = Stage(conv=Conv(1, 1, norm=BatchNorm(momentum=0.9)), pool=GlobalAvgPool())
    network = table((1, 2, 3), 2, stages={"b1": stage}, bias=False)
    start = {**probing(network), "b1.conv.weight": np.ones((1, 1, 1, 1))}
    net, x = backend.build_net(network, weights=start, dtype="float64"), random_images(2, network.input)
    trainer, mean, var = backend.Trainer(net, PLAIN), *(start[f"b1.conv.norm.running_{s}"] for s in ("mean", "var"))
    for factor in (1, 3):
        w = backend.get_weights(net)["b1.conv.weight"].item()
        trainer.step(factor * x, np.array([0, 1]), lr=0.1, seed=0)
        mean, var = 0.9 * mean + 0.1 * (w * factor * x).mean(), 0.9 * var + 0.1 * (w * factor * x).var()
        found = backend.get_weights(net)
        assert relative_error(found["b1.conv.norm.running_mean"], mean) <= 32 * EPS
        assert relative_error(found["b1.conv.norm.running_var"], var) <= 32 * EPS


def test_going_on_from_weights_and_velocities_is_identical_to_the_last_bit(backend):
    net, trainer = begun(backend)
    losses, kept = [], {}
    for step in range(8):
        kept[step] = backend.get_weights(net), trainer.velocities()
        losses += train(backend, net, trainer, [step])
    again, second = begun(backend, kept[3][0])
    for stop in (3, 1):  # back to where it had not been either
        weights, velocities = kept[stop]
        backend.set_weights(again, weights)
        second.set_velocities(velocities)
        assert train(backend, again, second, range(stop, 8)) == losses[stop:], stop
        assert same(backend.get_weights(again), backend.get_weights(net)), stop
        assert same(second.velocities(), trainer.velocities()), stop


def test_velocities_are_copies_in_the_layout_of_the_weights(backend):
    net, trainer = begun(backend)
    assert not any(v.any() for v in trainer.velocities().values())
    train(backend, net, trainer, range(1))
    velocities, weights = trainer.velocities(), backend.get_weights(net)
    assert list(velocities) == [name for name in weights if "running" not in name]
    assert all(v.shape == weights[name].shape and v.any() for name, v in velocities.items())
    kept = {name: v.copy() for name, v in velocities.items()}
    train(backend, net, trainer, range(1, 2))
    assert same(velocities, kept)
    trainer.set_velocities(kept)
    assert same(trainer.velocities(), kept)


NP_MODE = """
import sys
sys.path.insert(0, {folder!r})
import googlenet_mxnet
from googlenet_mxnet.framework import mx
from support.arrays import same
from support.trainers import begun, train

classic = train(googlenet_mxnet, *begun(googlenet_mxnet), range(4))
mx.npx.set_np()
net, trainer = begun(googlenet_mxnet)
assert train(googlenet_mxnet, net, trainer, range(2)) == classic[:2]
again, second = begun(googlenet_mxnet, googlenet_mxnet.get_weights(net))
second.set_velocities(trainer.velocities())
assert same(second.velocities(), trainer.velocities())
assert train(googlenet_mxnet, again, second, range(2, 4)) == classic[2:]
"""


@pytest.mark.only("mxnet")
def test_training_is_the_same_in_the_numpy_mode_of_mxnet():
    """In a process of its own: ``npx.set_np()`` is for good."""
    code = NP_MODE.format(folder=str(Path(__file__).parent.parent))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: v.pop("fc.bias"), "'fc.bias' is missing"),
        (lambda v: v.update({"fc.bias": np.zeros(5)}), "'fc.bias' has shape"),
        (lambda v: v.update({"fc.more": np.zeros(5)}), "'fc.more' is not part"),
        (lambda v: v.update({"b1.conv.weight": v["b1.conv.weight"].T}), "'b1.conv.weight' has shape"),
    ],
)
def test_velocities_that_do_not_fit_are_named(change, says, backend):
    _, trainer = begun(backend)
    velocities = trainer.velocities()
    change(velocities)
    with pytest.raises(ValueError, match=says):
        trainer.set_velocities(velocities)


def test_dropout_follows_its_seed_and_nothing_else(backend):
    """Another step before, with another seed, changes nothing; at a rate of next to 0 the weights stay."""
    x, y = random_images(6, RANDOM.input).astype(np.float32), np.array([0, 1, 2, 3, 0, 1])

    def loss(*seeds):
        _, trainer = begun(backend, recipe=PLAIN)
        return [trainer.step(x, y, lr=1e-30, seed=seed)[0] for seed in seeds]

    (first,), (_, later), many = loss(7), loss(3, 7), loss(*range(5))
    assert first == later
    assert len(set(many)) == 5


def test_layers_of_one_network_have_masks_of_their_own(backend):
    """The classifier and a head with the same weights, each behind a dropout of the same map."""
    stages = {"b1": Stage(conv=Conv(40, 1), pool=GlobalAvgPool()), "b2": Stage(dropout=Dropout(0.5))}
    head = Stage(dropout=Dropout(0.5), fc=Dense(CLASSES))
    losses = []
    for share in (0.0, 1.0):
        network = table((1, 2, 2), 3, stages=stages, aux={"aux1": Aux("b1.pool", head, share)})
        weights = probing(network)
        weights |= {f"aux1.fc.{key}": weights[f"fc.{key}"] for key in ("weight", "bias")}
        net = backend.build_net(network, weights=weights, dtype="float64")
        x, y = random_images(4, network.input), np.array([0, 1, 2, 0])
        losses.append(backend.Trainer(net, PLAIN).step(x, y, lr=1e-30, seed=1)[0])
    alone, both = losses
    assert alone > 0
    assert abs(both - 2 * alone) > 1e-6 * alone


@pytest.mark.only("torch")
def test_dropout_leaves_torchs_own_random_numbers_alone():
    import torch

    import googlenet_torch

    net, trainer = begun(googlenet_torch)
    before = torch.get_rng_state()
    train(googlenet_torch, net, trainer, range(2))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_net_is_in_evaluation_mode_again_after_a_step(backend):
    net, trainer = begun(backend)
    train(backend, net, trainer, range(2))
    x, weights = random_images(3, RANDOM.input).astype(np.float32), backend.get_weights(net)
    fresh = backend.build_net(RANDOM, weights=weights)
    assert relative_error(backend.predict(net, x), backend.predict(fresh, x)) <= 1e-6
    assert same(backend.get_weights(net), weights)
    if hasattr(net, "training"):  # torch
        assert not any(module.training for module in net.modules())


@pytest.mark.parametrize(("shape", "says"), [((1, 9, 8), "2 channels, not 1"), ((2, 0, 8), "too small")])
def test_images_that_the_net_does_not_take_are_refused_before_anything_moves(shape, says, backend):
    net, trainer = begun(backend)
    before = backend.get_weights(net)
    with pytest.raises(ValueError, match=says):
        trainer.step(np.zeros((2, *shape), np.float32), np.array([0, 1]), lr=0.1, seed=0)
    assert same(backend.get_weights(net), before)


def test_heads_say_which_sizes_they_take(backend):
    net = backend.build_net("caffe", seed=0)
    with pytest.raises(ValueError, match="223 to 270"):
        backend.Trainer(net, PLAIN).step(np.zeros((1, 3, 64, 64), np.float32), np.array([0]), lr=0.1, seed=0)


def test_bfloat16_is_close_to_float32_and_not_equal_and_weights_stay_float32(backend_name, backend):
    if backend_name == "mxnet":
        with pytest.raises(ValueError, match="float32 and float64"):
            begun(backend, bfloat16=True)
        return
    still = Recipe(momentum=0.9, dropout=0.0)
    losses, ends = [], []
    for bfloat16 in (False, True):
        network = table((2, 9, 8), 4, **NORMED)
        net = backend.build_net(network, weights=initial(network, 0))
        trainer = backend.Trainer(net, still, bfloat16=bfloat16)
        x, y = random_images(8, network.input).astype(np.float32), np.arange(8) % 4
        losses.append([trainer.step(x, y, lr=0.05, seed=0)[0] for _ in range(4)])
        ends.append(backend.get_weights(net))
        assert {array.dtype for array in (*ends[-1].values(), *trainer.velocities().values())} == {np.dtype("float32")}
        assert backend.predict(net, x).dtype == np.float32
    assert np.abs(np.subtract(*losses)).max() < 0.03  # bfloat16 has 8 bits
    assert losses[0] != losses[1]
    moved = np.abs(ends[0]["fc.weight"] - initial(network, 0)["fc.weight"]).max()
    assert 0 < np.abs(ends[0]["fc.weight"] - ends[1]["fc.weight"]).max() < 0.1 * moved
