"""Memory that was freed stays with a process that is all ours, and with no other."""

import os
import platform
import subprocess
import sys

import pytest

from common.base.memory import SETTINGS, keep_freed_memory

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps what it likes")
AGAIN = """
import resource, sys

LARGE = 2**26

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

b"1" * LARGE
before = faults()
b"1" * LARGE
sys.stderr.write(f"faults {faults() - before}")
"""
PAGES = 2**26 // 4096


def faults(first: str) -> int:
    """Page faults of 64 MiB that are asked for again, by a process that does something else before."""
    environment = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    command = [sys.executable, "-c", first + AGAIN]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL)
    return int(done.stderr.rpartition("faults ")[2])


@pytest.mark.parametrize(
    "owner",
    [
        "from common.base.memory import keep_freed_memory; assert keep_freed_memory()",
        "from common.cli.ending import run; run(['--version'])",
        "from common.bench.worker import main; main()",
        "from common.workers.local import _begin; _begin(dict)",
    ],
    ids=["asked", "command", "worker of a benchmark", "worker of a run"],
)
def test_a_process_that_is_ours_uses_freed_memory_again(owner):
    assert faults(owner) < PAGES / 20


def test_a_program_that_imports_ours_is_left_alone():
    assert faults("import common, googlenet, common.cli.ending, common.bench.worker, common.workers.local") > PAGES / 2


@pytest.mark.parametrize("name", SETTINGS)
def test_what_the_user_has_set_stays(name, monkeypatch):
    monkeypatch.setenv(name, "glibc.malloc.trim_threshold=131072" if name == "GLIBC_TUNABLES" else "131072")
    assert not keep_freed_memory()


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_other_c_libraries_are_left_alone(error, monkeypatch):
    def no_library(name):
        raise error

    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("ctypes.CDLL", no_library)
    assert not keep_freed_memory()
