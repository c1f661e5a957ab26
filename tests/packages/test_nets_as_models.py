"""A net is a model that people take apart: its features, its stages, another classifier, a loop without heads."""

from importlib import import_module

import numpy as np
import pytest
from support.trainers import RANDOM

from common import nets
from common.base.errors import InputError
from common.compare.roundoff import relative_error
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.drawing import probing
from common.table.spec import Conv, Flatten, GlobalAvgPool, MaxPool, Network, Stage


def table(classes=4, last=None, **settings):
    """A table of two stages; ``last`` is what the second ends with."""
    stages = {"b1": Stage(conv=Conv(5, 3), pool=MaxPool(3, stride=2)), "b2": Stage(conv=Conv(6, 3), **(last or {}))}
    return nets.get(Network("headless", "", "", (2, 9, 8), classes, "floor", stages=stages, **settings))


POOL = {"pool": GlobalAvgPool()}
POOLED = table(last=POOL)
MAPS = table()  # the classifier gets 6 x 5 x 4 numbers, and their order matters
BATCH = random_images(3, POOLED.input), np.array([0, 1, 1])
FLAT = table(classes=6, last=POOL, classifier=Flatten())


def framework_tensor(backend_name, net, x):
    """Images N x C x H x W as the framework's own tensor, in its own layout."""
    return import_module(f"googlenet_{backend_name}.run").tensor(net, x)


def as_array(backend_name, tensor):
    return import_module(f"googlenet_{backend_name}.run").array(tensor)


def dense(backend_name, units, weight, bias):
    """The framework's own dense layer with these weights, (out, in) and (out,)."""
    if backend_name == "torch":
        import torch

        layer = torch.nn.Linear(weight.shape[1], units).double()
        layer.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    elif backend_name == "tf":
        import keras

        layer = keras.layers.Dense(units, dtype="float64")
        layer.build((None, weight.shape[1]))
        layer.set_weights([weight.T, bias])
    else:
        from googlenet_mxnet.framework import mx

        layer = mx.gluon.nn.Dense(units)
        layer.cast("float64")
        layer.initialize()
        layer(mx.nd.zeros((1, weight.shape[1]), dtype="float64"))
        layer.weight.set_data(mx.nd.array(weight, dtype="float64"))
        layer.bias.set_data(mx.nd.array(bias, dtype="float64"))
    return layer


def built(backend, net):
    return backend.build_net(net, weights=probing(net), dtype="float64")


@pytest.mark.parametrize("one", [POOLED, MAPS, RANDOM], ids=["pooled", "maps", "heads"])
def test_the_features_are_what_the_classifier_gets(one, backend_name, backend):
    net, x = built(backend, one), random_images(3, one.input)
    features = as_array(backend_name, net.features(framework_tensor(backend_name, net, x)))
    last = backend.stage_outputs(net, x)["b2"].reshape(3, -1)  # in the order C, H, W
    assert features.shape == last.shape
    weights = backend.get_weights(net)
    assert np.array_equal(features, last)
    logits = features @ weights["fc.weight"].T + weights["fc.bias"]
    assert relative_error(backend.predict(net, x), logits) <= 1e-12


@pytest.mark.parametrize("one", [POOLED, RANDOM], ids=["pooled", "heads"])
def test_the_features_of_the_stages_are_their_outputs_by_name(one, backend_name, backend):
    net, x = built(backend, one), random_images(3, one.input)
    stages = net.stage_features(framework_tensor(backend_name, net, x))
    outputs = backend.stage_outputs(net, x)
    assert list(stages) == ["b1", "b2"]
    assert all(np.array_equal(as_array(backend_name, stages[name]), outputs[name]) for name in stages)


@pytest.mark.parametrize("one", [POOLED, MAPS, RANDOM], ids=["pooled", "maps", "heads"])
def test_the_classifier_may_be_a_dense_layer_of_the_framework(one, backend_name, backend):
    """With the weights of the one before it computes the same; with others it has as many outputs as it is told."""
    net, x = built(backend, one), random_images(3, one.input)
    expected, own = backend.predict(net, x), backend.get_weights(net)
    net.fc = dense(backend_name, 4, own["fc.weight"], own["fc.bias"])
    assert relative_error(backend.predict(net, x), expected) <= 1e-14
    net.fc = dense(backend_name, 2, own["fc.weight"][2:], own["fc.bias"][2:])
    assert relative_error(backend.predict(net, x), expected[:, 2:]) <= 1e-14


def test_the_classifier_of_a_table_may_have_no_weights(backend_name, backend):
    """As that of nin: the classes are the channels of the last stage."""
    net, x = built(backend, FLAT), random_images(3, FLAT.input)
    features = net.features(framework_tensor(backend_name, net, x))
    assert np.array_equal(backend.predict(net, x), as_array(backend_name, features))


def test_the_weights_of_the_losses_are_those_of_the_table(backend):
    assert backend.build_net(RANDOM, seed=0).loss_weights == {"fc": 1.0, "aux1": RANDOM.aux["aux1"].loss_weight}
    assert backend.build_net(RANDOM, seed=0, aux=False).loss_weights == {"fc": 1.0}


@pytest.mark.parametrize(
    "use",
    [
        lambda backend, net: backend.get_weights(net),
        lambda backend, net: backend.set_weights(net, probing(POOLED)),
        lambda backend, net: backend.save_weights(net, "net.safetensors"),
        lambda backend, net: backend.gradients(net, *BATCH),
        lambda backend, net: backend.Trainer(net, Recipe()).step(*BATCH, lr=0.1, seed=0),
    ],
    ids=["get_weights", "set_weights", "save_weights", "gradients", "Trainer"],
)
def test_what_the_table_cannot_tell_of_another_classifier_is_one_line(
    use, backend_name, backend, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    net = built(backend, POOLED)
    net.fc = dense(backend_name, 2, np.ones((2, 6)), np.zeros(2))
    with pytest.raises(InputError, match=r"classifier is a (Linear|Dense) of your own.*num_classes="):
        use(backend, net)
    assert list(tmp_path.iterdir()) == []


def test_the_stages_of_a_net_with_another_classifier_can_be_looked_at(backend_name, backend):
    net, x = built(backend, RANDOM), random_images(3, RANDOM.input)
    expected = backend.stage_outputs(net, x, training=True)
    net.fc = dense(backend_name, 2, np.ones((2, 8)), np.zeros(2))
    outputs = backend.stage_outputs(net, x)
    assert outputs["fc"].shape == (3, 2)
    assert np.array_equal(outputs["b1"], backend.stage_outputs(built(backend, RANDOM), x)["b1"])
    assert outputs["b1"].shape == expected["b1"].shape
