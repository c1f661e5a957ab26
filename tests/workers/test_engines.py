"""N workers are one worker: the engines of TensorFlow and MXNet, float64, tensor by tensor."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.backends import NAMES

ENGINES = [name for name in ("tf", "mxnet") if name in NAMES]
LATE = 0.5  # as in worker.py
WORKER = Path(__file__).with_name("worker.py")
ROOT = WORKER.parents[2]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def started(size, folder, *arguments, seconds=60, **environment):
    """The processes of a group, each with its output in ``RANK.txt``."""
    told = {"WORLD_SIZE": str(size), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), **environment}
    workers = []
    for rank in range(size):
        env = {
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONPATH": str(ROOT),
            "RANK": str(rank),
            **told,
        }
        command = [sys.executable, str(WORKER), *map(str, arguments), str(seconds), str(folder)]
        with open(folder / f"{rank}.txt", "w") as said:
            workers.append(subprocess.Popen(command, env=env, stdout=said, stderr=subprocess.STDOUT))
    return workers


def ended(workers, folder, limit=240, last=r"(?!waited )(.+)"):
    """(exit status, what of the last line that matches) of each."""
    try:
        statuses = [worker.wait(limit) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    texts = [(folder / f"{rank}.txt").read_text() for rank in range(len(workers))]
    found = [re.findall(f"^{last}$", text, re.MULTILINE) or [""] for text in texts]
    return [(status, said[-1]) for status, said in zip(statuses, found, strict=True)]


def arrays(folder, name):
    with np.load(folder / f"{name}.npz") as file:
        return dict(file)


def worst(one, other):
    """(relative error, name) of the tensor that differs most."""
    assert one.keys() == other.keys()
    return max((np.abs(one[k] - other[k]).max() / max(np.abs(one[k]).max(), 1e-300), k) for k in one)


def agree(folder, size, limit):
    alone, first = arrays(folder, "alone"), arrays(folder, 0)
    for rank in range(1, size):
        other = arrays(folder, rank)
        assert all(first[name].tobytes() == other[name].tobytes() for name in first)
    assert worst(alone, first)[0] < limit, worst(alone, first)
    return worst(alone, first)


LIMITS = {"d2l": 1e-12, "d2l_bn": 1e-10, "imagenet_aux": 1e-12}


@pytest.mark.parametrize("backend", ENGINES)
def test_two_workers_make_the_steps_of_one(backend, tmp_path):
    """Batch statistics, clipping, decay, smoothing, and shares that are not equal."""
    assert ended(started(2, tmp_path, backend, "tiny", 3, 2, 16), tmp_path) == [(0, "step 1")] * 2
    agree(tmp_path, 2, 1e-10)


@pytest.mark.parametrize("backend", NAMES)
def test_what_is_waited_for_within_a_step_counts_as_exchange(backend, tmp_path):
    """In the first worker; sums that are under way at once count once, and the late one waits for nobody."""
    found = ended(
        started(2, tmp_path, backend, "tiny", 3, 4, 16, NOT_ALONE="1", LATE="1"), tmp_path, last=r"waited (.*)"
    )
    (_, first), (_, second) = found
    assert [status for status, _ in found] == [0, 0]
    assert 4 * LATE * 0.9 < float(first) < 4 * LATE * 2 and float(second) < 2 * LATE, found


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
