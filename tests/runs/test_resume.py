"""A run that is stopped, whenever and however, goes on to the last bit as if it had not been."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.backends import NAMES
from support.data_files import write_classes
from support.small_runs import TINY, left

from common import cli
from common.base.locks import alone

# Batch statistics, heads, dropout, shuffling, cuts and flips, momentum, a plateau, and a last batch that is smaller.
TRAINING = (
    *("--recipe", "cifar10", "--epochs", 3, "--batch", 8, "--lr", 0.01, "--validation", 0.2),
    *("--seed", 3, "--checkpoint-every", 2),
)
ASKED = (TINY.name, *TRAINING)
pytestmark = pytest.mark.usefixtures("tiny")
IMAGES = 10  # of each of three classes: 24 are left to train on, 3 steps an epoch


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small data set of class folders, with a test part."""
    found = tmp_path_factory.mktemp("data")
    for part, images in (("train", IMAGES), ("test", 2)):
        write_classes(found / part, dict.fromkeys(("cat", "dog", "owl"), images), size=(32, 32))
    return found


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """By backend and network, what a run that nobody stopped has left."""
    known = {}

    def find(run, backend_name, network=TINY.name):
        if (backend_name, network) not in known:
            out = tmp_path_factory.mktemp("whole") / "run"
            asked = (network, *TRAINING, "--data", folder, "--backend", backend_name, "--out", out)
            assert run("train", *asked)[0] == 0
            known[backend_name, network] = left(out)
        return known[backend_name, network]

    return find


