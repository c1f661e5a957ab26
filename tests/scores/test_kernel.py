"""The kernel distance is the formula's, and torch-fidelity's and clean-fid's on the same features and draws."""

from inspect import signature
from itertools import permutations, product

import numpy as np
import pytest
from support.published_scores import fidelity_defaults, fidelity_kid

from common.base.errors import InputError
from common.scores.kernel import discrepancy, kernel_distance

RNG = np.random.default_rng(1)
FEATURES, OTHER = RNG.normal(size=(60, 16)), RNG.normal(1, 2, size=(45, 16))


def kernel(x, y):
    return (x @ y / len(x) + 1) ** 3


def test_an_estimate_is_the_sum_over_all_pairs_of_different_pictures():
    x, y = FEATURES[:9], OTHER[:9]
    within = sum(kernel(a, b) for a, b in permutations(x, 2)) + sum(kernel(a, b) for a, b in permutations(y, 2))
    across = sum(kernel(a, b) for a, b in product(x, y))
    assert discrepancy(x, y) == pytest.approx(within / (9 * 8) - 2 * across / 81, rel=1e-12)


@pytest.mark.parametrize(("subsets", "size", "seed"), [(1, 45, 0), (7, 20, 2020), (30, 2, 5)])
def test_it_is_torch_fidelitys_for_the_same_seed(subsets, size, seed):
    theirs = fidelity_kid(FEATURES, OTHER, kid_subsets=subsets, kid_subset_size=size, rng_seed=seed)
    ours = kernel_distance(FEATURES, OTHER, subsets=subsets, subset_size=size, seed=seed)
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-15)


def test_by_default_it_takes_what_torch_fidelity_takes_by_default():
    own = {name: parameter.default for name, parameter in signature(kernel_distance).parameters.items()}
    theirs = fidelity_defaults()
    names = {"subsets": "kid_subsets", "subset_size": "kid_subset_size", "seed": "rng_seed"}
    assert {name: own[name] for name in names} == {name: theirs[key] for name, key in names.items()}


def test_of_one_distribution_it_is_0_on_average():
    features, other = RNG.normal(size=(2, 400, 8))
    found = kernel_distance(features, other, subsets=60, subset_size=100)
    assert abs(found.mean) < 0.1 < kernel_distance(features, other + 0.5, subsets=60, subset_size=100).mean


def test_features_of_float32_are_computed_in_float64():
    x, y = FEATURES.astype(np.float32), OTHER.astype(np.float32)
    assert kernel_distance(x, y, subset_size=40) == kernel_distance(
        x.astype(np.float64), y.astype(np.float64), subset_size=40
    )


def test_the_progress_is_told_of_every_subset():
    told = []
    kernel_distance(FEATURES, OTHER, subsets=5, subset_size=9, progress=lambda i, n: told.append(n) or i)
    assert told == [5]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"subsets": 0}, "0 subsets: at least 1"),
        ({"subset_size": 1}, "a subset of 1 images: take from 2 to 45"),
        ({"subset_size": 46}, "a subset of 46 images: take from 2 to 45, which the smaller set has"),
    ],
)
def test_subsets_that_cannot_be_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        kernel_distance(FEATURES, OTHER, **{"subset_size": 10, **settings})


def test_features_of_other_layers_or_beyond_all_numbers_are_refused():
    with pytest.raises(InputError, match="features of 16 and of 15 numbers"):
        kernel_distance(FEATURES, OTHER[:, 1:], subset_size=9)
    with pytest.raises(InputError, match="the kernel distance is beyond all numbers"):
        kernel_distance(FEATURES * 1e60, OTHER * 1e60, subset_size=9)
