"""Processes forked from this one: each does one thing, tells of it, and ends.

A forked process begins with everything that this one has computed, and copies none of it. It can go on where this one
has started nothing that a fork comes without: other threads, and engines that wait for threads of theirs.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from common.base.errors import InputError
from common.base.sent import Sent
from common.base.signals import ENDING, Ended, asked_to_stop, signal_name

Work = Callable[[Callable[[Any], None]], None]  # is given a function to tell things by
MAPS = Path("/proc/self/maps")  # names the libraries of this process
OPENMP = re.compile(r"/lib[gi]?omp[\d.-]")
SET_PDEATHSIG = 1  # of Linux' prctl
PATIENCE = 5.0  # seconds that a process has to end by itself once it has told all


@dataclass(frozen=True)
class Turn:
    """A process has its turn, which comes before all that it tells."""


@dataclass(frozen=True)
class Over:
    """A process has ended, which comes after all that it tells.

    Attributes:
        error: what it raised; None if nothing.
        died: how it ended without a word; None if it did not.

    >>> Over(died="was ended by SIGSEGV").error is None
    True
    """

    error: Sent | None = None
    died: str | None = None


def possible() -> bool:
    """Whether what is forked here can go on: on Linux, with no thread of Python besides, and no OpenMP in the process.

    A fork has none of the threads of an OpenMP, and GNU's waits for them for ever. Apple's own algebra fails in a fork.
    """
    return sys.platform == "linux" and threading.active_count() == 1 and not _has_openmp()


def _has_openmp() -> bool:
    try:
        return OPENMP.search(MAPS.read_text(errors="replace")) is not None
    except OSError:  # nobody can tell
        return True


def alone() -> bool:
    """Whether no other thread of Python lives, once those have ended that are about to, such as that of a display.

    What another thread holds at the moment of a fork, such as a stream that it writes to, nobody gives back in there.

    >>> alone()  # doctest: +SKIP
    True
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(1.0)
    return threading.active_count() == 1


@contextmanager
def forked(works: Mapping[str, Work], at_once: int) -> Iterator[Iterator[tuple[str, Any]]]:
    """What forked processes tell, by name, as it comes; afterwards none of them is left.

    All are forked before this returns, and then wait for their turns. What they print goes to standard error.

    Args:
        works: what each does, by name, in the order of their turns.
        at_once: how many work at a time.

    Raises:
        InputError: the system starts no more processes.

    >>> with forked({"a": lambda tell: tell(1)}, at_once=1) as told:  # doctest: +SKIP
    ...     list(told)
    [('a', Turn()), ('a', 1), ('a', Over(error=None, died=None))]
    """
    processes: dict[str, BaseProcess] = {}
    connections: dict[str, Connection] = {}
    try:
        with _undisturbed():
            for name, work in works.items():
                connections[name], processes[name] = _start(work)
        yield _heard(processes, connections, at_once)
        for process in processes.values():
            process.join(PATIENCE)
    finally:
        with _undisturbed():
            for process in processes.values():
                process.kill()
                process.join()
            for connection in connections.values():
                connection.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that ask this process to end do so afterwards."""
    with asked_to_stop(told=False) as stop:
        yield
    if stop.number is not None:
        raise Ended(stop.number)


def _start(work: Work) -> tuple[Connection, BaseProcess]:
    """The connection to a process that waits for its turn, and the process."""
    context = get_context("fork")
    try:
        ours, theirs = context.Pipe()
        process = context.Process(target=_live, args=(work, theirs, os.getpid()), daemon=True)
        with theirs, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of threads: those of NumPy's algebra end at a fork
            process.start()
    except OSError as error:
        raise InputError(f"no process can be started: {error.strerror}: end others first") from None
    return ours, process


def _live(work: Work, connection: Connection, parent: int) -> None:
    """What a forked process does."""
    for number in ENDING:  # its parent hears of them too, and ends it
        signal.signal(number, signal.SIG_IGN)
    _end_with(parent)
    os.dup2(2, 1)
    with suppress(EOFError, OSError):  # nobody listens any more
        connection.recv()
        connection.send(_over(work, connection.send))


def _end_with(parent: int) -> None:
    """Let this process be killed when its parent ends, however that is."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _over(work: Work, tell: Callable[[Any], None]) -> Over:
    try:
        work(tell)
    except BaseException as error:
        return Over(error=Sent.of(error))
    return Over()


def _heard(
    processes: Mapping[str, BaseProcess], connections: Mapping[str, Connection], at_once: int
) -> Iterator[tuple[str, Any]]:
    """What the processes tell; each gets its turn as soon as fewer than ``at_once`` work."""
    waiting = deque(connections)
    working: dict[Any, str] = {}
    while waiting or working:
        while waiting and len(working) < at_once:
            name = waiting.popleft()
            with suppress(OSError):  # it has ended, which is heard below
                connections[name].send(None)
            working[connections[name]] = name
            yield name, Turn()
        for connection in wait(list(working)):
            assert isinstance(connection, Connection)
            name = working[connection]
            try:
                told = connection.recv()
            except (EOFError, OSError):
                processes[name].join()
                told = Over(died=_how(processes[name].exitcode))
            if isinstance(told, Over):
                del working[connection]
            yield name, told


def _how(code: int | None) -> str:
    """How a process has ended, by its exit code.

    >>> _how(-11), _how(3)
    ('was ended by SIGSEGV', 'ended with exit code 3')
    """
    if code is None or code >= 0:
        return f"ended with exit code {code}"
    name = signal_name(-code)
    return f"was ended by {name}" + (", as the system does where memory runs out" if name == "SIGKILL" else "")
