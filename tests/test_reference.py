"""The NumPy reference, from which everything else is measured, against loops and finite differences.

Values and linear derivatives are tested on whole numbers: sums and products of those are exact in float64, whatever
their order, so the comparison is equality. What is not linear is differentiated by steps; `slope` says how far off.
"""

from itertools import product

import numpy as np
import pytest

from common import nets
from common import reference_ops as ops
from common.padding import SAME, VALID, Pad
from common.reference import Reference
from common.spec import (
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
    Network,
    Residual,
    Stage,
)
from common.weights import probing

EPS = float(np.finfo(np.float64).eps)


def whole(*shape, seed=0, low=-9, high=9):
    return np.random.default_rng(seed).integers(low, high + 1, shape).astype(float)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def slope(f, x, v, size):
    """Derivative of ``f`` at ``x`` along ``v`` by steps h and h/2, and a bound on its error.

    The error of a central difference falls with h², so half a step is off by a third of what the two differ;
    round-off adds the spacing of ``size``, the sum of the magnitudes of f's terms, a few of them, over the step.
    """
    h = 1e-4
    wide, narrow = ((f(x + s * v) - f(x - s * v)) / (2 * s) for s in (h, h / 2))
    return narrow, abs(wide - narrow) + 16 * EPS * size / h


def check_pull(op, arguments, seed=1):
    """The pull of ``op`` is its derivative by every argument, along a random direction each."""
    y, pull = op(*arguments)
    dy = noise(*np.shape(y), seed=seed)
    pulled = pull(dy)
    assert len(pulled) == len(arguments)
    for i, gradient in enumerate(pulled):
        assert gradient.shape == arguments[i].shape
        v = noise(*gradient.shape, seed=seed + 1 + i)

        def along(x, i=i):
            return np.sum(dy * op(*arguments[:i], x, *arguments[i + 1 :])[0])

        expected, bound = slope(along, arguments[i], v, np.abs(dy * y).sum() + np.abs(dy).sum())
        assert bound < 1e-5 * abs(expected)  # else the test would be blind
        assert abs(np.sum(gradient * v) - expected) <= bound, i


WINDOWS = [
    ((3, 3), (1, 1), Pad((1, 1), (1, 1))),
    ((3, 3), (2, 2), SAME),
    ((3, 3), (2, 2), Pad(ceil=True)),
    ((2, 2), (2, 2), Pad((1, 1), (1, 1), ceil=True)),
    ((2, 3), (1, 2), Pad((0, 2), (1, 0))),
    ((1, 5), (2, 1), SAME),
    ((3, 2), (3, 3), VALID),
]


def looped(x, node, fill):
    """Every window of every map, as (n, c, i, j, values): read pixel by pixel from an image without an edge."""
    n, c, h, w = x.shape
    (kh, kw), (sh, sw) = node.kernel, node.stride
    (top, bottom), (left, right) = ops.sides((h, w), node.kernel, node.stride, node.padding)
    rows, columns = range(-top, h + bottom - kh + 1, sh), range(-left, w + right - kw + 1, sw)
    for image, channel, (i, r), (j, q) in product(range(n), range(c), enumerate(rows), enumerate(columns)):
        values = np.full((kh, kw), fill)
        for a, b in product(range(kh), range(kw)):
            if 0 <= r + a < h and 0 <= q + b < w:
                values[a, b] = x[image, channel, r + a, q + b]
        yield image, channel, i, j, values


def by_window(x, node, fill, what):
    return {(n, c, i, j): what(values) for n, c, i, j, values in looped(x, node, fill)}


