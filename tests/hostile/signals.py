"""Commands that a signal ends at moments spread over all that they do, from their imports to their last file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hostile.driver import ROOT
from hostile.samples import Samples

from common.base.files import WRITING

COMMANDS = (
    ("compare", "d2l", "--image-size", "32", "--batch", "1", "--backends", "torch", "--json", "report.json"),
    ("convert", "weights.safetensors", "out.pth"),
    ("predict", "weights.safetensors", "picture.png", "--backend", "torch", "--sheet", "sheet.png"),
    (
        "train",
        "d2l_bn",
        "--data",
        "classes",
        "--image-size",
        "32",
        "--batch",
        "4",
        "--backend",
        "torch",
        "--out",
        "run",
    ),
)
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EARLIEST, LATEST = 0.2, 5.0  # seconds: the interpreter stands, and most commands are over
PATIENCE = 20.0  # seconds that a command may take to end


@dataclass(frozen=True)
class Interruption:
    """A command, the signal that it gets, and when."""

    arguments: tuple[str, ...]
    number: signal.Signals
    seconds: float

    def __str__(self) -> str:
        return f"{self.arguments[0]}, {self.number.name} after {self.seconds:.2f} s"


def cases(seed: int, count: int) -> Iterator[Interruption]:
    """Each command with each signal in turn, at moments spread evenly and moved at random."""
    rng = random.Random(seed)
    width = (LATEST - EARLIEST) / count
    for i, place in enumerate(rng.sample(range(count), count)):
        moment = EARLIEST + width * (place + rng.random())
        yield Interruption(COMMANDS[i % len(COMMANDS)], NUMBERS[i // len(COMMANDS) % len(NUMBERS)], moment)


def broken(case: Interruption, folder: Path, samples: Samples) -> list[str]:
    """Run a command in an empty folder and send it the signal: the promises that it breaks, in words."""
    samples.give(folder, "weights", "picture", "classes")
    temporary = folder / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", "from common.cli import main; main()", *case.arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        _, err = process.communicate(timeout=case.seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(case.number)
        try:
            _, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return [f"goes on for more than {PATIENCE:.0f} seconds"]
    return list(_broken(case, process.returncode, err, folder, temporary))


def _broken(case: Interruption, code: int, err: str, folder: Path, temporary: Path) -> Iterator[str]:
    if code not in (0, 128 + case.number, -case.number):  # below 0: before Python had a handler
        yield f"exit code {code}"
    if "Traceback" in err:
        yield "a traceback"
    most = 2 if case.arguments[0] == "train" else 1  # which says first that it stops after this step
    if code and len(err.splitlines()) > most:
        yield f"{len(err.splitlines())} lines on stderr"
    left = [path.name for path in folder.rglob("*") if path.name.startswith(WRITING)]
    left += [path.name for path in temporary.iterdir()]
    if left:
        yield f"left {', '.join(sorted(left)[:5])}"
