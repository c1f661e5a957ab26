"""HDF5 files are read in this process, which is faster; test_formats_apart.py and test_hostile.py have the real way."""

import pytest

from common.weights import formats
from common.weights.formats import hdf5, keras_file


@pytest.fixture(autouse=True)
def hdf5_in_this_process(request, monkeypatch):
    if "apart" not in request.keywords:
        monkeypatch.setitem(formats.READERS, "hdf5", hdf5.read)
        monkeypatch.setitem(formats.READERS, "keras", keras_file.read)
