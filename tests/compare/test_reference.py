"""The NumPy reference, from which everything else is measured: a whole network of every node, and what it refuses."""

import numpy as np
import pytest
from support.slopes import noise, slope
from support.small_network import network_of

from common import nets
from common.compare import ops
from common.compare.reference import Reference
from common.table.drawing import probing
from common.table.padding import SAME, VALID
from common.table.spec import (
    CLASSES,
    LRN,
    Aux,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    Residual,
    Stage,
)


def small(*, dropout=0.0):
    """Every node of the vocabulary in one network of 3 x 9 x 8 images, with two heads of different weights."""
    head = Stage(pool=AvgPool(3, 2, SAME, count_padding=True), fc1=Dense(5, activation="relu"), fc2=Dense(CLASSES))
    block = Concat(a=(Conv(2, 1),), b=(Conv(3, 1), Conv(3, (1, 3))), c=(MaxPool(3), Conv(2, 1)), d=())
    body = (Conv(4, 3), Conv(11, 1, activation=None))
    return nets.get(
        network_of(
            "small",
            (3, 9, 8),
            4,
            {
                "b1": Stage(conv=Conv(4, 3, stride=2), norm=LRN(size=3, alpha=0.7), block=block),
                "b2": Stage(sum=Residual(body, scale=0.4), pool=GlobalAvgPool(), dropout=Dropout(dropout)),
            },
            norm=BatchNorm(eps=1e-2),
            bias=True,
            aux={"near": Aux("b1.conv", head, 0.7), "far": Aux("b1.block", head, 0.2)},
        )
    )


LABELS = np.array([3, 0, 3])


def loss(network, weights, x, training):
    """The loss of `Reference.gradients`, put together from its outputs."""
    out = Reference(network, weights, x, training=training).outputs
    heads = {"fc": 1.0, **({"near": 0.7, "far": 0.2} if training else {})}
    return sum(share * ops.cross_entropy(out[name], labels=LABELS)[0] for name, share in heads.items())


@pytest.mark.parametrize("training", [False, True])
def test_the_gradients_of_a_whole_network_are_its_slopes(training):
    """By every tensor, along a random direction of a step so short that no ReLU or maximum turns over."""
    network, x = small(), noise(3, 3, 9, 8)
    weights = probing(network)
    gradients = Reference(network, weights, x, training=training).gradients(LABELS)
    expected = {n for n in weights if "running" not in n and (training or not n.startswith(("near", "far")))}
    assert set(gradients) == {*expected, "input"}
    total = loss(network, weights, x, training)
    largest = max(np.linalg.norm(g) for g in gradients.values())
    for i, (name, gradient) in enumerate(gradients.items()):
        v = noise(*gradient.shape, seed=i) / np.sqrt(gradient.size)

        def along(value, name=name):
            given = x if name != "input" else value
            return loss(network, {**weights, name: value} if name != "input" else weights, given, training)

        start = x if name == "input" else weights[name]
        step, bound = slope(along, start, v, 100 * total)
        assert bound < 1e-6 * largest, name
        assert abs(np.sum(gradient * v) - step) <= bound, name


def test_outputs_are_named_and_shaped_as_the_table_says():
    network = small()
    found = Reference(network, probing(network), noise(2, 3, 9, 8)).outputs
    assert found["b1.block.b_2"].shape == (2, 3, 5, 4)
    assert found["b1.block"].shape == (2, 11, 5, 4)
    assert found["b2"].shape == (2, 11, 1, 1)
    assert found["fc"].shape == found["near"].shape == found["far"].shape == (2, 4)
    assert np.array_equal(found["b2.dropout"], found["b2.pool"])
    without = Reference(network, probing(network), noise(2, 3, 9, 8), aux=False).outputs
    assert set(found) - set(without) == {n for n in found if n.startswith(("near", "far"))}


