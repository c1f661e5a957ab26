"""The tables of the family say what their sources say: counts that are published, and facts that counts do not tell."""

import pytest

from common import nets
from common.base.errors import InputError
from common.table.analysis import Layers
from common.table.layers import walk_network
from common.table.padding import VALID, Pad, sides
from common.table.sizes import check_input, evaluation_sizes, training_sizes
from common.table.spec import (
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    MaxPool,
    Residual,
    leaves,
)

PUBLISHED = [  # table, options, trainable parameters, moving statistics
    ("cifar100_bn", {}, 6_402_564, 16_064),
    ("cifar10_bn", {}, 6_150_062, 15_072),
    ("cifar10_bn", {"aux": False}, 5_998_362, 14_560),
    ("torchvision", {}, 13_004_888, 15_072),
    ("torchvision", {"aux": False}, 6_624_904, 14_560),
    ("inception_bn", {}, 11_295_240, 20_032),
    ("inception_v3", {}, 27_161_264, 36_224),
    ("inception_v3", {"aux": False}, 23_834_568, 34_432),
    ("inception_v3:keras", {}, 23_834_568, 34_432),
    ("inception_v3:fid", {}, 23_834_568 + 8 * 2049, 34_432),
    ("inception_v4", {}, 42_679_816, 63_168),
    ("inception_resnet_v2", {}, 55_843_464, 60_544),
    ("inception_resnet_v1:facenet", {}, 23_995_624, 29_600),
    ("inception_resnet_v1", {}, 22_756_328, 27_040),
    ("alexnet", {}, 46_764_746, 0),
    ("vgg11", {}, 128_806_154, 0),
    ("vgg16", {}, 134_300_362, 0),
    ("nin", {}, 1_992_166, 0),
]


def nodes(name, **options):
    """Canonical name to resolved node, of every layer, block and stage."""
    return {layer.name: layer.node for layer in walk_network(nets.get(name, **options))}


@pytest.mark.parametrize(("name", "options", "parameters", "statistics"), PUBLISHED, ids=str)
def test_the_arithmetic_gives_the_published_numbers(name, options, parameters, statistics):
    found = Layers(walk_network(nets.get(name, **options))).totals()
    assert (found.params, found.statistics) == (parameters, statistics)


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("cifar10_bn", {"aux1": 74_826, "aux2": 76_874}),
        ("inception_v3", {"aux1": 27_161_264 - 23_834_568}),
        ("torchvision", {"aux1": 3_188_840 + 128, "aux2": 3_190_888 + 128}),  # for a bias, a scale and a shift
    ],
)
def test_the_heads_have_their_published_numbers(name, heads):
    layers = nets.get(name).layers
    assert {head: layers.totals(head).params for head in nets.get(name).aux} == heads


@pytest.mark.parametrize(
    ("name", "macs"), [("inception_v3", 5_713_216_096), ("inception_v4", 12_253_974_624), ("vgg16", 15_408_406_528)]
)
def test_multiply_adds_of_the_large_ones(name, macs):
    """5.7 and 12.3 billion are the published figures; VGG-16's is 15.5 with three channels and 1000 classes."""
    assert Layers(walk_network(nets.get(name, aux=False))).totals().macs == macs


def test_inception_bn_follows_the_weights_and_offers_the_paper():
    assert nodes("inception_bn")["b4.4c.p4_2"].channels == nodes("inception_bn")["b4.4d.p4_2"].channels == 128
    assert (
        nodes("inception_bn:paper")["b4.4c.p4_2"].channels == nodes("inception_bn:paper")["b4.4d.p4_2"].channels == 96
    )
    for name, channels in (("inception_bn", 608), ("inception_bn:paper", 576)):
        shapes = {layer.name: layer.output[0] for layer in walk_network(nets.get(name))}
        assert (shapes["b4.4c"], shapes["b4.4d"]) == (channels, channels)
    pools = {k: v for k, v in nodes("inception_bn").items() if k.endswith("p4_1")}
    assert type(pools["b5.5b.p4_1"]) is type(pools["b3.3c.p4_1"]) is type(pools["b4.4e.p4_1"]) is MaxPool
    others = [v for k, v in pools.items() if k.split(".")[1] not in ("3c", "4e", "5b")]
    assert {(type(v), v.count_padding) for v in others} == {(AvgPool, True)}


def residuals(name):
    """How many residual blocks each stage has, and their scales."""
    found = {stage: [n for n in node.nodes.values() if isinstance(n, Residual)] for stage, node in trunk(name)}
    return {stage: [n.scale for n in blocks] for stage, blocks in found.items() if blocks}


def trunk(name):
    return nets.get(name).stages.items()


