"""A run that several processes train: what is refused, and what they are told."""

import os
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from threading import Event
from unittest.mock import Mock

import pytest
from support.small_runs import TINY

import googlenet_torch
from common import nets
from common.base import unused
from common.base.errors import InputError
from common.base.progress import Nobody
from common.contract import backend, devices
from common.runs import training, workers
from common.runs.preparing import prepare_runs, recipe_asked
from common.runs.run import Run
from common.workers import local
from common.workers.environment import Place
from common.workers.group import Alone


def begun(folder, name="torch", network=TINY) -> Run:
    recipe = recipe_asked("quick", epochs=1, batch=7)
    options = {"data": "digits", "data_dir": None, "backend_name": name, "dtype": "float32", "seed": 0}
    ((run,), _) = prepare_runs(Nobody(), network, recipe=recipe, folder=folder, **options)
    return run


class Watched:
    """Processes that are never started; keeps the token that each would have found."""

    def __init__(self, tokens):
        self.tokens = tokens

    def Pipe(self):
        return Mock(), Mock()

    def Process(self, **about):
        return Mock(start=lambda: self.tokens.append(os.environ["GOOGLENET_TOKEN"]))


def tokens(monkeypatch):
    found = []
    monkeypatch.setattr(local, "get_context", lambda how: Watched(found))
    with local.started(workers.work, 2, seconds=1.0):
        pass
    return found


def test_workers_of_one_machine_share_a_secret_that_nobody_else_has(monkeypatch):
    monkeypatch.delenv("GOOGLENET_TOKEN", raising=False)
    first, second = (tokens(monkeypatch) for _ in range(2))
    assert len(first) == 2 and len(set(first)) == 1 and len(first[0]) >= 32
    assert first[0] != second[0] and "GOOGLENET_TOKEN" not in os.environ
    monkeypatch.setenv("GOOGLENET_TOKEN", "mine")
    assert tokens(monkeypatch) == ["mine"] * 2


@pytest.mark.parametrize("count", [0, -1, 65])
def test_a_number_of_workers_that_cannot_be_is_refused(tmp_path, count):
    with pytest.raises(InputError, match=f"workers are from 1 to 64, not {count}"):
        workers.train(begun(tmp_path / "run"), workers=count)


def test_a_framework_that_trains_with_one_worker_only_is_refused(tmp_path, monkeypatch):
    run = begun(tmp_path / "run")
    alone = replace(backend.declared("torch"), workers=False, workers_on_gpus=False)
    every = {**backend.declarations(), "torch": alone}
    monkeypatch.setattr(backend, "declared", every.__getitem__)
    monkeypatch.setattr(backend, "declarations", lambda: every)
    with pytest.raises(InputError, match="trains with one worker only: choose among tf, mxnet"):
        workers.train(run, workers=2)


def test_a_worker_knows_a_table_of_the_users_own(tmp_path, monkeypatch):
    mine = replace(TINY, name="mine")
    run = begun(tmp_path / "run", network=mine)
    monkeypatch.setattr(nets, "_added", {})  # a new process knows none
    monkeypatch.setattr(training, "train", lambda run, *about, **options: nets.named(run.table.name))
    job = workers.Job(run, 5.0, {}, mine)
    assert workers._ended(Mock(), job, Place(0, 1, local.HERE, 0), Event()) == ("done", mine)


def test_a_worker_on_gpus_joins_and_trains_on_its_own(tmp_path, monkeypatch):
    found = []
    monkeypatch.setattr(googlenet_torch, "devices", lambda: {"cpu": 1, "cuda": 2})
    monkeypatch.setattr(googlenet_torch, "join", lambda *about, **more: found.append(devices.asked()) or Alone())
    monkeypatch.setattr(training, "train", lambda *about, **more: found.append(devices.asked()))
    monkeypatch.setattr(nets, "_added", {TINY.name: TINY})

    def started(work, count, job, seconds):
        found.append(job.device)
        raise InputError("no worker is started")

    monkeypatch.setattr(workers, "started", started)
    run = begun(tmp_path / "run")
    with devices.using("cuda"), pytest.raises(InputError, match="no worker is started"):
        workers.train(run, workers=2)
    job = workers.Job(run, 5.0, {}, TINY, "cuda")
    assert workers._ended(Mock(), job, Place(1, 2, local.HERE, 0, local=1), Event()) == ("done", None)
    assert found == ["cuda", "cuda:1", "cuda:1"]


def test_workers_of_one_machine_have_local_ranks(monkeypatch):
    found = []
    context = Mock(Pipe=lambda: (Mock(), Mock()))
    context.Process.side_effect = lambda args, **about: found.append(args[2]) or Mock()
    monkeypatch.setattr(local, "get_context", lambda how: context)
    with local.started(workers.work, 3, seconds=1.0):
        assert [(place.rank, place.local) for place in found] == [(0, 0), (1, 1), (2, 2)]


def test_a_worker_is_quiet_before_it_imports_a_framework(monkeypatch):
    done = []
    monkeypatch.setattr(local, "signal", Mock())
    monkeypatch.setattr(local, "gc", Mock())
    monkeypatch.setattr(local, "quiet", lambda: done.append("quiet"))
    local._begin(lambda *told: done.append(told), "connection", "place", "job")
    assert done == ["quiet", ("connection", "place", "job")]


@pytest.mark.parametrize("raises", [False, True])
def test_a_worker_waits_for_nothing_that_it_never_uses(raises, monkeypatch):
    """Neither for libraries while it imports a framework, nor for a search of rubbish while Python ends."""
    done = []
    for name in ("signal", "quiet"):
        monkeypatch.setattr(local, name, Mock())
    monkeypatch.setattr(local.gc, "freeze", lambda: done.append("frozen"))

    def work():
        done.append(sorted(unused._UNUSED))
        if raises:
            raise RuntimeError

    with pytest.raises(RuntimeError) if raises else nullcontext():
        local._begin(work)
    assert done == [["matplotlib", "scipy", "sklearn"], "frozen"] and unused._UNUSED == []


def test_temporary_files_that_killed_workers_leave_go_with_them(tmp_path, monkeypatch):
    found = []
    context = Mock(Pipe=lambda: (Mock(), Mock()))
    context.Process.return_value.start = lambda: found.append(Path(os.environ["TMPDIR"]))
    monkeypatch.setattr(local, "get_context", lambda how: context)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with local.started(workers.work, 2, seconds=1.0):
        assert len(found) == 2 and found[0] == found[1] != tmp_path
        (found[0] / "left").touch()
    assert not found[0].exists() and os.environ["TMPDIR"] == str(tmp_path)
