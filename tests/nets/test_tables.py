"""The tables say what their sources say, and resolve to numbers that leave nothing open.

Among them the slips that shapes and parameter counts cannot see, all of them published once: a missing ReLU, a
1x1 pool, a 3x3 in place of a 5x5, batch normalisation with its channels as eps.
"""

import re
from dataclasses import fields

import numpy as np
import pytest
from support.tables import GOOGLENETS, family

from common import nets
from common.base.errors import InputError
from common.compare.reference import Reference
from common.nets.googlenet import CHANNELS
from common.table.drawing import probing
from common.table.layers import walk_network
from common.table.padding import SAME, VALID, Pad, Same
from common.table.resolve import without_dropout
from common.table.spec import (
    CLASSES,
    INHERIT,
    LRN,
    Aux,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    Network,
    Residual,
    Stage,
)

NAMES = nets.names()
HEADED = ("caffe", "imagenet_aux", "paper")


def nodes(name, **settings):
    """Canonical name to resolved node, of every layer, block and stage."""
    return {layer.name: layer.node for layer in walk_network(nets.get(name, **settings))}


def test_the_channels_are_those_of_the_book():
    assert CHANNELS == {
        "b3": {"3a": (64, (96, 128), (16, 32), 32), "3b": (128, (128, 192), (32, 96), 64)},
        "b4": {
            "4a": (192, (96, 208), (16, 48), 64),
            "4b": (160, (112, 224), (24, 64), 64),
            "4c": (128, (128, 256), (24, 64), 64),
            "4d": (112, (144, 288), (32, 64), 64),
            "4e": (256, (160, 320), (32, 128), 128),
        },
        "b5": {"5a": (256, (160, 320), (32, 128), 128), "5b": (384, (192, 384), (48, 128), 128)},
    }


@pytest.mark.parametrize("name", GOOGLENETS)
def test_every_inception_block_has_the_books_kernels_and_channels(name):
    found = nodes(name)
    for stage, rows in CHANNELS.items():
        for block, (c1, c2, c3, c4) in rows.items():
            convolutions = {
                "p1_1": (c1, (1, 1)),
                "p2_1": (c2[0], (1, 1)),
                "p2_2": (c2[1], (3, 3)),
                "p3_1": (c3[0], (1, 1)),
                "p3_2": (c3[1], (5, 5)),
                "p4_2": (c4, (1, 1)),
            }
            for path, (channels, kernel) in convolutions.items():
                conv = found[f"{stage}.{block}.{path}"]
                assert (conv.channels, conv.kernel, conv.stride) == (channels, kernel, (1, 1))
                assert conv.activation == "relu"
            pool = found[f"{stage}.{block}.p4_1"]
            assert (type(pool), pool.kernel, pool.stride) == (MaxPool, (3, 3), (1, 1))
            assert list(found[f"{stage}.{block}"].paths) == ["p1", "p2", "p3", "p4"]


@pytest.mark.parametrize("name", GOOGLENETS)
def test_what_lies_between_the_blocks(name):
    found = nodes(name)
    stem = {k: (found[k].channels, found[k].kernel, found[k].stride) for k in found if k.startswith(("b1.c", "b2.c"))}
    assert stem == {
        "b1.conv1": (64, (7, 7), (2, 2)),
        "b2.conv2_reduce": (64, (1, 1), (1, 1)),
        "b2.conv2": (192, (3, 3), (1, 1)),
    }
    assert all(found[k].activation == "relu" for k in stem)
    pools = [found[k] for k in ("b1.pool1", "b2.pool2", "b3.pool3", "b4.pool4")]
    assert all((type(p), p.kernel, p.stride) == (MaxPool, (3, 3), (2, 2)) for p in pools)
    assert isinstance(found["b5.pool5"], GlobalAvgPool)
    assert found["fc"].activation is None


