"""Every node of the vocabulary with every setting it has, in tables of a few layers, against NumPy.

The networks use a fraction of what a table can say. What a table can say and no network uses yet is
tested here, so that adding a network is adding a table.
"""

import numpy as np
import pytest
from support.small_network import network_of

from common import nets
from common.compare.passes import compare
from common.data.images import random_images
from common.table.padding import CONVENTIONS, SAME, VALID, Pad
from common.table.spec import (
    CLASSES,
    LRN,
    AdaptiveAvgPool,
    Aux,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Residual,
    Stage,
)

SIZES = ((8, 11), (13, 6))  # each axis even and odd


def table(*nodes, shape=(3, 8, 11), convention="floor", **settings):
    """A network of one stage; the classifier takes its map as it is, so that every element counts."""
    return nets.get(
        network_of(
            "tiny",
            shape,
            4,
            {"b1": Stage(**{f"n{i}": node for i, node in enumerate(nodes, 1)})},
            convention=convention,
            **settings,
        )
    )


def check(network, backend_name, images=None, *, training=False, dtype="float64"):
    """The backend has the reference's outputs, gradients and moving statistics; returns what was measured."""
    images = random_images(3, network.input) if images is None else images
    found = compare(network, images, backends=[backend_name], dtype=dtype, training=training, gradients=True)
    assert found["agree"], found["divergences"]
    return found


def errors(found, what):
    """Relative errors of the one backend of a comparison, by name."""
    return {row["name"]: row["backends"][found["backends"][0]]["rel_err"] for row in found[what]}


def negative(network):
    """Images without a single positive pixel, where a padding of 0 would be the maximum."""
    return -np.abs(random_images(3, network.input)) - 0.1


def shape_id(value):
    return "x".join(map(str, value)) if isinstance(value, tuple) else None


@pytest.mark.parametrize("size", SIZES, ids=shape_id)
@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("kernel", [7, 3, 5], ids="{0}x{0}".format)
def test_convolution_with_stride_in_each_convention(kernel, convention, size, backend_name):
    check(
        table(Conv(4, kernel, stride=2, activation=None), shape=(3, *size), convention=convention),
        backend_name,
    )


@pytest.mark.parametrize("size", SIZES, ids=shape_id)
@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("stride", [1, 2], ids="stride{}".format)
def test_max_pool_of_negative_maps_in_each_convention(stride, convention, size, backend_name):
    network = table(MaxPool(3, stride=stride), shape=(3, *size), convention=convention)
    check(network, backend_name, negative(network))


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("kernel", [(1, 7), (7, 1), (1, 3), (3, 1)], ids=shape_id)
def test_flat_and_tall_kernels(kernel, convention, backend_name):
    check(table(Conv(4, kernel), MaxPool(kernel), convention=convention), backend_name)


@pytest.mark.parametrize(
    "node",
    [
        Conv(4, 2, padding=Pad((0, 0), (1, 1))),
        Conv(4, 2, padding=Pad((1, 1), (0, 0))),
        Conv(4, 2, padding=Pad((1, 0), (0, 1))),
        Conv(4, 2, padding=SAME),
        Conv(4, (4, 2), stride=2, padding=Pad((1, 0), (2, 1))),
        Conv(4, 4, stride=2, padding=Pad((1, 1), (1, 1))),
        Conv(4, 4, stride=2, padding=SAME),
        Conv(4, 3, padding=Pad((2, 0), (0, 1))),
        Conv(4, 3, padding=VALID),
        Conv(4, 3, stride=2, padding=VALID),
        Conv(4, 3, stride=2, padding=Pad((1, 1), (0, 0), ceil=True)),
        Conv(4, 3, stride=3, padding=SAME),
        Conv(4, 1, stride=2),
        Conv(4, 3, bias=False),
        MaxPool(2, padding=Pad((0, 0), (1, 1))),
        MaxPool(2, padding=Pad((1, 1), (0, 0))),
        MaxPool(2, padding=SAME),
        MaxPool(2, stride=2, padding=VALID),
        MaxPool((2, 3), stride=2, padding=Pad((0, 1), (1, 0))),
        MaxPool(3, stride=2, padding=Pad((0, 0), (1, 1))),
        MaxPool(3, stride=3, padding=SAME),
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [(8, 11), (9, 6)], ids=shape_id)
def test_stated_padding_of_even_kernels_and_uneven_sides(node, size, backend_name):
    network = table(node, shape=(3, *size))
    check(network, backend_name, negative(network))


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "size", "side"),
    [
        (3, 2, Pad(ceil=True), (7, 8), (3, 4)),  # fits; hangs over
        (3, 2, Pad(ceil=True), (2, 2), (1, 1)),  # the kernel is larger than the map
        (3, 2, Pad((1, 1), (1, 1), ceil=True), (7, 8), (4, 5)),
        (2, 2, Pad((1, 1), (1, 1), ceil=True), (4, 6), (3, 4)),
        (2, 2, Pad((1, 1), (1, 1), ceil=True), (3, 5), (2, 3)),  # a third window would start in the padding
        (3, 3, Pad((1, 1), (1, 1), ceil=True), (6, 9), (3, 4)),  # floor would be the same; 9 + 2 - 3 = 2 2/3 steps
        (2, 3, Pad((0, 1), (1, 0), ceil=True), (5, 8), (2, 3)),
        (2, 3, Pad(ceil=True), (6, 9), (2, 3)),  # the last row is in no window
        (5, 3, Pad((2, 2), (2, 2), ceil=True), (10, 11), (4, 5)),
    ],
    ids=str,
)
def test_pools_that_round_up(kernel, stride, padding, size, side, backend_name, backend):
    network = table(MaxPool(kernel, stride, padding), shape=(2, *size))
    check(network, backend_name, negative(network))
    net = backend.build_net(network, seed=0)
    assert backend.layer_outputs(net, negative(network))["b1.n1"].shape[2:] == side


