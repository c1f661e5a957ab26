"""The frameworks' own files of our nets, as sources: their tensors are called as `common.weights.native` says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

from common import nets
from common.base.errors import InputError
from common.table.analysis import Table
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


def candidates(contents: Contents, net: str | None = None) -> list[Source]:
    """A source for the table that is asked for or that the file names, or for every table, if the file may be ours."""
    named = net or network_of(contents)
    if named:
        try:
            nets.get(named[:LETTERS])
        except InputError as error:
            raise InputError(f"{contents.path}: {error}") from None
    if contents.format == ONNX and named:
        return [_source(contents, nets.get(named), lambda table: {name: name for name in table.tensors}, OIHW)]
    return [
        _source(contents, nets.get(name), partial(native.names, suffix=suffix), native.layout(suffix))
        for suffix in native.suffixes(contents.format)[:1]  # files of one format are alike, whatever their suffix
        for name in ([named] if named else nets.names())
    ]


def _source(
    contents: Contents, table: Table, names: Callable[[Table], dict[str, str]], layout: Mapping[int, tuple[int, ...]]
) -> Source:
    return Source(
        name=f"own_{table.name}",
        about=f"a {contents.format} file of our {table.name}",
        formats=(contents.format,),
        network=table.name,
        names=names,
        preprocessing=preprocessing_of(contents.metadata, contents.path),
        layout=layout,
        ignorable=IGNORABLE,
        layers=frozenset(contents.layers.values()),  # its nodes are our own: names and shapes of the tensors decide
    )
