"""What two functions are told apart by: the relative error, its limits, the images taken, moving statistics."""

from math import inf, nan

import numpy as np
import pytest

from common import nets
from common.base.errors import InputError, ShapeError
from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.compare.roundoff import Limits, relative_error, relative_errors, tolerance
from common.contract.moving import Moving
from common.data.images import random_images
from common.table.drawing import probing
from common.table.sizes import check_input
from common.table.spec import (
    CLASSES,
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
    shallow = table(stages={"b1": Stage(pool=GlobalAvgPool())}, aux={})
    assert tolerance(shallow, dtype) == 8 * 1 * eps


def test_limits_are_the_tolerance_or_what_one_rounding_makes_of_it():
    limit = Limits({"output": 2.0, "gradient": 5.0}, {"output": {"a": 3.0, "b": 0.5}})
    assert [limit.of("output", name) for name in "abc"] == [6.0, 2.0, 2.0]
    assert limit.of("gradient", "a") == 5.0


@pytest.mark.parametrize(
    ("name", "shape", "heads", "error", "message"),
    [
        ("d2l", (96, 96), False, InputError, "images are N x C x H x W, not N x 96 x 96"),
        ("d2l", (3, 96, 96), False, InputError, "d2l takes images of 1 channels, not 3"),
        (
            "caffe",
            (3, 30, 40),
            False,
            ShapeError,
            "an image of 30x40 is too small for caffe, whose smallest is 31: "
            "b4.pool4: a 3x3 window does not fit a 1x2 map",
        ),
        (
            "caffe",
            (3, 222, 224),
            True,
            ShapeError,
            "caffe with its auxiliary heads takes images of 223 to 270 pixels, not 222x224: "
            "aux1.fc1: takes 2048 inputs, not 1536 (128x3x4)",
        ),
        (
            "caffe",
            (3, 230, 271),
            True,
            ShapeError,
            "caffe with its auxiliary heads takes images of 223 to 270 pixels, not 230x271: "
            "aux1.fc1: takes 2048 inputs, not 2560 (128x4x5)",
        ),
        ("caffe", (3, 30, 30), True, ShapeError, "an image of 30x30 is too small for caffe, whose smallest is 31: b4"),
        ("d2l", (1, 0, 96), False, ShapeError, "an image of 0x96 is too small for d2l, whose smallest is 1: b1.conv1"),
    ],
)
def test_images_that_a_network_does_not_take_are_refused_in_one_line(name, shape, heads, error, message):
    with pytest.raises(error) as caught:
        check_input(nets.get(name), shape, aux=heads)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "shape", "heads"),
    [
        ("d2l", (1, 1, 1), False),
        ("d2l", (1, 9, 9), True),
        ("caffe", (3, 31, 500), False),
        ("caffe", (3, 223, 270), True),
    ],
)
def test_images_that_a_network_takes(name, shape, heads):
    assert check_input(nets.get(name), shape, aux=heads) is None


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


def table(**settings):
    block = Concat(p1=(Conv(3, 1),), p2=(Conv(2, 1), Conv(4, 3)), p3=(MaxPool(3), Conv(2, 1)))
    stages = {"b1": Stage(conv=Conv(4, 3, stride=2), pool=MaxPool(3)), "b2": Stage(block=block, pool=GlobalAvgPool())}
    head = Stage(pool=AvgPool(3), dropout=Dropout(0.5), fc=Dense(CLASSES))
    settings = {"stages": stages, "aux": {"aux1": Aux("b1.pool", head)}, **settings}
    return nets.get(Network("tiny", "", "", (2, 8, 9), 5, "floor", **settings))


def test_moved_statistics_use_each_layers_own_momentum_and_its_number_of_pixels():
    norms = BatchNorm(momentum=0.75), BatchNorm(momentum=0.5)
    stage = Stage(a=Conv(2, 1, norm=norms[0]), b=Conv(3, 3, stride=2, norm=norms[1]))
    network = table(stages={"b1": stage}, aux={})
    weights = probing(network)
    reference = Reference(network, weights, random_images(2, network.input), training=True)
    moved = moved_statistics(reference, Moving(unbiased=True))
    for name, momentum, n in (("b1.a.norm", 0.75, 2 * 8 * 9), ("b1.b.norm", 0.5, 2 * 4 * 5)):
        mean, var, _ = reference.moments[name]
        old = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
        assert np.array_equal(moved[f"{name}.running_mean"], momentum * old[0] + (1 - momentum) * mean)
        expected = momentum * old[1] + (1 - momentum) * (var * n / (n - 1))
        assert np.array_equal(moved[f"{name}.running_var"], expected)
    assert len(moved) == 4
