"""Keras' own files: ``.weights.h5`` for `load_weights`, and ``.keras``, the model, for `keras.models.load_model`."""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import TYPE_CHECKING

from common.base.errors import InputError
from common.base.files import replacing
from common.contract import declaration
from common.weights.native import suffix

if TYPE_CHECKING:
    from googlenet_tf.net import Net

SUFFIXES = declaration.of(__package__).suffixes


class Memory(io.BytesIO):
    """A file in memory that Keras takes for one with the right name; HDF5 ends the process where a disk is full."""

    def __init__(self, suffix: str):
        super().__init__()
        self.suffix = suffix

    def __str__(self) -> str:
        return f"memory{self.suffix}"


def write_file(net: Net, path: str | os.PathLike) -> None:
    """Write the net's weights, or for ``.keras`` the model, whole or not at all.

    Raises:
        InputError: another suffix, the file cannot be written, or ``.keras`` of a table of one's own.
    """
    memory = Memory(suffix(path, SUFFIXES))
    try:
        (net.save if memory.suffix == ".keras" else net.save_weights)(memory)
    except InputError as error:  # from Net.get_config, which knows no path
        raise InputError(f"{path}: {error}") from None
    contents = undated(memory) if memory.suffix == ".keras" else memory
    with replacing(path) as temporary:
        temporary.write_bytes(contents.getbuffer())


def undated(archive: io.BytesIO) -> io.BytesIO:
    """The same .keras file without the time at which it was written: the same model gives the same bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(archive) as dated, zipfile.ZipFile(memory, "w") as target:
        for name in dated.namelist():
            data = dated.read(name)
            if name == "metadata.json":
                data = json.dumps({**json.loads(data), "date_saved": "1980-01-01@00:00:00"}).encode()
            member = zipfile.ZipInfo(name)  # of 1980-01-01
            member.external_attr = 0o644 << 16
            target.writestr(member, data)
    return memory
