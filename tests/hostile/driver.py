"""Run a command on bad input and say which promise it broke.

What is promised of bad input (docs/commands.md, "How a command ends"): exit code 2; one short line on stderr, no
traceback; bounded time and memory; nothing left behind, nothing changed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from common.base.trees import remove_tree

ROOT = Path(__file__).parent.parent.parent
MIB = 2**20
SECONDS = 10.0  # for one command
PEAK = 1024 * MIB  # of resident memory that a command may add to what its imports take
ADDRESS_SPACE = 12 * 1024 * MIB  # a command that runs away is stopped here, and fails by its peak
LONGEST = 600  # characters of a line of refusal, which may list all choices
REFUSED = frozenset({2})
EITHER = frozenset({0, 2})  # a changed input that may still be a good one


def nothing(folder: Path) -> None:
    """Write no file."""


@dataclass(frozen=True)
class Case:
    """One command on bad input.

    Attributes:
        name: says what is bad.
        arguments: of ``googlenet``; paths are relative to the folder of the case.
        prepare: writes the files of the case into its folder.
        codes: exit codes that keep the promise.
        outputs: files that a command that succeeds may leave; with a slash at the end, all of a folder.
        late: what is bad shows only when the work is done and told: what it has printed and left by then is right.
        streams: where stdin, stdout and stderr go instead: a path, or None for a closed stream.
        environ: variables set for the command.
    """

    name: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path], None] = nothing
    codes: frozenset[int] = REFUSED
    outputs: tuple[str, ...] = ()
    late: bool = False
    streams: dict[str, str | None] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    seconds: float = SECONDS


@dataclass(frozen=True)
class Outcome:
    """How a command ended: a negative code is a signal; ``peak`` is in bytes beyond the imports."""

    code: int
    out: str
    err: str
    seconds: float
    peak: int
    left: tuple[str, ...]


def snapshot(folder: Path) -> dict[str, tuple]:
    """Every entry below a folder: its kind, size and time of change. What a case calls ``here`` is not looked into."""
    entries: dict[str, tuple] = {}
    waiting = [(os.fspath(folder), "")]
    while waiting:
        place, prefix = waiting.pop()
        for entry in os.scandir(place):
            about = entry.stat(follow_symlinks=False)
            name = f"{prefix}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "here":  # may be deeper than a path may be long
                    waiting.append((entry.path, f"{name}/"))
                entries[name] = ("folder",)
            else:
                entries[name] = (about.st_mode, about.st_size, about.st_mtime_ns)
    return entries


def is_allowed(name: str, allowed: tuple[str, ...]) -> bool:
    """Whether a file is one of those that may be left."""
    return name in allowed or any(place.endswith("/") and name.startswith(place) for place in allowed)


def is_cached(name: str) -> bool:
    """Whether a file belongs to an archive that is unpacked whole: such stay in the cache for the next time."""
    return name.startswith("cache/unpacked/") and not name.startswith("cache/unpacked/.")


def left_behind(before: dict, after: dict, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Files that are new, changed or gone, but for folders, locks, and whole archives in the cache."""

    def may_stay(name: str) -> bool:
        harmless = after.get(name) == ("folder",) or name.endswith(".lock")
        return harmless or is_allowed(name, allowed) or is_cached(name)

    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return tuple(name for name in sorted(changed) if not may_stay(name))


def said(path: Path) -> str:
    """What a command wrote to a stream, whose file is removed."""
    if not path.exists():
        return ""
    text = path.read_text(errors="replace")
    path.unlink()
    return text


class Driver:
    """A zygote process, and the folder that its cases run in."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.count = 0
        environ = {
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
            "OMP_NUM_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "COLUMNS": "100",
        }
        self.process = subprocess.Popen(
            [sys.executable, ROOT / "tests/hostile/zygote.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=environ,
            text=True,
        )
        self.own = self.answer()["ready"] * 1024

    def answer(self) -> dict:
        """The zygote's next answer."""
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the zygote has ended")
        return json.loads(line)

    def close(self) -> None:
        """End the zygote."""
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def run(self, case: Case) -> Outcome:
        """Run a case in a new folder."""
        self.count += 1
        home = self.folder / f"case{self.count}"
        work, streams = home / "work", home / "streams"
        for place in (work, streams, home / "tmp", home / "cache"):
            place.mkdir(parents=True)
        case.prepare(work)
        before = snapshot(home)
        chosen = {"stdin": "/dev/null", "stdout": str(streams / "out"), "stderr": str(streams / "err"), **case.streams}
        asked = {
            "arguments": list(case.arguments),
            "cwd": str(work),
            "environ": {"TMPDIR": str(home / "tmp"), "GOOGLENET_CACHE": str(home / "cache"), **case.environ},
            "seconds": case.seconds + 2,
            "address_space": ADDRESS_SPACE,
            **chosen,
        }
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        answer = self.answer()
        texts = [said(streams / name) for name in ("out", "err")]
        allowed = tuple(f"work/{name}" for name in case.outputs) if answer["status"] == 0 or case.late else ()
        left = left_behind(before, snapshot(home), allowed)
        remove_tree(home)
        return Outcome(answer["status"], *texts, answer["seconds"], max(0, answer["peak"] - self.own), left)


def broken(case: Case, outcome: Outcome) -> list[str]:
    """The promises that an outcome breaks, in words; none if all are kept."""
    wrong = []
    if outcome.code not in case.codes:
        wrong.append(f"exit code {outcome.code}, not {' or '.join(map(str, sorted(case.codes)))}")
    if "Traceback" in outcome.err + outcome.out:
        wrong.append("a traceback")
    refused = outcome.code == 2
    lines = outcome.err.splitlines()
    if case.late and lines:  # with the JSON on stdout the tables are on stderr
        lines = lines[-1:]
    if refused and case.streams.get("stderr", "") == "":
        if len(lines) != 1 or not lines[0].startswith("googlenet: "):
            wrong.append(f"{len(lines)} lines on stderr, not one that begins with 'googlenet: '")
        if len(lines[0] if lines else "") > LONGEST:
            wrong.append(f"a line of {len(lines[0])} characters")
        if not "".join(lines).isprintable():
            wrong.append("characters that cannot be printed")
        if outcome.out and not case.late and case.arguments[0] != "train":  # which says first what it goes on with
            wrong.append("something on stdout beside a refusal")
    if outcome.seconds > case.seconds:
        wrong.append(f"{outcome.seconds:.1f} seconds")
    if outcome.peak > PEAK:
        wrong.append(f"{outcome.peak / MIB:.0f} MiB")
    if outcome.left:
        wrong.append(f"left or changed: {', '.join(outcome.left[:5])}")
    return wrong