PADDING = {  # of conv1, of a pool with stride 2, of a pool with stride 1
    "floor": (Pad((3, 3), (3, 3)), Pad((1, 1), (1, 1)), Pad((1, 1), (1, 1))),
    "ceil": (Pad((3, 3), (3, 3)), Pad(ceil=True), Pad((1, 1), (1, 1))),
    "same": (SAME, SAME, SAME),
}


@pytest.mark.parametrize(
    ("name", "convention"),
    [
        ("d2l", "floor"),
        ("d2l_bn", "floor"),
        ("d2l_same", "same"),
        ("paper", "same"),
        ("caffe", "ceil"),
        ("imagenet_aux", "ceil"),
    ],
)
def test_each_table_pads_as_its_source_does(name, convention):
    found = nodes(name)
    assert nets.get(name).convention == convention
    assert tuple(found[k].padding for k in ("b1.conv1", "b1.pool1", "b3.3a.p4_1")) == PADDING[convention]


def test_dropouts_and_normalisations_are_those_of_the_sources():
    def dropouts(name):
        return {k: node.p for k, node in nodes(name).items() if isinstance(node, Dropout)}

    assert dropouts("d2l") == {}
    once = {"b5.dropout": 0.4, "aux1.dropout2": 0.7, "aux2.dropout2": 0.7}
    assert dropouts("paper") == dropouts("caffe") == once
    twice = {f"aux{i}.dropout{j}": 0.5 for i in (1, 2) for j in (1, 2)}
    assert dropouts("imagenet_aux") == {"b5.dropout": 0.4, **twice}
    assert [k for k in nodes("paper") if ".norm" in k] == ["b1.norm1", "b2.norm2"]
    order = list(nets.get("paper").stages["b1"].nodes), list(nets.get("paper").stages["b2"].nodes)
    assert order == (["conv1", "pool1", "norm1"], ["conv2_reduce", "conv2", "norm2", "pool2"])


@pytest.mark.parametrize("name", HEADED)
def test_the_heads_are_those_of_the_paper(name):
    network, found = nets.get(name), nodes(name)
    assert {k: (aux.after, aux.loss_weight) for k, aux in network.aux.items()} == {
        "aux1": ("b4.4a", 0.3),
        "aux2": ("b4.4d", 0.3),
    }
    for head in network.aux:
        pool, conv, fc1, fc2 = (found[f"{head}.{x}"] for x in ("pool", "conv", "fc1", "fc2"))
        assert (type(pool), pool.kernel, pool.stride, pool.padding) == (AvgPool, (5, 5), (3, 3), VALID)
        assert (conv.channels, conv.kernel, conv.activation) == (128, (1, 1), "relu")
        assert (fc1.units, fc1.in_features, fc1.activation) == (1024, 2048, "relu")
        assert (fc2.units, fc2.in_features, fc2.activation) == (1000, 1024, None)


def test_every_batch_normalisation_has_the_same_small_eps():
    norms = {node.norm for node in nodes("d2l_bn").values() if isinstance(node, Conv)}
    assert norms == {BatchNorm(eps=1e-5, momentum=0.9)}
    assert {node.bias for node in nodes("d2l_bn").values() if isinstance(node, Conv)} == {False}