@pytest.mark.parametrize("count_padding", [True, False], ids=["counting", "not_counting"])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"),
    [
        (3, 1, SAME),
        (3, 2, SAME),
        (2, 2, SAME),
        (3, 1, Pad((1, 1), (1, 1))),
        (3, 2, Pad((1, 1), (1, 1))),
        (3, 1, Pad((0, 1), (2, 0))),
        (3, 2, Pad((0, 0), (1, 1))),
        ((1, 3), 1, Pad((0, 1), (0, 1))),
        (5, 3, VALID),
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [(8, 11), (9, 6)], ids=shape_id)
def test_average_pool_counts_its_padding_or_not(kernel, stride, padding, count_padding, size, backend_name):
    check(table(AvgPool(kernel, stride, padding, count_padding=count_padding), shape=(3, *size)), backend_name)


def test_global_average_pool_of_an_oblong_map(backend_name):
    check(table(Conv(4, 3), GlobalAvgPool()), backend_name)


@pytest.mark.parametrize(
    "node", [LRN(), LRN(size=3, alpha=0.5), LRN(size=7, alpha=2.0, beta=0.5, k=2.0), LRN(5, 0.3, 1.5, 0.7)], ids=str
)
@pytest.mark.parametrize("channels", [2, 9])
def test_local_response_normalisation(node, channels, backend_name):
    check(table(node, shape=(channels, 8, 11)), backend_name)


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize(
    "norm", [BatchNorm(), BatchNorm(eps=1e-3, momentum=0.99), BatchNorm(eps=0.5, momentum=0.3)], ids=str
)
@pytest.mark.parametrize("bias", [False, True], ids=["no_bias", "bias"])
def test_batch_normalisation_of_any_eps_and_momentum(bias, norm, training, backend_name):
    network = table(Conv(4, 3), Conv(5, 1, stride=2), norm=norm, bias=bias)
    found = check(network, backend_name, training=training)
    assert max(errors(found, "stages").values()) <= 1e-12
    # A bias before a normalisation by the batch changes nothing: its gradient is round-off around 0.
    vain = {"b1.n1.bias", "b1.n2.bias"} if training else set()
    assert max(error for name, error in errors(found, "gradients").items() if name not in vain) <= 1e-10


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_the_kernels_of_float32_agree_too(convention, backend_name):
    """They are others than those of float64, in oneDNN above all."""
    nodes = (Conv(4, 7, stride=2, activation=None), MaxPool(3, stride=2), AvgPool(3, padding=SAME), LRN(3, alpha=0.5))
    network = table(*nodes, convention=convention)
    check(network, backend_name, dtype="float32")


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_a_layer_may_differ_from_its_network_in_normalisation_and_bias(training, backend_name):
    nodes = (
        Conv(4, 3, norm=None, bias=True),
        Conv(4, 3),
        Conv(4, 3, norm=BatchNorm(eps=0.1, momentum=0.5), activation=None),
    )
    check(table(*nodes, norm=BatchNorm(), bias=False), backend_name, training=training)


