"""constraints-oldest.txt, which `make oldest` installs, holds the lower bounds of pyproject.toml, and no others."""

import re
from itertools import chain

import pytest
from support.syntax import ROOT

try:
    import tomllib
except ImportError:  # Python 3.10
    import tomli as tomllib

BOUND = re.compile(r"([\w-]+)\s*(?:>=|==)\s*([\d.]+)")
EXTRAS = ("torch", "tf", "mxnet", "convert", "tensorboard", "page")
RUNNERS = ("pytest", "hypothesis")  # what the tests that make oldest runs need
OTHER_MACHINES = {"tensorflow"}  # on x86-64 it is tensorflow-cpu, with the same bound
HIGHER = {"torch": "2.13.0"}  # the oldest build for processors alone that was at hand


def bounds(project):
    """The lower bound of each package that the core, its extras and the tests' runner ask for."""
    extras = project["optional-dependencies"]
    runner = [line for line in extras["test"] if line.partition(">")[0] in RUNNERS]
    lines = chain(project["dependencies"], *(extras[name] for name in EXTRAS), runner)
    lower = dict(match.groups() for line in lines if (match := BOUND.match(line)))
    return {name: version for name, version in lower.items() if name not in OTHER_MACHINES} | HIGHER


def versions(text):
    return dict(line.split("==") for line in text.splitlines() if line and not line.startswith("#"))


def wrong(project, text):
    """The packages whose version differs from the bound, or that one of the two lacks."""
    wanted, written = bounds(project), versions(text)
    return {name for name in wanted | written if wanted.get(name) != written.get(name)}


@pytest.fixture
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture
def text():
    return (ROOT / "constraints-oldest.txt").read_text()


def test_the_oldest_versions_are_the_lower_bounds(project, text):
    assert wrong(project, text) == set()


def test_the_bounds_of_tensorflow_are_the_same_on_every_machine(project):
    lines = project["optional-dependencies"]["tf"]
    lower = dict(match.groups() for line in lines if (match := BOUND.match(line)))
    assert lower["tensorflow"] == lower["tensorflow-cpu"]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [("pillow==", "pillow==1", "pillow"), ("torch==", "torch==1", "torch"), ("h5py==", "h6py==", "h5py")],
)
def test_another_version_is_noticed(project, text, old, new, name):
    assert name in wrong(project, text.replace(old, new))


def test_a_bound_that_is_raised_is_noticed(project, text):
    project["dependencies"].append("tqdm>=4.66")
    assert wrong(project, text) == {"tqdm"}
