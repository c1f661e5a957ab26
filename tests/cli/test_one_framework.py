"""With one framework installed, and no other, every command of the README that is for one framework works."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.backends import FRAMEWORKS

from common.contract.backend import declared
from common.contract.declaration import Declaration

ROOT = Path(__file__).parents[2]
TABLE = """
from common.table.spec import BatchNorm, Conv, GlobalAvgPool, Network, Stage

NET = Network(
    "mine", "", "", (3, 32, 32), 10, "floor", norm=BatchNorm(),
    stages={"b1": Stage(conv=Conv(4, 3, stride=2), pool=GlobalAvgPool())},
)
"""
# Runs commands one after the other, where modules of some names are not to be found, as if they were not installed.
ALONE = """
import json, sys
from importlib.machinery import PathFinder

hidden, commands = json.load(sys.stdin)
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name.partition(".")[0] in hidden else find(name, *more)
from common import cli
for command in commands:
    sys.argv = ["googlenet", *command]
    try:
        cli.main()
    except SystemExit as end:
        if end.code:
            sys.exit(f"exit code {end.code}: {command}")
assert not set(hidden) & set(sys.modules)
"""


def commands(name: str, own: Declaration) -> list[list[str]]:
    """Those of the README, for one framework, of a table, pictures and runs that are small."""
    net, run, weights = "mine.py:NET", "runs/one", "runs/one/best.safetensors"
    own_files = [suffix for suffix in own.suffixes if suffix != ".keras"]  # which takes no table of one's own
    small = ["--data", "data", "--batch", "4", "--image-size", "32", "--backend", name]
    return [
        ["nets"],
        ["summary", "d2l", "--against", "alexnet"],
        ["compare", net, "--backends", name, "--training", "--gradients", "--json", "compared.json"],
        ["compare", net, "--backends", name, "--images", "photos", "--image-size", "32", "--steps", "2"],
        ["train", net, *small, "--epochs", "1", "--steps", "1", "--out", run],
        ["train", net, "--resume", run],
        ["train", net, *small, "--weights", weights, "--freeze", "all-but-fc", "--epochs", "1", "--out", "runs/two"],
        ["evaluate", run, "--backend", name],
        ["predict", run, "photos", "--sheet", "sheet.png"],
        ["predict", weights, "photos", "--net", net],
        ["features", weights, "photos", "--net", net, "--layer", "b1", "--out", "features.npz"],
        ["fid", "photos", "others", "--weights", weights, "--net", net, "--layer", "b1"],
        *(["convert", weights, f"out{suffix}", "--net", net] for suffix in (*own_files, ".onnx", ".safetensors")),
        ["write", "d2l", "--backend", name, "--out", "d2l.py"],
        ["draw", "d2l", "--out", "d2l.png"],
    ]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine.py").write_text(TABLE)
    rng = np.random.default_rng(0)
    for part in ("photos", "others", *(f"data/{p}/{c}" for p in ("train", "test") for c in "ab")):
        (tmp_path / part).mkdir(parents=True)
        for i in range(5):
            Image.fromarray(rng.integers(0, 256, (32, 32, 3), np.uint8)).save(tmp_path / part / f"{i}.png")
    return tmp_path


def run_alone(name, asked, folder):
    hidden = sorted(set().union(*(names for other, names in FRAMEWORKS.items() if other != name)))
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        input=json.dumps([hidden, asked]),
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_every_command_of_one_framework_works_without_the_others(backend_name, folder):
    run_alone(backend_name, commands(backend_name, declared(backend_name)), folder)


@pytest.mark.long
def test_one_framework_is_measured_without_the_others(backend_name, folder):
    run_alone(
        backend_name, [["bench", "mine.py:NET", "--backends", backend_name, "--batch", "1", "--rounds", "1"]], folder
    )
