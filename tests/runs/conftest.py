"""Fixtures for runs."""

import pytest
from support.small_runs import TINY, add_tiny


@pytest.fixture(scope="module")
def tiny():
    """The name of a table that is trained in no time."""
    known = add_tiny()
    yield TINY.name
    del known[TINY.name]
