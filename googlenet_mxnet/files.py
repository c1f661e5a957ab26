"""Gluon's own files: parameters by name, which ``load_parameters`` takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from common.base.errors import InputError
from common.base.files import replacing
from common.contract import declaration
from common.weights.budget import AGAIN
from common.weights.formats import gluon_layout
from common.weights.native import suffix
from googlenet_mxnet.framework import mx

if TYPE_CHECKING:
    from googlenet_mxnet.net import Net

SUFFIXES = declaration.of(__package__).suffixes


def write_file(net: Net, path: str | os.PathLike) -> None:
    """Write the net's parameters, whole or not at all.

    After ``npx.set_np()`` MXNet writes another kind of file, which ``load_parameters`` takes only after it too.

    Raises:
        InputError: another suffix, or the file cannot be written.
    """
    suffix(path, SUFFIXES)
    with replacing(path) as temporary:
        try:
            net.save_parameters(str(temporary))
            load(temporary)  # MXNet does not notice a disk that is full only when it closes the file
        except mx.MXNetError as error:
            raise InputError(f"{path}: cannot be written: {reason(error)}") from None


def read_file(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Name to array of everything in a file of parameters, as they are there.

    Raises:
        InputError: no such file, not whole, or of arrays without names.
    """
    gluon_layout.check(path)
    try:
        arrays = load(path)
        named = arrays if isinstance(arrays, dict) else {}  # a list, if there is nothing in the file
        return {name: array.asnumpy() for name, array in named.items()}
    except (mx.MXNetError, UnicodeDecodeError):
        raise InputError(f"{path}: not a whole file of MXNet parameters: it is damaged: {AGAIN}") from None


def load(path: str | os.PathLike) -> dict[str, mx.nd.NDArray] | list[mx.nd.NDArray]:
    """What MXNet finds in a file of either kind, whichever kind is in use."""
    try:
        with mx.util.np_array(False), mx.util.np_shape(False):
            return mx.nd.load(str(path))
    except mx.MXNetError as error:
        if "is_np_shape" not in str(error):
            raise
    with mx.util.np_shape(True):  # written after npx.set_np()
        return mx.nd.load(str(path))


def reason(error: BaseException) -> str:
    """The line of MXNet's error that says what went wrong."""
    return str(error).splitlines()[-1]
