"""Set each trap again, in a copy of the project, and see that the tests notice.

Tests are run by processes that have imported the framework already (``warm.py``). What they do not kill there is tried
in a process of its own: it may be about the import itself.

    python tests/mutants/run.py              all, suite by suite
    python tests/mutants/run.py shifted-tf   those named
    python tests/mutants/run.py --compare    whether `googlenet compare` sees those that are said to be seen by it

Exit code 1 if a mutant survived, or was not seen. The tests must pass without the edit, and compare must say that all
agree; that is checked first.
"""

import json
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a script

import mutants
from mutants.mutant import Mutant

FILES = sorted(
    info.name
    for info in pkgutil.iter_modules(mutants.__path__)
    if info.name.split("_")[0] not in ("mutant", "run", "test", "warm")
)
SUITES = {name: getattr(import_module(f"mutants.{name}"), "MUTANTS", []) for name in FILES}
MUTANTS = [mutant for suite in SUITES.values() for mutant in suite]
ROOT = Path(__file__).parent.parent.parent
PARTS = ("common", "googlenet", "googlenet_torch", "googlenet_tf", "googlenet_mxnet", "tests", "docs", "pyproject.toml")
PROCESSES = threading.local()
SURVIVED, KILLED, BROKEN = "SURVIVED", "killed", "BROKEN"


def copy(folder: Path) -> None:
    """The project, without what Python compiled of it."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)


def environment(folder: Path, backend: str) -> dict[str, str]:
    """The environment of pytest in a copy: the copy's own packages, and one backend."""
    ours = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "GOOGLENET_TEST_BACKENDS": backend}
    return {**os.environ, **ours}


def warm_process(backend: str) -> subprocess.Popen:
    """This thread's process that has imported a backend's framework."""
    known = vars(PROCESSES)
    if backend not in known:
        command = [sys.executable, Path(__file__).parent / "warm.py", backend, ROOT]
        known[backend] = subprocess.Popen(
            command, env=environment(ROOT, backend), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    return known[backend]


def run_warm(folder: Path, killers: tuple[str, ...], backend: str) -> tuple[int, str]:
    """(exit code, output) of pytest in a copy, in a child of a process that has imported the framework."""
    process = warm_process(backend)
    asked = {"folder": str(folder), "killers": killers, "output": str(folder / "pytest.txt")}
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    return int(process.stdout.readline()), (folder / "pytest.txt").read_text(errors="replace")


def run_cold(folder: Path, killers: tuple[str, ...], backend: str) -> tuple[int, str]:
    """(exit code, output) of pytest in a copy, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", *killers]
    done = subprocess.run(command, cwd=folder, env=environment(folder, backend), capture_output=True, text=True)
    return done.returncode, done.stdout


def mutate(folder: Path, mutant: Mutant) -> None:
    """Apply the edit; what it replaces must be there exactly once."""
    path = folder / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: {mutant.old!r} occurs {text.count(mutant.old)} times in {mutant.file}")
    path.write_text(text.replace(mutant.old, mutant.new))


def attempt(mutant: Mutant) -> tuple[Mutant, str, str, float]:
    """(mutant, verdict, how the first test failed, seconds)."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        copy(Path(name))
        try:
            mutate(Path(name), mutant)
        except ValueError as error:
            return mutant, BROKEN, str(error), 0.0
        code, output = run_warm(Path(name), mutant.killers, mutant.backend)
        if code != 1:
            code, output = run_cold(Path(name), mutant.killers, mutant.backend)
    failures = [line[1:].strip() for line in output.splitlines() if line.startswith("E  ")]
    # 0: all passed. 1: a test failed. Anything else: no test ran, which proves nothing.
    verdict = {0: SURVIVED, 1: KILLED}.get(code, BROKEN)
    return mutant, verdict, failures[0] if failures else output[-300:], time.monotonic() - start


def unharmed(mutants: list[Mutant]) -> bool:
    """Whether the tests pass without any edit, in the processes that run them: else their failing says nothing."""
    well = True
    for backend in dict.fromkeys(mutant.backend for mutant in mutants):
        killers = tuple(dict.fromkeys(k for m in mutants if m.backend == backend for k in m.killers))
        with tempfile.TemporaryDirectory() as name:
            copy(Path(name))
            code, output = run_warm(Path(name), killers, backend)
        if code:
            print(f"without any edit, with {backend}:\n{output[-2000:]}")
            well = False
    return well


def compare(folder: Path, mutant: Mutant) -> subprocess.CompletedProcess:
    """``googlenet compare`` in a copy, with the arguments that the mutant is said to be seen with."""
    command = [sys.executable, "-c", "from common.cli import main; main()", "compare", *mutant.seen_with]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    backend = ["--backends", mutant.backend]
    return subprocess.run([*command, *backend], cwd=folder, env=environment, capture_output=True, text=True)


def looked_at(mutant: Mutant) -> tuple[Mutant, str, str, float]:
    """(mutant, whether compare saw it, its last line, seconds); BROKEN where it said anything but DIVERGE."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        copy(Path(name))
        mutate(Path(name), mutant)
        done = compare(Path(name), mutant)
    verdict = {0: SURVIVED, 1: "seen"}.get(done.returncode, BROKEN)
    said = (done.stdout.strip() or done.stderr.strip() or "nothing").splitlines()[-1]
    return mutant, verdict if verdict != "seen" or "DIVERGE" in done.stdout else BROKEN, said, time.monotonic() - start


def agreed(mutants: list[Mutant]) -> bool:
    """Whether compare says that all agree without any edit."""
    well = True
    for mutant in {(m.compare, m.backend): m for m in mutants}.values():
        done = compare(ROOT, mutant)
        if done.returncode:
            print(f"without any edit, compare {mutant.compare} with {mutant.backend}:\n{done.stdout}{done.stderr}")
            well = False
    return well


def look(chosen: list[Mutant]) -> int:
    """Let compare look at the mutants that it is said to see."""
    chosen = [mutant for mutant in chosen if mutant.seen_with is not None]
    if not agreed(chosen):
        return 1
    verdicts = []
    with ThreadPoolExecutor(2) as pool:
        for mutant, verdict, said, seconds in pool.map(looked_at, chosen):
            verdicts.append(verdict)
            print(f"{verdict:8} {seconds:3.0f} s  {mutant.name:28} {said:.100}", flush=True)
    print(f"compare sees {verdicts.count('seen')} of {len(verdicts)}")
    return int(verdicts.count("seen") < len(verdicts))


def main(arguments: list[str]) -> int:
    """Run the mutants that are named, or all; with ``--compare`` let compare look at them instead."""
    names = [argument for argument in arguments if argument != "--compare"]
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    if "--compare" in arguments:
        return look(chosen)
    if not unharmed(chosen):
        return 1
    verdicts = []
    with ThreadPoolExecutor(2) as pool:
        for mutant, verdict, detail, seconds in pool.map(attempt, chosen):
            verdicts.append(verdict)
            print(f"{verdict:8} {seconds:3.0f} s  {mutant.name:28} {mutant.trap:56.56}  {detail:.60}", flush=True)
    print(f"{verdicts.count(KILLED)} of {len(verdicts)} killed")
    return int(verdicts.count(KILLED) < len(verdicts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
