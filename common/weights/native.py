"""What the frameworks call the tensors in their own files, and how they lay them out; it takes no framework to know.

A file's kind is its suffix: ``.pth`` and ``.pt`` of PyTorch, ``.weights.h5`` and ``.keras`` of Keras, ``.params`` of
Gluon. A ``.keras`` file is a zip archive, and the names are those in the HDF5 file `KERAS_MEMBER` of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from common.base.errors import InputError
from common.table.analysis import Table

KERAS_MEMBER = "model.weights.h5"

# googlenet_mxnet.weights.NAMES: a Gluon file has the attribute paths of the parameters.
_GLUON = {
    "weight": "weight",
    "bias": "bias",
    "norm.weight": "norm.gamma",
    "norm.bias": "norm.beta",
    "norm.running_mean": "norm.running_mean",
    "norm.running_var": "norm.running_var",
}

# A Keras file numbers the variables of a layer, trainable ones first (keras, Layer.save_own_variables).
_KERAS = {
    "weight": "vars/0",
    "bias": "vars/1",
    "norm.weight": "norm/vars/0",
    "norm.bias": "norm/vars/1",
    "norm.running_mean": "norm/vars/2",
    "norm.running_var": "norm/vars/3",
}

_AS_IT_IS = {4: (0, 1, 2, 3), 2: (0, 1), 1: (0,)}
_FROM_KERAS = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}  # HWIO, (in, out)

# Suffix, number of axes: which axes of an array in the file are those of OIHW, or of (out, in).
LAYOUTS = {
    ".pth": _AS_IT_IS,
    ".pt": _AS_IT_IS,
    ".weights.h5": _FROM_KERAS,
    ".keras": _FROM_KERAS,
    ".params": _AS_IT_IS,
}


def suffix(path: str | os.PathLike, choices: Iterable[str] = tuple(LAYOUTS)) -> str:
    """The suffix among ``choices`` that ``path`` ends with.

    Raises:
        InputError: it ends with none of them.
    """
    for choice in choices:
        if os.fspath(path).endswith(choice):
            return choice
    raise InputError(f"{path}: the suffix must be {' or '.join(choices)}")


def names(table: Table, suffix: str) -> dict[str, str]:
    """Canonical name to the name in a file with ``suffix``, of every tensor of a resolved table, in its order."""
    match suffix:
        case ".pth" | ".pt":
            return {name: name for name in table.tensors}
        case ".params":
            return {name: f"{layer}.{_GLUON[local]}" for name, (layer, local, _) in table.tensors.items()}
        case ".weights.h5" | ".keras":
            return {
                name: f"{layer.replace('.', '/')}/{_KERAS[local]}" for name, (layer, local, _) in table.tensors.items()
            }
    raise ValueError(f"no native file has the suffix {suffix!r}")
