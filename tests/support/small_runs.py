"""What small runs of `googlenet train` are asked for, and what they leave."""

import json

from support.backends import NAMES

CLASSES = ("cat", "dog", "owl")
ASKED = ("d2l_bn", "--image-size", 32, "--epochs", 2, "--batch", 8, "--validation", 0.2, "--backend", NAMES[0])


def lines(run, kind):
    """The lines of a kind in a run's history."""
    found = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [line for line in found if line["kind"] == kind]