def test_evaluation_takes_the_moving_statistics_and_training_those_of_the_batch():
    network, x = small(), noise(3, 3, 9, 8)
    weights = probing(network)
    shifted = {k: v + 1 if k.endswith("running_mean") else v for k, v in weights.items()}
    runs = {t: [Reference(network, w, x, training=t) for w in (weights, shifted)] for t in (False, True)}
    assert not np.array_equal(*(r.outputs["fc"] for r in runs[False]))
    assert np.array_equal(*(r.outputs["fc"] for r in runs[True]))
    assert runs[False][0].moments == {}
    mean, var, n = runs[True][0].moments["b1.conv.norm"]
    assert (mean.shape, var.shape, n) == ((4,), (4,), 3 * 5 * 4)
    conv = ops.conv(x, weights["b1.conv.weight"], weights["b1.conv.bias"], node=network.stages["b1"].nodes["conv"])[0]
    assert np.array_equal(mean, conv.mean((0, 2, 3)))
    assert np.array_equal(var, conv.var((0, 2, 3)))


def test_a_bias_that_the_batch_takes_away_is_measured_against_the_terms_that_cancel():
    """In front of a normalisation by the batch, next to it or behind a linear layer, and nowhere else."""
    nodes = Stage(
        own=Conv(3, 3, norm=BatchNorm()),
        linear=Conv(4, 1, norm=None, activation=None),
        behind=Conv(2, 1, bias=False, norm=BatchNorm()),
        free=Conv(2, 3, norm=None),
    )
    network = nets.get(network_of("n", (1, 5, 6), 4, {"b1": nodes}))
    here = Reference(network, probing(network), noise(3, 1, 5, 6), training=True)
    gradients, found = here.gradients(LABELS), here.cancelled()
    assert set(found) == {"b1.own.bias", "b1.linear.bias"}
    for name, terms in found.items():
        assert np.abs(gradients[name]).max() < 1e-14 * terms
        assert terms > 1e-3
    still = Reference(network, probing(network), noise(3, 1, 5, 6))
    still.gradients(LABELS)
    assert still.cancelled() == {}


def test_given_activations_decide_instead_of_the_computed_ones():
    """With a block that is said to be all 0, no ReLU in front of it lets a gradient through, and logits are biases."""
    network, x = small(), noise(3, 3, 9, 8)
    weights = probing(network)
    off = {"b1.block.b_1": np.zeros((3, 3, 5, 4)), "b2.pool": np.zeros((3, 11, 1, 1))}
    here = Reference(network, weights, x, activations=off)
    assert np.array_equal(here.outputs["fc"], np.tile(weights["fc.bias"], (3, 1)))
    assert np.array_equal(here.outputs["b1.block.b_1"], off["b1.block.b_1"])
    gradients = here.gradients(LABELS)
    assert not gradients["b1.block.b_1.weight"].any()
    assert not gradients["b1.block.b_2.weight"].any()
    assert gradients["b1.block.a_1.weight"].any()
    assert not gradients["fc.weight"].any()


def test_given_activations_choose_the_maximum():
    nodes = Stage(conv=Conv(1, 1, activation=None), pool=MaxPool(2, padding=VALID))
    network = nets.get(network_of("tie", (1, 2, 2), 2, {"b1": nodes}))
    given = {"b1.conv": np.array([[[[0.0, 0.0], [7.0, 0.0]]]])}
    x = np.array([[[[5.0, 1.0], [1.0, 1.0]]]])
    gradient = Reference(network, probing(network), x, activations=given).gradients(np.array([0]))["input"]
    assert np.argwhere(gradient[0, 0]).tolist() == [[1, 0]]


def test_its_own_activations_change_nothing():
    network, x = small(), noise(3, 3, 9, 8)
    plain = Reference(network, probing(network), x, training=True)
    again = Reference(network, probing(network), x, training=True, activations=plain.outputs)
    a, b = plain.gradients(LABELS), again.gradients(LABELS)
    assert all(np.array_equal(a[name], b[name]) for name in a)


def test_dropout_while_training_is_refused_by_name():
    network = small(dropout=0.4)
    with pytest.raises(ValueError, match=r"b2\.dropout: dropout 0\.4"):
        Reference(network, probing(network), noise(2, 3, 9, 8), training=True)
    assert Reference(network, probing(network), noise(2, 3, 9, 8)).outputs["fc"].shape == (2, 4)


def test_it_computes_in_float64_whatever_it_is_given():
    network = small()
    weights = probing(network, dtype="float32")
    found = Reference(network, weights, noise(2, 3, 9, 8).astype("float32"), training=True)
    assert {v.dtype for v in found.outputs.values()} == {np.dtype("float64")}
    assert {v.dtype for v in found.gradients(LABELS[:2]).values()} == {np.dtype("float64")}
