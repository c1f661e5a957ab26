"""docs/python.md, own-block.md, written.md: every block of Python is run, in order, those of each framework apart."""

import sys
import warnings

import pytest
from support.pages import FRAMEWORKS, blocks, execute, write_files

from common import nets
from common.weights.start import AdaptedWeights

PYTHON, OWN_BLOCK, WRITTEN = "docs/python.md", "docs/own-block.md", "docs/written.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, from which modules can be imported, and are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(nets, "_added", {})
    yield tmp_path
    for name in [name for name, module in sys.modules.items() if str(tmp_path) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


def code(page):
    """The blocks of Python of a page that are no files."""
    return [block for block in blocks(page) if block.language == "python" and not block.file]


def run(page, folder, chosen):
    """Run blocks of a page as one program, and say how many."""
    write_files(page, folder)
    program = {"__name__": "__main__"}
    for block in chosen:
        execute(page, block, program)
    return len(chosen)


def test_the_blocks_of_a_framework_run(backend_name, backend, folder):
    """After the first block of the page, which says what the others use."""
    first = next(block for block in code(PYTHON) if not block.words)
    chosen = [block for block in code(PYTHON) if block == first or block.words == (FRAMEWORKS[backend_name],)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AdaptedWeights)
        assert run(PYTHON, folder, chosen) >= 7


@pytest.mark.only("torch")
@pytest.mark.parametrize(("page", "least"), [(PYTHON, 6), (OWN_BLOCK, 4), (WRITTEN, 1)])
def test_the_blocks_of_no_framework_run(page, least, folder):
    """They compare and train in PyTorch."""
    assert run(page, folder, [block for block in code(page) if not block.words]) >= least


def test_every_block_is_of_a_kind_that_is_run():
    for page in (PYTHON, OWN_BLOCK, WRITTEN):
        for block in code(page):
            assert set(block.words) <= set(FRAMEWORKS.values()) and len(block.words) <= 1
