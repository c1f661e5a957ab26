"""The book's own loops run unchanged: `for layer in net: X = layer(X)`, in each framework's own idiom.

Zhang et al., "Dive into Deep Learning", section 8.4: the net is a sequence of stages, a stage turns an image
into a map of the size the book prints, and the Inception block takes the book's four arguments.
"""

import subprocess
import sys
import warnings

import numpy as np
import pytest

from common import nets
from common.compare.roundoff import relative_error
from common.data.images import random_images
from common.table.drawing import probing
from common.table.layers import walk_network
from common.table.spec import Concat, Conv

long = pytest.mark.long
TRUNK = ["b1", "b2", "b3", "b4", "b5", "fc"]
INPUTS = {
    (1, 96, 96): [(64, 24, 24), (192, 12, 12), (480, 6, 6), (832, 3, 3), (1024, 1, 1), (10,)],
    (3, 224, 224): [(64, 56, 56), (192, 28, 28), (480, 14, 14), (832, 7, 7), (1024, 1, 1), (10,)],
}
sizes = pytest.mark.parametrize("shape", list(INPUTS), ids=lambda s: "x".join(map(str, s)))


def torch_loop(net, x):
    import torch

    shapes, X = [], torch.as_tensor(x)
    with torch.no_grad():
        for layer in net:
            X = layer(X)
            shapes.append(tuple(X.shape))
    return shapes, X.numpy()


def keras_loop(net, x):
    shapes, X = [], x.transpose(0, 2, 3, 1)
    for layer in net.layers:
        X = layer(X)
        n, *size, channels = X.shape
        shapes.append((n, channels, *size))
    return shapes, X.numpy()


def gluon_loop(net, x):
    import mxnet as mx

    shapes, X = [], mx.nd.array(x, dtype=x.dtype)
    for layer in net:
        X = layer(X)
        shapes.append(X.shape)
    return shapes, X.asnumpy()


LOOPS = {"torch": torch_loop, "tf": keras_loop, "mxnet": gluon_loop}


@sizes
def test_the_loop_of_the_book_gives_its_shapes_and_the_logits_of_the_net(shape, backend_name, backend):
    net = backend.build_net(in_channels=shape[0], seed=0)
    x = random_images(1, shape).astype("float32")
    shapes, logits = LOOPS[backend_name](net, x)
    assert shapes == [(1, *of_image) for of_image in INPUTS[shape]]
    assert np.array_equal(logits, backend.predict(net, x))


@pytest.mark.parametrize("name", ["paper", *(pytest.param(name, marks=long) for name in ("caffe", "imagenet_aux"))])
def test_a_net_with_heads_loops_too(name, backend_name, backend):
    net = backend.build_net(name, seed=0)
    x = random_images(1, (3, 64, 75)).astype("float32")
    shapes, logits = LOOPS[backend_name](net, x)
    assert len(shapes) == len(TRUNK)
    assert np.array_equal(logits, backend.predict(net, x))


@pytest.mark.only("torch")
@pytest.mark.parametrize("name", ["d2l", "caffe"])
def test_the_children_of_a_torch_net_are_the_stages_then_the_classifier(name):
    import googlenet_torch

    net = googlenet_torch.build_net(name)
    children = dict(net.named_children())
    assert list(children) == TRUNK + list(net.table.aux)
    assert list(net) == [children[stage] for stage in TRUNK]


@pytest.mark.only("tf")
@pytest.mark.parametrize("name", ["d2l", "caffe"])
def test_the_layers_of_a_keras_net_are_the_stages_then_the_classifier(name):
    import googlenet_tf

    net = googlenet_tf.build_net(name)
    assert [layer.name for layer in net.layers] == TRUNK


@pytest.mark.only("mxnet")
@pytest.mark.parametrize("name", ["d2l", "caffe"])
def test_the_children_of_a_gluon_net_are_the_stages_then_the_classifier(name):
    import googlenet_mxnet

    net = googlenet_mxnet.build_net(name)
    assert list(net._children) == TRUNK + list(net.table.aux)
    assert list(net) == [net._children[stage] for stage in TRUNK]


