"""The frameworks' own files of our nets, as sources: their tensors are called as `common.weights.native` says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

from common import nets
from common.base.errors import InputError
from common.table.analysis import Table
from common.table.spec import Network
from common.weights import native
from common.weights.budget import LETTERS
from common.weights.bundle import preprocessing_of
from common.weights.formats import Contents
from common.weights.sources import OIHW, Source
from common.weights.sources.torch_names import IGNORABLE

ONNX = "onnx"


def network_of(contents: Contents) -> str | None:
    """The table that a file names itself: our ONNX files do, and .keras files, which hold the model."""
    if contents.format == ONNX:
        return contents.metadata.get("network")
    try:
        config = json.loads(contents.metadata.get("config", "{}"))["config"]
        return config["network"] if isinstance(config["network"], str) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def candidates(contents: Contents, network: Network | None = None) -> list[Source]:
    """A source for the table that is asked for or that the file names, or for every table, if the file may be ours.

    Raises:
        InputError: the file names a table that is not known here.
    """
    named = None if network else network_of(contents)
    if named:
        try:
            network = nets.get(nets.named(named[:LETTERS]))
        except InputError as error:
            raise InputError(f"{contents.path}: {error}") from None
    if contents.format == ONNX and network:
        return [_source(contents, network, lambda table: {name: name for name in table.tensors}, OIHW)]
    return [
        _source(contents, each, partial(native.names, suffix=suffix), native.layout(suffix))
        for suffix in native.suffixes(contents.format)[:1]  # files of one format are alike, whatever their suffix
        for each in ([network] if network else map(nets.get, nets.names()))
    ]


def _source(
    contents: Contents,
    network: Network,
    names: Callable[[Table], dict[str, str]],
    layout: Mapping[int, tuple[int, ...]],
) -> Source:
    return Source(
        name=f"own_{network.name}",
        about=f"a {contents.format} file of our {network.name}",
        formats=(contents.format,),
        network=network.name,
        table=network,
        names=names,
        preprocessing=preprocessing_of(contents.metadata, contents.path),
        layout=layout,
        ignorable=IGNORABLE,
        layers=frozenset(contents.layers.values()),  # its nodes are our own: names and shapes of the tensors decide
    )
