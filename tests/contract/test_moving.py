"""How a framework moves its statistics: by which variance, with a momentum stored in which dtype."""

import numpy as np

from common.contract.moving import Moving


def test_moving_statistics_follow_the_batch():
    old, batch = np.array([1.0, -2.0]), np.array([3.0, 2.0])
    assert np.array_equal(Moving(unbiased=False).after(old, batch, 0.75), [1.5, -1.0])
    biased, unbiased = (Moving(unbiased=u).variance(np.array([3.0]), 4) for u in (False, True))
    assert (biased, unbiased) == (3.0, 4.0)


def test_a_momentum_stored_in_float32_is_not_quite_the_tables():
    after = Moving(unbiased=False, momentum_dtype="float32").after(np.array([1.0]), np.array([0.0]), 0.9)
    assert after == float(np.float32(0.9)) != 0.9
    assert "float32" in str(Moving(unbiased=False, momentum_dtype="float32"))
    assert "biased" in str(Moving(unbiased=False))
    assert "n/(n-1)" in str(Moving(unbiased=True))