@pytest.mark.parametrize("shape", [(5, 2, 3), (1, 4, 2), (6, 1, 1)], ids=shape_id)
def test_dense_layers_flatten_in_the_order_channels_rows_columns(shape, backend_name):
    check(table(Conv(shape[0], 1), Dense(7, activation="relu"), Dense(6), shape=shape), backend_name)


def test_concatenations_within_concatenations(backend_name):
    inner = Concat(a=(Conv(2, (1, 3)),), b=(Conv(3, (3, 1)),))
    block = Concat(p1=(), p2=(Conv(4, 1), inner), p3=(inner, Conv(2, 3)), p4=(MaxPool(3), Conv(2, 1)))
    check(table(block, Conv(4, 1)), backend_name)


@pytest.mark.parametrize("convention", CONVENTIONS)
def test_a_bare_pool_beside_convolutions_that_halve_the_map(convention, backend_name):
    block = Concat(p1=(Conv(4, 3, stride=2),), p2=(MaxPool(3, stride=2, padding=SAME),))
    check(table(block, convention="same" if convention == "ceil" else convention, shape=(3, 9, 7)), backend_name)


@pytest.mark.parametrize("activation", ["relu", None])
@pytest.mark.parametrize("scale", [1.0, 0.17, -2.0])
@pytest.mark.parametrize("shortcut", [(), (Conv(3, 1, activation=None),)], ids=["identity", "convolution"])
def test_residual_sums(shortcut, scale, activation, backend_name):
    body = (Conv(4, 3), Conv(3, 3, activation=None))
    check(table(Residual(body, shortcut, scale=scale, activation=activation), Conv(2, 1)), backend_name)


def test_residual_sums_around_concatenations(backend_name):
    body = (Concat(a=(Conv(2, 1),), b=(Conv(2, 1), Conv(3, 3))), Conv(3, 1, activation=None))
    check(table(Residual(body, scale=0.3), Residual(body, activation=None)), backend_name)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("value", [1.0, 0.0, -1.0])
def test_of_equal_pixels_the_first_one_gets_the_gradient(value, convention, backend_name):
    network = table(MaxPool(3, stride=2), convention=convention)
    check(network, backend_name, np.full((2, *network.input), value))


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
def test_auxiliary_heads_and_the_weights_of_their_losses(training, backend_name):
    head = Stage(pool=AvgPool(3, stride=2, padding=VALID), conv=Conv(2, 1), fc=Dense(4))
    network = table(
        Conv(3, 3),
        Conv(4, 3),
        GlobalAvgPool(),
        aux={"first": Aux("b1.n1", head, 0.7), "second": Aux("b1.n2", head, 0.2)},
    )
    check(network, backend_name, training=training)


@pytest.mark.parametrize("size", [(4, 4), (8, 11), (14, 5), (3, 2)], ids=shape_id)
@pytest.mark.parametrize("cells", [1, 3, 4])
def test_adaptive_average_pools_of_maps_of_any_size(cells, size, backend_name):
    check(table(Conv(3, 3), AdaptiveAvgPool(cells), shape=(2, *size)), backend_name)


def test_a_classifier_that_only_flattens(backend_name):
    """In the order channels, rows, columns; with as many channels as classes where the map is 1 x 1."""
    check(
        table(Conv(2, 3, stride=4), Conv(CLASSES, (2, 1), padding=VALID), GlobalAvgPool(), classifier=Flatten()),
        backend_name,
    )
    check(table(Conv(2, 1), shape=(3, 2, 1), classifier=Flatten()), backend_name)


def test_dropout_passes_everything_in_evaluation(backend_name, backend):
    network = table(Dropout(0.4))
    check(network, backend_name)
    x = random_images(2, network.input)
    net = backend.build_net(network, seed=0, dtype="float64")
    assert np.array_equal(backend.layer_outputs(net, x)["b1.n1"], x)


@pytest.mark.parametrize("p", [0.2, 0.7])
def test_dropout_zeroes_p_of_the_elements_in_training_and_enlarges_the_rest(p, backend):
    x = np.ones((4, 8, 40, 50))
    net = backend.build_net(table(Dropout(p), GlobalAvgPool(), shape=x.shape[1:]), seed=0, dtype="float64")
    y = backend.layer_outputs(net, x, training=True)["b1.n1"]
    five_sigma = 5 * np.sqrt(p * (1 - p) / x.size)
    assert abs((y == 0).mean() - p) < five_sigma
    assert np.allclose(y[y != 0], 1 / (1 - p), rtol=1e-6)  # MXNet stores p in float32
