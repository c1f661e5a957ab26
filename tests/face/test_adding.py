"""docs/adding-a-network.md and docs/adding-a-framework.md: what they show works, and a mistake in it is noticed."""

import re
import shlex
from contextlib import redirect_stdout
from io import StringIO

import pytest
from support import plugin
from support.pages import blocks, commands, execute, prints, write_files
from support.published_models import torchvision

NETWORK, FRAMEWORK = "docs/adding-a-network.md", "docs/adding-a-framework.md"


def consoles(page):
    """(Arguments, what is printed) of each command of a page."""
    found = [part for block in blocks(page) if block.language == "console" for part in commands(block)]
    assert all(command.startswith("googlenet ") for command, _ in found)
    return [(shlex.split(command)[1:], expected) for command, expected in found]


@pytest.fixture
def network(tmp_path, monkeypatch):
    """A folder with the files of the page of networks, to work in and to import from."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    write_files(NETWORK, tmp_path)
    return tmp_path


@pytest.fixture
def framework(tmp_path):
    """A folder in which the package of the page of frameworks is installed."""
    write_files(FRAMEWORK, tmp_path)
    (entry,) = re.findall(r'^numpy = "(\w+)"$', (tmp_path / "pyproject.toml").read_text(), re.M)
    info = tmp_path / "googlenet_numpy-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: googlenet-numpy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[googlenet.backends]\nnumpy = {entry}\n")
    return tmp_path


@pytest.mark.only("torch")
def test_a_network_of_the_page_is_the_published_one(network, run):
    torchvision()  # which the page imports
    program, printed = {"__name__": "__main__"}, StringIO()
    for block in blocks(NETWORK):
        if block.language == "python" and not block.file:
            with redirect_stdout(printed):
                execute(NETWORK, block, program)
        elif block.language == "output":
            assert prints(block.text, printed.getvalue()), printed.getvalue()
            printed = StringIO()
    for arguments, expected in consoles(NETWORK):
        code, out, error = run(*arguments)
        assert code == 0, error
        assert prints(expected, out), out


@pytest.mark.only("torch")
def test_a_framework_of_the_page_agrees_in_a_process_of_its_own(framework):
    shown = consoles(FRAMEWORK)
    assert len(shown) == 2
    for arguments, expected in shown:
        done = plugin.googlenet(framework, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert prints(expected, done.stdout), done.stdout


@pytest.mark.only("torch")
def test_a_mistake_in_the_framework_of_the_page_is_noticed(framework):
    package = framework / "googlenet_numpy" / "__init__.py"
    right = package.read_text()
    assert right.count("x.mean((2, 3), keepdims=True)") == 1
    package.write_text(right.replace("x.mean((2, 3), keepdims=True)", "x.max((2, 3), keepdims=True)"))
    done = plugin.googlenet(framework, "compare", "d2l", "--image-size", "64", "--backends", "numpy")
    assert done.returncode == 1
    assert "\nDIVERGE: " in done.stdout and "b5.pool5" in done.stdout
