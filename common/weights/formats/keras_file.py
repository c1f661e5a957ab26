"""Keras 3's .keras: a zip file with the model's configuration and its weights, read without Keras."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from common.base.openers import open_file
from common.weights.budget import MIB, Budget, cut
from common.weights.formats import hdf5
from common.weights.formats.contents import Contents
from common.weights.formats.faults import library, reported_for
from common.weights.formats.zipped import opened_zip

CONFIG, WEIGHTS = "config.json", "model.weights.h5"
LONGEST_CONFIG = 16 * MIB
PROBLEM = "not a whole .keras file"


def read(path: Path) -> Contents:
    """Read the tensors, named as in a .weights.h5; the text of config.json is the metadata ``config``.

    The configuration is only handed on: building what it describes is what could run code.

    Raises:
        InputError: damaged, pointing at other files, or more than the file may become when it is unpacked.
    """
    h5py = library("h5py", "h5py", "Keras files")
    with open_file(path) as file, reported_for(path, PROBLEM), opened_zip(path, file) as archive:
        size = os.fstat(file.fileno()).st_size
        config = _member(Budget(path, size), archive, CONFIG, LONGEST_CONFIG).decode()
        weights = io.BytesIO(_member(Budget(path, size), archive, WEIGHTS))
        with h5py.File(weights, "r") as opened:
            tensors = hdf5.variables(path, opened, Budget(path, max(size, len(weights.getbuffer()))))
            return Contents(path, "keras", tensors, layers={}, metadata={"config": config})


def _member(budget: Budget, archive: zipfile.ZipFile, name: str, most: int | None = None) -> bytes:
    """A member of the archive, if it is not too large; `zipfile` gives no more of it than its size says."""
    size = archive.getinfo(name).file_size
    if most is not None:
        budget.limit = most
    budget.unpacked(cut(name), size)
    return archive.read(name)
