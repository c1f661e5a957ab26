"""Workers that are processes of this machine: started together at a fresh port, and always ended."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from common.base.memory import keep_freed_memory
from common.base.unused import BY_US, unused
from common.workers.environment import Place
from common.workers.meeting import TOKEN
from common.workers.quiet import quiet

HERE = "127.0.0.1"
MOST = 64  # workers on one machine


@contextmanager
def started(work: Callable[..., None], workers: int, *told: Any, seconds: float) -> Iterator[list[Connection]]:
    """The connection to each worker by rank; afterwards none of them is left.

    Each has its share of the processors' threads, and a secret that nobody else knows.

    Args:
        work: a function of a module, which each worker calls with its connection, its `Place`, and what it is told.
        workers: how many.
        told: the same for all.
        seconds: that they get to end by themselves where nothing has failed.
    """
    context = get_context("spawn")  # a forked framework hangs
    with closing(socket.create_server((HERE, 0))) as probe:
        port = probe.getsockname()[1]
    processes, connections = [], []
    threads = str(max(1, (os.cpu_count() or 1) // workers))
    temporary = tempfile.mkdtemp(prefix="googlenet-workers-")  # TensorFlow leaves files in it where it is killed
    try:
        set_threads, set_token = _environ("OMP_NUM_THREADS", threads), _environ(TOKEN, secrets.token_hex(16))
        with set_threads, set_token, _environ("TMPDIR", temporary, always=True):
            for rank in range(workers):
                ours, theirs = context.Pipe()
                arguments = (work, theirs, Place(rank, workers, HERE, port, local=rank), *told)
                process = context.Process(target=_begin, args=arguments, daemon=True, name=f"worker {rank}")
                process.start()
                theirs.close()
                processes.append(process)
                connections.append(ours)
        yield connections
        for process in processes:
            process.join(seconds)
    finally:
        for process in processes:
            process.kill()
            process.join()
        for connection in connections:
            connection.close()
        shutil.rmtree(temporary, ignore_errors=True)


def _begin(work: Callable[..., None], *arguments: Any) -> None:
    """What every worker begins with: whoever started it hears of signals, and tells all workers."""
    quiet()
    keep_freed_memory()
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with unused(*BY_US):
        try:
            work(*arguments)
        finally:
            gc.freeze()  # or else Python's end searches all of a framework for rubbish


@contextmanager
def _environ(name: str, value: str, always: bool = False) -> Iterator[None]:
    """A variable for the processes that are started in it, unless the user has set it, or always."""
    given = os.environ.get(name)
    if always or given is None:
        os.environ[name] = value
    try:
        yield
    finally:
        if given is None:
            del os.environ[name]
        else:
            os.environ[name] = given
