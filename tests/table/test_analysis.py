"""What the arithmetic predicts: the published counts, shapes by hand, receptive fields by trying every pixel."""

from math import inf

import numpy as np
import pytest

from common import nets
from common.base.errors import ShapeError
from common.compare.reference import Reference
from common.table.analysis import Layers, Table
from common.table.drawing import probing
from common.table.layers import Layer, walk, walk_network
from common.table.padding import SAME, VALID
from common.table.resolve import resolve_block
from common.table.sizes import evaluation_sizes, fits, training_sizes
from common.table.spec import (
    CLASSES,
    LRN,
    Aux,
    AvgPool,
    Concat,
    Conv,
    Dense,
    GlobalAvgPool,
    MaxPool,
    Network,
    Residual,
    Stage,
)
from common.table.taker import Taker

TRUNK = ("d2l", "d2l_same", "paper", "caffe", "imagenet_aux")


def count(name, shape=None, *, heads=True, **settings):
    """(trainable parameters, moving statistics, multiply-adds) of a table."""
    found = Layers(walk_network(nets.get(name, **settings), shape, aux=heads)).totals()
    return found.params, found.statistics, found.macs


def by_stage(network):
    return [network.layers.totals(name).params for name in (*network.trunk, *network.aux)]


@pytest.mark.parametrize("name", TRUNK)
@pytest.mark.parametrize(
    ("channels", "classes", "params"),
    [(1, 10, 5_977_530), (3, 10, 5_983_802), (3, 1000, 6_998_552), (1, 1000, 6_992_280)],
)
def test_parameters_of_the_main_network(name, channels, classes, params):
    aux = None if name.startswith("d2l") else False
    assert count(name, in_channels=channels, num_classes=classes, aux=aux)[:2] == (params, 0)


@pytest.mark.parametrize("name", ["paper", "caffe", "imagenet_aux"])
def test_parameters_with_both_heads(name):
    assert count(name)[:2] == (13_378_280, 0)
    assert by_stage(nets.get(name))[-2:] == [3_188_840, 3_190_888]


def test_parameters_by_stage():
    assert by_stage(nets.get("d2l")) == [3_200, 114_944, 552_432, 2_809_168, 2_487_536, 10_250]


def test_batch_normalisation_takes_the_place_of_the_biases():
    """7280 convolution outputs: a scale and a shift for a bias each, and a moving mean and variance."""
    assert count("d2l_bn")[:2] == (5_977_530 + 7_280, 2 * 7_280)


def test_weights_and_biases_apart():
    shapes = [w.shape for w in probing(nets.get("d2l", in_channels=3, num_classes=1000), dtype="float32").values()]
    assert sum(np.prod(s) for s in shapes if len(s) > 1) == 6_990_272
    assert sum(np.prod(s) for s in shapes if len(s) == 1) == 8_280


@pytest.mark.parametrize("name", ["d2l", "d2l_same", "d2l_bn"])
def test_multiply_adds_at_96_pixels(name):
    assert count(name)[2] == 276_066_304


@pytest.mark.parametrize("name", ["paper", "caffe", "imagenet_aux"])
def test_multiply_adds_at_224_pixels(name):
    assert count(name, heads=False)[2] == 1_582_671_872


def test_totals_are_of_a_name_and_what_lies_below_it():
    """Not of every name that begins alike."""
    stages = {"b1": Stage(a=Conv(2, 1), aa=Conv(3, 1)), "b10": Stage(a=Conv(5, 1))}
    layers = nets.get(Network("t", "", "", (1, 4, 4), 2, "floor", stages)).layers
    found = {name: layers.totals(name).params for name in ("b1", "b1.a", "b1.aa", "b10", "")}
    assert found == {"b1": 4 + 9, "b1.a": 4, "b1.aa": 9, "b10": 20, "": 4 + 9 + 20 + 5 * 16 * 2 + 2}


def test_multiply_adds_of_single_layers():
    """112² · 64 · 3 · 7², and the 1024 x 1000 of the classifier."""
    macs = {x.name: x.macs for x in walk_network(nets.get("paper"))}
    assert macs["b1.conv1"] == 118_013_952
    assert macs["fc"] == 1_024_000
    assert macs["b1.pool1"] == macs["b3.3a"] == macs["b5"] == 0


@pytest.mark.parametrize("name", [*TRUNK, "d2l_bn"])
def test_shapes_of_the_stages_at_224_pixels(name):
    network = nets.get(name)
    shapes = {x.name: x.shape for x in walk_network(network, (network.input[0], 224, 224), aux=False)}
    assert [shapes[stage] for stage in ("b1", "b2", "b3", "b4", "b5")] == [
        (64, 56, 56),
        (192, 28, 28),
        (480, 14, 14),
        (832, 7, 7),
        (1024, 1, 1),
    ]
    assert shapes["fc"] == (network.num_classes,)
    assert shapes["b5.5b"] == (1024, 7, 7)


