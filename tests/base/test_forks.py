"""Processes forked from one: what they tell, how they end, and that none of them is left."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest
from support.syntax import ROOT

from common.base import forks
from common.base.errors import InputError
from common.base.forks import Over, Turn, forked
from common.base.signals import ENDING, Ended, ended_by_signals

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks here")
PATIENCE = 20.0


def lives(process):
    """Whether a process is there and has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(process):
    """Whether a process is gone soon."""
    end = time.monotonic() + PATIENCE
    while lives(process) and time.monotonic() < end:
        time.sleep(0.02)
    return not lives(process)


def tells(*things):
    def work(tell):
        for thing in things:
            tell(thing)

    return work


def told(works, at_once=2):
    """What each has told, by name."""
    found = {name: [] for name in works}
    with forked(works, at_once) as all_told:
        for name, what in all_told:
            found[name].append(what)
    return found


def test_each_tells_what_it_has_to_between_its_turn_and_its_end():
    assert told({"a": tells(1, "two"), "b": tells([3.5])}) == {
        "a": [Turn(), 1, "two", Over()],
        "b": [Turn(), [3.5], Over()],
    }


def test_a_fork_begins_with_what_there_is_and_changes_nothing_of_it():
    numbers = [1]

    def work(tell):
        numbers.append(2)
        tell(numbers)

    assert told({"a": work})["a"][1] == [1, 2]
    assert numbers == [1]


def test_no_more_work_at_a_time_than_are_to():
    with forked({name: tells(1, 2) for name in "abc"}, at_once=1) as all_told:
        assert "".join(name for name, _ in all_told) == "aaaabbbbcccc"


def test_as_many_work_at_a_time_as_may(tmp_path):
    """Each waits for the other."""

    def work(own, other, tell):
        (tmp_path / own).touch()
        end = time.monotonic() + PATIENCE
        while not (tmp_path / other).exists() and time.monotonic() < end:
            time.sleep(0.01)
        tell((tmp_path / other).exists())

    found = told({"a": partial(work, "a", "b"), "b": partial(work, "b", "a")}, at_once=2)
    assert found["a"][1] is found["b"][1] is True


def test_an_error_comes_back_as_it_was_and_says_where_it_came_from():
    def breaks(tell):
        raise InputError("no such file")

    *_, over = told({"a": breaks, "b": tells(1)})["a"]
    error = over.error.received()
    assert (type(error), str(error)) == (InputError, "no such file")
    assert "in breaks" in str(error.__cause__)


@pytest.mark.parametrize(
    ("end", "says"),
    [
        (lambda tell: os._exit(3), "ended with exit code 3"),
        (lambda tell: os.kill(os.getpid(), signal.SIGXCPU), "was ended by SIGXCPU"),
        (lambda tell: os.kill(os.getpid(), signal.SIGKILL), "was ended by SIGKILL, as the system does where memory"),
    ],
)
def test_one_that_dies_is_told_and_the_others_go_on(end, says):
    found = told({"a": end, "b": tells(1)})
    assert found["b"] == [Turn(), 1, Over()]
    *_, over = found["a"]
    assert over.died.startswith(says)


def sleeps(tell):
    tell(os.getpid())
    time.sleep(60)


@pytest.mark.parametrize("error", [KeyError, Ended])
def test_whoever_is_interrupted_leaves_nobody_behind(error):
    """Neither those at work nor those that wait for their turn."""
    began = time.monotonic()
    with pytest.raises(error), forked({"a": sleeps, "b": sleeps, "c": sleeps}, at_once=2) as told_by_all:
        working = [what for _, what in (next(told_by_all) for _ in range(4)) if isinstance(what, int)]
        processes = [process.pid for process in active_children()]
        assert len(working) == 2 and len(processes) == 3
        raise error
    assert not any(map(lives, processes))
    assert time.monotonic() - began < forks.PATIENCE


def test_a_signal_that_comes_while_they_are_forked_leaves_nobody_behind(monkeypatch):
    start, processes = forks._start, []

    def starting(work):
        os.kill(os.getpid(), signal.SIGTERM)
        connection, process = start(work)
        processes.append(process.pid)
        return connection, process

    monkeypatch.setattr(forks, "_start", starting)
    with pytest.raises(Ended) as ended, ended_by_signals(), forked({"a": sleeps}, at_once=1):
        pytest.fail("it goes on")
    assert ended.value.number == signal.SIGTERM
    assert len(processes) == 1 and not lives(*processes)


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_is_for_whoever_has_forked(number):
    def work(tell):
        for _ in range(2):  # whoever is impatient sends it again
            os.kill(os.getpid(), number)
        tell("goes on")

    with ended_by_signals():
        assert told({"a": work})["a"] == [Turn(), "goes on", Over()]


def test_what_is_printed_goes_to_standard_error_and_nothing_of_it_is_lost():
    code = (
        "import os, threading; from common.base.forks import forked\n"
        "def work(tell): os.write(1, b'of an engine '); threading.Timer(0.3, print, ['of Python']).start()\n"
        "with forked({'a': work}, at_once=1) as told: list(told)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, text=True)
    assert (done.stdout, done.stderr) == ("", "of an engine of Python\n")


def test_they_end_with_whoever_has_forked_them():
    code = (
        "import os, signal, time; from common.base.forks import forked\n"
        "def work(tell): tell(os.getpid()); time.sleep(60)\n"
        "with forked({'a': work, 'b': work}, at_once=1) as told:\n"
        "    next(told); print(next(told)[1], flush=True); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert done.returncode == -signal.SIGKILL
    assert gone(int(done.stdout))


def test_a_system_that_starts_no_more_processes_is_one_line(monkeypatch):
    def none():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", none)
    with pytest.raises(InputError, match=r"^no process can be started: Resource temporarily unavailable: end others"):
        told({"a": sleeps})


@pytest.mark.parametrize(
    ("library", "safe"),
    [
        *(
            ("libgomp.so.1", False),
            ("libgomp-98b21ff3.so.1.0.0", False),
            ("libiomp5.so", False),
            ("libomp.so.5", False),
        ),
        *(("libopenblas64_p-r0.so", True), ("libcompress.so", True)),
    ],
)
def test_no_fork_waits_for_the_threads_of_an_openmp(library, safe, monkeypatch, tmp_path):
    (tmp_path / "maps").write_text(f"7f00-7f01 r-xp 00000000 fe:00 12  /usr/lib/{library}\n")
    monkeypatch.setattr(forks, "MAPS", tmp_path / "maps")
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert forks.possible() is safe
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert not forks.possible()


def test_elsewhere_than_on_linux_and_where_nobody_can_tell_nothing_is_forked(monkeypatch, tmp_path):
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(forks, "MAPS", tmp_path / "maps")
    assert not forks.possible()
    (tmp_path / "maps").touch()
    assert forks.possible()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not forks.possible()


def test_a_thread_that_is_about_to_end_is_waited_for_and_another_is_not():
    code = (
        "import threading, time; from common.base.forks import alone\n"
        "threading.Thread(target=time.sleep, args=(0.2,)).start(); print(alone())\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); print(alone())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, text=True, timeout=50)
    assert done.stdout.split() == ["True", "False"], done.stderr
