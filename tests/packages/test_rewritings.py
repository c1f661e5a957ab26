"""PyTorch's predictor computes some layers in another way: each is the same function, and is taken where it pays."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from support.small_network import network_of

from common import nets
from common.compare.roundoff import UNITS_PER_LAYER, relative_error
from common.contract import predicting
from common.contract.backend import load
from common.table.padding import SAME, VALID, Pad, sides
from common.table.resolve import resolve_block
from common.table.spec import Conv, GlobalAvgPool, MaxPool, Stage
from googlenet_torch import winograd
from googlenet_torch.fast import Neighbours
from googlenet_torch.onednn import FastConv
from googlenet_torch.traced import TracedWinograd
from googlenet_torch.winograd import ROUNDINGS, Winograd, filtered

pytestmark = pytest.mark.only("torch")
LIMIT = ROUNDINGS * float(np.finfo(np.float32).eps)
KINDS = {Winograd: "_products", TracedWinograd: "_outputs"}  # and what computes a portion


def maps(*shape):
    """Maps after a ReLU, with the channels of a pixel side by side."""
    random = np.random.default_rng(sum(shape)).standard_normal(shape).clip(min=0)
    return torch.from_numpy(random.astype(np.float32)).to(memory_format=torch.channels_last)


def weights_of(node, bias=True):
    random = np.random.default_rng(node.out_channels)
    weight = random.standard_normal((node.out_channels, node.in_channels, *node.kernel)).astype(np.float32)
    return weight, random.standard_normal(node.out_channels).astype(np.float32) if bias else None


def conv(channels, kernel, padding=SAME, **settings):
    return Conv(channels, kernel, padding=padding, norm=None, bias=True, in_channels=16, **settings)


def expected(x, node, weight, bias):
    """The convolution in float64, by PyTorch's own."""
    (top, bottom), (left, right) = sides(x.shape[2:], *node.window)
    y = F.conv2d(F.pad(x.double(), (left, right, top, bottom)), torch.from_numpy(weight).double())
    y = y if bias is None else y + torch.from_numpy(bias).double()[:, None, None]
    return (y.relu() if node.activation == "relu" else y).numpy()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padding", [SAME, VALID, Pad((0, 2), (1, 0))], ids=str)
@pytest.mark.parametrize("size", [(3, 3), (4, 5), (13, 8), (9, 18)])
def test_filtering_is_the_convolution_for_every_size_and_padding(size, padding, kind):
    node, x = conv(8, 3, padding), maps(3, 16, *size)
    computed = kind(node, *weights_of(node))(x)
    wanted = expected(x, node, *weights_of(node))
    assert computed.shape == wanted.shape
    assert relative_error(computed.numpy(), wanted) <= LIMIT


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("activation", "bias"), [(None, True), ("relu", False), (None, False)])
def test_filtering_has_the_activation_and_the_bias_of_the_layer(activation, bias, kind):
    node, x = conv(8, 3, activation=activation), maps(2, 16, 7, 7)
    computed = kind(node, *weights_of(node, bias))(x).numpy()
    assert relative_error(computed, expected(x, node, *weights_of(node, bias))) <= LIMIT
    assert (computed.min() < 0) == (activation is None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("at_a_time", "images", "lines", "portions"),
    [
        (1, 1, 1, 25),
        (40_000, 1, 2, 15),
        (80_000, 1, 3, 10),
        (120_000, 1, 5, 5),
        (200_000, 2, 5, 3),
        (400_000, 3, 5, 2),
        (10**9, 5, 5, 1),
    ],
)
def test_filtering_in_portions_of_images_and_of_lines_is_the_same(
    monkeypatch, at_a_time, images, lines, portions, kind
):
    """Of five images with five lines of tiles: a line takes 18,816 bytes, and portions are even."""
    node, x = conv(8, 3), maps(5, 16, 17, 9)
    layer = kind(node, *weights_of(node))
    whole, counted, compute = layer(x).numpy(), [], getattr(layer, KINDS[kind])
    monkeypatch.setattr(layer, "at_a_time", at_a_time)
    monkeypatch.setattr(layer, KINDS[kind], lambda *given: counted.append(given) or compute(*given))
    assert relative_error(layer(x).numpy(), whole) <= 1e-6
    assert len(counted) == portions and layer._at_a_time(5, 5, 3) == (images, lines)


