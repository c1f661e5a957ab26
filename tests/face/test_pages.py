"""docs/python.md, own-block.md, written.md: every block of Python is run, in order, those of each framework apart."""

import re
import sys
import warnings
from pathlib import Path

import pytest

from common import nets
from common.weights.start import AdaptedWeights

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.M | re.S)
FRAMEWORKS = {"torch": "pytorch", "tf": "keras", "mxnet": "gluon"}


def blocks(page):
    """(what stands behind the fence, line, code) of each block of Python."""
    text = (DOCS / page).read_text()
    for match in FENCE.finditer(text):
        language, _, words = match[1].partition(" ")
        if language == "python":
            yield words, text.count("\n", 0, match.start(2)), match[2]


def files(page):
    """Name to contents of the files that the page shows."""
    return {words.removeprefix("file="): code for words, _, code in blocks(page) if words.startswith("file=")}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, from which modules can be imported, and are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(nets, "_added", {})
    yield tmp_path
    for name in [name for name, module in sys.modules.items() if str(tmp_path) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


def run(page, folder, program, wanted):
    """Run the blocks that are wanted as one program, and say how many; errors have the lines of the page."""
    for name, code in files(page).items():
        (folder / name).write_text(code)
    chosen = [block for number, block in enumerate(blocks(page)) if wanted(block[0], number)]
    for _, line, code in chosen:
        exec(compile("\n" * line + code, str(DOCS / page), "exec"), program)
    return len(chosen)


def test_the_blocks_of_a_framework_run(backend_name, backend, folder):
    """After the first block of the page, which says what the others use."""
    first, *_ = [number for number, (words, _, _) in enumerate(blocks("python.md")) if words == ""]
    program, framework = {"__name__": "__main__"}, FRAMEWORKS[backend_name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AdaptedWeights)
        assert run("python.md", folder, program, lambda words, number: words == framework or number == first) >= 7


@pytest.mark.only("torch")
@pytest.mark.parametrize(("page", "least"), [("python.md", 6), ("own-block.md", 4), ("written.md", 1)])
def test_the_blocks_of_no_framework_run(page, least, folder):
    """They compare and train in PyTorch."""
    assert run(page, folder, {"__name__": "__main__"}, lambda words, number: words == "") >= least


def test_every_block_is_of_a_kind_that_is_run():
    for page in ("python.md", "own-block.md", "written.md"):
        for words, _, _ in blocks(page):
            assert words in {"", *FRAMEWORKS.values()} or words.startswith("file=")
