"""The Fréchet distance is the closed form where there is one, and what the published tools compute elsewhere."""

import numpy as np
import pytest
from support.published_scores import fidelity_fid, port_fid

from common.base.errors import InputError
from common.scores.frechet import covariance_root, frechet_distance

RNG = np.random.default_rng(3)


def orthogonal(width):
    return np.linalg.qr(np.random.default_rng(width).normal(size=(width, width)))[0]


def covariance(width, count, seed):
    """Of features whose sizes range over three orders of magnitude, as those of networks do."""
    rng = np.random.default_rng(seed)
    return np.cov(rng.normal(size=(count, width)) * np.logspace(-2, 1, width) @ orthogonal(width), rowvar=False)


def test_gaussians_along_the_same_axes_have_a_closed_form():
    width = 30
    one, other = RNG.uniform(0.1, 9, width), RNG.uniform(0.1, 9, width)
    mean, apart, turn = RNG.normal(size=width), RNG.normal(size=width), orthogonal(width)
    exact = apart @ apart + ((np.sqrt(one) - np.sqrt(other)) ** 2).sum()
    distance = frechet_distance(mean, (turn * one) @ turn.T, mean + apart, (turn * other) @ turn.T)
    assert distance == pytest.approx(exact, rel=1e-13)


def test_in_two_dimensions_it_is_the_formula_of_trace_and_determinant():
    one, other = np.array([[2.0, 0.9], [0.9, 1.0]]), np.array([[1.0, -0.5], [-0.5, 3.0]])
    product = one @ other
    root = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))  # of eigenvalues a, b: sqrt(a) + sqrt(b)
    exact = np.trace(one) + np.trace(other) - 2 * root
    assert frechet_distance(np.zeros(2), one, np.zeros(2), other) == pytest.approx(exact, rel=1e-14)


@pytest.mark.parametrize("count", [400, 65])
def test_it_is_what_torch_fidelity_and_pytorch_fid_compute(count):
    """Theirs is by the root of a product, whose smallest eigenvalues are 0 but for round-off of its largest."""
    width = 64
    statistics = [(RNG.normal(size=width), covariance(width, count, seed)) for seed in (1, 2)]
    distance = frechet_distance(*statistics[0], *statistics[1])
    (_, one), (_, other) = statistics
    unit = np.finfo(np.float64).eps
    lost = np.sqrt(unit * np.linalg.norm(one @ other, 2)) if count <= width + 1 else 0.0
    for theirs in (fidelity_fid(*statistics), port_fid(*statistics)):
        assert abs(distance - theirs) <= 1e-9 * distance + lost


def test_few_images_give_singular_covariances_and_the_distance_stays_exact():
    """Of rank 2 and 3 in 50 dimensions: the nuclear norm of the product of their factors, without any eigenvalue."""
    factors = [RNG.normal(size=(50, rank)) for rank in (2, 3)]
    matrices = [factor @ factor.T for factor in factors]
    common = np.linalg.norm(factors[0].T @ factors[1], "nuc")
    exact = sum(map(np.trace, matrices)) - 2 * common
    zero = np.zeros(50)
    assert frechet_distance(zero, matrices[0], zero, matrices[1]) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("count", [400, 20])
def test_of_equal_statistics_it_is_0_and_never_below(count):
    mean, matrix = RNG.normal(size=64), covariance(64, count, 4)
    assert 0 <= frechet_distance(mean, matrix, mean, matrix) < 1e-11 * np.trace(matrix)
    assert frechet_distance(mean, 0 * matrix, mean, 0 * matrix) == 0
    assert frechet_distance(mean, matrix, mean + 1, 0 * matrix) == pytest.approx(64 + np.trace(matrix), rel=1e-12)


def test_it_has_no_order():
    one, other = covariance(20, 100, 1), covariance(20, 9, 2)
    ways = [frechet_distance(np.ones(20), *pair) for pair in ((one, np.zeros(20), other), (other, np.zeros(20), one))]
    assert ways[0] == pytest.approx(ways[1], rel=1e-13)


def test_the_root_has_the_rank_and_gives_the_matrix_back():
    matrix = covariance(40, 11, 1)
    root = covariance_root(matrix)
    assert root.shape == (40, 10)
    np.testing.assert_allclose(root @ root.T, matrix, rtol=0, atol=1e-13 * np.abs(matrix).max())


def test_round_off_of_float32_is_no_negative_eigenvalue_in_float32_only():
    matrix = covariance(64, 20, 1).astype(np.float32)
    assert np.linalg.eigvalsh(matrix.astype(np.float64))[0] < -1e-9
    assert covariance_root(matrix, eps=float(np.finfo(np.float32).eps)).shape == (64, 19)
    with pytest.raises(InputError, match="no covariance: it has the eigenvalue -"):
        covariance_root(matrix)


def edited(edit):
    matrix = covariance(8, 30, 1)
    edit(matrix)
    return np.zeros(len(matrix)), matrix


def set_at(*place, value):
    def edit(matrix):
        matrix[place] = value

    return edit


BAD = {
    "not symmetric": (edited(set_at(0, 1, value=2.0)), "the matrix is not symmetric"),
    "negative": (edited(lambda m: np.negative(m, out=m)), "it has the eigenvalue -"),
    "slightly negative": (edited(lambda m: m.__isub__(np.eye(8) * 1e-3 * np.trace(m))), "it has the eigenvalue -"),
    "negative throughout": ((np.zeros(8), -np.eye(8)), "it has the eigenvalue -1, and the largest is -1"),
    "nan": (edited(set_at(3, 3, value=np.nan)), "the covariance has a number that is infinite or none"),
    "infinity": (edited(set_at(3, 3, value=np.inf)), "the covariance has a number that is infinite or none"),
    "nan in the mean": ((np.full(8, np.nan), np.eye(8)), "the mean has a number that is infinite or none"),
    "complex": ((np.zeros(8), np.eye(8) * 1j), "the covariance has a number"),
    "oblong": ((np.zeros(8), np.eye(8)[:7]), "no statistics of features: means 8, covariance 7 x 8"),
    "other size": ((np.zeros(9), np.eye(8)), "means 9, covariance 8 x 8"),
    "no matrix": ((np.zeros(8), np.ones(8)), "means 8, covariance 8"),
    "numbers": ((np.float64(1), np.float64(1)), "means one number, covariance one number"),
    "nothing": ((np.zeros(0), np.zeros((0, 0))), "means 0, covariance 0 x 0"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_covariance_is_refused_in_one_line(case, place):
    statistics, message = BAD[case]
    good = (np.zeros(8), np.eye(8))
    pairs = (statistics, good) if place == 0 else (good, statistics)
    with pytest.raises(InputError, match=message):
        frechet_distance(*pairs[0], *pairs[1])


def test_statistics_of_different_widths_are_of_different_layers():
    with pytest.raises(InputError, match="statistics of 2 features and of 3: they are of different layers"):
        frechet_distance(np.zeros(2), np.eye(2), np.zeros(3), np.eye(3))


def test_features_too_large_to_be_squared_are_refused():
    with pytest.raises(InputError, match="the Fréchet distance is beyond all numbers"):
        frechet_distance(np.full(2, 1e200), np.eye(2), np.zeros(2), np.eye(2))
