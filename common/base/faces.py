"""Faces of rooms that cost nothing until a name is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def face(package: str, files: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """A ``__getattr__`` for a package's ``__init__``, which imports the file of a name when the name is asked for.

    So ``googlenet --help`` may import a room without the NumPy that its files need (PEP 562).

    Args:
        package: the package's ``__name__``.
        files: name of a file of the package to the names that it defines and the package offers.

    >>> common_table = face("common.table", {"padding": ("VALID",)})
    >>> common_table("VALID").ceil
    False
    """
    homes = {name: file for file, names in files.items() for name in names}

    def __getattr__(name: str) -> Any:
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return __getattr__
