"""Workers of `tests/workers/worker.py`, each a process with its place in the environment; what they leave."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
WORKER = ROOT / "tests" / "workers" / "worker.py"


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
            "LOCAL_RANK": str(rank),
            **told,
        }
        command = [sys.executable, str(WORKER), *map(str, arguments), str(seconds), str(folder)]
        with open(folder / f"{rank}.txt", "w") as said:
            workers.append(subprocess.Popen(command, env=env, stdout=said, stderr=subprocess.STDOUT))
    return workers


def ended(workers, folder, limit=240):
    """(exit status, last line) of each."""
    try:
        statuses = [worker.wait(limit) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    lines = [(folder / f"{rank}.txt").read_text().strip().splitlines() or [""] for rank in range(len(workers))]
    return [(status, said[-1]) for status, said in zip(statuses, lines, strict=True)]


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
