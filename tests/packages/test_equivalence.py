"""Every table is one function in every framework: outputs, gradients and moving statistics against NumPy.

Sizes are even, odd and not square, for the padding conventions share every shape and differ in value: on an
even map SAME pads one row less at the top, and rounding up agrees with it only where H mod 32 is 31.
"""

from functools import cache
from itertools import combinations

import numpy as np
import pytest
from support.backends import NAMES
from support.tables import GOOGLENETS

from common import nets
from common.compare.passes import compare
from common.compare.roundoff import relative_error
from common.data.images import random_images
from common.table.drawing import probing
from common.table.padding import sides
from common.table.resolve import without_dropout

long = pytest.mark.long
EVEN, ODD, OBLONG = (96, 96), (97, 97), (64, 75)
SIZES = {
    "evaluation": {
        "d2l": (EVEN, OBLONG),
        "d2l_same": (EVEN, OBLONG),
        "d2l_bn": (OBLONG,),
        "paper": (EVEN, OBLONG),
        "caffe": (ODD, OBLONG),
        "imagenet_aux": (ODD,),
    },
    # The heads take only the maps that their dense layers were made for: 209 to 256 pixels, or 223 to 270.
    "training": {
        "d2l": (ODD,),
        "d2l_same": (EVEN,),
        "d2l_bn": (EVEN, OBLONG),
        "paper": ((209, 214),),
        "caffe": ((223, 223),),
        "imagenet_aux": ((223, 225),),
    },
}
# Every size in float64; in float32, whose kernels are others, the last of them. The short run takes each table once:
# without batch statistics or heads both modes are one function, and `make compare` has imagenet_aux, whose heads are
# those of Caffe. In float32 it takes the table that has most kinds of layers.
SHORT_FLOAT32 = {("evaluation", "d2l_bn")}
ONLY_LONG = {("training", name) for name in ("d2l", "d2l_same", "caffe", "imagenet_aux")}
# The table of the paper pads as d2l_same does.
ONLY_LONG |= {("evaluation", "imagenet_aux"), ("training", "paper"), ("evaluation", "d2l_same")}


def in_short(name, size, dtype, mode):
    """Whether the short run has this case."""
    if dtype == "float32":
        return (mode, name) in SHORT_FLOAT32
    return (mode, name) not in ONLY_LONG and size == SIZES[mode][name][-1]


CASES = [
    pytest.param(name, size, dtype, mode, marks=[] if in_short(name, size, dtype, mode) else long)
    for name in GOOGLENETS
    for mode, sizes in SIZES.items()
    for dtype in ("float64", "float32")
    for size in (sizes[name] if dtype == "float64" else sizes[name][-1:])
]


def case_id(value):
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def images(network, size):
    """Two, so that a mean over the batch is not one image's; one where the heads need large ones."""
    return random_images(1 if min(size) > 200 else 2, (network.input[0], *size))


def ceiling(name, dtype, mode, what):
    """What no relative error exceeds, whatever limit `compare` derives.

    Normalising by the batch enlarges the roundings of float32; how much is for `compare` to say.
    """
    if dtype == "float64":
        return 1e-12 if what == "stages" else 1e-10
    return np.inf if (name, mode) == ("d2l_bn", "training") else 2e-5


@cache
def measured(name, size, dtype, mode):
    """All backends under test beside one run of the reference."""
    network = nets.get(name)
    training = mode == "training"
    gradients = training or size == OBLONG  # without batch statistics or heads both modes have the same ones
    return compare(network, images(network, size), backends=NAMES, dtype=dtype, training=training, gradients=gradients)


@pytest.mark.parametrize(("name", "size", "dtype", "mode"), CASES, ids=case_id)
def test_a_backend_computes_what_the_table_means(name, size, dtype, mode, backend_name):
    found = measured(name, size, dtype, mode)
    assert [d for d in found["divergences"] if d["backend"] == backend_name] == []
    for what in ("stages", "gradients"):
        for row in found[what] or ():
            error = row["backends"][backend_name]["rel_err"]
            assert error <= min(row["limit"], ceiling(name, dtype, mode, what)), row["name"]


