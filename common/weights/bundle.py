"""Weights with what they need to be used: their network, and how their images are prepared."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from common import nets
from common.base.errors import InputError
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.spec import Network
from common.table.tensors import Weights
from common.weights import canonical, safetensors_file
from common.weights.budget import LETTERS, cut

BEST = "best.safetensors"  # in the folder of a run: the weights of its best epoch by validation
SIZE = r"[1-9][0-9]{0,7}"  # channels or classes, as `canonical.save` writes them


@dataclass(frozen=True)
class Bundle:
    """A trained network.

    Attributes:
        table: resolved.
        weights: canonical names to arrays, float32 or float64.
        preprocessing: None where nobody has said how images are prepared.
        labels: the names of the classes; None where nobody has said.
    """

    table: Table
    weights: Weights
    preprocessing: Preprocessing | None = None
    labels: tuple[str, ...] | None = None

    @property
    def dtype(self) -> str:
        """The type of the weights."""
        return str(next(iter(self.weights.values())).dtype)


def table_of(metadata: Mapping[str, str], where: str, network: Network | None = None) -> Table:
    """The table that the metadata of a file names.

    Args:
        where: the file, for messages.
        network: one of your own, which is meant by its name.

    Raises:
        InputError: another format version, an unknown network, or fields that are no sizes and no names of heads.

    >>> table_of(canonical.table_metadata(nets.get("d2l", num_classes=7)), "w.safetensors").num_classes
    7
    """
    version = metadata.get("format_version")
    if version != canonical.FORMAT:
        there = "unknown" if version is None else cut(version).strip("'")
        raise InputError(f"{where}: made for format_version {there}, not {canonical.FORMAT}")
    channels, classes = (_size(metadata, key, where) for key in ("in_channels", "num_classes"))
    try:
        named = metadata.get("network", "")
        if network is None or named != network.name:
            network = nets.named(named[:LETTERS])
        table = nets.get(network, in_channels=channels, num_classes=classes)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    aux = metadata.get("aux")
    if aux == canonical.table_metadata(table)["aux"]:
        return table
    if aux == "[]":
        return nets.get(table, aux=False)
    raise InputError(f"{where}: its metadata is not that of weights: aux is {cut(aux)}, which {table.name} has not")


def _size(metadata: Mapping[str, str], key: str, where: str) -> int:
    """A number of channels or classes."""
    text = metadata.get(key)
    if text is None or not re.fullmatch(SIZE, text):
        there = "missing" if text is None else cut(text)
        raise InputError(f"{where}: its metadata is not that of weights: {key} is {there}, not a size of 1 to 8 digits")
    return int(text)


def save(path: str | os.PathLike, bundle: Bundle) -> None:
    """Write a bundle to a safetensors file, whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    canonical.save(path, bundle.weights, bundle.table, bundle.preprocessing, bundle.labels)


def load(path: str | os.PathLike) -> Bundle:
    """Read a file that `save` or a backend's ``save_weights`` wrote; the file says which network it is.

    Raises:
        InputError: not there, damaged, or of a network that is not known here.
    """
    return of_contents(path, *safetensors_file.read(path))


def of_contents(
    path: str | os.PathLike, metadata: Mapping[str, str], weights: Weights, network: Network | None = None
) -> Bundle:
    """The bundle that was read from a file of our own; ``path`` is for messages, ``network`` for `table_of`.

    Raises:
        InputError: damaged, or of a network that is not known here.
    """
    table = table_of(metadata, str(path), network)
    canonical.checked(path, metadata, weights, table)
    return Bundle(table, weights, preprocessing_of(metadata, path), labels_of(metadata, path, table.num_classes))


def labels_of(metadata: Mapping[str, str], path: str | os.PathLike, classes: int) -> tuple[str, ...] | None:
    """The names of the classes that the metadata of a file give; None where they give none.

    Raises:
        InputError: something else than a text for each of so many ``classes``; ``path`` is for its message.

    >>> labels_of({"labels": '["cat", "dog"]'}, "w.safetensors", 2)
    ('cat', 'dog')
    """
    text = metadata.get("labels")
    if text is None:
        return None
    try:
        labels = json.loads(text)
    except (ValueError, RecursionError):
        labels = None
    if not (isinstance(labels, list) and len(labels) == classes and all(isinstance(label, str) for label in labels)):
        raise InputError(f"{path}: its metadata is not that of weights: labels are not {classes} names of classes")
    return tuple(labels)


def preprocessing_of(metadata: Mapping[str, str], path: str | os.PathLike) -> Preprocessing | None:
    """What the metadata of a file says of its images; None where it says nothing.

    Raises:
        InputError: something that cannot be used; ``path`` is for its message.
    """
    text = metadata.get("preprocessing")
    try:
        return Preprocessing.loads(text) if text else None
    except InputError as error:
        said = str(error)
        if len(said) > 4 * LETTERS:  # the text of the file, whole
            said = f"the preprocessing {cut(text)} cannot be used: convert the file again with --preprocessing"
        raise InputError(f"{path}: {said}") from None
