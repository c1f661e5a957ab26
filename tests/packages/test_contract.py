"""The three packages keep one contract: the same names, the same options, the same behaviour around a net."""

import ast
import inspect
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support.backends import FRAMEWORKS, PACKAGES
from support.small_network import network_of

from common import contract, nets
from common.compare.reference import Reference
from common.compare.roundoff import relative_error
from common.contract.backend import declared
from common.data.images import random_images
from common.table.drawing import probing
from common.table.resolve import without_dropout
from common.table.spec import BatchNorm, Conv, GlobalAvgPool, Stage

ROOT = Path(__file__).parent.parent.parent


@cache
def parsed(file):
    return ast.parse((ROOT / file).read_text())


def files(package):
    return {path.name for path in (ROOT / PACKAGES[package]).glob("*.py")}


def test_the_packages_export_the_same_names(backends_by_name):
    exported = [backend.__all__ for backend in backends_by_name.values()]
    assert all(names == exported[0] for names in exported)
    assert all(hasattr(backend, name) for backend in backends_by_name.values() for name in backend.__all__)


def test_functions_of_the_contract_have_the_same_signatures(backends_by_name):
    def signatures(backend):
        functions = {name: getattr(backend, name) for name in backend.__all__ if name.islower()}
        return {name: str(inspect.signature(f)).partition(" ->")[0] for name, f in functions.items()}

    found = [signatures(backend) for backend in backends_by_name.values()]
    assert all(one == found[0] for one in found)


def test_trainers_have_the_methods_of_the_contract(backends_by_name):
    for backend in backends_by_name.values():
        for method in ("__init__", "step", "velocities", "set_velocities"):
            found, promised = (inspect.signature(getattr(t, method)) for t in (backend.Trainer, contract.Trainer))
            shape = [[(p.name, p.kind, p.default) for p in s.parameters.values()] for s in (found, promised)]
            assert shape[0] == shape[1], (backend.FRAMEWORK, method)


def imports(tree):
    """Names of the top-level packages that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def test_packages_have_and_do_what_they_declare(backends_by_name):
    for name, backend in backends_by_name.items():
        said = declared(name)
        assert backend.FRAMEWORK.split()[0] == said.framework.split()[0]
        assert said.trains_in == backend.Trainer.DTYPES
        assert said.gradients and said.training
        for dtype in said.computes_in:
            assert {w.dtype for w in backend.get_weights(backend.build_net("d2l", seed=0, dtype=dtype)).values()} == {
                np.dtype(dtype)
            }


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_the_framework_or_the_package_of_another(package):
    others = {name for other in PACKAGES if other != package for name in (*FRAMEWORKS[other], PACKAGES[other])}
    for file in files(package):
        assert not others & set(imports(parsed(f"{PACKAGES[package]}/{file}"))), file


def test_the_parts_in_common_import_no_framework():
    forbidden = {*PACKAGES.values(), *(name for names in FRAMEWORKS.values() for name in names)}
    for path in (ROOT / "common").rglob("*.py"):
        assert not forbidden & set(imports(ast.parse(path.read_text()))), path.name


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"name": "d2l_bm"}, "did you mean 'd2l_bn'.*d2l_same"),
        ({"name": "resnet"}, "the choices are .*d2l.*caffe"),
        ({"dtype": "float16"}, "float32, float64"),
        ({"aux": True}, "no auxiliary heads.*False and None"),
        ({"name": "caffe", "aux": "yes"}, "True, False or None"),
        ({"seed": -1}, "seed .* at least 0"),
        ({"seed": 0.5}, "seed .* at least 0"),
        ({"seed": 0, "weights": {}}, "either seed or weights"),
        ({"num_classes": 0}, "num_classes .* at least 1"),
        ({"in_channels": -3}, "in_channels .* at least 1"),
    ],
    ids=str,
)
def test_a_wrong_option_is_an_error_that_says_the_choices(options, says, backend):
    with pytest.raises(ValueError, match=says):
        backend.build_net(**options)


def test_images_that_a_net_does_not_take_are_refused_before_they_are_run(backend):
    net = backend.build_net("caffe", seed=0)
    small, grey = np.zeros((1, 3, 30, 64), "float32"), np.zeros((1, 1, 64, 64), "float32")
    for run in (backend.predict, backend.layer_outputs):
        with pytest.raises(ValueError, match="too small"):
            run(net, small)
        with pytest.raises(ValueError, match="3 channels, not 1"):
            run(net, grey)
    with pytest.raises(ValueError, match="223 to 270"):
        backend.gradients(net, np.zeros((1, 3, 64, 64), "float32"), np.array([0]), training=True)


@pytest.mark.parametrize("name", ["d2l_bn", pytest.param("caffe", marks=pytest.mark.long)])
def test_predict_is_the_output_of_the_classifier(name, backend):
    table = nets.get(name)
    net = backend.build_net(table, weights=probing(table), dtype="float64")
    x = random_images(2, (table.input[0], 64, 75))
    stages, layers = backend.stage_outputs(net, x), backend.layer_outputs(net, x)
    assert list(stages) == list(table.trunk)
    assert np.array_equal(backend.predict(net, x), stages["fc"])
    assert relative_error(stages["fc"], Reference(table, probing(table), x, aux=False).outputs["fc"]) <= 1e-12
    assert all(np.array_equal(stages[stage], layers[stage]) for stage in stages)


@pytest.mark.parametrize("training", [pytest.param(False, marks=pytest.mark.long), True])
def test_logits_are_those_that_the_net_returns_and_not_what_its_layers_have_put_out(training, backend, monkeypatch):
    table = without_dropout(nets.get("cifar10_bn"))
    net, x = backend.build_net(table, weights=probing(table), dtype="float64"), random_images(2, (3, 64, 64))
    before = backend.layer_outputs(net, x, training=training, aux=True)
    own = type(net).with_heads
    monkeypatch.setattr(type(net), "with_heads", lambda self, x: {name: 2 * y for name, y in own(self, x).items()})
    after = backend.layer_outputs(net, x, training=training, aux=True)
    logits = {"fc", *table.aux}
    assert {name for name in before if not np.array_equal(before[name], after[name])} == logits
    assert all(np.array_equal(after[name], 2 * before[name]) for name in logits)


NORMALISED = nets.get(
    network_of(
        "normalised",
        (2, 9, 8),
        3,
        {"b1": Stage(conv1=Conv(4, 3), conv2=Conv(5, 3, stride=2)), "b2": Stage(pool=GlobalAvgPool())},
        norm=BatchNorm(),
        bias=False,
    )
)


def test_looking_at_a_net_leaves_its_weights_and_statistics_alone(backend):
    net = backend.build_net(NORMALISED, weights=probing(NORMALISED), dtype="float64")
    x, before = random_images(2, NORMALISED.input), backend.get_weights(net)
    logits = backend.predict(net, x)
    for training in (False, True):
        backend.layer_outputs(net, x, training=training)
        backend.stage_outputs(net, x, training=training)
    backend.gradients(net, x, np.array([1, 2]))
    after = backend.get_weights(net)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert np.array_equal(backend.predict(net, x), logits)


def test_gradients_in_training_move_the_statistics_and_nothing_else(backend):
    net = backend.build_net(NORMALISED, weights=probing(NORMALISED), dtype="float64")
    before = backend.get_weights(net)
    backend.gradients(net, random_images(2, NORMALISED.input), np.array([1, 2]), training=True)
    after = backend.get_weights(net)
    for name in before:
        assert np.array_equal(before[name], after[name]) == ("running" not in name), name


@pytest.mark.only("torch")
@pytest.mark.parametrize("training", [False, True])
def test_a_torch_net_stays_in_its_mode(training):
    import googlenet_torch

    net = googlenet_torch.build_net(NORMALISED, seed=0)
    assert not net.training
    net.train(training)
    x, y = random_images(2, NORMALISED.input), np.array([1, 2])
    for other in (False, True):
        googlenet_torch.layer_outputs(net, x, training=other)
        googlenet_torch.gradients(net, x, y, training=other)
        googlenet_torch.predict(net, x)
        assert all(module.training == training for module in net.modules())
    assert all(p.grad is None for p in net.parameters())


def call_in_training(backend_name, net, x):
    """The heads' logits by name, from calling the net as its framework does while training."""
    match backend_name:
        case "torch":
            import torch

            found = net.train()(torch.as_tensor(x))
            net.eval()
            return {name: y.detach().numpy() for name, y in found.items()}
        case "tf":
            return {name: y.numpy() for name, y in net(x.transpose(0, 2, 3, 1), training=True).items()}
        case "mxnet":
            import mxnet as mx

            with mx.autograd.train_mode():
                return {name: y.asnumpy() for name, y in net(mx.nd.array(x, dtype=x.dtype)).items()}


