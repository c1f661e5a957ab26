"""Weights with what they need to be used: their network, and how their images are prepared."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from common import nets
from common.base.errors import InputError
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.tensors import Weights
from common.weights import canonical


@dataclass(frozen=True)
class Bundle:
    """A trained network.

    Attributes:
        network: its resolved table.
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


def described(metadata: dict[str, str], where: str) -> Table:
    """The table that the metadata of a file names.

    Raises:
        InputError: another format version, an unknown network, numbers that are none.
    """
    if metadata.get("format_version") != canonical.FORMAT:
        raise InputError(f"{where}: made for format_version {metadata.get('format_version', 'unknown')}, not 1")
    try:
        channels, classes = int(metadata["in_channels"]), int(metadata["num_classes"])
        heads = json.loads(metadata["aux"])
    except (KeyError, ValueError) as error:
        raise InputError(f"{where}: its metadata is not that of weights: {error}") from None
    try:
        found = nets.get(metadata.get("network", ""), in_channels=channels, num_classes=classes)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return nets.get(found, aux=False) if found.aux and not heads else found


def save(path: str | os.PathLike, bundle: Bundle) -> None:
    """Write a bundle to a safetensors file, whole or not at all."""
    canonical.save(path, bundle.weights, bundle.table, bundle.preprocessing)


def load(path: str | os.PathLike) -> Bundle:
    """Read a file that `save` or a backend's ``save_weights`` wrote; the file says which network it is.

    Raises:
        InputError: not there, damaged, or of a network that is not known here.
    """
    metadata = canonical.metadata(path)
    table = described(metadata, str(path))
    weights = canonical.load(path, table)
    text = metadata.get("preprocessing")
    try:
        return Bundle(table, weights, Preprocessing.loads(text) if text else None)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