@pytest.mark.parametrize("kind", KINDS)
def test_filtering_of_many_channels_has_no_more_roundings_than_are_told(kind):
    node, x = resolve_block(Conv(96, 3, padding=SAME, norm=None, bias=True), 512), maps(1, 512, 14, 14)
    error = relative_error(kind(node, *weights_of(node))(x).numpy(), expected(x, node, *weights_of(node)))
    assert LIMIT / 8 < error <= LIMIT


def test_only_convolutions_that_gain_are_filtered():
    def names(convs, size=32, batch=8):
        stages = {"b1": Stage(**convs, pool=GlobalAvgPool()), **{f"b{i}": Stage(c=Conv(4, 1)) for i in range(2, 20)}}
        table = nets.get(network_of("gain", (64, size, size), 3, stages, norm=None))
        return filtered(table, table.input, batch)

    wide = {"padding": SAME, "bias": True}
    assert names({"a": Conv(96, 3, **wide)}) == ["b1.a"]
    assert names({"a": Conv(96, 3, activation=None, **wide)}) == ["b1.a"]
    assert names({"a": Conv(64, 3, **wide)}) == []  # transforms are more than what is saved
    assert names({"a": Conv(96, 3, stride=2, **wide)}) == []
    assert names({"a": Conv(96, (3, 1), **wide), "b": Conv(96, 5, **wide)}) == []
    assert names({"a": Conv(96, 3, **wide)}, size=16, batch=1) == []  # 16 tiles
    assert names({"a": Conv(96, 3, **wide)}, size=17, batch=2) == ["b1.a"]  # 25 tiles in each image


def test_as_many_are_filtered_as_leave_half_of_the_limit_to_the_other_layers():
    assert winograd.UNITS_PER_LAYER == UNITS_PER_LAYER
    for name, total in {"vgg16": 4, "imagenet_aux": 7, "alexnet": 1}.items():
        table = nets.get(name)
        found = filtered(table, table.input, 8)
        assert len(found) == total and total**0.5 * ROUNDINGS <= table.depth * UNITS_PER_LAYER / 2
    table = nets.get("vgg16")
    at = {name: layer for name, layer in table.at(table.input, aux=False).items() if isinstance(layer.node, Conv)}
    assert {at[name].macs for name in filtered(table, table.input, 8)} == {max(layer.macs for layer in at.values())}


def processor(monkeypatch, widest, vendor, mkl=True):
    """PyTorch, with MKL or without, on such a processor."""
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: widest)
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: mkl)
    monkeypatch.setattr(winograd, "of_cpuinfo", {"vendor_id": vendor}.get)


@pytest.mark.parametrize(
    ("widest", "vendor", "mkl", "pays"),
    [
        ("AVX2", "AuthenticAMD", True, True),
        ("AVX512", "GenuineIntel", True, True),
        ("AVX512", "AuthenticAMD", True, False),
        ("AVX512", "AuthenticAMD", False, True),
        ("AVX512", None, True, False),
    ],
)
def test_nothing_is_filtered_by_products_that_leave_half_of_a_processor_unused(monkeypatch, widest, vendor, mkl, pays):
    processor(monkeypatch, widest, vendor, mkl)
    predictor = load("torch").predictor(load("torch").build_net("imagenet_aux"), batch=8)
    assert ("Winograd's filtering" in predictor.how) == pays


