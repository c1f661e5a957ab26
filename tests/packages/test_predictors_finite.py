"""A ReLU that oneDNN computes with a convolution makes 0 of a NaN: a predictor hides none for all that."""

import warnings

import numpy as np
import pytest
from support.predictors import NORM, images, made
from support.small_network import network_of

from common.contract.predicting import not_finite
from common.table.spec import CLASSES, Aux, Conv, Dense, GlobalAvgPool, MaxPool, Stage


def behind_a_relu(backend_name, **changes):
    """(package, net) in float32, whose ReLUs oneDNN computes with convolutions; some weights have one other number."""
    stages = {
        "b1": Stage(conv=Conv(4, 3), pool=MaxPool(3, stride=2)),
        "b2": Stage(conv=Conv(6, 3), pool=GlobalAvgPool()),
    }
    aux = {"aux1": Aux("b1.pool", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)))}
    package, net, _ = made(backend_name, network_of("small", (1, 8, 8), 5, stages, norm=NORM, aux=aux), "float32")
    weights = {name: array.copy() for name, array in package.get_weights(net).items()}
    for name, number in changes.items():
        weights[name].flat[-1] = number
    package.set_weights(net, weights)
    return package, net


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf], ids=str)
def test_an_image_that_is_not_finite_has_logits_of_nan(backend_name, number):
    package, net = behind_a_relu(backend_name)
    predictor, x = package.predictor(net, batch=2), images(net.table, 4).astype("float32")
    expected, x[2, 0, 7, 7] = predictor(x), number
    assert np.isnan(predictor(x)[2]).all()
    assert np.array_equal(predictor(x)[[0, 1, 3]], expected[[0, 1, 3]])


def test_images_whose_sum_alone_is_not_finite_are_finite():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not_finite(np.full((2, 3, 4, 4), 3e38, "float32")) == []


@pytest.mark.parametrize(
    ("name", "number", "problem"),
    [
        ("b1.conv.weight", np.nan, "not finite"),
        ("b1.conv.norm.running_mean", -np.inf, "not finite"),
        ("b1.conv.norm.running_var", -1.0, "a variance below 0"),
    ],
)
def test_weights_whose_logits_are_not_finite_have_no_predictor(backend_name, name, number, problem):
    package, net = behind_a_relu(backend_name, **{name: number})
    with pytest.raises(ValueError, match=f"^{name} is {problem}: these weights are of no use$"):
        package.predictor(net)


@pytest.mark.parametrize(("name", "shown"), [("aux1.fc.weight", False), ("fc.bias", True)])
def test_weights_that_nothing_hides_are_taken(backend_name, name, shown):
    package, net = behind_a_relu(backend_name, **{name: np.nan})
    assert np.isnan(package.predictor(net)(images(net.table, 1))).any() == shown
