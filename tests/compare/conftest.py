"""Fixtures for comparing fake backends."""

import json

import pytest
from support.followed_steps import PARITY, follow
from support.tables import tiny

from common.compare.passes import compare
from common.data.images import random_images


@pytest.fixture
def followed(monkeypatch):
    """`follow` for fake backends given by name."""

    def call(backends, recipe=PARITY, **settings):
        monkeypatch.setattr("common.contract.backend.load", lambda name: backends[name])
        return follow(recipe, list(backends), **settings)

    return call


@pytest.fixture
def compared(monkeypatch):
    """Compare fake backends, given by name, and pass the result through strict JSON."""

    def call(network=None, *, backends, images=None, **settings):
        monkeypatch.setattr("common.contract.backend.load", lambda name: backends[name])
        network = network or tiny()
        images = random_images(3, network.input) if images is None else images
        found = compare(network, images, backends=list(backends), **settings)
        assert json.loads(json.dumps(found, allow_nan=False)) == found
        return found

    return call
