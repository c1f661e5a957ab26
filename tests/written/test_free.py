"""What a caller of written code may choose: the numbers of which nothing else in it depends."""

import pytest
from support.small_network import network_of

from common import nets
from common.table.spec import CLASSES, Conv, GlobalAvgPool, Residual, Stage
from common.written.network_code import free

CHANNELS, CHOSEN_CLASSES = {"in_channels": 3}, {"num_classes": 5}


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage(conv=Conv(4, 3), pool=GlobalAvgPool()), {**CHANNELS, **CHOSEN_CLASSES}),
        (Stage(pool=GlobalAvgPool()), CHOSEN_CLASSES),  # the classifier has as many inputs as an image has channels
        (Stage(block=Residual((Conv(3, 3),)), pool=GlobalAvgPool()), CHOSEN_CLASSES),  # no table has another number
        (Stage(conv=Conv(CLASSES, 3), pool=GlobalAvgPool()), CHANNELS),  # the classifier's inputs are the classes
    ],
    ids=["both", "inputs of the classifier", "a sum", "classes as inputs"],
)
def test_what_something_else_depends_on_cannot_be_chosen(stage, expected):
    assert free(nets.get(network_of("chosen", (3, 8, 8), 5, {"b1": stage}, norm=None, bias=True))) == expected