def assert_equal(y, expected):
    assert y.size == len(expected)
    assert all(y[place] == value for place, value in expected.items())


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS, ids=str)
def test_convolution_is_the_sum_of_its_definition(kernel, stride, padding):
    x, weight, bias = whole(2, 3, 7, 6), whole(4, 3, *kernel, seed=1), whole(4, seed=2)
    node = Conv(4, kernel, stride, padding)
    y, _ = ops.conv(x, weight, bias, node=node)
    expected = {}
    for n, c, i, j, values in looped(x, node, 0.0):
        for o in range(4):
            expected[n, o, i, j] = expected.get((n, o, i, j), bias[o]) + np.sum(weight[o, c] * values)
    assert_equal(y, expected)
    assert np.array_equal(ops.conv(x, weight, node=node)[0], y - bias[:, None, None])


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS, ids=str)
def test_the_pull_of_a_convolution_is_its_adjoint(kernel, stride, padding):
    """<dy, conv(v)> = <pull(dy), v>, for the image, the weight and the bias, exactly."""
    node = Conv(4, kernel, stride, padding)
    x, weight, bias = whole(2, 3, 7, 6), whole(4, 3, *kernel, seed=1), whole(4, seed=2)
    y, pull = ops.conv(x, weight, bias, node=node)
    dy = whole(*y.shape, seed=3)
    dx, dweight, dbias = pull(dy)
    vx, vweight = whole(*x.shape, seed=4), whole(*weight.shape, seed=5)
    assert np.sum(dx * vx) == np.sum(dy * ops.conv(vx, weight, node=node)[0])
    assert np.sum(dweight * vweight) == np.sum(dy * ops.conv(x, vweight, node=node)[0])
    assert np.array_equal(dbias, [dy[:, o].sum() for o in range(4)])


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS, ids=str)
@pytest.mark.parametrize("sign", [-1, 1])
def test_max_pool_is_the_largest_of_each_window_also_of_negative_maps(sign, kernel, stride, padding):
    x = sign * whole(2, 3, 7, 6, low=1)
    node = MaxPool(kernel, stride, padding)
    assert_equal(ops.max_pool(x, node=node)[0], by_window(x, node, -np.inf, np.max))


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS, ids=str)
def test_the_pull_of_a_max_pool_is_its_derivative(kernel, stride, padding):
    """All pixels 10 apart, moved by at most 4: no maximum changes hands, and the differences are exact."""
    x = np.random.default_rng(0).permutation(2 * 3 * 7 * 6).reshape(2, 3, 7, 6) * 10.0 - 1000
    node = MaxPool(kernel, stride, padding)
    y, pull = ops.max_pool(x, node=node)
    dy, v = whole(*y.shape, seed=1), whole(*x.shape, seed=2, low=-4, high=4)
    assert np.sum(pull(dy)[0] * v) == np.sum(dy * (ops.max_pool(x + v, node=node)[0] - y))