def test_shapes_of_an_oblong_image_keep_height_and_width_apart():
    shapes = {x.name: x.output for x in walk_network(nets.get("d2l"), (1, 64, 224))}
    assert shapes["b1.conv1"] == (64, 32, 112)
    assert shapes["b4"] == (832, 2, 7)


@pytest.mark.parametrize("name", [*TRUNK, "d2l_bn"])
def test_the_depth_is_22(name):
    assert nets.get(name).depth == 22


def test_the_depth_is_that_of_the_longest_path():
    block = Concat(a=(Conv(2, 1),), b=(Conv(2, 1), Residual((Conv(2, 1), Conv(2, 1)))), c=(MaxPool(3),))
    assert list(walk(resolve_block(block), (2, 9, 9)))[-1].depth == 3


# (receptive field, distance of neighbours) after each pool and block, by hand: field + (k - 1) · distance.
FIELDS = {
    "b1.conv1": (7, 2),
    "b1": (11, 4),
    "b2.conv2": (19, 4),
    "b2": (27, 8),
    "b3.3a": (59, 8),
    "b3.3b": (91, 8),
    "b3": (107, 16),
    "b4.4a": (171, 16),
    "b4.4e": (427, 16),
    "b4": (459, 32),
    "b5.5a": (587, 32),
    "b5.5b": (715, 32),
}


@pytest.mark.parametrize("name", TRUNK)
def test_receptive_fields_of_googlenet(name):
    found = {x.name: x for x in walk_network(nets.get(name))}
    for layer, (field, jump) in FIELDS.items():
        assert (found[layer].field, found[layer].jump) == ((field, field), (jump, jump)), layer
    assert found["b5"].field == found["fc"].field == (inf, inf)


def table(*nodes, shape=(1, 33, 33), **settings):
    stage = Stage(**{f"n{i}": node for i, node in enumerate(nodes, 1)})
    settings = {"num_classes": 2, "convention": "floor", **settings}
    return Network(name="tiny", title="", source="", input=shape, stages={"b1": stage}, **settings)


LINEAR = {"activation": None}


@pytest.mark.parametrize(
    "nodes",
    [
        (Conv(2, 3, **LINEAR), AvgPool(3, stride=2), Conv(2, 3, **LINEAR)),
        (Conv(2, (1, 7), **LINEAR), Conv(2, (3, 1), stride=(2, 1), **LINEAR), Conv(2, 3, **LINEAR)),
        (Conv(2, 3, stride=2, padding=SAME, **LINEAR), LRN(), Conv(2, 3, padding=VALID, **LINEAR)),
        (
            Conv(2, 3, stride=2, **LINEAR),
            Concat(
                a=(Conv(1, 1, **LINEAR),),
                b=(Conv(2, 1, **LINEAR), Concat(c=(Conv(1, (1, 3), **LINEAR),), d=(Conv(1, (7, 1), **LINEAR),))),
                e=(AvgPool(3), Conv(1, 1, **LINEAR)),
            ),
        ),
        (
            Residual((Conv(2, 3, **LINEAR), Conv(1, (1, 5), **LINEAR)), activation=None),
            AvgPool(3, stride=2),
            Residual((), (Conv(1, 3, **LINEAR),), activation=None),
        ),
    ],
)
def test_receptive_fields_are_what_the_pixels_say(nodes):
    """Change one pixel after the other: the field is as far as the middle output notices, the jump how it moves."""
    network = nets.get(table(*nodes))
    x = np.random.default_rng(0).normal(size=network.input)
    weights = probing(network)
    changed = np.stack([x] * 66)  # the n-th with another row n, the (33 + n)-th with another column n
    for n in range(33):
        changed[n, :, n, :] += 1
        changed[33 + n, :, :, n] += 1
    plain, moved = (Reference(network, weights, images).outputs["b1"] for images in (x[None], changed))
    noticed = (np.abs(moved - plain) > 1e-9).any(1)  # far above round-off, and far below products of a few weights
    middle = [side // 2 for side in plain.shape[2:]]
    last = next(layer for layer in walk_network(network) if layer.name == "b1")

    def rows(i, j):
        return noticed[:33, i, j].nonzero()[0], noticed[33:, i, j].nonzero()[0]

    here, below = rows(*middle), rows(middle[0] + 1, middle[1] + 1)
    for axis in (0, 1):
        assert np.ptp(here[axis]) + 1 == last.field[axis]
        assert below[axis][0] - here[axis][0] == last.jump[axis]


@pytest.mark.parametrize(
    ("network", "shape", "message"),
    [
        ("caffe", (3, 30, 30), "b4.pool4: a 3x3 window does not fit a 1x1 map"),
        ("caffe", (3, 64, 30), "b4.pool4: a 3x3 window does not fit a 4x1 map"),
        ("d2l", (3, 96, 96), "b1.conv1: takes 1 channels, not 3"),
        ("caffe", (3, 64, 64), "aux1.pool: a 5x5 window does not fit a 4x4 map"),
        ("caffe", (3, 222, 224), "aux1.fc1: takes 2048 inputs, not 1536 (128x3x4)"),
    ],
)
def test_a_layer_that_cannot_take_its_map_is_named(network, shape, message):
    with pytest.raises(ShapeError) as caught:
        list(walk_network(nets.get(network), shape))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (
            Concat(a=(Conv(2, 3, 2),), b=(MaxPool(3),)),
            "x: its paths end in maps that do not fit together: 2x4x4, 3x8x8",
        ),
        (Residual((Conv(2, 3),)), "x: its paths end in maps that do not fit together: 2x8x8, 3x8x8"),
        (Concat(a=(Concat(b=(Conv(2, 9, padding=VALID),)),)), "x.a_1.b_1: a 9x9 window does not fit a 8x8 map"),
    ],
)
def test_paths_that_do_not_fit_together_are_named(block, message):
    with pytest.raises(ShapeError) as caught:
        list(walk(resolve_block(block), (3, 8, 8), "x"))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("node", "kind"),
    [(Conv(2, 3), "Conv 3x3"), (MaxPool(3, 2), "MaxPool 3x3/2"), (Conv(2, (1, 7)), "Conv 1x7"), (LRN(), "LRN")],
)
def test_layers_are_described_in_a_word(node, kind):
    assert Layer("x", node, (1, 8, 8), (1, 8, 8)).kind == kind