# Path by path: 1x1; 1x1 then 3x3; 1x1 then 5x5; 3x3 pool then 1x1.
BLOCK = {
    "p1_1": "Conv 1x1",
    "p2_1": "Conv 1x1",
    "p2_2": "Conv 3x3",
    "p3_1": "Conv 1x1",
    "p3_2": "Conv 5x5",
    "p4_1": "MaxPool 3x3",
    "p4_2": "Conv 1x1",
}


@pytest.mark.parametrize("name", ["d2l", "d2l_same", "d2l_bn", "paper", "caffe", "imagenet_aux"])
def test_every_block_of_the_tables_is_the_block_of_the_book(name):
    layers = {layer.name: layer for layer in walk_network(nets.get(name), aux=False)}
    blocks = [name for name, layer in layers.items() if isinstance(layer.node, Concat)]
    assert [name.split(".")[1] for name in blocks] == ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]
    for block in blocks:
        inside = {name.split(".")[2]: x for name, x in layers.items() if name.startswith(f"{block}.")}
        assert {name: x.kind for name, x in inside.items()} == BLOCK
        c1, c4, total = inside["p1_1"].output[0], inside["p4_2"].output[0], layers[block].output[0]
        assert c1 + inside["p2_2"].output[0] + inside["p3_2"].output[0] + c4 == total


@pytest.mark.parametrize("name", ["d2l_bn", *(pytest.param(name, marks=long) for name in ("d2l", "caffe"))])
def test_every_convolution_ends_in_a_relu_and_the_logits_in_nothing(name, backend):
    """A published version lacked the ReLU of conv2 for eleven months; another had a softmax on the logits."""
    table = nets.get(name)
    net = backend.build_net(table, weights=probing(table))
    x = random_images(2, (table.input[0], 64, 64))
    outputs = backend.layer_outputs(net, x)
    convolutions = [layer.name for layer in walk_network(table, aux=False) if isinstance(layer.node, Conv)]
    assert len(convolutions) == 57
    assert all(outputs[name].min() == 0 < outputs[name].max() for name in convolutions)
    for logits in (outputs["fc"], backend.predict(net, x)):
        assert logits.min() < 0 < logits.max()


def block_in_torch(inception):
    import torch

    block = inception(192, 64, (96, 128), (16, 32), 32)
    return tuple(block(torch.ones(2, 192, 5, 7)).shape), sum(p.numel() for p in block.parameters())


def block_in_keras(inception):
    block = inception(64, (96, 128), (16, 32), 32)
    n, height, width, channels = block(np.ones((2, 5, 7, 192), "float32")).shape
    return (n, channels, height, width), block.count_params()


def block_in_gluon(inception):
    import mxnet as mx

    block = inception(64, (96, 128), (16, 32), 32)
    block.initialize()
    y = block(mx.nd.ones((2, 192, 5, 7)))
    return y.shape, sum(p.data().size for p in block.collect_params().values())


def test_the_inception_block_alone_takes_the_arguments_of_the_book(backend_name, backend):
    run = {"torch": block_in_torch, "tf": block_in_keras, "mxnet": block_in_gluon}[backend_name]
    assert run(backend.Inception) == ((2, 64 + 128 + 32 + 32, 5, 7), 163_696)


@pytest.mark.only("mxnet")
def test_a_gluon_net_survives_initialize():
    import googlenet_mxnet

    net = googlenet_mxnet.build_net("d2l_bn", seed=0)
    before = googlenet_mxnet.get_weights(net)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "already initialized": that is the point
        net.initialize()
    after = googlenet_mxnet.get_weights(net)
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.only("mxnet")
@pytest.mark.parametrize("name", ["d2l_bn", *(pytest.param(name, marks=long) for name in ("d2l", "d2l_same", "caffe"))])
def test_hybridize_changes_nothing_about_a_gluon_net(name):
    """Called at two sizes: what is compiled for one must not be used for the other."""
    import googlenet_mxnet

    table = nets.get(name)
    net = googlenet_mxnet.build_net(table, weights=probing(table), dtype="float64")
    images = [random_images(2, (table.input[0], *size)) for size in ((64, 75), (97, 97))]
    plain = [googlenet_mxnet.predict(net, x) for x in images]
    stages = googlenet_mxnet.stage_outputs(net, images[0])
    net.hybridize()
    for x, expected in zip(images, plain, strict=True):
        assert relative_error(googlenet_mxnet.predict(net, x), expected) <= 1e-12
        assert relative_error(gluon_loop(net, x)[1], expected) <= 1e-12
    hybrid = googlenet_mxnet.stage_outputs(net, images[0])
    assert max(relative_error(hybrid[k], stages[k]) for k in stages) <= 1e-12