@pytest.mark.parametrize(
    ("name", "size", "mode"),
    [
        pytest.param("d2l_same", (64, 75), "evaluation", marks=long),
        ("d2l_bn", (64, 75), "training"),
        pytest.param("caffe", (64, 75), "evaluation", marks=long),
        pytest.param("paper", (209, 209), "training", marks=long),
    ],
    ids=case_id,
)
def test_backends_have_the_same_logits_and_gradients_without_any_reference(name, size, mode, backends_by_name):
    network = without_dropout(nets.get(name))
    x, weights = images(network, size), probing(network)
    logits, gradients = {}, {}
    for backend_name, backend in backends_by_name.items():
        net = backend.build_net(network, weights=weights, dtype="float64")
        logits[backend_name] = backend.predict(net, x)
        gradients[backend_name] = backend.gradients(net, x, np.array([7, 2])[: len(x)], training=mode == "training")
    for a, b in combinations(backends_by_name, 2):
        assert relative_error(logits[a], logits[b]) <= 1e-12, (a, b)
        assert list(gradients[a]) == list(gradients[b])
        off = {k: relative_error(gradients[a][k], gradients[b][k]) for k in gradients[a]}
        assert max(off.values()) <= 1e-10, (a, b, max(off, key=off.get))


@pytest.mark.parametrize(
    ("convention", "conv1", "pool1", "names"),
    [
        ("floor", ((3, 3), (3, 3)), ((1, 1), (1, 1)), ("d2l", "d2l_bn")),
        ("ceil", ((3, 3), (3, 3)), ((0, 1), (0, 1)), ("caffe", "imagenet_aux")),
        ("same", ((2, 3), (2, 3)), ((0, 1), (0, 1)), ("d2l_same", "paper")),
    ],
)
def test_each_table_pads_by_the_convention_of_its_source(convention, conv1, pool1, names):
    """Rows and columns before and after, on the even maps of 96 and 48 pixels."""
    for name in names:
        table = nets.get(name)
        assert table.convention == convention
        for node, size, expected in (("conv1", 96, conv1), ("pool1", 48, pool1)):
            window = table.stages["b1"].nodes[node]
            assert sides((size, size), window.kernel, window.stride, window.padding) == expected


def test_the_conventions_differ_in_value_where_they_agree_in_shape(backend):
    """What the whole suite rests on: with these weights and images a wrong padding is no small difference."""
    x = random_images(2, (1, 96, 96))
    weights = probing(nets.get("d2l"))
    floor, same = (
        backend.stage_outputs(backend.build_net(name, weights=weights, dtype="float64"), x)
        for name in ("d2l", "d2l_same")
    )
    assert {k: v.shape for k, v in floor.items()} == {k: v.shape for k, v in same.items()}
    assert relative_error(floor["fc"], same["fc"]) > 0.1
    assert relative_error(floor["b1"], same["b1"]) > 0.1


def own_count(backend_name, net):
    """How many trainable numbers the framework itself says the net has."""
    match backend_name:
        case "torch":
            return sum(p.numel() for p in net.parameters())
        case "tf":
            return sum(int(v.shape.num_elements()) for v in net.trainable_variables)
        case "mxnet":
            return sum(p.data().size for p in net.collect_params().values() if p.grad_req != "null")


@pytest.mark.parametrize(
    ("options", "trainable", "statistics"),
    [
        ({"name": "d2l"}, 5_977_530, 0),
        ({"name": "d2l", "in_channels": 3}, 5_983_802, 0),
        ({"name": "d2l", "in_channels": 3, "num_classes": 1000}, 6_998_552, 0),
        ({"name": "d2l_same"}, 5_977_530, 0),
        ({"name": "d2l_bn"}, 5_977_530 + 7_280, 14_560),  # a scale and a shift where there was a bias
        pytest.param({"name": "paper"}, 13_378_280, 0, marks=long),
        ({"name": "caffe"}, 13_378_280, 0),
        pytest.param({"name": "caffe", "aux": False}, 6_998_552, 0, marks=long),
        pytest.param({"name": "imagenet_aux"}, 13_378_280, 0, marks=long),
    ],
    ids=str,
)
def test_each_framework_counts_the_published_numbers_of_parameters(
    options, trainable, statistics, backend_name, backend
):
    net = backend.build_net(**options)
    assert own_count(backend_name, net) == trainable
    counts = backend.count_parameters(net)
    assert sum(n for n, _ in counts.values()) == trainable
    assert sum(n for _, n in counts.values()) == statistics


def test_each_stage_has_its_published_number_of_parameters(backend):
    counts = {name: n for name, (n, _) in backend.count_parameters(backend.build_net("d2l")).items()}
    assert counts == {"b1": 3_200, "b2": 114_944, "b3": 552_432, "b4": 2_809_168, "b5": 2_487_536, "fc": 10_250}
    heads = backend.count_parameters(backend.build_net("caffe"))
    assert (heads["aux1"], heads["aux2"]) == ((3_188_840, 0), (3_190_888, 0))
