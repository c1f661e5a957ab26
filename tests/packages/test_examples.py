"""Every example in a docstring of a package is true; each package has its own framework's."""

import doctest
import pkgutil
from importlib import import_module

import pytest
from support.backends import NAMES, PACKAGES

MODULES = [
    f"{PACKAGES[name]}{file}"
    for name in NAMES
    for file in ("", *(f".{info.name}" for info in pkgutil.iter_modules([PACKAGES[name]])))
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = import_module(name)
    assert module.__doc__
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
