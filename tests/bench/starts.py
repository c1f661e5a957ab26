"""How long commands take from nothing to their answer: ``python tests/bench/starts.py``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from time import perf_counter

from common.base.errors import InputError

COMMANDS = ("--help", "nets", "summary d2l", "compare d2l --image-size 96")
TIMES = 3


def seconds(command: str, times: int = TIMES) -> float:
    """The median of several fresh processes, the first of which does not count: it fills the caches of files.

    Args:
        command: of ``googlenet``, with its options.

    Raises:
        InputError: it fails.
    """
    measured = []
    for _ in range(times + 1):
        began = perf_counter()
        ended = subprocess.run([sys.executable, "-m", "googlenet", *command.split()], capture_output=True, check=False)
        measured.append(perf_counter() - began)
        if ended.returncode:
            raise InputError(f"googlenet {command}: exit code {ended.returncode}")
    return median(measured[1:])


def main(commands: Sequence[str] = COMMANDS) -> None:
    """A line for each command."""
    for command in commands:
        print(f"{seconds(command):8.2f} s  googlenet {command}", flush=True)


if __name__ == "__main__":
    main()
