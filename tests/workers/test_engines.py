"""N workers are one worker: the engines of TensorFlow and MXNet, float64, tensor by tensor."""

import pytest
from support.backends import NAMES
from support.worker_processes import agree, ended, started

LATE = 0.5  # as in worker.py
ENGINES = [name for name in ("tf", "mxnet") if name in NAMES]
LIMITS = {"d2l": 1e-12, "d2l_bn": 1e-10, "imagenet_aux": 1e-12}


@pytest.mark.parametrize("backend", ENGINES)
def test_two_workers_make_the_steps_of_one(backend, tmp_path):
    """Batch statistics, clipping, decay, smoothing, and shares that are not equal."""
    assert ended(started(2, tmp_path, backend, "tiny", 3, 2, 16), tmp_path) == [(0, "step 1")] * 2
    agree(tmp_path, 2, 1e-10)


@pytest.mark.long
@pytest.mark.parametrize("backend", [name for name in ENGINES if name == "tf"])
def test_what_is_waited_for_within_a_step_counts_as_exchange(backend, tmp_path):
    """In rank 0; sums that are under way at once count once, and the late one waits for nobody. Others sum outside."""
    found = ended(started(2, tmp_path, backend, "tiny", 3, 4, 16, NOT_ALONE="1", LATE="1"), tmp_path)
    assert [status for status, _ in found] == [0, 0]
    first, second = (float(line.removeprefix("waited ")) for _, line in found)
    assert 3 * LATE * 0.9 < first < 3 * LATE * 2 and second < 2 * LATE


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
