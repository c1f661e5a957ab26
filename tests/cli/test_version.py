"""``googlenet --version``: ours and the installed frameworks', without importing one; what is always installed."""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from common import __version__
from common.cli import app


def test_versions_are_shown_and_no_framework_is_imported():
    code = (
        "import sys; from common import cli\n"
        "sys.argv = ['googlenet', '--version']\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'tensorflow', 'keras', 'mxnet', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    there = {each.metadata["Name"].replace("_", "-"): each.version for each in metadata.distributions()}
    frameworks = ("torch", "keras", "tensorflow", "tensorflow-cpu", "mxnet")
    shown = [f"{name} {there[name]}" for name in frameworks if name in there]
    assert done.stdout.splitlines() == [f"googlenet {__version__}", *shown]


def test_a_framework_that_is_not_installed_has_no_version():
    assert app._installed("no-such-framework") is None


def test_data_and_plots_come_with_every_install():
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    core = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.M | re.S).group(1)
    for package in ("matplotlib", "pooch", "requests", "scikit-learn"):
        assert f'"{package}>=' in core


def test_the_metadata_are_whole():
    """Who wrote it, for whom, and under which licence; no address, for there is none."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    for line in ('authors = [{ name = "the googlenet authors" }]', 'license = "MIT"', 'readme = "README.md"'):
        assert f"\n{line}\n" in text
    assert set(re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text)) == {"3.10", "3.11", "3.12"}
    assert '"Typing :: Typed"' in text and "[project.urls]" not in text
