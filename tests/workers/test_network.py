"""Two workers in two networks: the wire between them delays, loses, and is cut; strangers knock."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
from support import networked_run, stranger
from support.backends import NAMES
from support.small_runs import TINY, left
from support.two_networks import ADDRESSES, joined, missing

from common import nets
from common.base.files import WRITING
from common.base.progress import Nobody
from common.runs import checkpoint
from common.runs.preparing import prepare_runs, recipe_asked

WHY = missing()
pytestmark = [pytest.mark.long, pytest.mark.skipif(bool(WHY), reason=f"no networks to cut: {WHY}")]
WORKER = Path(networked_run.__file__)
STRANGER = Path(stranger.__file__)
ROOT = WORKER.parents[2]
STEPS, PORT, LIMIT = 6, 29500, 10
MARGIN = 10  # seconds that a worker may take to end beside its time limit


def begun(folder, name):
    recipe = recipe_asked("quick", epochs=1, batch=96)
    options = {"data": "digits", "data_dir": None, "backend_name": name, "dtype": "float32", "seed": 0}
    ((run,), _) = prepare_runs(Nobody(), nets.add(TINY), recipe=recipe, folder=folder, **options)
    return run


class Workers:
    """Two workers, each in a network and with a folder of its own.

    Args:
        folder: that of rank 0's run; the other gets a copy.
    """

    def __init__(self, wire, folder, seconds=60):
        self.folders = [folder, folder.with_name(f"{folder.name}-1")]
        shutil.rmtree(self.folders[1], ignore_errors=True)
        shutil.copytree(*self.folders)
        self.steps, self.processes, self.ended = [], [], [None, None]
        told = {"WORLD_SIZE": "2", "MASTER_ADDR": ADDRESSES[0], "MASTER_PORT": str(PORT)}
        for rank, own in enumerate(self.folders):
            env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "RANK": str(rank), **told}
            command = wire.inside(rank, sys.executable, WORKER, own, seconds, STEPS)
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            self.processes.append(subprocess.Popen(command, env=env, **pipes))
        self.readers = [Thread(target=self.read, args=(rank,), daemon=True) for rank in range(2)]
        for reader in self.readers:
            reader.start()

    def read(self, rank):
        for line in self.processes[rank].stdout:
            self.steps.append(line.split()[-1]) if line.startswith("step") else None
        said = self.processes[rank].stderr.read()
        self.ended[rank] = self.processes[rank].wait(), said, monotonic()

    def wait_for(self, step, limit=120):
        until = monotonic() + limit
        while str(step) not in self.steps:
            assert monotonic() < until and self.ended == [None, None], self.ended
            sleep(0.01)

    def wait(self, limit=200):
        """(exit code, what it said, when it ended) of each."""
        try:
            until = monotonic() + limit
            for reader in self.readers:
                reader.join(max(0, until - monotonic()))
        finally:
            for process in self.processes:
                process.kill()
        assert None not in self.ended, self.ended
        return self.ended


def trained(folder, name, during=lambda wire, workers: None, **wire_is):
    """What a run has left of whose wire something becomes while it goes on."""
    begun(folder, name)
    with joined() as wire:
        wire.set(**wire_is)
        workers = Workers(wire, folder)
        during(wire, workers)
        assert [code for code, _, _ in workers.wait()] == [0, 0], workers.ended
        counts = wire.set()
    assert workers.steps == [str(step + 1) for step in range(STEPS)]
    return left(folder), counts


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return cache(lambda name: trained(tmp_path_factory.mktemp("undisturbed") / "run", name)[0])


@pytest.mark.parametrize("disturbed", [{"delay": 0.05}, {"loss": 0.05}, {"delay": 0.02, "loss": 0.02}])
@pytest.mark.parametrize("name", NAMES)
def test_a_slow_wire_and_one_that_loses_change_no_byte(name, disturbed, undisturbed, tmp_path):
    files, counts = trained(tmp_path / "run", name, **disturbed)
    assert files == undisturbed(name)
    assert bool(counts["lost"]) == ("loss" in disturbed)


@pytest.mark.parametrize("name", NAMES)
def test_a_wire_that_is_cut_for_seconds_changes_no_byte(name, undisturbed, tmp_path):
    def cut(wire, workers):
        workers.wait_for(2)
        wire.set(cut=True)
        sleep(5)
        assert len(workers.steps) <= 3
        wire.set(cut=False)

    files, counts = trained(tmp_path / "run", name, cut)
    assert files == undisturbed(name) and counts["lost"]


@pytest.mark.parametrize("later", [0, 0.15])
@pytest.mark.parametrize("name", NAMES)
def test_workers_that_are_cut_off_end_in_time_and_go_on_later(name, later, undisturbed, tmp_path):
    """Cut between two steps, and in one."""
    run = begun(tmp_path / "run", name)
    with joined() as wire:
        wire.set(delay=0.02)
        workers = Workers(wire, run.folder, seconds=LIMIT)
        workers.wait_for(3)
        sleep(later)
        wire.set(cut=True)
        began = monotonic()
        for code, said, when in workers.wait(90):
            assert code == 2 and len(said.splitlines()) == 1, said
            assert re.fullmatch("another worker ended, hangs or cannot be reached: [A-Z].*", said.strip()), said
            assert when - began < LIMIT + MARGIN
        assert not list(run.folder.glob(f"{WRITING}*"))
        state, _, _ = checkpoint.load(run)
        assert state.step >= 2
        wire.set(cut=False, delay=0)
        assert [code for code, _, _ in Workers(wire, run.folder).wait()] == [0, 0]
    assert left(run.folder) == undisturbed(name)


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_strangers_who_talk_rubbish_change_no_byte(name, after, undisturbed, tmp_path):
    """While the workers meet, and while they make steps: at every port that listens in their networks."""
    said = []

    def knocking(wire, workers):
        if after:
            workers.wait_for(after)
        commands = [wire.inside(side, sys.executable, STRANGER, side, 30 if after == 0 else 5) for side in range(2)]
        strangers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
        said.extend(stranger.communicate(timeout=60)[0].split() for stranger in strangers)

    files, _ = trained(tmp_path / "run", name, knocking, delay=0.01)
    assert files == undisturbed(name)
    for words in said:
        ports, counts = words[::2], words[1::2]
        assert ports and sum(map(int, counts)) > 20
