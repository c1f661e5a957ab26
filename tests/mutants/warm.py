"""A process that has imported a framework once, and forks a child for each run of pytest, which starts at once.

It reads one JSON object a line from standard input (`folder`, `killers`, `output`), and answers each with an exit code.
Run as a script by ``run.py``, with the name of a backend.
"""

import json
import os
import sys
from importlib import import_module

import pytest

OURS = ("common", "googlenet", "googlenet_torch", "googlenet_tf", "googlenet_mxnet")


def warm(backend: str) -> None:
    """Import the backend's framework and what tests import beside it, and forget what is ours again."""
    for name in (
        *(f"googlenet_{name}" for name in backend.split(",")),
        "hypothesis",
        "sklearn.datasets",
        "h5py",
        "onnx",
        "matplotlib.figure",
    ):
        import_module(name)
    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]


def child(folder: str, killers: list[str], output: str) -> None:
    """Run pytest in a copy of the project, with the copy's own packages. Never returns."""
    opened = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number in 1, 2:
        os.dup2(opened, number)
    os.chdir(folder)
    os.environ["PYTHONPATH"] = folder
    sys.path[:] = [folder, *(path for path in sys.path[1:] if os.path.realpath(path) != os.path.realpath(ROOT))]
    code = 70
    try:
        code = int(pytest.main(["-x", "-q", *killers]))
        sys.stdout.flush()
    finally:
        os._exit(code)


def main(backend: str) -> None:
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    warm(backend)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            child(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=answers)


if __name__ == "__main__":
    ROOT = sys.argv[2]
    main(sys.argv[1])