def test_a_predictor_says_what_is_filtered(monkeypatch):
    processor(monkeypatch, "AVX2", "GenuineIntel")
    stages = {
        "b1": Stage(a=Conv(96, 3, padding=SAME), pool=GlobalAvgPool()),
        **{f"b{i}": Stage(c=Conv(4, 1)) for i in range(2, 9)},
    }
    network = network_of("wide", (64, 24, 20), 3, stages, norm=None, bias=True)
    package = load("torch")
    for dtype, filters in (("float32", True), ("float64", False)):
        net = package.build_net(network, seed=1, dtype=dtype)
        predictor, x = package.predictor(net, batch=2), maps(3, 64, 24, 20).numpy()
        assert ("Winograd's filtering" in predictor.how) == filters
        assert relative_error(predictor(x), package.predict(net, x)) <= LIMIT


def test_nothing_is_filtered_where_products_need_not_keep_all_digits():
    table, before = nets.get("vgg16"), torch.backends.mkldnn.matmul.fp32_precision
    try:
        for precision, filters in {"ieee": True, "tf32": False, "bf16": False}.items():
            torch.backends.mkldnn.matmul.fp32_precision = precision
            assert bool(filtered(table, table.input, 8)) is filters
    finally:
        torch.backends.mkldnn.matmul.fp32_precision = before


@pytest.mark.parametrize("size", [(1, 1), (1, 4), (5, 1), (2, 3), (8, 7)])
def test_the_maximum_of_neighbours_is_that_of_the_pool(size):
    x = maps(2, 5, *size) - 1
    assert torch.equal(Neighbours()(x), F.max_pool2d(x, 3, 1, 1))
    x[1, 2, 0, 0] = torch.nan
    assert torch.equal(Neighbours()(x).isnan(), F.max_pool2d(x, 3, 1, 1).isnan())


@pytest.mark.parametrize(
    ("pool", "calls"),
    [
        (MaxPool(3, stride=1, padding=SAME), 0),
        (MaxPool(3, stride=2, padding=Pad((1, 1), (1, 1))), 1),
        (MaxPool(3, stride=1, padding=VALID), 1),
        (MaxPool((3, 1), stride=1, padding=SAME), 1),
        (MaxPool(5, stride=1, padding=SAME), 1),
    ],
)
def test_pools_of_neighbours_find_no_places(monkeypatch, pool, calls):
    package, counted, own = load("torch"), [], F.max_pool2d
    net = package.build_net(network_of("pool", (2, 9, 8), 3, {"b1": Stage(pool=pool, all=GlobalAvgPool())}))
    x = maps(2, 2, 9, 8).numpy()
    expected = package.predict(net, x)
    predictor = package.predictor(net)
    monkeypatch.setattr(F, "max_pool2d", lambda *a, **k: counted.append(a) or own(*a, **k))
    assert relative_error(predictor(x), expected) <= 1e-6
    assert len(counted) == calls


@pytest.mark.parametrize(("threads", "stage_bytes"), [(2, 4096), (1, 8192)])
def test_each_stage_computes_as_many_images_at_a_time_as_the_caches_hold(monkeypatch, threads, stage_bytes):
    """8 KiB hold two of the largest maps of the first stage, four of the second, and all of what is between them."""
    stages = {
        "b1": Stage(c=Conv(16, 1), p=MaxPool(2, stride=2, padding=VALID)),
        "b2": Stage(c=Conv(32, 1), pool=GlobalAvgPool()),
    }
    network = network_of("two", (1, 8, 8), 3, stages, norm=None, bias=True)
    package, counted, forward = load("torch"), [], FastConv.forward
    net, x = package.build_net(network, seed=1), maps(7, 1, 8, 8).numpy()
    monkeypatch.setattr("torch.get_num_threads", lambda: threads)
    monkeypatch.setattr(predicting, "STAGE_BYTES", stage_bytes)
    predictor = package.predictor(net, batch=7)
    assert predictor.batch == 7
    monkeypatch.setattr(
        FastConv, "forward", lambda self, x: counted.append((len(self.bias), len(x))) or forward(self, x)
    )
    assert relative_error(predictor(x), package.predict(net, x)) <= 1e-6
    assert counted == [(16, 2), (16, 2), (16, 2), (16, 1), (32, 4), (32, 3)]
