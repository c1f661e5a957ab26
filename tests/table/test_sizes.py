"""Images of a size or a number of channels that a network does not take are refused in one line."""

import pytest

from common import nets
from common.base.errors import InputError, ShapeError
from common.table.sizes import check_input


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
