"""Keras's HDF5 files: of Keras 1 and 2 and `model.save("x.h5")`, and the .weights.h5 of Keras 3.

HDF5 can point at other files, by links, by raw data kept elsewhere and by virtual datasets; none of it is followed.
"""

from __future__ import annotations

from itertools import count, takewhile
from pathlib import Path

import numpy as np

from common.base.errors import InputError
from common.weights.formats.bfloat16 import widen
from common.weights.formats.contents import Contents
from common.weights.formats.faults import blaming, library

TOP = "top_level_model_weights"  # of no layer; a group that layer_names does not list
DEFLATE = 1032  # times smaller than the numbers is what it stores at best (zlib's own description)


def read(path: Path) -> Contents:
    """Read a file of either kind; strings among the attributes of its root are the metadata.

    Raises:
        InputError: damaged, not of Keras, or pointing at other files.
    """
    h5py = library("h5py", "h5py", "Keras files")
    with blaming(path, "not a whole HDF5 file"), h5py.File(path, "r") as file:
        _refuse_links(h5py, path, file)
        metadata = {key: _text(value) for key, value in file.attrs.items() if isinstance(value, str | bytes)}
        root = file.get("model_weights", file)  # in a file of a whole model
        if "layer_names" in root.attrs or "layer_names0" in root.attrs:
            return Contents(path, "keras-legacy", _legacy(path, root), layers={}, metadata=metadata)
        return Contents(path, "keras-weights", variables(path, file), layers={}, metadata=metadata)


def variables(path: Path, file) -> dict[str, np.ndarray]:
    """The tensors of an open .weights.h5, named by their paths: ``layers/conv2d/vars/0``.

    Raises:
        InputError: pointing at other files, or without variables.
    """
    h5py = library("h5py", "h5py", "Keras files")
    _refuse_links(h5py, path, file)
    found = {}
    file.visititems(found.__setitem__)
    datasets = {name: item for name, item in found.items() if isinstance(item, h5py.Dataset)}
    if not any("vars" in name.split("/")[:-1] for name in datasets):
        raise InputError(f"{path}: an HDF5 file, but not weights of Keras: no layer_names and no vars in it")
    return {name: _array(path, name, dataset) for name, dataset in datasets.items()}


def _legacy(path: Path, root) -> dict[str, np.ndarray]:
    tensors, owners = {}, {}
    layers = _names(path, root, "layer_names")
    if TOP in root:
        layers.append(TOP)
    for layer in layers:
        for name in _names(path, root[layer], "weight_names"):
            if name in tensors:
                raise InputError(f"{path}: tensor {name!r} is both in layer {owners[name]!r} and in layer {layer!r}")
            tensors[name], owners[name] = _array(path, name, root[layer][name]), layer
    return tensors


def _names(path: Path, group, attribute: str) -> list[str]:
    """The names in an attribute, or in the pieces that Keras cuts it into where it is larger than 64 KiB."""
    pieces = (f"{attribute}{number}" for number in count())
    found = [attribute] if attribute in group.attrs else list(takewhile(group.attrs.__contains__, pieces))
    if not found:
        raise InputError(f"{path}: group {group.name!r} has no {attribute}: not a whole file of Keras; get it again")
    return [_text(name) for piece in found for name in group.attrs[piece]]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _array(path: Path, name: str, dataset) -> np.ndarray:
    if dataset.external or dataset.is_virtual:
        raise InputError(f"{path}: tensor {name!r} is in another file, which is not read: save it as one file")
    # HDF5 makes up values that were never written, as many as a shape asks for.
    if dataset.nbytes > DEFLATE * dataset.id.get_storage_size():
        raise InputError(
            f"{path}: tensor {name!r} has a shape, but not its values: it was not saved whole; get it again"
        )
    with blaming(path, f"tensor {name!r} cannot be read"):
        array = dataset[()]
    if dataset.attrs.get("dtype") == "bfloat16":  # Keras marks it; to HDF5 it is two bytes
        return widen(np.asarray(array).view("<u2"))
    return np.asarray(array)


def _refuse_links(h5py, path: Path, file) -> None:
    """Before anything is looked up by name: h5py follows links silently. Keras writes none."""

    def pointing(name: str, link) -> str | None:
        return None if isinstance(link, h5py.HardLink) else name

    name = file.visititems_links(pointing)
    if name is not None:
        raise InputError(f"{path}: {name!r} is a link to elsewhere, which is not followed: Keras writes none")
