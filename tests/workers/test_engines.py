"""N workers are one worker: the engines of TensorFlow and MXNet, float64, tensor by tensor."""

import pytest
from support.backends import NAMES
from support.worker_processes import agree, ended, started

ENGINES = [name for name in ("tf", "mxnet") if name in NAMES]
LIMITS = {"d2l": 1e-12, "d2l_bn": 1e-10, "imagenet_aux": 1e-12}


@pytest.mark.parametrize("backend", ENGINES)
def test_two_workers_make_the_steps_of_one(backend, tmp_path):
    """Batch statistics, clipping, decay, smoothing, and shares that are not equal."""
    assert ended(started(2, tmp_path, backend, "tiny", 3, 2, 16), tmp_path) == [(0, "step 1")] * 2
    agree(tmp_path, 2, 1e-10)


@pytest.mark.long
@pytest.mark.parametrize("backend", ENGINES)
def test_a_worker_without_images_makes_every_exchange(backend, tmp_path):
    """Of smaller images so few values are left to normalise by that one worker alone is 5e-10 from NumPy."""
    assert ended(started(3, tmp_path, backend, "d2l_bn", 2, 2, 96), tmp_path) == [(0, "step 1")] * 3
    agree(tmp_path, 3, 1e-10)


@pytest.mark.long
@pytest.mark.parametrize("batch", [7, 8])
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("backend", ENGINES)
def test_workers_make_the_steps_of_one(backend, name, size, batch, tmp_path):
    side = 64 if name != "imagenet_aux" else 224
    assert ended(started(size, tmp_path, backend, name, batch, 5, side), tmp_path) == [(0, "step 4")] * size
    print(agree(tmp_path, size, LIMITS[name]))