def head_by_hand(x, weights, name):
    """Szegedy et al. 2015, section 5: 5x5/3 average pool, 1x1 convolution, two dense layers."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (5, 5), axis=(2, 3))[:, :, ::3, ::3]
    kernel = weights[f"{name}.conv.weight"][:, :, 0, 0]
    maps = np.einsum("oc,nchw->nohw", kernel, windows.mean((4, 5)))
    maps = np.maximum(maps + weights[f"{name}.conv.bias"][:, None, None], 0)
    hidden = maps.reshape(len(x), -1) @ weights[f"{name}.fc1.weight"].T + weights[f"{name}.fc1.bias"]
    return np.maximum(hidden, 0) @ weights[f"{name}.fc2.weight"].T + weights[f"{name}.fc2.bias"]


def test_aux1_branches_off_after_4a_and_aux2_after_4d_and_neither_goes_by_the_name_of_the_other(backend_name, backend):
    table = without_dropout(nets.get("paper", num_classes=10))
    weights, x = probing(table), random_images(1, (3, 209, 209))
    net = backend.build_net(table, weights=weights, dtype="float64")
    found = backend.layer_outputs(net, x, aux=True)
    called = call_in_training(backend_name, net, x)
    assert list(called) == ["fc", "aux1", "aux2"]
    for name, block in (("aux1", "b4.4a"), ("aux2", "b4.4d")):
        by_hand = head_by_hand(found[block], weights, name)
        assert relative_error(found[name], by_hand) <= 1e-12
        assert relative_error(called[name], by_hand) <= 1e-12
    assert relative_error(called["fc"], backend.predict(net, x)) <= 1e-12


def test_without_heads_the_logits_are_the_same(backend):
    weights, x = probing(nets.get("caffe")), random_images(1, (3, 64, 75))
    trunk = {name: array for name, array in weights.items() if not name.startswith("aux")}
    nets_ = backend.build_net("caffe", weights=weights), backend.build_net("caffe", weights=trunk, aux=False)
    assert np.array_equal(*(backend.predict(net, x) for net in nets_))


def test_a_table_in_hand_takes_options_like_one_by_name(backend):
    net = backend.build_net(nets.get("d2l"), num_classes=3, seed=0)
    assert backend.predict(net, np.ones((2, 1, 32, 32))).shape == (2, 3)
