"""A process that crashes, hangs, floods or talks nonsense is told of, and ended with all that it has started."""

import os
import time
from pathlib import Path

import pytest

from common.bench.process import LAST, Failed, Process

STUB = "support.stub_worker"
PATIENT, IMPATIENT = 60.0, 3.0  # seconds; what hangs is waited for as long as the second


@pytest.fixture
def start(tmp_path):
    """Start a stub that behaves so; all are ended with the test."""
    started = []

    def call(behaviour, limit=PATIENT, **environment):
        process = Process(str(tmp_path), environment, limit, module=STUB)
        started.append(process)
        return process, {"behave": behaviour}

    yield call
    for process in started:
        process.close()


def alive(number):
    """Whether there is a process of that number that has not ended."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def failure(process, message):
    with pytest.raises(Failed) as failed:
        process.ask(message)
    return failed.value


def test_a_process_answers_line_by_line(start):
    process, job = start("well")
    assert process.ask(job)["ready"]["framework"] == "Stub 1.0"
    assert process.ask({"do": "turn", "calls": 3}) == {"seconds": [0.25] * 3}
    assert process.ask({"do": "end"}) == {"peak_memory": 1 << 20}


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        ("leave", "crashed", "ended with exit code 7 (in build): last of all"),
        ("missing", "missing", "backend 'stub' needs 'stub', which is not installed (in import)"),
        ("garble", "error", "an answer that is no JSON: b'Welcome to the framework!' (in start)"),
        ("listing", "error", "an answer that is no JSON: b'[1, 2]' (in start)"),
        ("flood", "error", "an answer without end (in start)"),
    ],
)
def test_how_a_process_failed_is_told(start, behaviour, kind, words):
    failed = failure(*start(behaviour))
    assert (failed.kind, failed.message) == (kind, words)


def test_a_crash_in_the_middle_is_told_with_the_last_words(start):
    process, job = start("crash")
    process.ask(job)
    failed = failure(process, {"do": "turn", "calls": 1})
    assert (failed.kind, failed.message) == ("crashed", "ended by SIGSEGV (in rounds): the last words")


def test_what_hangs_is_waited_for_until_the_limit_and_no_longer(start):
    process, job = start("hang", limit=IMPATIENT)
    begin = time.monotonic()
    failed = failure(process, job)
    assert (failed.kind, failed.message) == ("hung", "no answer within 3 s (in build)")
    assert IMPATIENT - 0.1 < time.monotonic() - begin < 3 * IMPATIENT


def test_errors_without_end_are_read_and_only_the_last_are_kept(start):
    process, job = start("chatter")
    assert process.ask(job)["ready"]
    assert 0 < len(process._said) <= LAST


def test_a_process_ends_with_all_that_it_has_started(start):
    process, job = start("child")
    number = process.ask(job)["child"]
    process.close()
    assert process.child.returncode is not None
    for _ in range(100):
        if not alive(number):
            return
        time.sleep(0.05)
    raise AssertionError(f"process {number} is still there")


def test_it_works_in_its_own_folder_and_sees_the_settings(start, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the user hides a module')")
    other = tmp_path / "empty"
    other.mkdir()
    monkeypatch.chdir(tmp_path)
    process = Process(str(other), {"STUB_BEHAVIOURS": "{}"}, PATIENT, module=STUB)
    try:
        assert process.ask({})["ready"]
        assert os.path.samefile(f"/proc/{process.child.pid}/cwd", other)
    finally:
        process.close()