@pytest.mark.parametrize("name", ["d2l", "d2l_same", "d2l_bn", "paper"])
def test_padded_pools_take_an_image_of_one_pixel(name):
    assert evaluation_sizes(nets.get(name)) == (1, None, None)


@pytest.mark.parametrize("name", ["caffe", "imagenet_aux"])
def test_rounded_pools_need_31_pixels_and_say_why(name):
    assert evaluation_sizes(nets.get(name)) == (31, None, "b4.pool4: a 3x3 window does not fit a 1x1 map")
    assert fits(nets.get(name), (31, 31), aux=False) is None


def test_a_network_that_does_not_take_its_own_input_says_so():
    with pytest.raises(ShapeError, match=r"takes not even its own input: b1\.n1: a 9x9 window does not fit a 8x8 map"):
        evaluation_sizes(Table(**vars(table(Conv(2, 9, padding=VALID), shape=(1, 8, 8)))))


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("d2l", (1, None)), ("paper", (209, 256)), ("caffe", (223, 270)), ("imagenet_aux", (223, 270))],
)
def test_heads_are_made_for_14_to_16_rows(name, sizes):
    """5x5/3 over 14, 15 or 16 rows is 4 rows: 13 · 16 < H <= 16 · 16 with SAME, 223 <= H <= 270 rounded up."""
    assert training_sizes(nets.get(name)) == sizes


def test_heads_that_average_the_whole_map_take_every_image(monkeypatch):
    """There is no largest image then, and looking for one must end."""
    tried, takes = [], Taker.takes

    def counted(*arguments, **settings):
        tried.append(arguments)
        assert len(tried) < 1000, "no end in sight"
        return takes(*arguments, **settings)

    monkeypatch.setattr(Taker, "takes", counted)
    head = Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES))
    network = nets.get(table(Conv(2, 3), GlobalAvgPool(), aux={"a": Aux("b1.n1", head)}, shape=(1, 8, 8)))
    assert training_sizes(network) == (1, None)


@pytest.mark.parametrize(
    ("name", "others"), [("caffe", (222, 223, 270, 271)), ("vgg11", (223, 225)), ("cifar10_bn", ())]
)
def test_a_taker_says_of_every_size_what_the_whole_walk_says(name, others):
    """It keeps what stages make of maps, and must not take one map, or one stage, for another."""
    network, taker = nets.get(name), Taker(nets.get(name))
    sizes = [(n, n) for n in (*range(1, 40), *others)] + [(31, 96), (96, 30), (33, 32)]
    for aux in (False, True) if network.aux else (False,):
        taken = [taker.takes(size, aux=aux) for size in sizes]
        assert taken == [fits(network, size, aux=aux) is None for size in sizes]
        assert {True, False} == set(taken)


def test_a_taker_looks_at_both_sides_of_a_map_and_at_whether_it_is_one():
    """Paths that round differently take even maps only; a window takes no vector, of whatever size."""
    forked = Concat(a=(MaxPool(2, stride=2, padding=VALID),), b=(MaxPool(1, stride=2, padding=VALID),))
    network = nets.get(table(forked, Conv(2, 1), GlobalAvgPool(), shape=(1, 8, 8)))
    sizes = [(8, 8), (8, 7), (7, 8), (6, 4), (1, 1)]
    taker = Taker(network)
    assert [taker.takes(size, aux=False) for size in sizes] == [True, False, False, True, False]
    assert [fits(network, size, aux=False) is None for size in sizes] == [True, False, False, True, False]
