"""A run that several processes train: one is killed, and the run ends as if it had not been."""

import os
import signal
from dataclasses import replace
from multiprocessing import active_children
from unittest.mock import Mock

import pytest
from support.small_runs import TINY

from common.base.errors import InputError
from common.base.progress import Nobody
from common.contract import backend
from common.runs import workers
from common.runs.preparing import prepare_runs, recipe_asked
from common.runs.run import Run

FILES = ("metrics.jsonl", "last-00000005.safetensors", "last-00000005.velocities.safetensors")


def begun(folder, name="torch") -> Run:
    recipe = recipe_asked("quick", epochs=1, batch=7)
    options = {"data": "digits", "data_dir": None, "backend_name": name, "dtype": "float32", "seed": 0}
    ((run,), _) = prepare_runs(Nobody(), TINY, recipe=recipe, folder=folder, **options)
    return run


def left(folder, killed):
    """The bytes of a run of two workers, of which one is killed at its third step; and what was said of that."""
    lines, ready = [], [] if killed is None else [killed]

    def report(record):
        if record["kind"] == "step" and record["step"] == 3 and ready:
            (process,) = (each for each in active_children() if each.name == f"worker {ready.pop()}")
            os.kill(process.pid, signal.SIGKILL)

    run = begun(folder)
    options = {"most_steps": 5, "checkpoint_every": 2, "report": report, "say": lines.append, "seconds": 30}
    assert not workers.train(run, workers=2, **options)
    return [(folder / name).read_bytes() for name in FILES], lines


@pytest.mark.long
@pytest.mark.parametrize("killed", [0, 1])
def test_a_run_whose_worker_is_killed_ends_as_if_it_had_not_been(tmp_path, killed):
    undisturbed, silence = left(tmp_path / "undisturbed", None)
    disturbed, lines = left(tmp_path / "disturbed", killed)
    assert disturbed == undisturbed
    assert silence == []
    assert len(lines) == 1 and "all start again from the last checkpoint" in lines[0]


class Watched:
    """Processes that are never started; keeps the token that each would have found."""

    def __init__(self, tokens):
        self.tokens = tokens

    def Pipe(self):
        return Mock(), Mock()

    def Process(self, **about):
        return Mock(start=lambda: self.tokens.append(os.environ["GOOGLENET_TOKEN"]))


def tokens(monkeypatch, folder):
    found = []
    monkeypatch.setattr(workers, "get_context", lambda how: Watched(found))
    with workers._started(workers.Job(begun(folder), 1.0, {}), 2):
        pass
    return found


def test_workers_of_one_machine_share_a_secret_that_nobody_else_has(tmp_path, monkeypatch):
    monkeypatch.delenv("GOOGLENET_TOKEN", raising=False)
    first, second = (tokens(monkeypatch, tmp_path / name) for name in "ab")
    assert len(first) == 2 and len(set(first)) == 1 and len(first[0]) >= 32
    assert first[0] != second[0] and "GOOGLENET_TOKEN" not in os.environ
    monkeypatch.setenv("GOOGLENET_TOKEN", "mine")
    assert tokens(monkeypatch, tmp_path / "c") == ["mine"] * 2


@pytest.mark.parametrize("count", [0, -1, 65])
def test_a_number_of_workers_that_cannot_be_is_refused(tmp_path, count):
    with pytest.raises(InputError, match=f"workers are from 1 to 64, not {count}"):
        workers.train(begun(tmp_path / "run"), workers=count)


def test_a_framework_that_trains_with_one_worker_only_is_refused(tmp_path, monkeypatch):
    run = begun(tmp_path / "run")
    alone = replace(backend.declared("torch"), workers=False)
    every = {**backend.declarations(), "torch": alone}
    monkeypatch.setattr(backend, "declared", every.__getitem__)
    monkeypatch.setattr(backend, "declarations", lambda: every)
    with pytest.raises(InputError, match="trains with one worker only: choose among tf, mxnet"):
        workers.train(run, workers=2)
