"""Commands whose streams are closed, full or go away, and those that a signal ends."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from hostile.driver import ROOT, Case

QUIET = (("--help",), ("summary", "d2l"), ("summary", "d2l", "--json", "-"), ("nets", "--nonsense"))
FULL, CLOSED = "/dev/full", None


def cases() -> Iterator[Case]:
    """Each command with each stream full or closed."""
    for arguments in QUIET:
        for stream in ("stdin", "stdout", "stderr"):
            for kind in (FULL, CLOSED):
                good = stream == "stdin" or (kind is CLOSED and stream == "stdout") or stream == "stderr"
                refused = "--nonsense" in arguments
                code = 2 if refused or not good else 0
                name = f"{' '.join(arguments)} with {stream} {'full' if kind else 'closed'}"
                yield Case(name, arguments, codes=frozenset({code}), streams={stream: kind})


def interrupted(folder: Path, arguments: tuple[str, ...], number: int, seconds: float) -> tuple[int, str]:
    """(exit code, stderr) of a command in a process of its own that gets a signal after so many seconds."""
    code = "from common.cli import main; main()"
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TMPDIR": str(folder)}
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    time.sleep(seconds)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    return process.returncode, err


def moments(seed: int, count: int, latest: float) -> list[float]:
    """Seconds, spread from the first to the latest and moved at random."""
    rng = random.Random(seed)
    return [latest * (i + rng.random()) / count for i in range(count)]
