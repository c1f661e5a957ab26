"""A Gluon net does what blocks of Gluon do; docs/works-with.md lists what."""

import copy
import warnings

import numpy as np
import pytest
from support.trainers import RANDOM, table

from common import nets
from common.base.errors import InputError
from common.compare.roundoff import relative_error
from common.data.images import random_images
from common.table.drawing import probing
from common.table.layers import walk_network
from common.table.padding import Pad, fixed
from common.table.spec import LRN, AvgPool, Conv, GlobalAvgPool, MaxPool, Stage, Window

pytestmark = pytest.mark.only("mxnet")

# What is padded by the same numbers on images of every size.
FIXED = table(
    (2, 9, 8),
    4,
    stages={
        "b1": Stage(conv=Conv(6, 3), norm=LRN(), pool=MaxPool(3, stride=2)),
        "b2": Stage(pool=AvgPool(3, stride=1, padding=Pad((1, 1), (1, 1)), count_padding=False), last=GlobalAvgPool()),
    },
)
TABLES = {"normalised, with a head": RANDOM, "fixed padding": FIXED}


def built(one=RANDOM, dtype="float64", aux=None):
    """A net with weights that nothing hides behind; with ``aux=False`` without its heads."""
    import googlenet_mxnet

    one = nets.get(one, aux=aux)
    return googlenet_mxnet.build_net(one, weights=probing(one), dtype=dtype)


def images(net, dtype="float64"):
    from googlenet_mxnet.framework import mx

    return mx.nd.array(random_images(3, net.table.input), dtype=dtype)


def error(y, expected):
    return relative_error(y.asnumpy().astype("float64"), expected.asnumpy().astype("float64"))


def losses_of(net, logits, hybridized=False):
    """Twenty steps of Gluon's own Trainer; ``logits(net, x)`` gives them in training mode."""
    from googlenet_mxnet.framework import mx

    loss, x, y = mx.gluon.loss.SoftmaxCrossEntropyLoss(), images(net), mx.nd.array([0, 1, 3], dtype="float64")
    trainer = mx.gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    mx.random.seed(0)
    found = []
    for _ in range(20):
        with mx.autograd.record():
            each = logits(net, x)
            each = each if isinstance(each, dict) else {"fc": each}
            value = sum(net.loss_weights[name] * loss(z, y).mean() for name, z in each.items())
        value.backward()
        trainer.step(1)
        found.append(value.asscalar())
    return found


@pytest.mark.parametrize("hybridized", [False, True], ids=["imperative", "hybridized"])
@pytest.mark.parametrize("way", ["aux=False", "with heads"])
def test_the_trainer_of_gluon(way, hybridized):
    net = built(aux=None if way == "with heads" else False)
    if hybridized:
        net.hybridize()
    losses = losses_of(net, lambda net, x: net(x))
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_the_logits_alone_in_training_mode():
    """Past the heads: no dict comes, and the heads have no gradients."""
    from googlenet_mxnet.framework import mx

    net = built()
    with mx.autograd.record():
        logits = net.trunk(images(net))
        logits.sum().backward()
    assert logits.shape == (3, 4)
    assert net.aux1.fc.weight.grad().asnumpy().any() == 0
    assert net.b1.conv.weight.grad().asnumpy().any()


def test_a_loop_with_heads():
    """The sum by ``loss_weights`` is the loss that `gradients` differentiates."""
    import googlenet_mxnet
    from googlenet_mxnet.framework import mx
    from googlenet_mxnet.weights import tensors

    net = built()
    net.apply(lambda block: setattr(block, "_rate", 0) if hasattr(block, "_rate") else None)
    loss, x, y = mx.gluon.loss.SoftmaxCrossEntropyLoss(), images(net), np.array([0, 1, 3])
    expected = googlenet_mxnet.gradients(net, x.asnumpy(), y, training=True)
    with mx.autograd.record():
        each = net(x)
        total = sum(net.loss_weights[n] * loss(z, mx.nd.array(y, dtype="float64")).mean() for n, z in each.items())
    total.backward()
    for name, parameter in tensors(net).items():
        if parameter.grad_req != "null":
            assert relative_error(parameter.grad().asnumpy(), expected[name]) <= 1e-11


