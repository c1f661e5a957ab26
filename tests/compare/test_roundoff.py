"""What two functions are told apart by: the relative error and its limits."""

import sys
from math import inf, nan

import numpy as np
import pytest
from support.tables import tiny

from common import nets
from common.compare.roundoff import Limits, carried, ceiling, relative_error, relative_errors, tolerance
from common.table.spec import (
    GlobalAvgPool,
    Stage,
)

max_float = sys.float_info.max


@pytest.mark.parametrize(
    ("a", "r", "error"),
    [
        ([1.0, 2.0, -4.0], [1.0, 2.0, -4.0], 0.0),
        ([1.0, 2.5, -4.0], [1.0, 2.0, -4.0], 0.125),
        ([1.0, 2.0, 4.0], [1.0, 2.0, -4.0], 2.0),
        ([0.0, 0.0], [0.0, 0.0], 0.0),
        ([0.0, 1e-300], [0.0, 0.0], 1e-300),
        ([1.5e308, 0.0], [-1.5e308, 0.0], 2.0),
        ([1e300], [5e-324], max_float),
        ([1.75 + 2**-52], [1.75], 2**-52 / 1.75),  # one rounding is measured without another
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


@pytest.mark.parametrize(
    "array",
    [[[1.0], [1.0, 2.0]], None, "1.0", np.array([1.0 + 0j]), np.array([True]), np.array([1.0], object), np.array(1.0)],
    ids=repr,
)
def test_what_is_no_array_of_real_numbers_is_infinitely_wrong(array):
    assert relative_error(array, np.array([1.0])) == inf


@pytest.mark.parametrize(
    "array", [[1.0], np.array([1], int), np.array([1], np.float16), np.array([1, 9.0])[:1]], ids=repr
)
def test_numbers_of_another_type_are_judged_by_their_values(array):
    assert relative_error(array, np.array([1.0])) == 0.0


def test_a_tensor_of_zeros_is_measured_against_the_smallest_of_the_others():
    expected = {"zero": np.zeros(2), "large": np.array([8.0]), "small": np.array([0.0, -0.5])}
    errors = relative_errors({**expected, "zero": np.array([0.0, 1e-3])}, expected)
    assert errors == {"zero": 2e-3, "large": 0.0, "small": 0.0}
    assert relative_errors({"zero": np.array([7.0, 0.0])}, {"zero": np.zeros(2)}) == {"zero": 7.0}
    assert relative_errors({**expected, "zero": np.ones(2)}, expected, {"small": 0.25})["zero"] == 4.0


def test_no_limit_is_above_the_ceiling_and_none_is_infinite():
    limit = Limits({"output": 1e-3}, {"output": {"a": inf, "b": 5.0, "c": 50.0}}, ceiling=1e-2)
    assert [limit.of("output", name) for name in "abc"] == [1e-2, 5e-3, 1e-2]
    assert [limit.round_off("output", name) for name in "abc"] == [max_float, 5e-3, 5e-2]


def test_the_ceiling_is_above_every_tables_tolerance_and_leaves_a_third_of_the_digits():
    for dtype, digits in (("float32", 2.3), ("float64", 5.2)):
        assert np.log10(ceiling(dtype)) == pytest.approx(np.log10(np.finfo(dtype).eps) / 3)
        assert ceiling(dtype) < 10**-digits
        for name in nets.names():
            assert tolerance(nets.get(name), dtype, "gradient") < ceiling(dtype)


def test_behind_what_cannot_be_judged_nothing_is_and_no_limit_is_wider():
    conditions = {
        "output": {"a": 3.0, "b": 70.0, "c": 2.0, "d": 90.0, "e": 1.0},
        "statistic": {"b.norm.running_mean": 1.0, "c.norm.running_mean": 1.0},
        "gradient": {"c.weight": 1.0},
    }
    tolerances = dict.fromkeys(conditions, 1e-3)
    limits = Limits(tolerances, conditions, 5e-2, carried(conditions, most=50.0))
    assert [limits.round_off("output", name) for name in "abcde"] == pytest.approx([3e-3, 7e-2, 7e-2, 9e-2, 9e-2])
    assert [limits.of("output", name) for name in "abcde"] == pytest.approx([3e-3, 5e-2, 2e-3, 5e-2, 1e-3])
    assert limits.round_off("statistic", "b.norm.running_mean") == pytest.approx(1e-3)  # of what comes in
    assert limits.round_off("statistic", "c.norm.running_mean") == pytest.approx(7e-2)
    assert limits.round_off("gradient", "c.weight") == pytest.approx(1e-3)
    assert carried(conditions, most=100.0) == {"output": {}, "statistic": {}}
