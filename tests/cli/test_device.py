"""``--device``: one word for every command that computes, and one line where it cannot be."""

import json
import shutil

import pytest
from support.backends import NAMES

from common.contract import devices

SMALL = ("compare", "d2l", "--image-size", "32", "--backends", NAMES[0])


def test_a_device_holds_for_its_command_only(run, tmp_path):
    """The JSON says where each backend computed."""
    code, out, _ = run(*SMALL, "--device", "cpu", "--json", tmp_path / "found.json")
    assert code == 0
    assert json.loads((tmp_path / "found.json").read_text())["devices"] == {NAMES[0]: "cpu"}
    assert "TensorFloat" not in out
    assert devices.asked() is None


@pytest.mark.parametrize(
    "command",
    [
        SMALL,
        ("train", "--steps", "1"),
        ("evaluate", "nothing.safetensors"),
        ("predict", "nothing.safetensors", "a.png"),
        ("features", "nothing.safetensors", "a.png", "--out", "f.npz"),
    ],
    ids=lambda command: command[0],
)
def test_a_device_that_is_none_is_one_line(command, run):
    code, out, err = run(*command, "--device", "gpu")
    assert (code, out) == (2, "")
    assert err == "googlenet: unknown device 'gpu': did you mean 'cuda'?\n"


def test_a_device_that_is_not_here_is_one_line(run, tmp_path):
    for command in (SMALL, ("train", "d2l", "--backend", NAMES[0], "--out", tmp_path / "run")):
        code, out, err = run(*command, "--device", "cuda:99")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "device 'cuda:99': " in err
    assert list(tmp_path.iterdir()) == []


def test_a_comparison_on_a_gpu_says_so():
    from common.cli.show.comparison import _notes

    report = {"params": {"table": 1, "torch": 1}, "backends": ["torch"], "errors": {}, "heads_left_out": []}
    lines = list(_notes({**report, "devices": {"torch": "cuda:1", "mxnet": "cpu"}}))
    assert lines[-1] == "computed by torch on cuda:1, with TensorFloat-32 off"
    assert not any("TensorFloat" in line for line in _notes({**report, "devices": {"torch": "cpu"}}))


def test_a_run_goes_on_wherever_it_is_told(run, finished_run, tmp_path):
    """A checkpoint is on no device: ``--device`` may be said of a run that goes on."""
    shutil.copytree(finished_run, tmp_path / "run")
    code, _, err = run("train", "--resume", tmp_path / "run", "--device", "auto")
    assert (code, "leave out" in err) == (0, False), err
    code, _, err = run("train", "--resume", tmp_path / "run", "--device", "cuda:99")
    assert code == 2 and "device 'cuda:99': " in err
