"""A predictor of a package computes what `predict` does, batch after batch, whatever the net's mode and weights are."""

import numpy as np
import pytest
from PIL import Image

from common import nets
from common.compare.roundoff import relative_error
from common.contract import backend
from common.contract.predicting import predictor
from common.data.preprocessing import Preprocessing
from common.features import Extractor
from common.features.extraction import MANY
from common.table.drawing import probing
from common.table.spec import AvgPool, BatchNorm, Concat, Conv, GlobalAvgPool, MaxPool, Network, Stage
from common.weights.bundle import Bundle

TABLE = Network(
    name="small",
    title="A convolution and a block",
    source="these tests",
    input=(3, 12, 12),
    num_classes=5,
    convention="same",
    norm=BatchNorm(momentum=0.9),
    stages={
        "b1": Stage(conv=Conv(6, 3, stride=2)),
        "b2": Stage(a=Concat(p1=(AvgPool(3), Conv(5, 1)), p2=(MaxPool(3), Conv(4, 1))), pool=GlobalAvgPool()),
    },
)


def images(count, *size):
    return np.random.default_rng(count).standard_normal((count, 3, *size))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_predictor_is_predict_for_batches_of_any_number_and_size(backend_name, dtype):
    package = backend.load(backend_name)
    net = package.build_net(TABLE, seed=1, dtype=dtype)
    compiled = predictor(package, net)
    for x in (images(3, 12, 12), images(1, 12, 12), images(2, 15, 10)):
        logits = compiled(x)
        assert logits.dtype == dtype and logits.flags.owndata
        assert relative_error(package.predict(net, x), logits) <= (1e-5 if dtype == "float32" else 1e-13)


def test_a_predictor_has_the_weights_that_the_net_has_when_it_is_called(backend_name):
    package = backend.load(backend_name)
    net, other = (package.build_net(TABLE, seed=seed, dtype="float64") for seed in (1, 2))
    compiled, x = predictor(package, net), images(2, 12, 12)
    before = compiled(x)
    package.set_weights(net, package.get_weights(other))
    expected = package.predict(other, x)
    assert relative_error(expected, before) > 1e-3 and relative_error(expected, compiled(x)) <= 1e-13


@pytest.mark.only("torch")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_in_float32_the_channels_of_a_pixel_lie_side_by_side_in_pytorch(dtype):
    import torch

    package = backend.load("torch")
    net = package.build_net(TABLE, seed=1, dtype=dtype)
    predictor(package, net)
    assert net.b1.conv.weight.is_contiguous(memory_format=torch.channels_last) == (dtype == "float32")


def test_a_predictor_refuses_what_predict_does(backend_name):
    package = backend.load(backend_name)
    net = package.build_net(TABLE, seed=1)
    for wrong in (images(2, 12, 12)[:, :2], images(2, 12, 12)[0]):
        with pytest.raises(ValueError, match="images"):
            predictor(package, net)(wrong)


def test_features_of_many_pictures_are_computed_by_the_predictor_of_the_package(backend_name, monkeypatch, tmp_path):
    package = backend.load(backend_name)
    given, own = [], package.predictor
    monkeypatch.setattr(package, "predictor", lambda net: given.append(net) or own(net))
    Image.fromarray(np.full((20, 30, 3), 7, np.uint8)).save(tmp_path / "a.png")
    trained = Bundle(nets.get(TABLE), probing(nets.get(TABLE)), Preprocessing((12, 12), None))
    extractor = Extractor(trained, backend_name, dtype="float64")
    few, many = (np.concatenate(list(extractor.of([tmp_path / "a.png"] * count))) for count in (MANY - 1, MANY))
    assert given == [extractor._net]
    assert relative_error(few, many[:-1]) <= 1e-13
