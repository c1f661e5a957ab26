"""A net computes where it was put, and arrays go in and come out on the host.

Without a GPU, a second device that every machine has stands for it: PyTorch's ``meta``, which has shapes and no
numbers, and a second processor of TensorFlow's.
"""

import subprocess
import sys

import numpy as np
import pytest
from support.trainers import RANDOM

from common.contract import devices
from common.table.drawing import probing


def test_a_net_of_a_named_device_is_that_of_no_name_here(backend):
    x = np.ones((2, *RANDOM.input))
    expected = backend.predict(backend.build_net(RANDOM, weights=probing(RANDOM)), x)
    for name in ("cpu", "auto"):
        net = backend.build_net(RANDOM, weights=probing(RANDOM), device=name)
        if backend.devices().get("cuda", 0) == 0:
            assert np.array_equal(backend.predict(net, x), expected)


@pytest.mark.parametrize("name", ["cuda:77", "nowhere"])
def test_a_device_that_is_not_there_is_an_error_before_anything_is_built(name, backend):
    with pytest.raises(ValueError, match=f"device '{name}'"):
        backend.build_net("d2l", device=name)
    with pytest.raises(ValueError, match=f"device '{name}'"), devices.using(name):
        backend.build_net("d2l")


@pytest.mark.only("torch")
@pytest.mark.parametrize("way", ["an argument", "using"])
def test_a_torch_net_goes_to_the_device_of_its_name(way, monkeypatch):
    import torch

    import googlenet_torch
    from googlenet_torch import device
    from googlenet_torch.run import tensor

    asked, own = [], {"device": "cuda:1"} if way == "an argument" else {}
    with monkeypatch.context() as patch, devices.using(None if own else "cuda:1"):
        patch.setattr(device, "devices", lambda: {"cpu": 1, "cuda": 2})
        patch.setattr(device.torch, "device", lambda *name: asked.append(name) or "meta")
        net = googlenet_torch.build_net(RANDOM, seed=0, **own)
    assert asked == [("cuda", 1)]
    assert {t.device.type for t in (*net.parameters(), *net.buffers())} == {"meta"}
    assert tensor(net, np.ones((2, *RANDOM.input))).device.type == "meta"
    assert net.stage_features(torch.ones(2, *RANDOM.input, device="meta"))["b2"].shape == (2, 8, 1, 1)


@pytest.mark.only("torch")
def test_a_torch_net_that_somebody_has_moved_is_used_where_it_is():
    """As a trainer's: the arrays follow the net, not the name that it was built with."""
    import googlenet_torch
    from googlenet_torch.run import tensor

    net = googlenet_torch.build_net(RANDOM, seed=0).to("meta")
    assert tensor(net, np.ones(3)).device.type == "meta"


@pytest.mark.only("torch")
def test_full_precision_of_torch_is_put_back_where_something_raises():
    import torch

    import googlenet_torch

    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    try:
        with pytest.raises(ArithmeticError), googlenet_torch.full_precision():
            assert not torch.backends.cuda.matmul.allow_tf32 and not torch.backends.cudnn.allow_tf32
            raise ArithmeticError
        assert torch.backends.cuda.matmul.allow_tf32 and torch.backends.cudnn.allow_tf32
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


@pytest.mark.only("tf")
def test_full_precision_of_tensorflow_is_put_back_where_something_raises():
    import tensorflow as tf

    import googlenet_tf

    tf.config.experimental.enable_tensor_float_32_execution(True)
    with pytest.raises(ArithmeticError), googlenet_tf.full_precision():
        assert not tf.config.experimental.tensor_float_32_execution_enabled()
        raise ArithmeticError
    assert tf.config.experimental.tensor_float_32_execution_enabled()


ELSEWHERE = """
import numpy as np
import googlenet_tf
from googlenet_tf import device
from googlenet_tf.framework import keras, tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
device.devices = lambda: {"cpu": 1, "cuda": 2}
device.NATIVE["cuda"] = "CPU"  # CPU:1 stands for the second GPU
from common.contract.recipe import Recipe
from support.trainers import RANDOM
from common.table.drawing import probing

def build(**where):
    return googlenet_tf.build_net(RANDOM, weights=probing(RANDOM), dtype="float64", **where)

there, here = build(device="cuda:1"), build()
assert {v.value.device[-5:] for v in there.variables} == {"CPU:1"}, {v.value.device for v in there.variables}
assert {v.value.device[-5:] for v in here.variables} == {"CPU:0"}
places = []
for net in (there, here):
    call = net.b1.conv.call
    net.b1.conv.call = lambda x, call=call: (lambda y: places.append(y.device[-5:]) or y)(call(x))
x, y = np.random.default_rng(0).normal(size=(3, *RANDOM.input)), np.array([0, 1, 3])
pairs = [
    (googlenet_tf.predict(net, x), googlenet_tf.layer_outputs(net, x)["b1"], googlenet_tf.gradients(net, x, y)["input"])
    for net in (there, here)
]
for a, b in zip(*pairs):
    assert isinstance(a, np.ndarray) and np.allclose(a, b, rtol=1e-12, atol=1e-12)
assert places == ["CPU:1"] * 3 + ["CPU:0"] * 3, places
trainers = [googlenet_tf.Trainer(net, Recipe(momentum=0.9)) for net in (there, here)]
losses = [[trainer.step(x, y, lr=0.1, seed=i)[0] for i in range(2)] for trainer in trainers]
assert np.allclose(*losses, rtol=1e-9)
assert {v.value.device[-5:] for v in trainers[0].momentums().values()} == {"CPU:1"}
assert {v.value.device[-5:] for v in there.variables} == {"CPU:1"}
print("as here")
"""


@pytest.mark.long
@pytest.mark.only("tf")
def test_a_keras_net_computes_where_it_lives():
    """Weights, operations, gradients and velocities; in a process of its own, whose processor is two for TensorFlow."""
    import os

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, "tests"])}
    done = subprocess.run([sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == "as here", done.stderr[-2000:]
