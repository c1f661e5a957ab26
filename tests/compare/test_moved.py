"""Moving statistics after a step, worked out from the reference."""

import numpy as np
from support.tables import tiny

from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.contract.moving import Moving
from common.data.images import random_images
from common.table.drawing import probing
from common.table.spec import BatchNorm, Conv, Stage


def test_moved_statistics_use_each_layers_own_momentum_and_its_number_of_pixels():
    norms = BatchNorm(momentum=0.75), BatchNorm(momentum=0.5)
    stage = Stage(a=Conv(2, 1, norm=norms[0]), b=Conv(3, 3, stride=2, norm=norms[1]))
    network = tiny(stages={"b1": stage}, aux={})
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
