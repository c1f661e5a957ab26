"""Fixtures that all tests share, and the backends under test (support/backends.py).

A backend that is unknown, or whose framework is missing, ends the run with an error: a skipped test guards nothing.
"""

import os
import signal
import sys
from functools import cache

import pytest
from support.backends import NAMES, load

from common.base.errors import InputError, choose
from common.base.memory import keep_freed_memory
from common.base.signals import ENDING
from common.contract.backend import packages


def pytest_configure(config):
    _hear_signals()
    keep_freed_memory()
    os.environ.pop("COLUMNS", None)  # of pytest's own processes: what commands print is no terminal's here
    config.addinivalue_line("markers", "long: takes minutes; only make test-all runs it")
    config.addinivalue_line("markers", "browser: in headless chromium, which .ci/run installs")
    config.addinivalue_line("markers", "compiler: with a compiler of C++, which .ci/run installs")
    config.addinivalue_line("markers", "apart: HDF5 files are read in a process of their own, as for users")
    config.addinivalue_line(
        "markers", "gpu: needs a GPU, and is skipped with that reason where there is none; make gpu"
    )
    config.addinivalue_line("markers", "only(backend): about one framework; left out where that is not under test")
    try:
        for name in NAMES:
            choose("backend", name, packages())
    except InputError as error:
        raise pytest.UsageError(f"GOOGLENET_TEST_BACKENDS: {error}") from None


def _hear_signals():
    """A shell ignores Ctrl-C for what it starts in the background, and so would the commands that tests start."""
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def pytest_collection_modifyitems(config, items):
    def wanted(item):
        return all(mark.args[0] in NAMES for mark in item.iter_markers("only"))

    config.hook.pytest_deselected(items=[item for item in items if not wanted(item)])
    items[:] = [item for item in items if wanted(item)]


@pytest.fixture(params=NAMES)
def backend_name(request):
    """The name of each backend under test."""
    return request.param


@pytest.fixture
def backend(backend_name):
    """The package of each backend under test."""
    return load(backend_name)


@pytest.fixture(scope="session")
def backends_by_name():
    """All backends under test at once, for what they must have in common."""
    return {name: load(name) for name in NAMES}


@pytest.fixture
def run(monkeypatch, capsys):
    """Run ``googlenet`` in this process: (exit code, stdout, stderr)."""
    from common import cli

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["googlenet", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return call


@pytest.fixture(scope="session")
def class_folders(tmp_path_factory):
    """Class folders with a test part; classes differ in brightness, so that there is something to learn."""
    from support.data_files import write_classes
    from support.small_runs import CLASSES

    found = tmp_path_factory.mktemp("data")
    for part, images in (("train", 10), ("test", 3)):
        write_classes(found / part, dict.fromkeys(CLASSES, images), size=(32, 32), seed=len(part))
    return found


@pytest.fixture(scope="module")
def tiny():
    """The name of a table that is trained in no time."""
    from support.small_runs import TINY, add_tiny

    known = add_tiny()
    yield TINY.name
    del known[TINY.name]


@pytest.fixture
def finished_run(tiny, finished):
    """The folder of a run of `tiny` that is over, to be copied by whoever changes it."""
    return finished(tiny)


@pytest.fixture(scope="session")
def finished(class_folders, tmp_path_factory):
    """Train a run of `tiny` once; its folder."""
    return cache(lambda tiny: _finished(class_folders, tmp_path_factory))


def _finished(class_folders, tmp_path_factory):
    from support.small_runs import ASKED

    from common import cli

    out = tmp_path_factory.mktemp("done") / "run"
    asked = ["googlenet", "train", *ASKED, "--data", class_folders, "--out", out]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr(sys, "argv", [*map(str, asked)])
        cli.main()
    assert not ended.value.code
    return out
