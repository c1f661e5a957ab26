"""What two functions are told apart by: the relative error and its limits."""

from math import inf, nan

import numpy as np
import pytest
from support.tables import tiny

from common import nets
from common.compare.roundoff import Limits, relative_error, relative_errors, tolerance
from common.table.spec import (
    GlobalAvgPool,
    Stage,
)


@pytest.mark.parametrize(
    ("a", "r", "error"),
    [
        ([1.0, 2.0, -4.0], [1.0, 2.0, -4.0], 0.0),
        ([1.0, 2.5, -4.0], [1.0, 2.0, -4.0], 0.125),
        ([1.0, 2.0, 4.0], [1.0, 2.0, -4.0], 2.0),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.0, 1e-300], [0.0, 0.0], inf),
        ([1.0, nan], [1.0, 2.0], inf),
        ([1.0, 2.0], [nan, 2.0], inf),
        ([nan, nan], [nan, nan], inf),
        ([inf, 1.0], [2.0, 1.0], inf),
        ([[1.0, 2.0]], [1.0, 2.0], inf),
        ([1.0], [1.0, 1.0], inf),
        ([], [], 0.0),
    ],
)
def test_relative_error_is_of_the_largest_element(a, r, error):
    assert relative_error(np.array(a), np.array(r)) == error


def test_relative_error_of_float32_is_measured_in_float64():
    """0.1 in float32 is 1.49e-9 off, exactly 0.1 apart in float64 would be rounded away in float32."""
    a, r = np.array([0.1], np.float32), np.array([0.1])
    assert relative_error(a, r) == abs(float(np.float32(0.1)) - 0.1) / 0.1


def test_a_tensor_that_only_one_side_has_is_infinitely_wrong():
    one = np.ones(2)
    assert relative_errors({"a": one, "c": one}, {"b": one, "a": one}) == {"b": inf, "a": 0.0, "c": inf}


@pytest.mark.parametrize(("dtype", "eps"), [("float32", 2.0**-23), ("float64", 2.0**-52)])
def test_the_tolerance_follows_from_the_dtype_and_the_depth(dtype, eps):
    network = nets.get("d2l")
    assert tolerance(network, dtype) == tolerance(network, dtype, "statistic") == 8 * 22 * eps
    assert tolerance(network, dtype, "gradient") == 8 * 8 * 22 * eps
    shallow = tiny(stages={"b1": Stage(pool=GlobalAvgPool())}, aux={})
    assert tolerance(shallow, dtype) == 8 * 1 * eps


def test_limits_are_the_tolerance_or_what_one_rounding_makes_of_it():
    limit = Limits({"output": 2.0, "gradient": 5.0}, {"output": {"a": 3.0, "b": 0.5}})
    assert [limit.of("output", name) for name in "abc"] == [6.0, 2.0, 2.0]
    assert limit.of("gradient", "a") == 5.0
