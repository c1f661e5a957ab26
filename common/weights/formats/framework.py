"""Files that only their framework reads, through the package of that framework here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np

from common.contract import backend


def read_file(name: str, path: Path) -> dict[str, np.ndarray]:
    """What ``read_file`` in the module ``files`` of a backend's package finds in the file.

    Raises:
        MissingBackend: the framework is not installed.
        InputError: from ``read_file``.
    """
    backend.load(name)  # says what to install where the framework is missing
    return import_module(f"{backend.packages()[name]}.files").read_file(path)
