"""Backends that are measured side by side, each in a process of its own: the same report, the same errors, no rest.

The backends are plug-ins in NumPy. What one of them is to do when it is imported or asked for logits comes to it in a
variable, as code.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.backends import FRAMEWORKS
from support.plugin import PACKAGE, googlenet, install, python
from support.syntax import ROOT

from common import nets
from common.base import forks
from common.base.machine import usable_cores
from common.base.progress import Nobody
from common.compare import apart
from common.contract import devices

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(usable_cores()) < 2, reason="only Linux forks here, and only on several processors"
)
OPEN = """
import json, os, signal, sys, time
from pathlib import Path


def trouble(when, x=None):
    exec(json.loads(os.environ.get("TROUBLE", "{}")).get(f"{__name__} {when}", ""), {**globals(), "x": x})


print("chatter of", __name__)
with open("processes", "a") as file:
    file.write(f"{os.getpid()} {os.getppid()}\\n")
trouble("import")
"""
LOGITS = PACKAGE.replace("def predict(net, x):", "def predict(net, x):\n    trouble('logits', x)")
TABLE = """
from common.table.spec import Conv, GlobalAvgPool, Network, Stage

STAGES = {"b1": Stage(conv=Conv(4, 3, stride=2)), "b2": Stage(pool=GlobalAvgPool())}
NET = Network("small", "", "", (1, 32, 32), 10, "floor", stages=STAGES)
"""
COMMAND = ("compare", "small.py:NET", "--image-size", "32", "--backends", "one,two")
PATIENCE = 60.0


@pytest.fixture
def folder(tmp_path):
    """A folder with a table and two plug-ins, ``one`` and ``two``, in which a command may fork for both."""
    (tmp_path / "small.py").write_text(TABLE)
    for name in ("one", "two"):
        framework = {"name": name, "framework": name.title(), "aliases": []}
        package = OPEN + LOGITS.replace("Fake", name.title())
        install(tmp_path, package=package, called=name, module=f"{name}_backend", **framework)
    return tmp_path


@pytest.fixture
def troubled(monkeypatch):
    """Tell the plug-ins what to do: ``"one import"`` or ``"two logits"`` to code."""

    def call(**codes):
        troubles = {name.replace("_", "_backend ", 1): code for name, code in codes.items()}
        monkeypatch.setenv("TROUBLE", json.dumps(troubles))

    return call


def processes(folder):
    """(number, that of its parent) of each process that imported a plug-in."""
    return [tuple(map(int, line.split())) for line in (folder / "processes").read_text().splitlines()]


def report(folder, *arguments):
    """What a command writes as JSON that agrees or not, and what it says on stdout."""
    done = googlenet(folder, *COMMAND, "--json", "found.json", *arguments)
    assert done.returncode in (0, 1), done.stderr
    return json.loads((folder / "found.json").read_text()), done.stdout


def refused(folder, *arguments):
    """The one line of a command that is refused."""
    done = googlenet(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = (line for line in done.stderr.splitlines() if not line.startswith("chatter"))
    return line


def in_turn(folder, *arguments):
    """The report of the same command where backends are measured in turn."""
    code = "from common.compare import apart; apart.chosen = lambda *_, **__: None; from common import cli; cli.main()"
    done = python(folder, code, *COMMAND, "--json", "in_turn.json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "in_turn.json").read_text())


@pytest.mark.parametrize("more", [(), ("--dtype", "float32", "--seed", "3", "--images", "digits")])
def test_the_report_is_that_of_backends_in_turn_to_the_last_bit(folder, more):
    found, said = report(folder, *more)
    assert found["agree"] and (found["oblong"] is None) == bool(more)
    assert [found["backends"], list(found["frameworks"].values())] == [["one", "two"], ["One 1.0", "Two 1.0"]]
    assert found == in_turn(folder, *more)
    assert "chatter" not in said
    (one, command), (two, same), *turn = processes(folder)
    assert command == same and one != two
    assert len(turn) == 2 and len({number for number, _ in turn}) == 1


@pytest.mark.long
def test_the_report_on_the_frameworks_themselves_is_the_same_too(tmp_path):
    more = ("--backends", ",".join(FRAMEWORKS), "--gradients")
    assert report(tmp_path, *more)[0] == in_turn(tmp_path, *more)


def test_what_is_said_of_the_order_does_not_depend_on_who_is_ready_first(folder, troubled):
    troubled(one_import="time.sleep(1)")
    assert report(folder)[0]["backends"] == ["one", "two"]


def test_a_backend_whose_process_dies_is_a_finding_and_the_others_stand(folder, troubled):
    troubled(one_logits="os.kill(os.getpid(), signal.SIGXCPU)", two_logits="x.shape[3] == 33 and os._exit(7)")
    found, said = report(folder)
    one, two = ("its process was ended by SIGXCPU", "its process ended with exit code 7")
    assert found["errors"] == {
        "two": {"phase": "forward", "where": None, "message": two},
        "one": {"phase": "forward", "where": None, "message": one},
    }
    assert found["verdict"] == "diverge"
    assert found["frameworks"] == {"one": "One 1.0", "two": "Two 1.0"}
    assert found["devices"] == {"one": "cpu", "two": "cpu"}
    assert found["stages"][0]["backends"]["two"]["rel_err"] == 0  # of the pass before
    assert found["oblong"]["stages"][0]["backends"]["two"]["rel_err"] is None
    assert one in said and two in said


@pytest.mark.parametrize("asked", [None, "ACTIVE"])
def test_threads_wait_without_taking_a_processor_from_another_backend(asked, folder, troubled, monkeypatch):
    """Unless the user has said how they are to wait."""
    troubled(one_import="Path('policy').write_text(os.environ['OMP_WAIT_POLICY'])")
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if asked is not None:
        monkeypatch.setenv("OMP_WAIT_POLICY", asked)
    assert report(folder)[0]["agree"]
    assert (folder / "policy").read_text() == (asked or "PASSIVE")


def test_a_backend_that_raises_is_a_finding_as_ever(folder, troubled):
    troubled(two_logits="raise RuntimeError('no kernel')")
    assert report(folder)[0]["errors"]["two"]["message"] == "RuntimeError: no kernel"


NOT_IMPORTED = "googlenet: backend 'one' is installed but does not import: "


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import nosuch", "googlenet: backend 'one' needs 'nosuch', which is not installed: pip install fake-backend"),
        ("raise RuntimeError('broken')", f"{NOT_IMPORTED}RuntimeError: broken: install it anew (pip install fake-"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", f"{NOT_IMPORTED}its process was ended by SIGXCPU: install it anew"),
        ("raise MemoryError", "googlenet: memory does not suffice: ask for less at a time"),
    ],
)
def test_a_backend_that_does_not_import_is_the_one_line_that_it_is_in_turn(code, says, folder, troubled):
    troubled(one_import=code, two_import="raise RuntimeError('later')")
    began = time.monotonic()
    assert refused(folder, *COMMAND).startswith(says)
    assert time.monotonic() - began < PATIENCE


def test_what_keeps_the_first_from_being_imported_is_told_whoever_fails_first(folder, troubled):
    troubled(one_import="time.sleep(1); raise RuntimeError('slow')", two_import="raise RuntimeError('fast')")
    assert "RuntimeError: slow" in refused(folder, *COMMAND)
    troubled(one_logits="time.sleep(40)", two_import="raise RuntimeError('fast')")  # nobody waits for the others
    began = time.monotonic()
    assert "RuntimeError: fast" in refused(folder, *COMMAND)
    assert time.monotonic() - began < 30


def test_a_traceback_shows_where_in_the_other_process_it_was(folder, troubled):
    troubled(two_import="raise RuntimeError('broken')")
    done = googlenet(folder, *COMMAND, "--traceback")
    assert done.returncode == 2
    assert "in another process:" in done.stderr and "in trouble" in done.stderr


CLI = "from common import cli; cli.main()"
WITHOUT = (
    "from importlib.machinery import PathFinder; find = PathFinder.find_spec; "
    f"hidden = {sorted(set().union(*FRAMEWORKS.values()))}; "
    f"PathFinder.find_spec = lambda name, *more: None if name in hidden else find(name, *more); {CLI}"
)


def test_backends_that_are_not_installed_are_left_out_where_none_was_named(folder, troubled):
    troubled(one_import="import nosuch")
    command = (*COMMAND[:4], "--json", "found.json")
    done = python(folder, WITHOUT, *command)
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "found.json").read_text())
    assert (found["backends"], list(found["params"])) == (["two"], ["table", "two"])
    troubled(one_import="import nosuch", two_import="import nosuch")
    done = python(folder, WITHOUT, *command)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("googlenet: no framework is installed: pip install")


def lives(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def waited_for(condition):
    end = time.monotonic() + PATIENCE
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize(
    ("number", "group"),
    [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGKILL, False)],
)
def test_who_interrupts_a_comparison_is_rid_of_all_of_it(number, group, folder, troubled):
    """Ctrl-C is for all processes of a terminal, `kill` for one."""
    troubled(one_logits="Path('there').touch(); time.sleep(600)", two_logits="time.sleep(600)")
    process = subprocess.Popen(
        [sys.executable, "-c", "from common import cli; cli.main()", *COMMAND],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert waited_for((folder / "there").exists)
        assert waited_for(lambda: len(processes(folder)) == 2)
        (os.killpg if group else os.kill)(process.pid, number)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    killed = number == signal.SIGKILL
    assert (process.returncode, out) == (-number if killed else 128 + number, "")
    assert killed or err.splitlines()[-1] == f"googlenet: ended by {number.name}"
    assert "Traceback" not in err
    assert waited_for(lambda: not any(lives(worker) for worker, _ in processes(folder))), "one of them goes on"


def test_a_terminal_is_told_who_is_being_measured():
    working = {}
    for name, what, says in (
        ("torch", forks.Turn(), ["PyTorch"]),
        ("tf", forks.Turn(), ["PyTorch", "Keras"]),
        ("torch", apart.Loaded("PyTorch 2.13.0", None, "cpu"), ["PyTorch 2.13.0", "Keras"]),
        ("tf", "build", ["PyTorch 2.13.0", "Keras"]),
        ("torch", forks.Over(), ["Keras"]),
        ("tf", forks.Over(), []),
    ):
        working = apart._working(working, name, what)
        assert list(working.values()) == says


@pytest.fixture
def ready(monkeypatch):
    """A process that could fork, and has imported no framework."""
    monkeypatch.setattr(forks, "possible", lambda: True)
    monkeypatch.setattr(apart, "usable_cores", lambda: [0, 1])
    for module in {name.partition(".")[0] for name in sys.modules} & {
        *set().union(*FRAMEWORKS.values()),
        *(f"googlenet_{name}" for name in FRAMEWORKS),
    }:
        monkeypatch.delitem(sys.modules, module)


def test_backends_are_measured_apart_where_that_is_safe_and_pays(ready, monkeypatch):
    assert apart.chosen(["pytorch", "tf"], "float64") == ["torch", "tf"]
    assert apart.chosen(None, "float32", gradients=True)[:3] == ["torch", "tf", "mxnet"]
    assert apart.chosen(["torch", "torch"], "float64") is None
    assert apart.chosen(["torch"], "float64") is None
    for name, device in (("a GPU", "cuda"), ("perhaps a GPU", "auto")):
        with devices.using(device):
            assert apart.chosen(["torch", "tf"], "float64") is None, name
    with devices.using("cpu"):
        assert apart.chosen(["torch", "tf"], "float64")


@pytest.mark.parametrize("module", ["torch", "keras", "tensorflow", "googlenet_tf"])
def test_nothing_is_forked_once_a_framework_is_imported(module, ready, monkeypatch):
    monkeypatch.setitem(sys.modules, module, sys)
    assert apart.chosen(["torch", "tf"], "float64") is None
    assert (apart.chosen(["torch", "mxnet"], "float64") is None) == (module == "torch")


@pytest.mark.parametrize(("room", "name", "value"), [(forks, "possible", False), (apart, "usable_cores", [0])])
def test_nothing_is_forked_where_it_cannot_be_or_does_not_pay(room, name, value, ready, monkeypatch):
    monkeypatch.setattr(room, name, lambda: value)
    assert apart.chosen(["torch", "tf"], "float64") is None


def test_what_is_to_be_refused_is_left_to_who_refuses_it(ready):
    assert apart.chosen(["torch", "nosuch"], "float64") is None
    assert apart.chosen(["torch", "tf"], "float16") is None


def test_nothing_is_forked_beside_a_thread(monkeypatch):
    monkeypatch.setattr(forks, "alone", lambda: False)
    monkeypatch.setattr(forks, "forked", lambda *_, **__: pytest.fail("it forks"))
    assert apart.reports([], ["torch", "tf"], Nobody()) is None


NEVER = "from common.base import forks; forks.forked = lambda *_, **__: 1 / 0; "


@pytest.mark.parametrize(
    "code",
    [
        f"from common.weights import room; room.for_comparisons = lambda *_, **__: False; {CLI}",
        "import googlenet; assert googlenet.compare('small.py:NET', backends=['one', 'two'], image_size=32).agree",
    ],
    ids=["without room", "in a program"],
)
def test_a_program_and_a_machine_without_room_are_served_in_turn(code, folder):
    done = python(folder, NEVER + code, *COMMAND)
    assert done.returncode == 0, done.stderr
    assert len({number for number, _ in processes(folder)}) == 1


def test_steps_of_training_are_compared_in_turn(ready, monkeypatch):
    from common.compare import asked, steps

    monkeypatch.setattr(apart, "chosen", lambda *_, **__: pytest.fail("it is not asked"))
    monkeypatch.setattr(steps, "compare_steps", lambda table, *_, **__: {"net": table.name})
    monkeypatch.setattr("common.contract.backend.load", lambda name: None)
    found = asked.compare("d2l", image_size=(32, 33), steps=1, backends=["torch", "tf"], forking=True)
    assert found == {"net": nets.get("d2l").name}
