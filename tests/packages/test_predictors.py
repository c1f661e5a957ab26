"""A predictor of a package computes what the NumPy reference does, of every node of the vocabulary, batch by batch."""

import json

import numpy as np
import pytest
from support.backends import NAMES
from support.net_states import state
from support.predictors import NORM, POOLS, error, everything, images, made, pool_of
from support.small_network import network_of

from common.compare.reference import Reference
from common.compare.roundoff import reduced_tolerance, relative_error
from common.contract import backend
from common.table.padding import VALID
from common.table.spec import (
    Conv,
    GlobalAvgPool,
    Stage,
)


@pytest.mark.parametrize(("convention", "dtype"), [("floor", "float32"), ("ceil", "float64"), ("same", "float32")])
def test_a_predictor_is_the_reference_for_every_node(backend_name, convention, dtype):
    package, net, predictor = made(backend_name, everything(convention), dtype, batch=2)
    assert error(net, predictor, images(net.table, 3), package.get_weights(net)) <= 1


@pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)
def test_a_predictor_has_the_windows_of_every_pool(backend_name, pool):
    package, net, predictor = made(backend_name, pool_of(pool), "float32")
    x = images(net.table, 2) - 1
    assert error(net, predictor, x, package.get_weights(net)) <= 1


@pytest.mark.parametrize("size", [(8, 8), (11, 10)])
@pytest.mark.parametrize("pool", ["max", "max, rounded up", "average of the inside, same", "max of even"])
def test_windows_follow_the_size_that_is_asked_for(backend_name, pool, size):
    network = network_of("pool", (2, 9, 8), 3, {"b1": Stage(pool=POOLS[pool], all=GlobalAvgPool())}, convention="ceil")
    package, net, predictor = made(backend_name, network, image_size=size)
    assert error(net, predictor, images(net.table, 2, size) - 1, package.get_weights(net)) <= 1


@pytest.mark.long
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("d2l_bn", 96),
        ("paper", 224),
        ("imagenet_aux", 224),
        ("inception_v3", 107),
        ("inception_v3:keras", 107),
        ("inception_v4", 107),
        ("inception_resnet_v2", 107),
    ],
)
def test_a_predictor_of_a_large_network_is_the_reference(backend_name, name, size, dtype):
    package, net, predictor = made(backend_name, name, dtype, image_size=size)
    assert error(net, predictor, images(net.table, 1, (size, size)), package.get_weights(net)) <= 1


@pytest.fixture
def small(backend_name):
    """(package, net, predictor) of a few layers, three images at a time."""
    stages = {"b1": Stage(conv=Conv(4, 3, stride=2, padding=VALID)), "b2": Stage(conv=Conv(6, 3), pool=GlobalAvgPool())}
    return made(backend_name, network_of("small", (1, 12, 10), 5, stages, norm=NORM), batch=3)


@pytest.mark.parametrize("count", [1, 3, 7])
def test_any_number_of_images_is_computed_a_batch_at_a_time(small, count):
    package, net, predictor = small
    x = images(net.table, 8)[:count]
    assert predictor(x).shape == (count, 5)
    assert error(net, predictor, x, package.get_weights(net)) <= 1
    assert relative_error(predictor(x[::-1])[::-1], predictor(x)) <= 1e-14  # nothing is left of the batch before


def test_arrays_of_every_layout_and_dtype_are_taken_and_stay(small):
    package, net, predictor = small
    x = np.random.default_rng(0).integers(-9, 9, (2, 1, 12, 10))
    expected = package.predict(net, x)
    for given in (x, x.astype(">f4"), np.asfortranarray(x.astype("f8")), np.repeat(x, 2, axis=3)[..., ::2]):
        before = given.copy()
        assert relative_error(predictor(given), expected) <= 1e-13
        assert np.array_equal(given, before)


def test_a_predictor_has_copies_of_the_weights_that_the_net_had(small):
    package, net, predictor = small
    x, before = images(net.table, 3), package.get_weights(net)
    package.set_weights(net, {name: array + 0.5 for name, array in before.items()})
    assert error(net, predictor, x, before) <= 1
    assert error(net, package.predictor(net), x, package.get_weights(net)) <= 1
    assert relative_error(predictor(x), package.predict(net, x)) > 1e-3


def test_results_are_not_overwritten_by_later_ones(small):
    _, net, predictor = small
    first = predictor(images(net.table, 2))
    kept = first.copy()
    predictor(images(net.table, 3))
    assert np.array_equal(first, kept)


def test_making_and_using_a_predictor_leaves_the_net_as_it_was(backend_name):
    package = backend.load(backend_name)
    net = package.build_net(everything("ceil"), seed=1)
    before, names = state(backend_name, net), list(package.get_weights(net))
    package.predictor(net, batch=2)(images(net.table, 2))
    assert state(backend_name, net) == before and list(package.get_weights(net)) == names


