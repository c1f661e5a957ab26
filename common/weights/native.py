"""What the frameworks call the tensors in their own files, and how they lay them out; it takes no framework to know.

Each backend declares its own files (`common.contract.declaration.OwnFiles`), by suffix. PyTorch's state dicts have the
canonical names, and a Gluon file the attribute paths of the parameters. Keras numbers the variables of a layer,
trainable ones first (keras, ``Layer.save_own_variables``); a ``.keras`` file is a zip archive, and the names are those
in the HDF5 file `KERAS_MEMBER` of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from common.base.errors import InputError
from common.contract.backend import declarations
from common.contract.declaration import OwnFiles
from common.table.analysis import Table

KERAS_MEMBER = "model.weights.h5"
OURS, ONNX = ".safetensors", ".onnx"
PUBLISHED = (OURS, ONNX, ".caffemodel", ".h5")  # no framework's alone: no backend has them for its own files


def kinds() -> dict[str, tuple[str, OwnFiles]]:
    """Suffix to the backend whose file that is, and to what is declared of it; of two backends, the first.

    Suffixes that are `PUBLISHED` are nobody's.

    >>> kinds()[".params"][0]
    'mxnet'
    """
    found: dict[str, tuple[str, OwnFiles]] = {}
    for name, declared in declarations().items():
        files = declared.files
        for suffix in files.formats if files else ():
            if files and suffix not in PUBLISHED:
                found.setdefault(suffix, (name, files))
    return found


def suffixes(format_name: str) -> list[str]:
    """The suffixes of the frameworks' own files in a format of `common.weights.formats`; none where nobody has it.

    >>> suffixes("torch"), suffixes("caffe")
    (['.pth', '.pt'], [])
    """
    return [suffix for suffix, (_, files) in kinds().items() if files.formats[suffix] == format_name]


def suffix(path: str | os.PathLike, choices: Iterable[str]) -> str:
    """The suffix among ``choices`` that ``path`` ends with.

    Raises:
        InputError: it ends with none of them.

    >>> suffix("nets/d2l.weights.h5", [".pth", ".weights.h5"])
    '.weights.h5'
    """
    for choice in choices:
        if os.fspath(path).endswith(choice):
            return choice
    raise InputError(f"{path}: the suffix must be {' or '.join(choices)}")


def names(table: Table, suffix: str) -> dict[str, str]:
    """Canonical name to the name in a file with ``suffix``, of every tensor of a resolved table, in its order.

    Raises:
        ValueError: no backend has files with this suffix.

    >>> from common import nets
    >>> names(nets.get("d2l"), ".keras")["b3.3a.p2_2.weight"]
    'b3/3a/p2_2/vars/0'
    """
    _, files = _kind(suffix)
    return {name: files.name(layer, local) for name, (layer, local, _) in table.tensors.items()}


def layout(suffix: str) -> dict[int, tuple[int, ...]]:
    """For each number of axes, which axes of an array in a file with ``suffix`` are those of OIHW, or of (out, in).

    Raises:
        ValueError: no backend has files with this suffix.

    >>> layout(".weights.h5")[2]
    (1, 0)
    """
    return _kind(suffix)[1].layout


def _kind(suffix: str) -> tuple[str, OwnFiles]:
    known = kinds()
    if suffix not in known:
        raise ValueError(f"no native file has the suffix {suffix!r}")
    return known[suffix]
