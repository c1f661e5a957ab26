"""A benchmark that is interrupted ends its processes, leaves no folder, and says so in one line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OPTIONS = ("--backends", "torch", "--image-size", "32", "--json", "report.json")
PATIENCE = 60.0  # seconds that a process has to start, and to end


def children(number):
    """The processes that a process has started, and that have not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == number and state != "Z":
            found.append(int(folder.name))
    return found


def waited_for(condition):
    """What a condition gives as soon as it gives anything."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return value


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for as Linux lists them")
@pytest.mark.only("torch")
@pytest.mark.parametrize(
    ("task", "number"), [("--train", signal.SIGINT), ("--layers", signal.SIGINT), ("--scale", signal.SIGTERM)]
)
def test_who_interrupts_a_benchmark_is_rid_of_all_of_it(task, number, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", "from common.cli import main; main()", "bench", "d2l", task, *OPTIONS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    try:
        workers = waited_for(lambda: children(process.pid))
        assert workers
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode, out, err) == (128 + number, "", f"googlenet: ended by {number.name}\n")
    assert waited_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers)), "a worker goes on"
    assert list(tmp_path.iterdir()) == []