def test_images_of_another_size_are_refused_in_one_line(small):
    _, net, predictor = small
    with pytest.raises(ValueError, match=r"takes images of 12x10, not 10x12: make another with image_size="):
        predictor(images(net.table, 2, (10, 12)))


@pytest.mark.parametrize("wrong", [np.zeros((2, 2, 12, 10)), np.zeros((1, 12, 10)), np.zeros((0, 1, 12, 10)), [[1.0]]])
def test_a_predictor_refuses_what_predict_does(small, wrong):
    package, net, predictor = small
    messages = []
    for call in (predictor, lambda x: package.predict(net, x)):
        with pytest.raises(ValueError, match="image") as refused:
            call(wrong)
        messages.append(str(refused.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    "asked",
    [
        {"image_size": 2},
        *({"image_size": size} for size in (0, -1, (8,), (8, 8, 8), "8", 8.0, True, (8, None))),
        *({"batch": batch} for batch in (0, -2, 1.5, None, True)),
    ],
    ids=str,
)
def test_what_no_predictor_can_be_made_for_is_refused(small, asked):
    package, net, _ = small
    with pytest.raises(ValueError, match=r"^image_size is a number|^an image of 2x2 is too small for small"):
        package.predictor(net, **asked)


def test_a_classifier_of_the_frameworks_own_is_computed_too(backend_name, small):
    package, net, _ = small
    if backend_name == "torch":
        import torch

        net.fc = torch.nn.Linear(6, 2).double()
    elif backend_name == "tf":
        import keras

        net.fc = keras.layers.Dense(2, dtype="float64")
    else:
        import mxnet as mx

        net.fc = mx.gluon.nn.Dense(2, in_units=6, dtype="float64")
        net.fc.initialize()
    x = images(net.table, 2)
    assert relative_error(package.predictor(net)(x), package.predict(net, x)) <= 1e-13


@pytest.mark.only("mxnet")
def test_a_predictor_of_gluon_works_with_numpy_arrays_set():
    import mxnet as mx

    package, net, predictor = made("mxnet", everything("ceil"), batch=2)
    x = images(net.table, 3)
    expected = predictor(x)
    mx.npx.set_np()
    try:
        assert np.array_equal(predictor(x), expected)
        assert relative_error(package.predictor(net)(x), expected) <= 1e-14
    finally:
        mx.npx.reset_np()


@pytest.mark.only("torch")
def test_a_net_of_16_bits_is_computed_in_16_bits():
    import torch

    package, net, _ = made("torch", everything("floor"), "float32")
    x = images(net.table, 2)
    expected, predictor = package.predict(net, x), package.predictor(net.bfloat16())
    assert 1e-5 < relative_error(predictor(x), expected) < 0.05
    assert predictor(x).dtype == np.float32
    assert ("oneDNN" in predictor.how) == torch.ops.mkldnn._is_mkldnn_bf16_supported()


@pytest.fixture(params=[name for name in NAMES if backend.declared(name).fast_in_bfloat16])
def reduced(request):
    """(package, net in float32, its predictor in bfloat16, one image at a time)."""
    return made(request.param, everything("ceil"), "float32", batch=1, bfloat16=True)


def test_a_predictor_in_bfloat16_is_the_reference_but_for_its_roundings(reduced):
    package, net, predictor = reduced
    x, weights = images(net.table, 3), package.get_weights(net)
    logits, expected = predictor(x), Reference(net.table, weights, x, aux=False).outputs
    assert logits.dtype == np.float32 and predictor.how.startswith("bfloat16, ")
    assert 1e-4 < relative_error(logits, expected["fc"]) < reduced_tolerance(net.table)
    digits = logits.view(np.uint32) & 0xFFFF
    assert digits.any(), "the logits have the digits of bfloat16 only"


def test_each_layer_of_a_predictor_in_bfloat16_is_told(reduced):
    package, net, predictor = reduced
    x = images(net.table, 1)
    told, expected = predictor.layers(x), Reference(net.table, package.get_weights(net), x, aux=False).outputs
    assert list(told) == list(package.layer_outputs(net, x))
    errors = {name: relative_error(array, expected[name]) for name, array in told.items()}
    assert 1e-3 < max(errors.values()) < reduced_tolerance(net.table)
    assert all(error > 1e-4 for name, error in errors.items() if name.startswith("b1.")), "a layer is in float32"
    assert relative_error(told["fc"], predictor(x)) < reduced_tolerance(net.table) / 4


def test_a_predictor_in_bfloat16_has_copies_and_leaves_the_net(reduced, request):
    package, net, predictor = reduced
    name = request.node.callspec.params["reduced"]
    x, before, told = images(net.table, 2), package.get_weights(net), state(name, net)
    logits, layers = predictor(x), predictor.layers(x)
    assert state(name, net) == told
    package.set_weights(net, {name: array + 0.5 for name, array in before.items()})
    assert np.array_equal(predictor(x), logits)
    assert all(np.array_equal(array, layers[name]) for name, array in predictor.layers(x).items())
    assert package.predict(net, x).dtype == np.float32


def test_bfloat16_is_for_nets_in_float32(backend_name):
    package = backend.load(backend_name)
    able = backend.declared(backend_name).fast_in_bfloat16
    dtype, words = (
        ("float64", "is for the products of a net in float32") if able else ("float32", "does not compute in")
    )
    with pytest.raises(ValueError, match=f"bfloat16 {words}|{words} bfloat16"):
        package.predictor(package.build_net(pool_of(POOLS["max"]), dtype=dtype), bfloat16=True)
    assert package.predictor(package.build_net(pool_of(POOLS["max"]), dtype=dtype)).layers is None


@pytest.mark.parametrize("name", [name for name in NAMES if not backend.declared(name).fast_compiled])
def test_only_what_is_declared_is_compiled(name):
    package = backend.load(name)
    with pytest.raises(ValueError, match=r"^the predictor of .* is not compiled into machine code: leave compiled out"):
        package.predictor(package.build_net(pool_of(POOLS["max"])), compiled=True)


@pytest.mark.only("torch")
def test_hooks_of_layers_and_blocks_are_not_called():
    (package, net, _), called = made("torch", everything("floor"), "float32"), []
    for module in net.modules():
        module.register_forward_hook(lambda *_: called.append(1))
        module.register_forward_pre_hook(lambda *_: called.append(1))
    package.predictor(net)(images(net.table, 2))
    assert not called
    package.predict(net, images(net.table, 2))
    assert called


@pytest.fixture
def told_threads(backend_name, monkeypatch):
    """Tells the framework under test how many threads it has."""
    if backend_name == "torch":
        return lambda count: monkeypatch.setattr("torch.get_num_threads", lambda: count)
    threading = "tensorflow.config.threading.get_intra_op_parallelism_threads"
    return lambda count: monkeypatch.setattr(threading, lambda: count)


# The largest map of an image is 6 x 349 x 349, or 6 x 1049 x 1049: 5.8 and 53 MB in float64. Gluon's memory is laid out
# once, for the whole batch.
PORTIONS = {"torch": (700, (4, 2, 7)), "tf": (2100, (2, 1, 4)), "mxnet": (700, (7, 7, 7))}


@pytest.mark.parametrize(("asked", "dtype", "threads"), [(0, "float64", 2), (1, "float64", 1), (2, "float32", 2)])
def test_a_processor_computes_as_many_images_at_a_time_as_are_fastest(
    backend_name, told_threads, asked, dtype, threads
):
    if backend_name != "mxnet":
        told_threads(threads)
    side, portions = PORTIONS[backend_name]
    stages = {"b1": Stage(conv=Conv(4, 3, stride=2, padding=VALID)), "b2": Stage(conv=Conv(6, 3), pool=GlobalAvgPool())}
    network = network_of("small", (1, 12, 10), 5, stages)
    assert made(backend_name, network, dtype, image_size=side, batch=7)[2].batch == portions[asked]


@pytest.mark.only("torch")
def test_torch_without_operators_of_onednn_goes_on_without(monkeypatch):
    import torch

    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    package, net, predictor = made("torch", everything("ceil"), "float32")
    assert error(net, predictor, images(net.table, 2), package.get_weights(net)) <= 1
    assert predictor.how == "normalisation folded, channels last"


HOW = {
    "torch": (
        "normalisation folded",
        "normalisation folded, channels last, convolution and activation in one by oneDNN",
    ),
    "tf": ("one graph, weights frozen",) * 2,
    "mxnet": ("one symbol, normalisation folded", "one symbol, normalisation folded, fused by oneDNN"),
}


@pytest.mark.parametrize(("i", "dtype"), [(0, "float64"), (1, "float32")])
def test_a_predictor_says_which_way_it_takes(backend_name, i, dtype):
    _, _, predictor = made(backend_name, pool_of(POOLS["max"]), dtype)
    assert predictor.how == HOW[backend_name][i]


@pytest.mark.only("mxnet")
def test_gluon_predicts_by_the_relu_that_onednn_fuses():
    from googlenet_mxnet.fast import Graph

    net = backend.load("mxnet").build_net(everything("ceil"))
    operators = {node["op"] for node in json.loads(Graph(net, (2, *net.table.input)).logits.tojson())["nodes"]}
    assert operators & {"relu", "Activation"} == {"Activation"}
