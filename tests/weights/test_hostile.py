"""Files that are wrong on purpose are refused in one line, in bounded time and memory, or read as what they hold.

Each format's are read in a process of its own, as the command line would, and it says what that took.
"""

import json
import os
import subprocess
import sys

import pytest
from support.hostile_weights import FORMATS, WRITTEN

SEED = 0
EDITS = {"hdf5": 1, "keras": 1}  # fewer: each starts a process; tests/hostile has more
EVERY = {"hdf5": 5, "keras": 4}  # for the same reason the short run takes every fifth or fourth
MOST = 1024  # MiB
GROWTH = 400  # MiB that one of these small files may cost at most
NEEDS = {"torch": "torch", "gluon": "mxnet"}


def needed(kind):
    return [pytest.mark.only(NEEDS[kind])] if kind in NEEDS else []


PARAMETERS = [
    *(pytest.param(kind, 1, marks=needed(kind) + [pytest.mark.long] * (kind in EVERY), id=kind) for kind in FORMATS),
    *(pytest.param(kind, every, marks=needed(kind), id=f"{kind}-some") for kind, every in EVERY.items()),
]


def read_all(kind, every):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "support.hostile_reader", kind, str(every), str(SEED), str(EDITS.get(kind, 4))]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("kind", "every"), PARAMETERS)
def test_every_hostile_file_is_refused_in_one_line_or_read_for_little(kind, every):
    wrong = {}
    for file in read_all(kind, every):
        outcome, says = file["outcome"], file["says"]
        line = outcome.startswith("refused: PATH: ") and len(outcome) < 1000 and "\n" not in outcome
        as_said = (outcome == "" or line) if says is None else (line and says in outcome)
        if not as_said or file["kilobytes"] > MOST * 1024 or file["grown"] > GROWTH * 1024:
            wrong[file["name"]] = file
    assert not wrong


def test_there_are_enough_of_them():
    counts = {kind: sum(1 for generate in WRITTEN[kind] for _ in generate()) for kind in FORMATS}
    assert sum(counts.values()) >= 150
    assert min(counts.values()) >= 15
