"""Keras's HDF5 files: of Keras 1 and 2 and `model.save("x.h5")`, and the .weights.h5 of Keras 3.

HDF5 can point at other files, by links, by raw data kept elsewhere and by virtual datasets; none of it is followed.
"""

from __future__ import annotations

import os
from itertools import count, takewhile
from pathlib import Path
from typing import Any

import numpy as np

from common.base.errors import InputError
from common.weights.bfloat16 import widen
from common.weights.budget import AGAIN, AXES, TENSORS, Budget, cut
from common.weights.formats import hdf5_storage
from common.weights.formats.contents import Contents
from common.weights.formats.faults import library, reported_for

TOP = "top_level_model_weights"  # of no layer; a group that layer_names does not list
DEPTH = 32  # of groups in groups
ATTRIBUTES = 1000  # of the root
PROBLEM = "not a whole HDF5 file"


def read(path: Path) -> Contents:
    """Read a file of either kind; strings among the attributes of its root are the metadata.

    Call it by `common.weights.formats.apart`: HDF5's library trusts what it reads.

    Raises:
        InputError: damaged, not of Keras, pointing at other files, or of more than the file may become.
    """
    h5py = library("h5py", "h5py", "Keras files")
    budget = Budget(path, os.path.getsize(path))
    with reported_for(path, PROBLEM), h5py.File(path, "r") as file:
        datasets = _datasets(h5py, path, file)
        if len(file.attrs) > ATTRIBUTES:
            raise InputError(f"{path}: more than {ATTRIBUTES} attributes, which Keras never writes: {AGAIN}")
        metadata = {key: _text(value) for key, value in file.attrs.items() if isinstance(value, str | bytes)}
        root = file.get("model_weights", file)  # in a file of a whole model
        if "layer_names" in root.attrs or "layer_names0" in root.attrs:
            return Contents(path, "keras-legacy", _legacy(path, root, budget), layers={}, metadata=metadata)
        return Contents(path, "keras-weights", _variables(path, datasets, budget), layers={}, metadata=metadata)


def variables(path: Path, file: Any, budget: Budget) -> dict[str, np.ndarray]:
    """The tensors of an open .weights.h5, named by their paths: ``layers/conv2d/vars/0``.

    Args:
        path: for messages.
        file: an ``h5py.File``.
        budget: what they may take.

    Raises:
        InputError: pointing at other files, without variables, or of more than the budget.
    """
    return _variables(path, _datasets(library("h5py", "h5py", "Keras files"), path, file), budget)


def _variables(path: Path, datasets: dict, budget: Budget) -> dict[str, np.ndarray]:
    if not any("vars" in name.split("/")[:-1] for name in datasets):
        raise InputError(f"{path}: an HDF5 file, but not weights of Keras: no layer_names and no vars in it")
    return {name: _array(path, name, dataset, budget) for name, dataset in datasets.items()}


def _datasets(h5py: Any, path: Path, file: Any) -> dict[str, Any]:
    """Every dataset by its path. Nothing is looked up by name before, for h5py follows links silently."""
    found: dict[str, Any] = {}
    objects = 0
    groups = [("", file, 0)]
    while groups:
        at, group, depth = groups.pop()
        objects += len(group)
        if objects > 2 * TENSORS:
            raise InputError(
                f"{path}: more than {2 * TENSORS:,} groups and tensors, more than any network has: {AGAIN}"
            )
        inner = []
        for name in group:
            place = f"{at}{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise InputError(
                    f"{path}: {cut(place)} is a link to elsewhere, which is not followed: Keras writes none; {AGAIN}"
                )
            item = group[name]
            if isinstance(item, h5py.Dataset):
                found[place] = item
            elif isinstance(item, h5py.Group):
                inner.append((f"{place}/", item, depth + 1))
        if inner and depth >= DEPTH:
            raise InputError(f"{path}: groups are nested more than {DEPTH} deep, which Keras never writes: {AGAIN}")
        groups += reversed(inner)
    return dict(sorted(found.items(), key=lambda item: item[0].split("/")))


def _legacy(path: Path, root: Any, budget: Budget) -> dict[str, np.ndarray]:
    tensors: dict[str, np.ndarray] = {}
    owners: dict[str, str] = {}
    layers = _names(path, root, "layer_names")
    if TOP in root:
        layers.append(TOP)
    for layer in layers:
        for name in _names(path, root[layer], "weight_names"):
            if name in tensors:
                twice = f"tensor {cut(name)} is both in layer {cut(owners[name])} and in layer {cut(layer)}"
                raise InputError(f"{path}: {twice}: {AGAIN}")
            tensors[name], owners[name] = _array(path, name, root[layer][name], budget), layer
    return tensors


def _names(path: Path, group: Any, attribute: str) -> list[str]:
    """The names in an attribute, or in the pieces that Keras cuts it into where it is larger than 64 KiB."""
    pieces = (f"{attribute}{number}" for number in count())
    present = [attribute] if attribute in group.attrs else list(takewhile(group.attrs.__contains__, pieces))
    if not present:
        raise InputError(f"{path}: group {cut(group.name)} has no {attribute}: not a whole file of Keras: {AGAIN}")
    return [_text(name) for piece in present for name in group.attrs[piece]]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _array(path: Path, name: str, dataset: Any, budget: Budget) -> np.ndarray:
    said = f"tensor {cut(name)}"
    if dataset.external or dataset.is_virtual:
        raise InputError(f"{path}: {said} is in another file, which is not read: save it as one file")
    if dataset.shape is None:
        raise InputError(f"{path}: {said} has no shape and no values: {AGAIN}")
    marked = dataset.attrs.get("dtype") == "bfloat16"  # Keras marks it; to HDF5 it is two bytes
    if dataset.dtype.kind not in "biuf" and not marked:
        raise InputError(f"{path}: {said} has dtype {cut(str(dataset.dtype))[1:-1]}: only plain numbers are read")
    if len(dataset.shape) > AXES:
        raise InputError(f"{path}: {said} has {len(dataset.shape)} axes, more than {AXES}: {AGAIN}")
    width = dataset.dtype.itemsize
    halves = width == 2 and (marked or dataset.dtype.kind == "f")
    budget.tensor(name, dataset.shape, 4 if halves else width)
    hdf5_storage.check(path, said, dataset)
    with reported_for(path, f"{said} cannot be read"):
        array = dataset[()]
    return widen(np.asarray(array).view("<u2")) if marked else np.asarray(array)