def test_inception_resnets_have_the_blocks_of_the_code_or_of_the_paper():
    assert residuals("inception_resnet_v2") == {"b3": [0.17] * 10, "b4": [0.10] * 20, "b5": [0.20] * 9 + [1.0]}
    assert residuals("inception_resnet_v2:paper") == {"b3": [0.17] * 5, "b4": [0.10] * 10, "b5": [0.20] * 5}
    assert residuals("inception_resnet_v1") == {"b3": [0.17] * 5, "b4": [0.10] * 10, "b5": [0.20] * 5}
    assert residuals("inception_resnet_v1:facenet") == {"b3": [0.17] * 5, "b4": [0.10] * 10, "b5": [0.20] * 5 + [1.0]}
    for name in ("inception_resnet_v2", "inception_resnet_v1:facenet"):
        blocks = [n for _, stage in trunk(name) for n in stage.nodes.values() if isinstance(n, Residual)]
        assert [block.activation for block in blocks] == ["relu"] * (len(blocks) - 1) + [None]


@pytest.mark.parametrize("name", [n for n in nets.names() if n.startswith("inception_resnet")])
def test_a_residual_is_added_by_a_linear_1x1_with_bias_and_without_normalisation(name):
    linear = [node for layer, node in nodes(name).items() if layer.endswith(".body_2")]
    assert {(n.kernel, n.bias, n.norm, n.activation) for n in linear} == {((1, 1), True, None, None)}
    rest = [n for layer, n in nodes(name).items() if isinstance(n, Conv) and not layer.endswith(".body_2")]
    assert {(n.bias, n.norm) for n in rest} == {(False, BatchNorm(eps=1e-3, momentum=0.9))}


def test_inception_v4_has_no_residuals():
    assert not any(isinstance(node, Residual) for node in nodes("inception_v4").values())
    blocks = {
        stage: len([n for n in node.nodes.values() if isinstance(n, Concat)]) for stage, node in trunk("inception_v4")
    }
    assert blocks == {"b1": 1, "b2": 2, "b3": 4, "b4": 1 + 7, "b5": 1 + 3}


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("inception_v3", True),
        ("inception_v3:keras", False),
        ("inception_v3:fid", False),
        ("inception_v4", False),
        ("inception_resnet_v2", False),
    ],
)
def test_each_table_says_whether_its_average_pools_count_padding(name, counted):
    pools = [n for n in nodes(name, aux=False).values() if isinstance(n, AvgPool)]
    assert {(n.kernel, n.stride, n.padding, n.count_padding) for n in pools} == {
        ((3, 3), (1, 1), Pad((1, 1), (1, 1)), counted)
    }


def test_fids_inception_has_a_maximum_in_its_last_block_alone_and_1008_classes():
    found = {k: n for k, n in nodes("inception_v3:fid").items() if k.endswith("p4_1")}
    assert [k for k, n in found.items() if isinstance(n, MaxPool)] == ["b5.7c.p4_1"]
    assert (found["b5.7c.p4_1"].kernel, found["b5.7c.p4_1"].padding) == ((3, 3), Pad((1, 1), (1, 1)))
    assert (nets.get("inception_v3:fid").num_classes, nets.get("inception_v3:fid").aux) == (1008, {})
    assert {n.norm.eps for n in nodes("inception_v3:fid").values() if isinstance(n, Conv)} == {1e-3}


def test_torchvision_departs_from_the_paper_where_it_says():
    found = nodes("torchvision")
    assert {found[f"{b}.p3_2"].kernel for b in ("b3.3a", "b4.4c", "b5.5b")} == {(3, 3)}
    assert (found["b4.pool4"].kernel, found["b4.pool4"].stride) == ((2, 2), (2, 2))
    assert found["b3.pool3"].kernel == (3, 3)
    assert found["b1.conv1"].norm == BatchNorm(eps=1e-3, momentum=0.9)
    assert found["aux1.pool"] == AdaptiveAvgPool(4)
    assert {k: n.p for k, n in found.items() if isinstance(n, Dropout)} == {
        **{"b5.dropout": 0.2, "aux1.dropout2": 0.7, "aux2.dropout2": 0.7}
    }


def test_the_cifar_tables_normalise_by_a_small_eps_and_pool_globally():
    for name in ("cifar10_bn", "cifar100_bn"):
        convolutions = [n for n in nodes(name).values() if isinstance(n, Conv)]
        assert {n.norm for n in convolutions} == {BatchNorm(eps=1e-5, momentum=0.9)}
    found = nodes("cifar100_bn")
    assert [found[k].bias for k in ("b1.conv1", "b2.conv2_reduce", "b2.conv2", "b3.3a.p1_1")] == [False] * 3 + [True]
    assert [found[f"b3.3a.p3_{i}"].kernel for i in (1, 2, 3)] == [(1, 1), (3, 3), (3, 3)]
    assert [found[k].stride for k in ("b1.conv1", "b2.conv2_reduce", "b2.conv2")] == [(1, 1)] * 3


