"""Completion by the shell, asked for as Typer's scripts ask, and names that are those of several networks."""

import pytest

from common import nets
from common.base.errors import InputError
from common.cli import complete
from common.contract import backend


@pytest.fixture
def completed(run, monkeypatch):
    """What a shell is told of a line that is not ended yet."""

    def call(line):
        monkeypatch.setenv(complete.VARIABLE, "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        code, out, error = run()
        assert code == 0, error
        return out.split()

    return call


def test_commands_and_options_are_completed(completed):
    assert {"compare", "convert"} <= set(completed("googlenet co"))
    assert "--backend" in completed("googlenet train --back")


@pytest.mark.parametrize("line", ["summary", "compare", "train", "evaluate RUN --net", "summary d2l --against"])
def test_networks_are_completed_wherever_one_is_named(line, completed):
    assert completed(f"googlenet {line} ") == nets.names()
    assert completed(f"googlenet {line} inception_v4") == ["inception_v4"]


@pytest.mark.parametrize(
    "line", ["compare --backends", "train --backend", "evaluate RUN --backend", "predict RUN a.png --backend"]
)
def test_backends_are_completed_wherever_one_is_named(line, completed):
    assert completed(f"googlenet {line} ") == [*backend.packages(), "all"]
    assert completed(f"googlenet {line} mx") == ["mxnet"]
    assert completed(f"googlenet {line} torch,m") == ["torch,mxnet"]


def test_recipes_are_completed(completed):
    assert completed("googlenet train --recipe cif") == ["cifar10", "cifar10_cosine"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_asks_for_us(shell, run, monkeypatch):
    """``--show-completion`` asks which shell it was called from; where there is none, this does without."""
    monkeypatch.setenv(complete.VARIABLE, f"source_{shell}")
    code, out, _ = run()
    assert code == 0
    assert complete.VARIABLE in out and "googlenet" in out


def test_the_option_that_shows_the_script_is_no_defect(run, monkeypatch):
    """Typer leaves the process by itself then. The shell that it was called from is a stand-in."""
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
    code, out, error = run("--show-completion")
    assert (code, error) == (0, "")
    assert complete.VARIABLE in out


def test_an_instruction_that_is_none_is_refused(run, monkeypatch):
    monkeypatch.setenv(complete.VARIABLE, "complete_abacus")
    assert run()[0] == 1


@pytest.mark.parametrize("name", ["googlenet", "GoogLeNet", "inception", "Inception-v1", "inception_resnet"])
def test_a_name_of_several_networks_says_which(name, run):
    code, _, error = run("compare", name)
    assert code == 2 and error.count("\n") == 1
    assert f"network {name!r}: there are several: " in error
    assert "paper (GoogLeNet of the paper)" in error or "inception_resnet_v1 (" in error


def test_all_that_go_by_a_name_are_networks():
    for several in nets.SEVERAL.values():
        assert set(several) <= set(nets.names())
    with pytest.raises(InputError, match="did you mean 'inception_v3'"):
        nets.get("inceptionv3")
