"""Fixtures for comparing fake backends."""

import pytest
from support.followed_steps import PARITY, follow


@pytest.fixture
def followed(monkeypatch):
    """`follow` for fake backends given by name."""

    def call(backends, recipe=PARITY, **settings):
        monkeypatch.setattr("common.contract.backend.load", lambda name: backends[name])
        return follow(recipe, list(backends), **settings)

    return call
