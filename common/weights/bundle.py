"""Weights with what they need to be used: their network, and how their images are prepared."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from common import nets
from common.base.errors import InputError, choose
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.tensors import Weights
from common.weights import canonical, safetensors_file
from common.weights.budget import LETTERS, cut

SIZE = r"[1-9][0-9]{0,7}"  # channels or classes, as `canonical.save` writes them


@dataclass(frozen=True)
class Bundle:
    """A trained network.

    Attributes:
        table: resolved.
        weights: canonical names to arrays, float32 or float64.
        preprocessing: None where nobody has said how images are prepared.
    """

    table: Table
    weights: Weights
    preprocessing: Preprocessing | None = None

    @property
    def dtype(self) -> str:
        """The type of the weights."""
        return str(next(iter(self.weights.values())).dtype)


def table_of(metadata: Mapping[str, str], where: str) -> Table:
    """The table that the metadata of a file names.

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
        name = choose("network", metadata.get("network", "")[:LETTERS], nets.names())
        table = nets.get(name, in_channels=channels, num_classes=classes)
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
    canonical.save(path, bundle.weights, bundle.table, bundle.preprocessing)


def load(path: str | os.PathLike) -> Bundle:
    """Read a file that `save` or a backend's ``save_weights`` wrote; the file says which network it is.

    Raises:
        InputError: not there, damaged, or of a network that is not known here.
    """
    return of_contents(path, *safetensors_file.read(path))


def of_contents(path: str | os.PathLike, metadata: Mapping[str, str], weights: Weights) -> Bundle:
    """The bundle that was read from a file of our own; ``path`` is for messages.

    Raises:
        InputError: damaged, or of a network that is not known here.
    """
    table = table_of(metadata, str(path))
    canonical.checked(path, metadata, weights, table)
    return Bundle(table, weights, preprocessing_of(metadata, path))


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