def test_of_equal_pixels_the_first_one_gets_the_gradient():
    """The first in the image's own order, and never one of the padding."""
    x = np.full((1, 1, 4, 4), -1.0)
    _, pull = ops.max_pool(x, node=MaxPool(3, 2, Pad((1, 1), (1, 1))))
    dx = pull(np.array([[[[1.0, 2.0], [3.0, 4.0]]]]))[0]
    assert np.array_equal(dx[0, 0], [[1, 2, 0, 0], [3, 4, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


@pytest.mark.parametrize(("kernel", "stride", "padding"), WINDOWS[:2] + WINDOWS[4:], ids=str)
@pytest.mark.parametrize("count_padding", [True, False])
def test_average_pool_counts_its_padding_or_not(count_padding, kernel, stride, padding):
    x = whole(2, 3, 7, 6)
    node = AvgPool(kernel, stride, padding, count_padding=count_padding)
    y, pull = ops.avg_pool(x, node=node)
    sums = by_window(x, node, 0.0, np.sum)
    inside = by_window(np.ones_like(x), node, float(count_padding), np.sum)
    assert_equal(y, {place: sums[place] / inside[place] for place in sums})
    dy, v = 2520 * whole(*y.shape, seed=1), whole(*x.shape, seed=2)  # 2520 is a multiple of every count here
    moved = by_window(v, node, 0.0, np.sum)
    assert np.sum(pull(dy)[0] * v) == sum(dy[place] / inside[place] * moved[place] for place in moved)


def test_global_average_pool_is_the_mean_of_each_map():
    x = whole(2, 3, 4, 8)
    y, pull = ops.global_avg_pool(x)
    assert y.shape == (2, 3, 1, 1)
    assert all(y[n, c, 0, 0] == x[n, c].sum() / 32 for n in range(2) for c in range(3))
    dy = whole(2, 3, 1, 1, seed=1)
    assert np.array_equal(pull(dy)[0], np.broadcast_to(dy / 32, x.shape))


@pytest.mark.parametrize("shape", [(4, 8), (5, 7), (3, 1), (14, 14)], ids=str)
def test_an_adaptive_pool_covers_a_map_of_any_size(shape):
    """Cell i is the mean of rows ⌊i·H/4⌋ to ⌈(i+1)·H/4⌉ - 1; a map that is too small is taken several times."""
    x = whole(2, 3, *shape)
    y, _ = ops.adaptive_avg_pool(x, size=4)
    assert y.shape == (2, 3, 4, 4)
    rows, columns = ([(i * n // 4, -(-(i + 1) * n // 4)) for i in range(4)] for n in shape)
    for i, j in product(range(4), range(4)):
        (a, b), (c, d) = rows[i], columns[j]
        cell = x[:, :, a:b, c:d]
        assert np.array_equal(y[:, :, i, j], cell.sum((2, 3)) / cell[0, 0].size)
    check_pull(lambda x: ops.adaptive_avg_pool(x, size=4), (noise(2, 3, *shape),))


def test_flattening_keeps_the_order_channels_rows_columns():
    x = whole(2, 3, 2, 4)
    y, pull = ops.flatten(x)
    assert y.shape == (2, 24)
    assert all(y[n, c * 8 + i * 4 + j] == x[n, c, i, j] for n, c, i, j in product(*map(range, x.shape)))
    assert np.array_equal(pull(y)[0], x)


LRNS = [LRN(), LRN(size=3, alpha=0.9), LRN(size=5, alpha=0.5, beta=0.5, k=2.0), LRN(size=7, alpha=2.0, beta=1.5, k=0.3)]


@pytest.mark.parametrize("node", LRNS, ids=str)
def test_local_response_normalisation_is_the_loop_of_its_definition(node):
    """To 16 roundings of the result: a dozen operations, one of them a power of at most 1.5."""
    x = noise(2, 6, 2, 3)
    expected = np.empty_like(x)
    for c in range(6):
        near = [d for d in range(6) if abs(d - c) <= node.size // 2]
        squares = sum(x[:, d] ** 2 for d in near)
        expected[:, c] = x[:, c] / (node.k + node.alpha / node.size * squares) ** node.beta
    assert np.all(np.abs(ops.lrn(x, node=node)[0] - expected) <= 16 * EPS * np.abs(expected))


@pytest.mark.parametrize("node", LRNS, ids=str)
def test_the_pull_of_local_response_normalisation_is_its_derivative(node):
    check_pull(lambda x: ops.lrn(x, node=node), (3 * noise(2, 6, 2, 3),))


def norm_by(mean, var, eps):
    return lambda x, scale, shift: ops.batch_norm(x, scale, shift, mean=mean, var=var, eps=eps)


NORM = (3 * noise(4, 3, 2, 5) + 1, noise(3, seed=1), noise(3, seed=2))


@pytest.mark.parametrize("eps", [1e-5, 0.5])
@pytest.mark.parametrize("by_batch", [True, False])
def test_batch_normalisation_is_its_formula(by_batch, eps):
    """To 16 roundings of the largest value: 4 x 2 x 5 terms are summed pairwise, the rest is a few operations."""
    x, scale, shift = NORM
    y, _ = norm_by(None, None, eps)(*NORM) if by_batch else norm_by(np.arange(3.0), np.arange(1, 4.0), eps)(*NORM)
    for c in range(3):
        pixels = x[:, c].ravel()
        mean, var = float(c), float(c + 1)
        if by_batch:
            mean = sum(pixels) / 40
            var = sum((pixels - mean) ** 2) / 40
        expected = (x[:, c] - mean) / (var + eps) ** 0.5 * scale[c] + shift[c]
        assert np.abs(y[:, c] - expected).max() <= 16 * EPS * np.abs(expected).max()


@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_the_pull_of_batch_normalisation_is_its_derivative(eps):
    check_pull(norm_by(None, None, eps), NORM)
    check_pull(norm_by(np.arange(3.0), np.arange(1, 4.0), eps), NORM)


def test_relu_and_its_derivative_which_is_0_at_0():
    y, pull = ops.relu(np.array([-2.0, 0.0, 3.0]))
    assert np.array_equal(y, [0, 0, 3])
    assert np.array_equal(pull(np.array([5.0, 6.0, 7.0]))[0], [0, 0, 7])


def test_dense_takes_its_inputs_in_the_order_channels_rows_columns():
    x, weight, bias = whole(2, 3, 2, 4), whole(5, 24, seed=1), whole(5, seed=2)
    y, pull = ops.dense(x, weight, bias)
    for n, k in product(range(2), range(5)):
        terms = (weight[k, c * 8 + i * 4 + j] * x[n, c, i, j] for c in range(3) for i in range(2) for j in range(4))
        assert y[n, k] == sum(terms) + bias[k]
    dy = whole(2, 5, seed=3)
    dx, dweight, dbias = pull(dy)
    vx, vweight, zero = whole(*x.shape, seed=4), whole(*weight.shape, seed=5), np.zeros(5)
    assert np.sum(dx * vx) == np.sum(dy * ops.dense(vx, weight, zero)[0])
    assert np.sum(dweight * vweight) == np.sum(dy * ops.dense(x, vweight, zero)[0])
    assert np.array_equal(dbias, dy.sum(0))


def test_concatenation_and_weighted_sum():
    a, b, c = whole(2, 1, 2, 2), whole(2, 3, 2, 2, seed=1), whole(2, 2, 2, 2, seed=2)
    y, pull = ops.concat(a, b, c)
    assert np.array_equal(y[:, :1], a)
    assert np.array_equal(y[:, 1:4], b)
    assert np.array_equal(y[:, 4:], c)
    assert all(np.array_equal(*pair) for pair in zip(pull(y), (a, b, c), strict=True))
    y, pull = ops.scaled_sum(a, 2 * a, scale=0.25)
    assert np.array_equal(y, 2.25 * a)
    assert [np.array_equal(d, f * a) for d, f in zip(pull(a), (0.25, 1), strict=True)] == [True, True]


def test_cross_entropy_is_the_mean_over_the_images():
    """Also where the exponentials overflow. To 16 roundings of the largest logit."""
    logits, labels = 3 * noise(4, 5), np.array([4, 0, 2, 2])
    loss, _ = ops.cross_entropy(logits, labels=labels)
    each = [-np.log(np.exp(z)[label] / np.exp(z).sum()) for z, label in zip(logits, labels, strict=True)]
    assert abs(loss - sum(each) / 4) <= 16 * EPS * np.abs(logits).max()
    assert ops.cross_entropy(np.array([[1000.0, 0.0]]), labels=np.array([1]))[0] == 1000


def test_the_pull_of_cross_entropy_is_its_derivative():
    check_pull(lambda x: ops.cross_entropy(x, labels=np.array([4, 0, 2, 2])), (3 * noise(4, 5),))


def small(*, dropout=0.0):
    """Every node of the vocabulary in one network of 3 x 9 x 8 images, with two heads of different weights."""
    head = Stage(pool=AvgPool(3, 2, SAME, count_padding=True), fc1=Dense(5, activation="relu"), fc2=Dense(CLASSES))
    block = Concat(a=(Conv(2, 1),), b=(Conv(3, 1), Conv(3, (1, 3))), c=(MaxPool(3), Conv(2, 1)), d=())
    body = (Conv(4, 3), Conv(11, 1, activation=None))
    return nets.get(
        Network(
            name="small",
            title="Every node",
            source="this test",
            input=(3, 9, 8),
            num_classes=4,
            convention="floor",
            norm=BatchNorm(eps=1e-2),
            bias=True,
            stages={
                "b1": Stage(conv=Conv(4, 3, stride=2), norm=LRN(size=3, alpha=0.7), block=block),
                "b2": Stage(sum=Residual(body, scale=0.4), pool=GlobalAvgPool(), dropout=Dropout(dropout)),
            },
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
    network = nets.get(Network("n", "", "", (1, 5, 6), 4, "floor", {"b1": nodes}))
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
    network = nets.get(Network("tie", "", "", input=(1, 2, 2), num_classes=2, convention="floor", stages={"b1": nodes}))
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
