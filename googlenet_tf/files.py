"""Keras' own files: ``.weights.h5`` for `load_weights`, and ``.keras``, the model, for `keras.models.load_model`."""

from __future__ import annotations

import io
import os
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
    with replacing(path) as temporary:
        temporary.write_bytes(memory.getbuffer())
