"""A backend in NumPy as another distribution would bring it: a package with a declaration, and an entry point."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DECLARATION = {
    "name": "fake",
    "framework": "Fake",
    "install": "pip install fake-backend",
    "platforms": "anywhere",
    "aliases": ["phoney"],
    "computes_in": ["float32", "float64"],
    "files": {"formats": {".fake": "fake"}, "reads": True, "matrices": "IO", "names": {"weight": "w"}},
}
PACKAGE = """
from types import SimpleNamespace

import numpy as np

from common import nets
from common.compare.reference import Reference
from common.table.layers import is_statistic
from common.weights.canonical import save, starting

FRAMEWORK = "Fake 1.0"


def build_net(
    name="d2l", *, in_channels=None, num_classes=None, seed=None, weights=None, dtype="float32", aux=None
):
    table = nets.get(name, in_channels=in_channels, num_classes=num_classes, aux=aux)
    start = starting(table, seed=seed, weights=weights, dtype=dtype)
    return SimpleNamespace(table=table, weights={name: np.array(array, dtype) for name, array in start.items()})


def get_weights(net):
    return {name: array.copy() for name, array in net.weights.items()}


def set_weights(net, weights):
    net.weights.update(weights)


def save_weights(net, path):
    save(path, net.weights, net.table)


def count_parameters(net):
    counts = {name: [0, 0] for name in (*net.table.trunk, *net.table.heads)}
    for name, array in net.weights.items():
        counts[name.split(".")[0]][is_statistic(name)] += array.size
    return {name: tuple(count) for name, count in counts.items()}


def layer_outputs(net, x, *, training=False, aux=False):
    return Reference(net.table, net.weights, x, training=training, aux=aux or training).outputs


def stage_outputs(net, x, *, training=False, aux=False):
    return {name: y for name, y in layer_outputs(net, x, training=training, aux=aux).items() if "." not in name}


def predict(net, x):
    return layer_outputs(net, x)["fc"]
"""
FILES = """
import numpy as np


def write_file(net, path):
    arrays = {name.replace("weight", "w"): a.T if a.ndim == 2 else a for name, a in net.weights.items()}
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def read_file(path):
    return dict(np.load(path))
"""


def install(folder, *, package=PACKAGE, called="fake", module="fake_backend", **changes):
    """Put the plug-in into ``folder``; ``changes`` are of its declaration, where None takes a field away."""
    (folder / module).mkdir(parents=True)
    (folder / module / "__init__.py").write_text(package)
    (folder / module / "files.py").write_text(FILES)
    declared = {name: value for name, value in {**DECLARATION, **changes}.items() if value is not None}
    (folder / module / "backend.json").write_text(json.dumps(declared))
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[googlenet.backends]\n{called} = {module}\n")
    return folder


def python(folder, code, *arguments):
    """A finished process that sees the plug-in in ``folder``, and works there."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "COLUMNS": "200"}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def googlenet(folder, *arguments):
    """A finished ``googlenet`` that sees the plug-in in ``folder``."""
    return python(folder, "import sys; from common import cli; sys.argv[0] = 'googlenet'; cli.main()", *arguments)
