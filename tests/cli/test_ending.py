"""How a command ends, whatever happens: its exit code, one line on stderr, and no traceback that nobody asked for."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer
from support.syntax import ROOT

from common.base.signals import ENDING, Ended
from common.cli import ending, streams
from common.cli.app import app
from common.table import overview

DRIVER = Path(__file__).parent.parent / "support" / "forked_commands.py"


@pytest.fixture
def failing(monkeypatch, run):
    """Run ``googlenet summary d2l`` whose arithmetic does something else; returns (exit code, stdout, stderr)."""

    def call(instead, *options):
        monkeypatch.setattr(overview, "summary", lambda *_: instead())
        return run("summary", "d2l", *options)

    return call


def raises(error):
    def instead(*_):
        raise error

    return instead


class Mute(Exception):
    """An exception of others whose message cannot be had."""

    def __str__(self):
        raise ValueError


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (MemoryError(), 2, "memory does not suffice: ask for less"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"), 2, "memory does not suffice"),
        (RuntimeError("OOM when allocating tensor"), 2, "memory does not suffice"),
        (OSError(28, "No space left on device", "/x/y"), 2, "/x/y: No space left on device: see that"),
        (OSError("of no number"), 3, "a defect of googlenet: OSError: of no number; run it again with --traceback"),
        (RecursionError("too deep"), 3, "a defect of googlenet: RecursionError: too deep"),
        (OverflowError("too large"), 3, "a defect of googlenet: OverflowError: too large"),
        (KeyError("b1"), 3, "a defect of googlenet: KeyError: 'b1'"),
        (EOFError(), 3, "a defect of googlenet: EOFError;"),
        (SystemExit("a library's"), 3, "a defect of googlenet: SystemExit: a library's"),
        (SystemExit(0), 3, "a defect of googlenet: SystemExit: 0"),
        (GeneratorExit(), 3, "a defect of googlenet: GeneratorExit"),
        (Mute(), 3, "a defect of googlenet: Mute;"),
        (ValueError("two\nlines \x1b[31m and " + "x" * 10_000), 3, r"ValueError: two lines \x1b[31m and xxx"),
        (KeyboardInterrupt(), 130, "ended by SIGINT"),
        (Ended(signal.SIGTERM), 143, "ended by SIGTERM"),
        (typer.Abort(), 3, "a defect of googlenet: Abort"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_every_exception_has_its_exit_code_and_one_line(failing, error, code, says):
    ended, out, err = failing(raises(error))
    assert (ended, out) == (code, "")
    assert says in err and err.startswith("googlenet: ")
    assert err.count("\n") == 1 and len(err) < 1000
    assert err[:-1].isprintable()


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_cleans_up_and_ends_with_128_and_its_number(failing, number, tmp_path):
    cleaned = []

    def instead():
        try:
            os.kill(os.getpid(), number)
            time.sleep(10)  # not for ever: the signal may be lost
        finally:
            cleaned.append(number)

    before = signal.getsignal(number)
    code, _, err = failing(instead)
    assert (code, err) == (128 + number, f"googlenet: ended by {number.name}\n")
    assert cleaned == [number]
    assert signal.getsignal(number) is before


def test_a_signal_while_the_command_line_is_imported_is_no_traceback(monkeypatch, run):
    monkeypatch.setattr(ending, "run", raises(KeyboardInterrupt()))
    try:
        assert run("nets") == (130, "", "")
    except KeyboardInterrupt:
        pytest.fail("it left main()")


@pytest.mark.parametrize("error", [KeyError("b1"), MemoryError()])
def test_a_traceback_is_shown_to_whom_asks_for_it(failing, monkeypatch, error):
    assert "Traceback" not in failing(raises(error))[2]
    assert "in instead" in failing(raises(error), "--traceback")[2]
    monkeypatch.setenv(ending.VARIABLE, "1")
    *trace, last = failing(raises(error))[2].splitlines()
    assert any("in instead" in line for line in trace)
    assert last.startswith("googlenet: ")


def test_an_argument_with_a_nul_character_is_refused(run):
    code, _, err = run("compare", "--images", "a\0b.png")
    assert (code, err) == (2, "googlenet: argument 'a\\x00b.png' has a NUL character: leave it out\n")


def test_what_typer_refuses_says_where_help_is(run):
    assert run("summary", "d2l", "--sice", 3) == (
        2,
        "",
        "googlenet: No such option: --sice (see googlenet summary --help)\n",
    )


def test_every_whole_number_is_bounded(run):
    run("--help")  # which adds the commands
    commands = typer.main.get_command(app).commands
    numbers = {
        f"{name} {x.name}": x.max
        for name, at in commands.items()
        for x in at.params
        if x.type_descriptor.annotation is int
    }
    assert {name: most for name, most in numbers.items() if most is None or most >= 1 << 63} == {}
    assert len(numbers) > 15


@pytest.mark.parametrize("value", [1 << 31, 1 << 63, 10**400, "9" * 5000], ids=["2^31", "2^63", "10^400", "long"])
@pytest.mark.parametrize(
    "command",
    ["summary d2l --num-classes", "compare d2l --batch", "train d2l --epochs", "compare d2l --image-size"],
)
def test_whole_numbers_that_are_too_large_are_one_short_line(run, command, value):
    code, out, err = run(*command.split(), value if isinstance(value, str) else str(value))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and len(err) < 400


CASES = {
    "full": {"arguments": ["summary", "alexnet"], "stdout": "full"},
    "full-help": {"arguments": ["--help"], "stdout": "full"},
    "full-json": {"arguments": ["summary", "alexnet", "--json", "-"], "stdout": "full"},
    "full-stderr": {"arguments": ["summary", "d2i"], "stderr": "full"},
    "full-both": {"arguments": ["summary", "alexnet"], "stdout": "full", "stderr": "full"},
    "full-table": {"arguments": ["summary", "alexnet", "--json", "-"], "stderr": "full"},
    "unread": {"arguments": ["summary", "alexnet"], "stdout": "unread"},
    "unread-help": {"arguments": ["summary", "--help"], "stdout": "unread"},
    "unread-json": {"arguments": ["summary", "alexnet", "--json", "-"], "stdout": "unread", "stderr": "unread"},
    "unread-refusal": {"arguments": ["summary", "d2i"], "stderr": "unread"},
    "closed": {"arguments": ["summary", "alexnet", "--json", "found.json"], "stdout": "closed"},
    "closed-stderr": {"arguments": ["summary", "d2i"], "stderr": "closed"},
    "closed-both": {"arguments": ["summary", "alexnet"], "stdout": "closed", "stderr": "closed"},
    "gone": {"arguments": ["summary", "alexnet"], "gone": True},
}
FULL = "googlenet: standard output: cannot be written: No space left on device: send it elsewhere\n"
ENDS = {  # by case: exit code, and what is on stderr where that is a file
    **dict.fromkeys(("full", "full-help"), (2, FULL)),
    "full-stderr": (2, ""),
    "full-both": (2, ""),
    "full-table": (0, ""),
    "unread": (0, ""),
    "unread-help": (0, ""),
    "unread-json": (0, ""),
    "unread-refusal": (2, ""),
    "closed": (0, ""),
    "closed-stderr": (2, ""),
    "closed-both": (0, ""),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """The exit codes by case, and the folder with what each has written."""
    folder = tmp_path_factory.mktemp("streams")
    (folder / "cases.json").write_text(json.dumps(CASES))
    command = [sys.executable, DRIVER, folder / "cases.json", folder]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), folder


@pytest.mark.parametrize("case", ENDS)
def test_streams_of_every_kind(ended, case):
    codes, folder = ended
    code, said = ENDS[case]
    written = folder / f"{case}.stderr"
    assert (codes[case], written.read_text() if written.exists() else "") == (code, said)


def test_json_that_a_full_disk_does_not_take_is_told_after_the_table(ended):
    codes, folder = ended
    assert codes["full-json"] == 2
    assert (folder / "full-json.stderr").read_text().endswith(FULL)


def test_what_was_asked_for_is_written_though_nobody_reads_the_rest(ended):
    _, folder = ended
    assert json.loads((folder / "found.json").read_text())["params"]  # which did not become standard output
    assert json.loads((folder / "full-table.stdout").read_text())["params"]


def test_a_working_folder_that_is_gone_is_told(ended):
    codes, folder = ended
    assert codes["gone"] == 2
    line = "googlenet: the working folder cannot be used (No such file or directory): change to another one\n"
    assert (folder / "gone.stderr").read_text() == line


def test_streams_that_are_not_the_process_own_stay(capsys):
    before = sys.stdout
    streams.settle()
    assert sys.stdout is before and before.errors == "backslashreplace"


def test_the_options_of_all_commands_are_read_once(run, monkeypatch):
    run("nets")
    monkeypatch.setattr(typer.main, "get_command", lambda app: pytest.fail("they are read again"))
    assert run("nets")[0] == 0


def test_a_command_does_not_search_for_rubbish_while_python_ends():
    code = (
        "import atexit, gc; from common.cli.ending import run; "
        "atexit.register(lambda: print('frozen', gc.get_freeze_count())); run(['nets'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) > 10_000
