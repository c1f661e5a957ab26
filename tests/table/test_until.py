"""A network up to a layer computes what the whole network has there, and nothing else."""

import numpy as np
import pytest

from common import nets
from common.base.errors import InputError
from common.compare.reference import Reference
from common.table.drawing import probing
from common.table.spec import Concat, Conv, Dense, MaxPool, Network, Residual, Stage
from common.table.until import POOLED, until

SMALL = Network(
    name="small",
    title="A small network with every kind of block",
    source="none",
    input=(3, 16, 13),
    num_classes=5,
    convention="floor",
    stages={
        "b1": Stage(conv=Conv(4, 3), pool=MaxPool(3, stride=2)),
        "b2": Stage(
            split=Concat(a=(Conv(3, 1), Conv(4, 3)), b=(MaxPool(3), Concat(x=(Conv(2, 1),), y=(Conv(3, 3),)))),
            sum=Residual((Conv(6, 3), Conv(9, 1)), (Conv(9, 1),)),
        ),
        "b3": Stage(conv=Conv(6, 3), fc=Dense(7, activation="relu")),
    },
)
LAYERS = list(nets.get(SMALL).layers)


def computed(table, weights, x):
    """The outputs of the reference, with the tensors that the table has."""
    return Reference(table, {name: weights[name] for name in table.shapes}, x).outputs


@pytest.mark.parametrize("layer", LAYERS)
def test_the_part_up_to_a_layer_computes_what_the_whole_does(layer):
    whole = nets.get(SMALL)
    weights, x = probing(whole), np.random.default_rng(0).normal(size=(2, 3, 16, 13))
    expected = computed(whole, weights, x)[layer]
    flat = until(whole, layer, pooled=False)
    assert np.array_equal(computed(flat, weights, x)["fc"], expected.reshape(2, -1))
    means = expected.mean((2, 3)) if expected.ndim == 4 else expected
    pooled = until(whole, layer)
    assert np.allclose(computed(pooled, weights, x)["fc"], means, rtol=1e-14, atol=0)
    assert (pooled.num_classes, pooled.aux) == (means.shape[1], {})
    assert {LAYERS.index(tensor.layer) for tensor in flat.tensors.values()} <= set(range(LAYERS.index(layer) + 1))


def test_only_the_path_of_a_layer_is_kept():
    part = until(nets.get(SMALL), "b2.split.b_2.y_1")
    layers = [tensor.layer for tensor in part.tensors.values()]
    assert layers == ["b1.conv", "b1.conv", "b2.split.b_2.y_1", "b2.split.b_2.y_1"]


def test_every_block_of_the_family_has_its_part_at_other_sizes_too():
    for name in ("inception_v3:fid", "inception_resnet_v2", "torchvision", "paper"):
        table = nets.get(name)
        shape = (3, 107, 91)
        layers = table.at(shape, aux=False)
        for layer in [each for each in layers if each.count(".") < 2]:
            part = until(table, layer, shape, pooled=False)
            assert part.input == shape
            assert part.num_classes == np.prod(layers[layer].output), layer
            assert set(part.shapes) <= set(table.shapes)


def test_images_that_do_not_fit_and_a_stage_of_that_name_are_refused():
    with pytest.raises(InputError, match=r"b5\.7a\.p1_2: a 3x3 window does not fit a 2x2 map"):
        until(nets.get("inception_v3:fid"), "b5", (3, 60, 60))
    odd = Network(**{**vars(SMALL), "stages": {POOLED: Stage(conv=Conv(2, 1))}})
    with pytest.raises(InputError, match="its stage 'pooled' has the name that is needed here"):
        until(nets.get(odd), POOLED)
