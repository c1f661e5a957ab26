"""The mean and the covariance in one pass are those of two passes in more digits, whatever the data and the batches."""

import tracemalloc

import numpy as np
import pytest

from common.base.errors import InputError
from common.scores.moments import BLOCK, Moments


def summed(rows, batch):
    moments = Moments()
    for start in range(0, len(rows), batch):
        moments.add(rows[start : start + batch])
    return moments


def two_passes(rows):
    """By the definition, in the longest floating point numbers that there are."""
    exact = rows.astype(np.longdouble)
    mean = exact.sum(axis=0) / len(exact)
    centred = exact - mean
    return mean, centred.T @ centred / (len(exact) - 1)


def rows_of(case, count=3 * BLOCK + 57, width=7):
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(count, width)) * np.logspace(-3, 3, width)
    if case == "large mean":
        rows += 1e9 * np.arange(1, width + 1)
    if case == "drifting":
        rows += np.linspace(-1e6, 1e6, count)[:, None]
    if case == "first row far away":
        rows[0] = 1e8
    return rows


@pytest.mark.parametrize("case", ["plain", "large mean", "drifting", "first row far away"])
def test_the_sums_have_all_digits_that_float64_holds(case):
    rows = rows_of(case)
    mean, covariance = two_passes(rows)
    moments = summed(rows, 100)
    scale = np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.abs(moments.covariance - covariance).max() <= 1e-14 * np.abs(covariance).max()
    assert (np.abs(moments.covariance - covariance) / scale).max() < 1e-13
    assert (np.abs(moments.mean - mean) / np.abs(rows).max(axis=0)).max() < 1e-15


def test_the_naive_sums_would_not():
    rows = rows_of("large mean")
    _, covariance = two_passes(rows)
    naive = (rows.T @ rows - np.outer(rows.sum(axis=0), rows.sum(axis=0)) / len(rows)) / (len(rows) - 1)
    assert np.abs(naive - covariance).max() > 1e-3 * np.abs(covariance).max()


@pytest.mark.parametrize("count", [2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_the_sums_are_the_same_bits_however_the_rows_are_cut_into_batches(count):
    rows = rows_of("plain", count)
    one = summed(rows, count)
    for batch in (1, 64, BLOCK + 3):
        other = summed(rows, batch)
        assert other.count == count
        assert np.array_equal(one.mean, other.mean) and np.array_equal(one.covariance, other.covariance)
    np.testing.assert_allclose(one.covariance, np.cov(rows, rowvar=False), rtol=1e-10, atol=1e-18)


def test_looking_at_the_sums_changes_nothing():
    rows = rows_of("plain")
    moments = Moments()
    for row in rows[:40]:
        moments.add(row[None])
        assert moments.mean.shape == (7,)
    moments.add(rows[40:])
    assert np.array_equal(moments.covariance, summed(rows, 50).covariance)


def test_rows_of_float32_are_summed_in_float64_and_the_covariance_is_symmetric():
    rows = rows_of("drifting").astype(np.float32)
    covariance = summed(rows, 9).covariance
    assert covariance.dtype == np.float64 and np.array_equal(covariance, covariance.T)
    assert np.array_equal(covariance, summed(rows.astype(np.float64), 50).covariance)


def test_memory_does_not_grow_with_the_rows():
    def peak(batches):
        moments, batch = Moments(), np.ones((BLOCK, 50))
        tracemalloc.start()
        for _ in range(batches):
            moments.add(batch)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(200) < 1.1 * peak(5)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_row_that_is_no_number_is_refused_with_its_place_and_not_counted(bad):
    moments = summed(rows_of("plain", 5), 5)
    rows = np.ones((4, 7))
    rows[2, 3] = bad
    with pytest.raises(InputError, match="features of image 8 are infinite or no numbers"):
        moments.add(rows)
    assert moments.count == 5 and np.array_equal(moments.mean, summed(rows_of("plain", 5), 5).mean)


@pytest.mark.parametrize("shape", [(3, 8), (7,), (3, 7, 1), (3, 0)])
def test_rows_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match="features must be N x 7"):
        summed(rows_of("plain", 5), 5).add(np.zeros(shape))


@pytest.mark.parametrize("shape", [(7,), (3, 0), (), (3, 7, 1)])
def test_rows_that_are_none_are_refused(shape):
    with pytest.raises(InputError, match="features must be N x D"):
        Moments().add(np.zeros(shape))


def test_fewer_than_two_rows_have_no_covariance():
    moments = Moments()
    with pytest.raises(InputError, match="0 images: at least 1"):
        _ = moments.mean
    moments.add(np.zeros((0, 3)))
    moments.add(np.ones((1, 3)))
    assert moments.mean.tolist() == [1, 1, 1]
    with pytest.raises(InputError, match="1 images: at least 2 are needed, for one alone has no covariance"):
        _ = moments.covariance


def test_more_features_than_there_is_memory_for_are_refused():
    with pytest.raises(InputError, match=r"covariances of 9,000,000 features need about .* take a layer with fewer"):
        Moments().add(np.zeros((1, 9_000_000), np.float32))
