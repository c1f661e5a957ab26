"""Fixtures for runs."""

import pytest

from common.cli import pictures
from common.cli.show.figures import both


@pytest.fixture
def folder(class_folders):
    """Class folders of small pictures."""
    return class_folders


@pytest.fixture
def done(finished_run):
    """A run that is over."""
    return finished_run


@pytest.fixture(autouse=True)
def blank_curves(monkeypatch):
    """Curves that are files with nothing in them: drawing takes longer than these runs; tests/cli looks at pictures."""

    def curves(histories, stem, title, objective):
        for path in both(stem):
            path.touch()

    monkeypatch.setattr(pictures, "curves", curves)
