"""`compare --steps --workers`: what a group makes beside one worker and NumPy, and what is told of one that fails."""

import os
import signal
from dataclasses import replace
from multiprocessing import active_children
from unittest.mock import Mock

import numpy as np
import pytest
from support.backends import NAMES
from support.trainers import table

from common import nets
from common.base.errors import InputError
from common.compare import grouped, steps
from common.compare.asked import compare
from common.compare.faults import Failed
from common.compare.grouped import GroupRunner
from common.contract import backend
from common.contract.recipe import Recipe
from common.table.drawing import probing
from common.table.spec import CLASSES, Aux, BatchNorm, Conv, Dense, GlobalAvgPool, Stage

RECIPE = Recipe(lr=0.05, momentum=0.9, weight_decay=1e-3, clip=1.0, label_smoothing=0.1)
SMALL = table(
    (2, 9, 8),
    4,
    norm=BatchNorm(momentum=0.9),
    bias=False,
    stages={"b1": Stage(conv=Conv(6, 3)), "b2": Stage(conv=Conv(8, 3, stride=2), pool=GlobalAvgPool())},
    aux={"aux1": Aux("b1.conv", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)))},
)


def compared(name, net=SMALL, count=2, workers=2, batch=7, size=None, **more):
    shape = (net.input[0], *(size or net.input[1:]))
    batches = steps.batches(None, batch, shape, net.num_classes, seed=0)
    return steps.compare_steps(net, batches, RECIPE, steps=count, backends=[name], workers=workers, **more)


def check(report, name, workers, statistics=True):
    own = f"{name} x{workers}"
    assert report["agree"] and report["workers"] == workers
    assert report["frameworks"][own] == f"{report['frameworks'][name]} with {workers} workers"
    for row in report["steps"]:
        kinds = row["limits"].keys() - (set() if statistics else {"statistic"})  # which a net without norms has not
        assert row["backends"][own].keys() == row["backends"][name].keys() == kinds
        assert [pair["between"] for pair in row["across"]] == [[name, own]]
        assert row["loss"][own] == pytest.approx(row["loss"][name], rel=1e-12)
    assert active_children() == []


def test_two_workers_of_a_framework_stand_beside_one_and_numpy(monkeypatch):
    kept, own = [], GroupRunner.close
    monkeypatch.setattr(GroupRunner, "close", lambda self: (kept.append(self), own(self)))
    check(compared(NAMES[0]), NAMES[0], 2)
    assert [type(each) for each in kept] == [GroupRunner]


@pytest.mark.long
@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize(("net", "size"), [("d2l", 64), ("d2l_bn", 96), ("imagenet_aux", 224)])
@pytest.mark.parametrize("name", NAMES)
def test_workers_of_every_framework_agree(name, net, size, workers):
    table = nets.get(net, num_classes=10)
    report = compared(name, table, 3, workers, 8 if workers == 3 else 7, (size, size))
    check(report, name, workers, statistics=bool(table.norms))


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_a_batch_may_be_smaller_than_the_group(name):
    """The third worker has no image."""
    check(compared(name, count=2, workers=3, batch=2), name, 3)


def test_a_backend_without_groups_is_one_line(monkeypatch):
    every = {
        **backend.declarations(),
        NAMES[0]: replace(backend.declared(NAMES[0]), workers=False, workers_on_gpus=False),
    }
    monkeypatch.setattr(backend, "declared", every.__getitem__)
    monkeypatch.setattr(backend, "declarations", lambda: every)
    compare(SMALL, steps=1, backends=[NAMES[0]])
    with pytest.raises(InputError, match=r"trains with one worker only: choose among \w+, \w+$"):
        compare(SMALL, steps=1, backends=[NAMES[0]], workers=2)


def runner(name=NAMES[0], workers=2):
    return GroupRunner(name, workers, SMALL, RECIPE, probing(SMALL))


def images(count=5):
    rng = np.random.default_rng(0)
    return rng.normal(size=(count, *SMALL.input)), rng.integers(0, 4, count)


def test_a_worker_that_is_killed_is_told_and_none_is_left():
    group = runner()
    group.step(*images(), 0.1, 1)
    (process,) = (each for each in active_children() if each.name == "worker 1")
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(Failed, match=r"^worker [01]"):
        group.step(*images(), 0.1, 2)
    assert active_children() == []


def test_workers_that_cannot_be_started_are_a_line(monkeypatch):
    monkeypatch.setattr(grouped, "started", Mock(side_effect=OSError(24, "Too many open files")))
    with pytest.raises(Failed, match=r"^workers cannot be started: Too many open files$"):
        runner().step(*images(), 0.1, 1)


def test_workers_are_of_processors(run):
    code, _, said = run("compare", "d2l", "--steps", 2, "--workers", 2, "--device", "auto")
    assert code == 2 and "workers are compared on processors: leave out the device auto" in said


def test_a_worker_that_raises_says_what():
    group = runner()
    with pytest.raises(Failed, match=r"^worker [01]: InputError: label 9 is none of the 4 classes"):
        group.step(images()[0], np.array([9] * 5), 0.1, 1)
    assert active_children() == []


def test_workers_that_do_not_hold_the_same_are_found(monkeypatch):
    group = runner()
    own = group._heard
    monkeypatch.setattr(group, "_heard", lambda rank, number: (str(rank), own(rank, number)[1]))
    with pytest.raises(Failed, match=r"^worker 1 holds other numbers than worker 0$"):
        group.step(*images(), 0.1, 1)
    assert active_children() == []


def test_a_group_that_computes_something_else_is_called_by_its_name(monkeypatch):
    """By the same limits as one worker: here the others' share is left out of it."""
    own = GroupRunner.step
    monkeypatch.setattr(GroupRunner, "step", lambda self, x, y, *rest: own(self, x[:5], y[:5], *rest))
    report = compared(NAMES[0])
    assert not report["agree"]
    assert [each["backend"] for each in report["divergences"]] == [f"{NAMES[0]} x2"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"workers": 2}, r"^--workers make the steps of --steps together: give --steps too"),
        ({"workers": 1, "steps": 2}, r"^workers beside one are from 2 to 64, not 1$"),
        ({"workers": 65, "steps": 2}, r"^workers beside one are from 2 to 64, not 65$"),
    ],
)
def test_workers_that_cannot_be_are_refused(asked, words):
    with pytest.raises(InputError, match=words):
        compare(SMALL, **asked)


def test_the_digest_is_of_every_bit():
    held = (0.5, 3, {"a": np.zeros(2)}, {"v": np.ones(2)})
    others = [
        (0.25, *held[1:]),
        (0.5, 4, *held[2:]),
        (0.5, 3, {"a": np.array([0.0, -0.0])}, held[3]),
        (0.5, 3, {"b": np.zeros(2)}, held[3]),
        (0.5, 3, held[2], {"v": np.ones(2) + 2**-52}),
    ]
    digests = {grouped._digest(each) for each in [held, *others]}
    assert len(digests) == 6
