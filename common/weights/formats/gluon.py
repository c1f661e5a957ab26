"""Parameters that MXNet's nd.save and Gluon's save_parameters wrote."""

from pathlib import Path

from common.weights.formats.contents import Contents
from common.weights.formats.framework import read_file


def read(path: Path) -> Contents:
    """Read a .params file, with MXNet.

    Raises:
        MissingBackend: MXNet is not installed.
        InputError: see `common.weights.formats.gluon_layout.check`.
    """
    return Contents(path, "gluon", read_file("gluon", path), layers={}, metadata={})
