"""PyTorch's predictor, compiled into machine code: the same function, or one line that says why it cannot be."""

import tempfile

import numpy as np
import pytest
import torch
from support.net_states import state
from support.predictors import NORM, POOLS, error, everything, images, made, pool_of
from support.small_network import network_of
from torch._inductor import config

from common import nets
from common.base.errors import InputError
from common.compare.roundoff import relative_error
from common.contract.backend import load
from common.table.drawing import probing
from common.table.padding import SAME
from common.table.spec import Conv, GlobalAvgPool, Residual, Stage
from googlenet_torch import blocks, compiled, traced

pytestmark = pytest.mark.only("torch")


@pytest.fixture(scope="module", autouse=True)
def temporary(tmp_path_factory):
    """The folder of temporary files, which nobody else uses; at the end nothing is left in it."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        yield folder
    assert not list(folder.iterdir())


@pytest.fixture(scope="module")
def every():
    """(package, net of every node, one of them a convolution to filter, its predictor of three images at a time)."""
    wide = Stage(a=Conv(96, 3, padding=SAME, bias=True))
    nodes = everything("ceil").stages
    stages = {"b1": wide, **{f"b{i}": stage for i, stage in enumerate(nodes.values(), 2)}}
    return made("torch", network_of("every", (64, 17, 22), 5, stages, norm=NORM), "float32", batch=3, compiled=True)


@pytest.mark.compiler
def test_a_compiled_predictor_is_the_reference_for_every_node(every, temporary):
    package, net, predictor = every
    weights = package.get_weights(net)
    for count in (1, 3, 5):  # fewer than it is compiled for, as many, and more
        assert error(net, predictor, images(net.table, count), weights) <= 1
    assert predictor.how == "compiled, normalisation folded, channels last, 3x3 convolutions by Winograd's filtering"
    assert not list(temporary.iterdir())


@pytest.mark.compiler
def test_images_may_lie_in_memory_in_any_order(every):
    """Compiled code does not look at strides: it takes the order that it was compiled for."""
    _, net, predictor = every
    x = images(net.table, 3).astype(np.float32)
    expected = predictor(x)
    for other in (np.asfortranarray(x), x.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2), x[::-1].copy()[::-1]):
        assert np.array_equal(predictor(other), expected)


@pytest.mark.compiler
def test_a_compiled_predictor_has_copies_and_leaves_the_net(every):
    package, net, predictor = every
    x, weights, before = images(net.table, 2), package.get_weights(net), state("torch", net)
    logits = predictor(x)
    assert state("torch", net) == before
    package.set_weights(net, {name: array + 0.5 for name, array in weights.items()})
    assert np.array_equal(predictor(x), logits)
    package.set_weights(net, weights)


def test_scales_are_tensors_in_residual_blocks_within_others_too():
    """Before anything is compiled: what the compiler gets is the net."""
    inner = Residual((Conv(4, 1, activation=None),), scale=0.3)
    stage = Stage(conv=Conv(4, 1), outer=Residual((Conv(4, 1), inner), scale=0.2), pool=GlobalAvgPool())
    table = nets.get(network_of("nested", (2, 5, 6), 3, {"b1": stage}))
    package = load("torch")
    net = package.build_net(table, weights=probing(table), dtype="float32")
    x = torch.from_numpy(images(table, 2).astype(np.float32))
    fast = compiled._traceable(net, table.input, 2, x)
    scaled = [module for module in fast.modules() if isinstance(module, traced.Scaled)]
    assert sorted(float(module.scale) for module in scaled) == pytest.approx([0.2, 0.3])
    left = [name for name, module in fast.named_modules() if isinstance(module, blocks.Residual)]
    assert len(left) == 2 and all(name.endswith(".block") for name in left)
    with torch.inference_mode():
        assert relative_error(fast.trunk(x).numpy(), package.predict(net, x.numpy())) < 1e-5


def test_compiled_is_for_float32():
    package = load("torch")
    with pytest.raises(InputError, match=r"^compiled is for nets in float32 on a processor: leave it out"):
        package.predictor(package.build_net(pool_of(POOLS["max"]), dtype="float64"), compiled=True)
    with pytest.raises(InputError, match=r"^bfloat16 and compiled are two fast paths: choose one of them$"):
        package.predictor(package.build_net(pool_of(POOLS["max"])), bfloat16=True, compiled=True)


def test_code_that_computes_something_else_is_refused(monkeypatch):
    """As of scales that are numbers: PyTorch 2.13 gives all residual blocks the last one's."""
    package = load("torch")
    net = package.build_net(pool_of(POOLS["max"]), dtype="float32")
    for wrong in (lambda x: 1.001 * net.trunk(x), lambda x: net.trunk(x) * float("nan")):
        monkeypatch.setattr(compiled, "_loaded", lambda logits, example, wrong=wrong: wrong)
        with pytest.raises(InputError, match=r"^PyTorch 2\S+ compiles pool into something else: its logits differ by "):
            package.predictor(net, compiled=True)
    called = []
    monkeypatch.setattr(compiled, "_loaded", lambda logits, example: logits)
    net.b1.register_forward_hook(lambda *_: called.append(1))
    package.predictor(net, compiled=True)
    assert not called


@pytest.mark.parametrize("cxx", ["no-such-compiler", "false"])
def test_without_a_compiler_it_says_so(cxx, temporary):
    package = load("torch")
    net, words = package.build_net(pool_of(POOLS["max"])), r"^compiled needs a compiler of C\+\+, such as g\+\+ \(CXX"
    with config.patch({"cpp.cxx": (None, cxx)}), pytest.raises(InputError, match=words) as told:
        package.predictor(net, compiled=True)
    assert "\n" not in str(told.value) and not list(temporary.iterdir())


@pytest.mark.compiler
@pytest.mark.long
@pytest.mark.parametrize(("name", "size"), [("imagenet_aux", 224), ("inception_v3", 107), ("inception_resnet_v2", 107)])
def test_published_networks_are_the_same_compiled(name, size):
    package, net, predictor = made("torch", name, "float32", image_size=size, batch=2, compiled=True)
    assert error(net, predictor, images(net.table, 2, (size, size)), package.get_weights(net)) <= 1
    assert predictor.how.startswith("compiled, ")