@pytest.mark.only("mxnet")
@pytest.mark.parametrize("name", ["d2l_bn", "d2l_same"])
def test_a_hybridized_gluon_net_has_the_same_gradients(name):
    import googlenet_mxnet

    table, y = nets.get(name), np.array([3, 4])
    net = googlenet_mxnet.build_net(table, weights=probing(table), dtype="float64")
    x = random_images(2, (1, 64, 75))
    plain = googlenet_mxnet.gradients(net, x, y)
    net.hybridize()
    googlenet_mxnet.predict(net, x)
    hybrid = googlenet_mxnet.gradients(net, x, y)
    assert max(relative_error(hybrid[k], plain[k]) for k in plain) <= 1e-10


NP_MODE = """
import numpy as np
import googlenet_mxnet
import mxnet as mx  # in this order: googlenet_mxnet knows how
from common import nets
from common.data.images import random_images
from common.compare.roundoff import relative_error
from common.table.drawing import probing

CASES = [("d2l", (1, 96, 96)), ("d2l_same", (1, 33, 46))]
y = np.array([1])

def build(name, shape):
    table = nets.get(name, in_channels=shape[0])
    return googlenet_mxnet.build_net(table, weights=probing(table), dtype="float64")

def run(name, shape):
    net, x = build(name, shape), random_images(1, shape)
    return googlenet_mxnet.predict(net, x), googlenet_mxnet.gradients(net, x, y)

classic = [run(*case) for case in CASES]
mx.npx.set_np()
for case, (logits, gradients) in zip(CASES, classic):
    net, x = build(*case), random_images(1, case[1])
    X = mx.np.array(x, dtype="float64")
    for layer in net:
        X = layer(X)
        assert isinstance(X, mx.np.ndarray), type(X)
        print(*X.shape, end=";")
    print()
    assert relative_error(X.asnumpy(), logits) <= 1e-12
    found_logits, found = run(*case)
    assert relative_error(found_logits, logits) <= 1e-12
    assert all(relative_error(found[k], g) <= 1e-10 for k, g in gradients.items())
    net.hybridize()
    assert relative_error(net(mx.np.array(x, dtype="float64")).asnumpy(), logits) <= 1e-12
block = googlenet_mxnet.Inception(64, (96, 128), (16, 32), 32)
block.initialize()
assert block(mx.np.ones((1, 192, 5, 7))).shape == (1, 256, 5, 7)
"""


@pytest.mark.only("mxnet")
def test_the_loop_of_the_book_runs_in_the_numpy_mode_of_mxnet():
    """In a process of its own: ``npx.set_np()`` is for good."""
    done = subprocess.run([sys.executable, "-c", NP_MODE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shapes = done.stdout.splitlines()[0].split(";")[:-1]
    assert [tuple(map(int, shape.split())) for shape in shapes] == [(1, *s) for s in INPUTS[1, 96, 96]]


@pytest.mark.only("tf")
@pytest.mark.parametrize("name", ["d2l_bn", *(pytest.param(name, marks=long) for name in ("d2l", "d2l_same", "caffe"))])
def test_a_keras_net_within_tf_function_computes_the_same(name):
    import tensorflow as tf

    import googlenet_tf

    table = nets.get(name)
    net = googlenet_tf.build_net(table, weights=probing(table), dtype="float64")
    x = random_images(2, (table.input[0], 64, 75))
    images = tf.convert_to_tensor(x.transpose(0, 2, 3, 1))
    compiled = tf.function(lambda images: net(images, training=False))
    assert relative_error(compiled(images).numpy(), googlenet_tf.predict(net, x)) <= 1e-12
