"""Keras and Gluon learn in a form of their own, which is faster: the same function, of a net that stays as it is."""

import json

import numpy as np
import pytest
from support.predictors import everything, images
from support.small_network import network_of

from common import nets
from common.compare.roundoff import relative_error
from common.contract import backend
from common.contract.recipe import Recipe
from common.table.drawing import probing
from common.table.padding import Pad
from common.table.resolve import without_dropout
from common.table.spec import Conv, GlobalAvgPool, Stage

LABELS = np.array([0, 3, 4])


SMALLEST = network_of(
    "smallest kernels",
    (3, 15, 18),
    5,
    {
        "b1": Stage(
            a=Conv(6, 1, stride=2), b=Conv(7, 1, padding=Pad((0, 1), (1, 0))), c=Conv(4, 1), pool=GlobalAvgPool()
        )
    },
)


@pytest.fixture(params=[everything("ceil"), SMALLEST], ids=lambda network: network.name)
def learner(backend_name, request):
    """(package, net in float64, its trainer, images)."""
    package, table = backend.load(backend_name), without_dropout(nets.get(request.param))
    net = package.build_net(table, weights=probing(table), dtype="float64")
    return package, net, package.Trainer(net, Recipe(momentum=0.0)), images(table, 3)


def test_a_step_goes_down_the_gradients_of_the_net_itself(learner):
    package, net, trainer, x = learner
    before = package.get_weights(net)
    expected = package.gradients(net, x, LABELS, training=True)
    package.set_weights(net, before)  # statistics have moved
    trainer.step(x, LABELS, lr=1.0, seed=0)
    after = package.get_weights(net)
    del expected["input"]
    largest = max(np.abs(gradient).max() for gradient in expected.values())
    for name, gradient in expected.items():
        assert np.abs(before[name] - after[name] - gradient).max() <= 1e-13 * largest, name


def test_a_net_that_has_learned_computes_as_it_is(learner):
    package, net, trainer, x = learner
    trainer.step(x, LABELS, lr=0.1, seed=0)
    other = package.build_net(net.table, weights=package.get_weights(net), dtype="float64")
    assert relative_error(package.predict(net, x), package.predict(other, x)) <= 1e-13


@pytest.mark.only("mxnet")
def test_gluon_learns_by_the_relu_that_onednn_has():
    from googlenet_mxnet.framework import mx
    from googlenet_mxnet.learning import learning

    def operators(stage, channels):
        _, symbol = stage._get_graph(mx.nd.zeros((2, channels, 15, 18)))
        return {node["op"] for node in json.loads(symbol.tojson())["nodes"]} & {"relu", "Activation"}

    net = backend.load("mxnet").build_net(everything("floor"))
    twin = learning(net)
    assert [operators(twin.b1, 3), operators(twin.b2, 6)] == [{"Activation"}] * 2
    assert [operators(net.b1, 3), operators(net.b2, 6)] == [{"relu"}] * 2
    assert net.b1._children.keys() == twin.b1._children.keys() and twin.b1._children["conv"] is twin.b1.conv


@pytest.mark.only("mxnet")
def test_blocks_of_others_are_not_copied_where_gluon_learns():
    from googlenet_mxnet.framework import mx
    from googlenet_mxnet.learning import learning

    net = backend.load("mxnet").build_net(everything("floor"))
    net.fc = mx.gluon.nn.HybridSequential()
    twin = learning(net)
    assert twin.fc is net.fc and twin.b1 is not net.b1


@pytest.mark.only("mxnet")
def test_gluon_shows_a_nan_after_it_has_learned():
    package = backend.load("mxnet")
    net = package.build_net("d2l", seed=0)
    package.Trainer(net, Recipe()).step(np.zeros((2, 1, 32, 32)), np.array([0, 1]), lr=0.01, seed=0)
    assert np.isnan(package.predict(net, np.full((1, 1, 32, 32), np.nan))).all()


@pytest.mark.only("tf")
def test_keras_learns_by_gradients_that_are_products():
    package = backend.load("tf")
    net = package.build_net("d2l")
    trainer = package.Trainer(net, Recipe())
    trainer.step(np.zeros((2, 1, 32, 32)), np.array([0, 1]), lr=0.01, seed=0)
    (graph,) = trainer.compiled._list_all_concrete_functions()
    kinds = [operation.type for operation in graph.graph.get_operations()]
    larger = [name for name, layer in net.table.layers.items() if getattr(layer.node, "kernel", (1, 1)) != (1, 1)]
    convolutions = [name for name in larger if f"{name}.weight" in net.table.shapes]
    assert kinds.count("Conv2DBackpropFilter") == len(convolutions) == 20
    assert kinds.count("BiasAddGrad") == 1  # the classifier's
    assert not any("call" in vars(layer) for layer in net._flatten_layers())
