"""Files that only their framework reads, through the package of that framework here."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from common.base.errors import InputError
from common.contract import backend


def readers() -> dict[str, str]:
    """Format to the backend that declares to read it; of two, the first."""
    found: dict[str, str] = {}
    for name, declared in backend.declarations().items():
        for format_name in declared.files.formats.values() if declared.files and declared.files.reads else ():
            found.setdefault(format_name, name)
    return found


def read_file(format_name: str, path: Path) -> dict[str, np.ndarray]:
    """What ``read_file`` in the module ``files`` of the package that reads the format finds in the file.

    Raises:
        MissingBackend: the framework is not installed; says how to install it.
        InputError: no backend reads this format, or from ``read_file``.
    """
    if format_name not in readers():
        raise InputError(f"{path}: no backend here reads files of the format {format_name!r}")
    package = backend.load(readers()[format_name])
    return backend.files(package).read_file(path)
