"""Every room says what lives in it and what it offers, and every example in a docstring is true."""

import doctest
import importlib
import pkgutil

import pytest

import common
import googlenet

ROOMS = ("base", "table", "nets", "data", "contract", "weights", "compare", "runs", "scores", "bench", "cli")
MODULES = [
    *(info.name for info in pkgutil.walk_packages(common.__path__, "common.")),
    *("googlenet", *(f"googlenet.{info.name}" for info in pkgutil.iter_modules(googlenet.__path__))),
]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_lives_there_and_offers_what_it_names(room):
    face = importlib.import_module(f"common.{room}")
    files = {info.name for info in pkgutil.iter_modules(face.__path__)}
    assert len(face.__doc__.split()) > 10
    assert face.__all__ and all(hasattr(face, name) for name in face.__all__)
    assert not files & set(face.__all__), "a name that is a file's too hides the file"


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_true(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(module)
    assert module.__doc__
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