@pytest.mark.parametrize("one", TABLES)
@pytest.mark.parametrize("hybridized", [False, True], ids=["imperative", "hybridized"])
def test_export_and_symbol_block(one, hybridized, tmp_path):
    """Two files, which another program reads without this package; for images of any size."""
    from googlenet_mxnet.framework import mx

    net = built(TABLES[one])
    if hybridized:
        net.hybridize()
        net(images(net))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", category=UserWarning)
        net.export(str(tmp_path / "net"), epoch=3)
    again = mx.gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0003.params"))
    x = images(net)
    assert error(again(x), net(x)) <= 1e-14
    assert error(again(x[:2, :, :7, :6]), net(x[:2, :, :7, :6])) <= 1e-14
    assert not any("aux1" in name for name in again.collect_params())


def test_export_writes_the_weights_of_the_moment_and_the_classifier_of_the_moment(tmp_path):
    from googlenet_mxnet.framework import mx

    net, x = built(FIXED), images(built(FIXED))
    net.export(str(tmp_path / "net"))
    net.fc = mx.gluon.nn.Dense(2)
    net.fc.cast("float64")
    net.fc.initialize()
    net(x)
    net.b1.conv.weight.set_data(2 * net.b1.conv.weight.data())
    net.export(str(tmp_path / "net"))
    again = mx.gluon.SymbolBlock.imports(str(tmp_path / "net-symbol.json"), ["data"], str(tmp_path / "net-0000.params"))
    assert error(again(x), net(x)) <= 1e-14


@pytest.mark.parametrize("name", ["caffe", "d2l_same"])
def test_what_cannot_be_exported_is_refused_and_nothing_is_written(name, tmp_path):
    import googlenet_mxnet

    net = googlenet_mxnet.build_net(name, in_channels=1, num_classes=2, aux=False)
    layer = {"caffe": "b1.pool1", "d2l_same": "b1.conv1"}[name]
    with pytest.raises(InputError, match=f"'{name}' cannot be exported: {layer} pads by the size of the image"):
        net.export(str(tmp_path / "net"))
    assert list(tmp_path.iterdir()) == []


def test_the_tables_that_can_be_exported_are_those_of_the_page():
    """docs/works-with.md names them."""
    from pathlib import Path

    able = []
    for name in nets.names():
        own = nets.get(name, aux=False)
        windows = [layer.node.window for layer in walk_network(own) if isinstance(layer.node, Window)]
        able += [name] if all(fixed(*window) for window in windows) else []
    page = (Path(__file__).parents[2] / "docs" / "works-with.md").read_text()
    line = next(line for line in page.splitlines() if line.startswith("Gluon exports "))
    assert [word for word in line.split("`")[1::2] if word != "export"] == able


@pytest.mark.parametrize("one", TABLES)
def test_hybridize(one):
    net = built(TABLES[one])
    x = images(net)
    expected = net(x)
    net.hybridize(static_alloc=True)
    assert error(net(x), expected) <= 1e-14
    assert error(net(x[:2, :, :7, :6]), built(TABLES[one])(x[:2, :, :7, :6])) <= 1e-14


def test_save_and_load_parameters(tmp_path):
    net = built()
    net.save_parameters(str(tmp_path / "net.params"))
    import googlenet_mxnet

    again = googlenet_mxnet.build_net(RANDOM, dtype="float64", seed=1)
    assert error(again(images(net)), net(images(net))) > 1e-3
    again.load_parameters(str(tmp_path / "net.params"))
    assert error(again(images(net)), net(images(net))) == 0


def test_cast():
    """To float64 and back; float16 is for GPUs: MXNet has no matrix product of it for processors."""
    net = built(dtype="float32")
    expected = built()(images(net))
    net.cast("float64")
    assert net(images(net)).dtype == np.float64
    assert error(net(images(net)), expected) <= 1e-6
    net.cast("float32")
    assert net(images(net, "float32")).dtype == np.float32


def test_copy(tmp_path):
    """Also of a net that was exported."""
    net = built()
    net.export(str(tmp_path / "net"))
    again = copy.deepcopy(net)
    assert error(again(images(net)), net(images(net))) == 0
    again.fc.weight.set_data(0 * again.fc.weight.data())
    assert error(built()(images(net)), net(images(net))) == 0


def test_a_classifier_of_several_layers():
    from googlenet_mxnet.framework import mx

    net = built(dtype="float32")
    net.fc = mx.gluon.nn.HybridSequential()
    net.fc.add(mx.gluon.nn.Dense(5, activation="relu"), mx.gluon.nn.Dropout(0.5), mx.gluon.nn.Dense(2))
    net.fc.initialize()
    assert net(images(net, "float32")).shape == (3, 2)
    assert list(net._children) == ["b1", "b2", "fc", "aux1"]
    net.hybridize()
    assert net(images(net, "float32")).shape == (3, 2)