def test_each_inception_block_of_the_exercise_is_the_body_of_a_residual():
    plain, found = nodes("d2l"), nodes("d2l_residual")
    blocks = [k for k, n in found.items() if isinstance(n, Residual)]
    assert len(blocks) == 9
    projected = {k.split(".")[1] for k in blocks if found[k].paths["shortcut"]}
    assert projected == {"3a", "3b", "4a", "4d", "4e", "5b"}
    for block in blocks:
        assert found[f"{block}.body_1"] == plain[block]
        for conv in found[block].paths["shortcut"].values():
            assert (conv.kernel, conv.activation) == ((1, 1), None)


def test_the_comparison_set_is_the_books():
    found = nodes("alexnet")
    assert [found[k].channels for k in ("b1.conv1", "b2.conv2", "b3.conv3", "b3.conv4", "b3.conv5")] == [
        *(96, 256, 384, 384, 256)
    ]
    assert (found["b1.conv1"].kernel, found["b1.conv1"].stride) == ((11, 11), (4, 4))
    assert sides((224, 224), (11, 11), (4, 4), found["b1.conv1"].padding) == ((1, 1), (1, 1))
    for name, counts in (("vgg11", [1, 1, 2, 2, 2]), ("vgg16", [2, 2, 3, 3, 3])):
        stages = [s for s in nets.get(name).stages.values() if not isinstance(next(leaves(s)), Dense)]
        assert [sum(isinstance(n, Conv) for n in leaves(s)) for s in stages] == counts
        assert {(n.kernel, n.padding) for s in stages for n in leaves(s) if isinstance(n, MaxPool)} == {((2, 2), VALID)}
    assert nets.get("nin").classifier == Flatten()
    assert nodes("nin", num_classes=7)["b4.mlp2"].channels == 7
    assert not any(isinstance(n, Dense) for n in nodes("nin").values())


@pytest.mark.parametrize(
    ("name", "smallest", "largest", "reason"),
    [
        ("cifar10_bn", 31, None, "b4.pool4: "),
        ("cifar100_bn", 1, None, None),
        ("torchvision", 15, None, "b3.pool3: "),
        ("inception_bn", 31, None, "b3.3c: its paths end in maps that do not fit together"),
        ("inception_v3", 75, None, "b5.7a.p1_2: a 3x3 window does not fit a 2x2 map"),
        ("inception_v4", 75, None, "b5.5a.p1_2: "),
        ("inception_resnet_v1", 75, None, "b5.5a.p1_2: "),
        ("inception_resnet_v2", 75, None, "b5.5a.p1_2: "),
        ("alexnet", 193, 224, "b4.fc1: takes 6400 inputs"),
        ("vgg11", 224, 255, "b6.fc1: takes 25088 inputs"),
        ("vgg16", 224, 255, "b6.fc1: takes 25088 inputs"),
        ("nin", 67, None, "b3.pool: "),
    ],
)
def test_the_sizes_of_image_and_the_layer_that_sets_the_least(name, smallest, largest, reason):
    found = evaluation_sizes(nets.get(name))
    assert found[:2] == (smallest, largest)
    assert found[2] is None if reason is None else found[2].startswith(reason)


def test_the_head_of_inception_v3_needs_its_own_size():
    assert training_sizes(nets.get("inception_v3")) == (299, None)
    assert training_sizes(nets.get("torchvision")) == (15, None)


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("vgg11", (256, 256), "vgg11 takes images of 224 to 255 pixels, not 256x256: b6.fc1"),
        ("inception_bn", (192, 190), "inception_bn does not take images of 192x190: b3.3c"),
        ("inception_v4", (74, 300), "an image of 74x300 is too small for inception_v4, whose smallest is 75: b5.5a"),
    ],
)
def test_a_size_that_does_not_fit_is_told_with_the_layer(name, size, words):
    with pytest.raises(InputError) as caught:
        check_input(nets.get(name), (nets.get(name).input[0], *size), aux=False)
    assert str(caught.value).startswith(words)


def test_a_version_of_a_table_is_asked_for_by_a_colon():
    versions = [name for name in nets.names() if ":" in name]
    assert versions == [
        "inception_bn:paper",
        "inception_v3:keras",
        "inception_v3:fid",
        "inception_resnet_v1:facenet",
        "inception_resnet_v2:paper",
    ]
    assert all(nets.get(name).name == name for name in versions)
    with pytest.raises(InputError, match="did you mean 'inception_resnet_v2:paper'"):
        nets.get("inception_resnet_v2:papre")