def goes_on(run, backend_name, folder, whole, out, steps, network=TINY.name):
    """Kill a run after so many steps, go on with it, and require what a whole run leaves."""
    asked = [steps, "train", network, *TRAINING, "--data", folder, "--backend", backend_name, "--out", out]
    killed = subprocess.run(
        [sys.executable, Path(__file__).parent.parent / "support" / "killed_run.py", *map(str, asked)],
        capture_output=True,
        cwd=Path(__file__).parent.parent.parent,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len((out / "metrics.jsonl").read_text().splitlines()) >= steps
    assert run("train", "--resume", out)[0] == 0
    assert left(out) == whole(run, backend_name, network)
    assert not list(out.glob(".*"))


@pytest.mark.parametrize("network", [TINY.name, pytest.param("cifar10_bn", marks=pytest.mark.long)])
def test_a_killed_run_goes_on_to_the_last_bit(run, backend_name, folder, whole, tmp_path, network):
    """In mid-epoch, between two checkpoints."""
    goes_on(run, backend_name, folder, whole, tmp_path / "run", 5, network)


@pytest.mark.parametrize("steps", [1, pytest.param(6, marks=pytest.mark.long)])
def test_wherever_it_is_killed(run, folder, whole, tmp_path, steps):
    """Before the first checkpoint; after the last step of an epoch."""
    goes_on(run, NAMES[0], folder, whole, tmp_path / "run", steps)


def test_stopping_after_some_steps_changes_nothing(run, folder, whole, tmp_path):
    out = tmp_path / "run"
    code, printed, _ = run("train", *ASKED, "--data", folder, "--backend", NAMES[0], "--out", out, "--steps", 4)
    assert code == 0
    assert f"googlenet train --resume {out}" in printed
    assert json.loads((out / "last.json").read_text())["step"] == 4
    assert run("train", "--resume", out, "--steps", 5)[0] == 0
    assert run("train", "--resume", out)[0] == 0
    assert left(out) == whole(run, NAMES[0])


def test_stopping_after_the_last_step_of_an_epoch_ends_the_epoch(run, folder, whole, tmp_path):
    out = tmp_path / "run"
    asked = (*ASKED, "--data", folder, "--backend", NAMES[0], "--out", out)
    code, printed, _ = run("train", *asked, "--steps", 3)
    assert code == 0 and "epoch 1 of 3" in printed and f"--resume {out}" in printed
    stands = json.loads((out / "last.json").read_text())
    assert (stands["step"], stands["epoch"], stands["batch"]) == (3, 1, 0)
    code, printed, _ = run("train", "--resume", out, "--steps", 9)  # all there are
    assert code == 0 and "test" in printed and "--resume" not in printed
    assert left(out) == whole(run, NAMES[0])


@pytest.mark.parametrize(
    ("number", "more"), [(signal.SIGINT, ()), (signal.SIGTERM, ()), (signal.SIGINT, ("--steps", 8))]
)
def test_ctrl_c_keeps_the_step_and_says_how_to_go_on(run, folder, whole, tmp_path, monkeypatch, number, more):
    from common.runs import training

    out, before = tmp_path / "run", signal.getsignal(number)
    record = training.Training.record

    def recording(self, *times, **about):
        record(self, *times, **about)
        if about.get("kind") == "step" and about["step"] == 5:
            os.kill(os.getpid(), number)

    monkeypatch.setattr(training.Training, "record", recording)
    code, printed, _ = run("train", *ASKED, "--data", folder, "--backend", NAMES[0], "--out", out, *more)
    assert code == 128 + number
    assert f"stopped; go on with: googlenet train --resume {out}" in printed
    assert json.loads((out / "last.json").read_text())["step"] == 5
    assert (out / "curves.png").exists()
    monkeypatch.undo()
    assert signal.getsignal(number) is before


def test_ctrl_c_during_the_last_judgement_begins_no_other_backend(run, folder, tmp_path, monkeypatch, backends_by_name):
    if len(backends_by_name) < 2:
        pytest.skip("one backend is under test")
    from common.runs import training

    judge, calls = training.judge, []

    def judging(*args):
        calls.append(args)
        if len(calls) == 2:  # after the validation the test
            os.kill(os.getpid(), signal.SIGINT)
        return judge(*args)

    monkeypatch.setattr(training, "judge", judging)
    out = tmp_path / "all runs"
    code, printed, _ = run("train", *ASKED, "--epochs", 1, "--data", folder, "--backend", "all", "--out", out)
    assert code == 130
    assert f"googlenet train --resume '{out}'" in printed
    assert [name for name in backends_by_name if (out / name / "metrics.jsonl").exists()] == [NAMES[0]]


def test_a_second_ctrl_c_ends_it_at_once_and_says_how_to_go_on(folder, tmp_path, monkeypatch, capfd):
    from common.runs import training

    record = training.Training.record

    def recording(self, *times, **about):
        record(self, *times, **about)
        if about.get("step") == 5:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(training.Training, "record", recording)
    out = tmp_path / "run"
    asked = ["googlenet", "train", *ASKED, "--data", folder, "--backend", NAMES[0], "--out", out]
    monkeypatch.setattr(sys, "argv", [*map(str, asked)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    printed, error = capfd.readouterr()
    assert "stopping after this step; once more ends it at once" in error
    assert (
        printed.splitlines()[-1]
        == f"ended at once; go on from the last checkpoint with: googlenet train --resume {out}"
    )
    assert json.loads((out / "last.json").read_text())["step"] == 4


def test_a_run_has_one_process_at_a_time(run, folder, tmp_path):
    out = tmp_path / "run"
    asked = ("train", *ASKED, "--data", folder, "--backend", NAMES[0], "--out", out, "--steps", 1)
    assert run(*asked)[0] == 0
    before = (out / "metrics.jsonl").read_text()
    with alone(out):
        code, _, error = run("train", "--resume", out)
    assert code == 2 and error.count("\n") == 1 and f"{out}: another process is training this run" in error
    assert (out / "metrics.jsonl").read_text() == before
    assert run("train", "--resume", out, "--steps", 2)[0] == 0


def test_a_finished_run_stays_as_it_is(run, folder, whole, tmp_path):
    out = tmp_path / "run"
    assert run("train", *ASKED, "--data", folder, "--backend", NAMES[0], "--out", out)[0] == 0
    before = left(out)
    assert run("train", "--resume", out)[0] == 0
    assert left(out) == before