@pytest.mark.parametrize("name", [n for n in GOOGLENETS if n != "d2l_bn"])
def test_without_normalisation_every_convolution_has_a_bias(name):
    convolutions = [node for node in nodes(name).values() if isinstance(node, Conv)]
    assert {(node.norm, node.bias) for node in convolutions} == {(None, True)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("settings", [{}, {"in_channels": 2, "num_classes": 7}, {"aux": False}])
def test_resolving_leaves_nothing_open(name, settings):
    for where, node in nodes(name, **settings).items():
        for field in fields(node) if not isinstance(node, Stage | Concat | Residual) else ():
            value = getattr(node, field.name)
            assert value not in (INHERIT, CLASSES), where
            assert value is not None or field.name in ("norm", "activation"), where
        if hasattr(node, "padding"):
            assert isinstance(node.padding, Pad | Same), where


@pytest.mark.parametrize("name", NAMES)
def test_input_channels_and_features_are_those_of_the_map(name):
    for layer in walk_network(nets.get(name, in_channels=2)):
        if isinstance(layer.node, Conv):
            assert layer.node.in_channels == layer.input[0], layer.name
        elif isinstance(layer.node, Dense):
            assert layer.node.in_features == np.prod(layer.input), layer.name
    first = next(node for node in nodes(name, in_channels=2).values() if isinstance(node, Conv))
    assert first.in_channels == 2


@pytest.mark.parametrize(
    ("name", "tensors"),
    [
        ("d2l", ("b1.conv1.weight", "b3.3a.p2_2.weight", "b5.5b.p4_2.bias", "fc.weight", "fc.bias")),
        ("d2l_bn", ("b3.3a.p2_2.norm.running_mean", "b1.conv1.norm.weight", "b5.5b.p1_1.norm.running_var")),
        ("paper", ("aux1.fc1.weight", "aux2.fc2.bias", "aux1.conv.weight", "b2.conv2_reduce.bias")),
    ],
)
def test_canonical_names_read_like_the_paper(name, tensors):
    network = nets.get(name)
    assert set(tensors) <= set(network.shapes) == set(network.tensors)
    assert len(nets.get("d2l").shapes) == 2 * (57 + 1)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_states_its_source(name):
    network = nets.get(name)
    assert network.name == name
    assert network.title
    assert re.search(r"(et al\.|&) .*\b(19|20)\d\d\b|Dive into Deep Learning", network.source)
    assert network.departures
    assert all(sentence.endswith(".") for sentence in network.departures)


def test_the_default_table_is_that_of_the_book():
    assert nets.get() == nets.get("d2l")
    assert (nets.get().input, nets.get().num_classes) == ((1, 96, 96), 10)


@pytest.mark.parametrize(("wrong", "near"), [("d2", "d2l"), ("caffee", "caffe"), ("papre", "paper"), ("D2L_BN", None)])
def test_an_unknown_name_suggests_the_nearest(wrong, near):
    with pytest.raises(InputError) as caught:
        nets.get(wrong)
    assert repr(wrong) in str(caught.value)
    assert ("did you mean" in str(caught.value)) == (near is not None)
    assert near is None or f"did you mean {near!r}?" in str(caught.value)
    assert ", ".join(NAMES) in str(caught.value)


@pytest.mark.parametrize("what", ["in_channels", "num_classes"])
@pytest.mark.parametrize("value", [0, -1, 1.0, "3", True])
def test_channels_and_classes_are_whole_numbers_from_1(what, value):
    with pytest.raises(InputError, match=f"{what} must be a whole number of at least 1, not"):
        nets.get("d2l", **{what: value})


def test_heads_can_be_left_out_and_only_then_asked_for():
    assert list(nets.get("paper").aux) == list(nets.get("paper", aux=True).aux) == ["aux1", "aux2"]
    assert nets.get("paper", aux=False).aux == nets.get("d2l", aux=False).aux == {}
    with pytest.raises(InputError, match="'d2l' has no auxiliary heads"):
        nets.get("d2l", aux=True)


@pytest.mark.parametrize("value", [0, "no", 2])
def test_heads_are_wanted_or_not_and_nothing_else(value):
    with pytest.raises(InputError, match="aux must be True, False or None"):
        nets.get("paper", aux=value)


def test_a_table_that_is_resolved_already_takes_another_number_of_classes():
    network = nets.get(nets.get("paper"), num_classes=5)
    assert (network.num_classes, network.classifier.units, network.aux["aux1"].head.nodes["fc2"].units) == (5, 5, 5)


def test_a_table_that_cannot_be_meant_is_refused_in_words():
    def table(stage, **settings):
        return Network("t", "", "", (1, 8, 8), 2, "floor", {"b1": stage}, **settings)

    with pytest.raises(InputError, match="over 4 channels has no centre"):
        nets.get(table(Stage(a=LRN(size=4))))
    for after in ("b1.z", "b1", "fc"):
        with pytest.raises(InputError, match=f"t: head 'x' branches off after '{after}', which is no block"):
            nets.get(table(Stage(a=Conv(2, 3)), aux={"x": Aux(after, Stage(fc=Dense(CLASSES)))}))


def test_a_layer_may_state_what_else_its_network_states():
    own = BatchNorm(eps=0.1)
    nodes = {"a": Conv(2, 3), "b": Conv(2, 3, bias=True, norm=None), "c": Conv(2, 3, norm=own, padding=VALID)}
    network = nets.get(Network("t", "", "", (1, 8, 8), 2, "same", {"b1": Stage(**nodes)}, norm=BatchNorm(), bias=False))
    a, b, c = network.stages["b1"].nodes.values()
    assert (a.bias, a.norm, a.padding) == (False, BatchNorm(eps=1e-5, momentum=0.9), SAME)
    assert (b.bias, b.norm, b.padding) == (True, None, SAME)
    assert (c.bias, c.norm, c.padding) == (False, own, VALID)


def test_dropout_can_be_left_out_without_another_change():
    network = without_dropout(nets.get("imagenet_aux"))
    before, after = nodes("imagenet_aux"), {x.name: x.node for x in walk_network(network)}
    leaves = [k for k, node in before.items() if not isinstance(node, Stage | Concat)]
    assert {k for k in leaves if before[k] != after[k]} == {k for k in leaves if isinstance(before[k], Dropout)}
    assert {node.p for node in after.values() if isinstance(node, Dropout)} == {0.0}


def test_the_rest_of_the_family_can_be_written_analysed_and_run():
    """(3, 21, 18) becomes 10 x 8, then by the halving block 4 x 3; channels add up over the paths."""
    network = nets.get(family())
    found = {layer.name: layer for layer in walk_network(network)}
    expected = {
        "stem": (8, 10, 8),
        "mixed.a.p2_2": (8, 10, 8),
        "mixed.a": (26, 10, 8),
        "mixed.b": (8 + 26, 4, 3),
        "mixed.c.p2_2.a_1": (8, 4, 3),
        "mixed.c.p2_2": (16, 4, 3),
        "mixed.c": (8 + 16 + 34, 4, 3),
        "residual.block.body_1.p2_2": (8, 4, 3),
        "residual.block": (8, 4, 3),
        "residual": (8, 1, 1),
        "fc": (5,),
    }
    assert {name: found[name].shape for name in expected} == expected
    assert found["mixed.a.p2_2"].params == 8 * 8 * 1 * 7 + 2 * 8
    assert found["mixed.a.p2_3"].params == 8 * 10 * 7 * 1 + 2 * 10
    assert found["fc"].depth == 1 + 3 + 2 + 2 + 1 + 3 + 1
    assert network.shapes["mixed.c.p2_2.b_1.norm.running_var"] == (8,)
    outputs = Reference(network, probing(network), np.random.default_rng(0).normal(size=(2, 3, 21, 18))).outputs
    assert {name: array.shape for name, array in outputs.items()} == {n: (2, *x.shape) for n, x in found.items()}
    body, shortcut = outputs["residual.block.body_2"], outputs["residual.first"]
    assert np.array_equal(outputs["residual.block"], np.maximum(shortcut + 0.17 * body, 0))
    assert np.array_equal(outputs["mixed.c"][:, -34:], outputs["mixed.b"])


def test_networks_come_in_the_order_of_a_reader():
    """The book, the paper, its relatives; what is there to be compared with comes last, behind networks to come."""
    names = nets.names()
    assert names[:5] == ["d2l", "d2l_same", "d2l_bn", "d2l_residual", "paper"]
    assert names[-4:] == ["alexnet", "vgg11", "vgg16", "nin"]
    assert names.index("torchvision") < names.index("inception_bn") < names.index("inception_v3")
    modules = ["comparison", "zebra", "paper", "d2l", "antelope", "inception_resnet"]
    ordered = ["d2l", "paper", "inception_resnet", "antelope", "zebra", "comparison"]
    assert sorted(modules, key=nets._place) == ordered
