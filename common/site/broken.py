"""Known mistakes, made in one framework at a time, and what the comparison said of each: ``broken.json``.

`measure` makes the file, which takes every framework and some minutes; ``tests/site/test_broken.py`` measures again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from common import nets
from common.compare.mistaken import Tried, tried
from common.compare.report import Report
from common.data.images import random_images
from common.site.grids import place, scientific

FILE = Path(__file__).parent / "broken.json"
# Tables that together can have every mistake, and the side of the images: as small as each of them shows it.
TABLES = {"d2l": 64, "caffe": 64, "d2l_bn": 64, "inception_v3": 107}
IMAGES = 2
BACKENDS = ("torch", "tf", "mxnet")


def measure(backends: Sequence[str] = BACKENDS, keys: Sequence[str] | None = None) -> dict[str, Any]:
    """What ``broken.json`` holds, measured anew.

    Args:
        backends: that make the mistakes, and that are beside them.
        keys: of mistakes; None is all of them.

    Returns:
        ``frameworks`` by backend, and ``networks``; see `_network`.
    """
    frameworks: dict[str, str] = {}
    networks = [_network(name, side, backends, keys, frameworks) for name, side in TABLES.items()]
    return {"frameworks": frameworks, "networks": networks}


def write() -> None:
    """Measure, and write ``broken.json``."""
    FILE.write_text(json.dumps(measure(), indent=1, allow_nan=False) + "\n", encoding="utf-8")


@cache
def shipped() -> Mapping[str, Any]:
    """What ``broken.json`` holds.

    >>> [network["name"] for network in shipped()["networks"]]
    ['d2l', 'caffe', 'd2l_bn', 'inception_v3']
    """
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


def for_script() -> list[dict[str, Any]]:
    """The same for the script of the page: each error with its text and its place on the scale.

    >>> for_script()[0]["tries"][0]["cells"]["torch"][0][2]
    'diverge'
    """
    return [
        {
            "name": network["name"],
            "stages": [{**stage, "at": place(stage["limit"])} for stage in network["stages"]],
            "tries": list(_tries(network)),
        }
        for network in shipped()["networks"]
    ]


def effect(mistake: str) -> Mapping[str, Any] | None:
    """How far a mistake moves the logits, on the first table that has it; None where none has.

    >>> effect("same")["network"], effect("no such")
    ('d2l', None)
    """
    for network in shipped()["networks"]:
        for each in network["tries"]:
            if each["mistake"] == mistake:
                size = "×".join(map(str, network["input_shape"][1:]))
                return {"network": network["name"], "where": each["where"], "size": size, "error": each["errors"][-1]}
    return None


def _network(
    name: str, side: int, backends: Sequence[str], keys: Sequence[str] | None, frameworks: dict[str, str]
) -> dict[str, Any]:
    """What was measured of one table: its stages, the errors of the frameworks without a mistake, and each mistake."""
    table = nets.get(name)
    shape = (table.input[0], side, side)
    runs = list(tried(table, random_images(IMAGES, shape, 0), backends, keys))
    frameworks.update(runs[0].report["frameworks"])
    stages = runs[0].report["stages"]
    return {
        "name": name,
        "input_shape": list(shape),
        "stages": [{key: stage[key] for key in ("name", "shape", "params", "limit")} for stage in stages],
        "right": {backend: _right(backend, runs) for backend in backends},
        "tries": [_try(run) for run in runs],
    }


def _right(backend: str, runs: Sequence[Tried]) -> list[float | None]:
    """Errors of a framework, stage by stage, while another one has the mistake; alone, the first stages of its own."""
    report = next((run.report for run in runs if run.backend != backend), None)
    return [] if report is None else _errors(report, backend)


def _errors(report: Report, backend: str) -> list[float | None]:
    return [stage["backends"][backend]["rel_err"] for stage in report["stages"]]


def _try(run: Tried) -> dict[str, Any]:
    own = [(stage, stage["backends"][run.backend]) for stage in run.report["stages"]]
    return {
        "mistake": run.mistake,
        "where": run.where,
        "backend": run.backend,
        "errors": _errors(run.report, run.backend),
        "shapes": all(each["shape"] == stage["shape"] for stage, each in own),
        "params": all(each["params"] == stage["params"] for stage, each in own),
        "first": run.report["first_divergence"]["where"] if run.report["first_divergence"] else None,
    }


def _tries(network: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    limits = [stage["limit"] for stage in network["stages"]]
    for each in network["tries"]:
        errors = {**network["right"], each["backend"]: each["errors"]}
        cells = {
            backend: [
                [scientific(error), place(error), "agree" if error <= limit else "diverge"]
                for error, limit in zip(own, limits, strict=True)
            ]
            for backend, own in errors.items()
        }
        yield {**{key: value for key, value in each.items() if key != "errors"}, "cells": cells}
