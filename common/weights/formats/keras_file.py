"""Keras 3's .keras: a zip file with the model's configuration and its weights, read without Keras."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from common.weights.formats import hdf5
from common.weights.formats.contents import Contents
from common.weights.formats.faults import blaming, library


def read(path: Path) -> Contents:
    """Read the tensors, named as in a .weights.h5; the text of config.json is the metadata ``config``.

    The configuration is only handed on: building what it describes is what could run code.

    Raises:
        InputError: damaged, or pointing at other files.
    """
    h5py = library("h5py", "h5py", "Keras files")
    with blaming(path, "not a whole .keras file"), zipfile.ZipFile(path) as archive:
        config = archive.read("config.json").decode()
        weights = io.BytesIO(archive.read("model.weights.h5"))
        with h5py.File(weights, "r") as file:
            return Contents(path, "keras", hdf5.variables(path, file), layers={}, metadata={"config": config})
