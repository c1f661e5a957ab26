"""Workers are killed at random moments, and the run ends with the bytes of one that nobody disturbed."""

import os
import random
import signal
from contextlib import suppress
from functools import cache
from multiprocessing import active_children
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import sleep

import pytest
from support.backends import NAMES
from support.small_runs import TINY, left

from common import nets
from common.base.files import WRITING
from common.base.locks import lock
from common.base.progress import Nobody
from common.runs import workers
from common.runs.preparing import prepare_runs, recipe_asked

pytestmark = pytest.mark.long
MOMENTS = ("starting", "meeting", "stepping", "validating", "writing")  # one new start is left for each
assert len(MOMENTS) == workers.RESTARTS


def begun(folder, name):
    """A run of 3 epochs of 15 steps."""
    recipe = recipe_asked("quick", epochs=3, batch=96)
    options = {"data": "digits", "data_dir": None, "backend_name": name, "dtype": "float32", "seed": 0}
    ((run,), _) = prepare_runs(Nobody(), nets.add(TINY), recipe=recipe, folder=folder, **options)
    return run


class Killer(Thread):
    """Kills the worker of a rank once at each of the moments, in this order, and once in each start of the group.

    Attributes:
        killed: at which moments it did.
        heard: the records of the run, as they come.
    """

    def __init__(self, folder, rank, moments, seed):
        super().__init__(daemon=True)
        self.folder, self.rank, self.moments = folder, rank, moments
        self.dice, self.killed, self.heard, self.over = random.Random(seed), [], SimpleQueue(), Event()

    def run(self):
        before = None
        for moment in self.moments:
            while not self.over.is_set() and (process := self.process(before)) is None:
                sleep(0.005)
            while not self.heard.empty():
                self.heard.get()  # of the start before
            if not getattr(self, moment)(process) or self.over.is_set():
                return
            os.kill(process.pid, signal.SIGKILL)
            self.killed.append(moment)
            before = process.pid

    def process(self, before):
        """The worker to be killed, once it is started anew."""
        found = [each for each in active_children() if each.name == f"worker {self.rank}" and each.pid != before]
        return found[0] if found else None

    def starting(self, process):
        """Python starts, or imports the framework."""
        return not self.over.wait(self.dice.uniform(0, 1))

    def meeting(self, process):
        """After the worker has opened its first connection."""
        known = sockets(process)
        while sockets(process) == known:
            if self.over.wait(0.002):
                return False
        return not self.over.wait(self.dice.uniform(0, 0.2))

    def stepping(self, process):
        """Within a step, or between two."""
        return self.record("step", self.dice.randint(1, 8)) and not self.over.wait(self.dice.uniform(0, 0.1))

    def validating(self, process):
        """After the last step of an epoch, before its record."""
        return self.record("step", 1, last=True) and not self.over.wait(self.dice.uniform(0, 0.02))

    def writing(self, process):
        """While a file of a checkpoint is written."""
        while not self.over.is_set():
            if any(name.startswith(WRITING) for name in os.listdir(self.folder)):
                return not self.over.wait(self.dice.uniform(0, 0.01))
        return False

    def record(self, kind, count, last=False):
        """Wait for so many records of a kind; of the last step of an epoch only."""
        while count and not self.over.is_set():
            try:
                record = self.heard.get(timeout=0.05)
            except Empty:
                continue
            count -= record["kind"] == kind and (not last or record["step"] % 15 == 0)
        return not count


def sockets(process):
    """How many a process has open."""
    with suppress(OSError):
        return sum(os.readlink(entry.path).startswith("socket:") for entry in os.scandir(f"/proc/{process.pid}/fd"))


def trained(folder, name, killer=None):
    """(files by name, names of temporary files, what was said) of a run of two workers."""
    lines, temporary = [], folder.with_name("temporary")
    temporary.mkdir()
    run = begun(folder, name)
    report = killer.heard.put if killer else lambda record: None
    if killer:
        killer.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TMPDIR", str(temporary))
            assert workers.train(run, workers=2, checkpoint_every=2, report=report, say=lines.append, seconds=60)
    finally:
        if killer:
            killer.over.set()
            killer.join()
    return left(folder), sorted(os.listdir(temporary)), lines


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return cache(lambda name: trained(tmp_path_factory.mktemp("undisturbed") / "run", name))


def children():
    """The processes that this one has started, and that are not over."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found.update((task / "children").read_text().split())
    return found


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("name", NAMES)
def test_a_run_whose_worker_is_killed_again_and_again_ends_as_if_it_had_not_been(
    name, rank, seed, undisturbed, tmp_path
):
    *expected, silence = undisturbed(name)
    assert silence == []
    before = children()
    moments = random.Random(seed).sample(MOMENTS, len(MOMENTS))
    killer = Killer(tmp_path / "run", rank, moments, 100 * seed + rank)
    *files, lines = trained(tmp_path / "run", name, killer)
    assert killer.killed == moments
    assert len(lines) == len(moments) and all("all start again from the last checkpoint" in line for line in lines)
    assert files == expected
    assert children() == before and not active_children()
    with lock(tmp_path / "run", wait=False) as free:
        assert free
