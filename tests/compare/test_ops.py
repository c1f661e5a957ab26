"""The operations of the NumPy reference against loops and finite differences.

Values and linear derivatives are tested on whole numbers: sums and products of those are exact in float64, whatever
their order, so the comparison is equality. What is not linear is differentiated by steps; `slope` says how far off.
"""

from itertools import product

import numpy as np
import pytest
from support.slopes import EPS, check_pull, noise, whole

from common.compare import ops
from common.table.padding import SAME, VALID, Pad
from common.table.spec import LRN, AvgPool, Conv, MaxPool

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
