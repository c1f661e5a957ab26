"""What small runs of `googlenet train` are asked for, and what they leave."""

import json

from support.backends import NAMES
from support.small_network import network_of

from common import nets
from common.runs import sealed
from common.table import spec
from common.table.spec import Aux, BatchNorm, Concat, Conv, Dense, Dropout, GlobalAvgPool, MaxPool, Stage

CLASSES = ("cat", "dog", "owl")

# Everything of which a run keeps a state, in a net that Keras traces in a second: with d2l_bn it takes ten.
TINY = network_of(
    "tiny",
    (3, 32, 32),
    10,
    {
        "b1": Stage(conv=Conv(8, 3, stride=2), pool=MaxPool(3, stride=2)),
        "b2": Stage(block=Concat(p1=(Conv(8, 1),), p2=(Conv(4, 1), Conv(8, 3)))),
        "b3": Stage(pool=GlobalAvgPool(), dropout=Dropout(0.4)),
    },
    norm=BatchNorm(momentum=0.9),
    aux={"aux1": Aux("b1.pool", Stage(pool=GlobalAvgPool(), dropout=Dropout(0.5), fc=Dense(spec.CLASSES)), 0.3)},
)


ASKED = (TINY.name, "--epochs", 2, "--batch", 8, "--validation", 0.2, "--backend", NAMES[0])


def add_tiny():
    """Let `TINY` be known by its name, like a table of common.nets; returns where, for whoever takes it away again."""
    known = nets.tables()
    known[TINY.name] = TINY
    return known


def edit(path, change):
    """Change the object in a JSON file of a run, and give it the checksum of what it says now, if it has one."""
    data = json.loads(path.read_text())
    write = sealed.write if data.pop(sealed.SEAL, None) is None else sealed.write_sealed
    change(data)
    write(path, data)


def left(run):
    """Name to the bytes of every file that a run has left, but its times."""
    return {path.name: path.read_bytes() for path in sorted(run.iterdir()) if path.name != "times.jsonl"}


def lines(run, kind):
    """The lines of a kind in a run's history."""
    found = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line for line in found if line["kind"] == kind]
