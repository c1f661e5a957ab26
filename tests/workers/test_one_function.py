"""N workers make the step that one makes, whatever their shares: losses, weights, statistics and velocities."""

import numpy as np
import pytest
from support.trainers import table
from support.worker_steps import steps

from common import nets
from common.table.spec import CLASSES, Aux, BatchNorm, Conv, Dense, GlobalAvgPool, Stage

NAMES = ("torch",)
# No biases in front of normalisations: their gradients are zero but for round-off, which nobody shares.
SMALL = table(
    (2, 9, 8),
    4,
    norm=BatchNorm(momentum=0.9),
    stages={
        "b1": Stage(conv=Conv(6, 3, bias=False)),
        "b2": Stage(conv=Conv(8, 3, stride=2, bias=False), pool=GlobalAvgPool()),
    },
    aux={"aux1": Aux("b1.conv", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)))},
)


def largest_error(one, other):
    assert list(one) == list(other)
    return max(np.abs(one[name] - other[name]).max() / max(np.abs(other[name]).max(), 1e-300) for name in other)


def check(name, table, side, batches, sizes, limit):
    ((told, weights, velocities),) = steps(name, table, side, batches, 1)
    for size in sizes:
        every = steps(name, table, side, batches, size)
        for own_told, own_weights, _ in every:
            assert all((own_weights[key] == every[0][1][key]).all() for key in weights)  # the same in all, to the bit
            assert own_told == every[0][0]
        assert [right for _, right in every[0][0]] == [right for _, right in told]
        assert np.allclose([loss for loss, _ in every[0][0]], [loss for loss, _ in told], rtol=1e-12, atol=0)
        assert largest_error(every[0][1], weights) < limit
        assert largest_error(every[0][2], velocities) < limit


@pytest.mark.parametrize("name", NAMES)
def test_two_workers_with_heads_and_statistics_are_one(name):
    """The last batch has one image: the second worker has none."""
    check(name, SMALL, (9, 8), (8, 7, 1), (2,), 1e-10)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("net", "limit"), [("d2l", 1e-12), ("d2l_bn", 1e-10), ("imagenet_aux", 1e-12)])
def test_workers_are_one(name, net, limit):
    table = nets.get(net, num_classes=10)
    side = table.input[1:] if table.aux else (64, 64)
    check(name, table, side, (8, 7, 8, 7, 8), (2, 3), limit)
