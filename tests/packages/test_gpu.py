"""On a GPU: the same function, the same training, and arrays on the host. `make gpu` runs these, and nothing else does.

Where a framework sees no GPU they are skipped, and say so. TensorFlow needs its build for GPUs (``pip install
'tensorflow[and-cuda]'`` in place of ``tensorflow-cpu``).
"""

import numpy as np
import pytest
from support.trainers import RANDOM

from common import nets
from common.compare.passes import compare
from common.compare.roundoff import relative_error
from common.compare.steps import compare_steps
from common.contract import devices
from common.contract.recipe import Recipe, named
from common.data.images import random_images
from common.table.drawing import probing

pytestmark = pytest.mark.gpu
TABLES = ["d2l", "d2l_bn", "d2l_same", "caffe"]


@pytest.fixture
def gpu(backend, backend_name):
    """The name of the first GPU, for a framework that sees one."""
    fast = [kind for kind, count in backend.devices().items() if kind != "cpu" and count]
    if not fast:
        pytest.skip(f"no GPU here that {backend.FRAMEWORK} sees")
    return fast[0]


def on(backend, table, device):
    """A net on a device, with weights that nothing hides behind."""
    return backend.build_net(table, weights=probing(table), device=device)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", TABLES)
def test_the_comparison_agrees(name, dtype, gpu, backend_name):
    if gpu == "mps" and dtype == "float64":
        pytest.skip("Apple's GPUs have no float64")
    table = nets.get(name, in_channels=3, num_classes=10, aux=False)
    with devices.using(gpu):
        found = compare(
            table, random_images(2, (3, 64, 75)), backends=[backend_name], dtype=dtype, gradients=dtype == "float64"
        )
    assert found["devices"] == {backend_name: gpu}
    assert found["agree"], found["divergences"]


def test_steps_of_training_agree(gpu, backend_name):
    if gpu == "mps":
        pytest.skip("Apple's GPUs have no float64")
    rng = np.random.default_rng(0)
    batches = [(random_images(6, RANDOM.input, i), rng.integers(4, size=6)) for i in range(5)]
    with devices.using(gpu):
        found = compare_steps(RANDOM, batches, named("parity"), steps=5, backends=[backend_name])
    assert found["agree"], found["divergences"]


def test_arrays_are_on_the_host_and_checkpoints_move_between_devices(gpu, backend):
    x, y = random_images(4, RANDOM.input).astype("float32"), np.array([0, 1, 2, 3])
    there = on(backend, RANDOM, gpu)
    trainer = backend.Trainer(there, Recipe(momentum=0.9))
    trainer.step(x, y, lr=0.1, seed=0)
    weights, velocities = backend.get_weights(there), trainer.velocities()
    here = on(backend, RANDOM, "cpu")
    backend.set_weights(here, weights)
    assert relative_error(backend.predict(here, x), backend.predict(there, x)) <= 1e-5
    again = backend.Trainer(here, Recipe(momentum=0.9))
    again.set_velocities(velocities)
    assert all(np.array_equal(again.velocities()[name], velocities[name]) for name in velocities)
    for arrays in (weights, velocities, backend.layer_outputs(there, x), backend.gradients(there, x, y)):
        assert all(type(array) is np.ndarray for array in arrays.values())


@pytest.mark.parametrize("clip", [None, 1.0])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_trainer_makes_the_loss_smaller(dtype, clip, gpu, backend):
    net = on(backend, RANDOM, gpu)
    trainer = backend.Trainer(net, Recipe(momentum=0.9, clip=clip), bfloat16=dtype == "bfloat16")
    x, y = random_images(8, RANDOM.input).astype("float32"), np.arange(8) % 4
    losses = [trainer.step(x, y, lr=0.05, seed=i)[0] for i in range(30)]
    assert np.mean(losses[-10:]) < np.mean(losses[:10])


def test_the_last_gpu_may_be_named_by_its_number(gpu, backend):
    if gpu != "cuda":
        pytest.skip("only those of NVIDIA have numbers")
    last = backend.devices()["cuda"] - 1
    x = random_images(2, RANDOM.input)
    expected = backend.predict(on(backend, RANDOM, "cpu"), x)
    assert relative_error(backend.predict(on(backend, RANDOM, f"cuda:{last}"), x), expected) <= 1e-4
