"""Weights from any file that is known here into any other: what ``googlenet convert`` does."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from common import nets
from common.base.errors import InputError, choose
from common.contract import backend
from common.data.fid import NAMED
from common.data.preprocessing import Preprocessing, plain
from common.table.analysis import Table
from common.table.padding import Pair
from common.table.spec import Network
from common.table.tensors import DTYPES
from common.weights import bundle, formats, imagenet, native, onnx_export
from common.weights.bundle import Bundle
from common.weights.native import ONNX, OURS
from common.weights.sources import Source, sources
from common.weights.sources import native as own
from common.weights.sources.match import Match, choose_match, convert, ends

PLAIN = "plain"
_Fitted = tuple[Match, tuple[Table, dict[str, np.ndarray]]]


@dataclass(frozen=True)
class Imported:
    """A file read: what it holds, and how that was found out.

    Attributes:
        format: of `common.weights.formats`; ``googlenet`` is our own.
        source: who publishes such files.
        also_fits: sources that the tensors fit as well; they differ in how images are prepared.
        ignored: tensors without a meaning for the network.
        constants: how many tensors the file leaves out because they are constant.
    """

    bundle: Bundle
    format: str
    source: str
    also_fits: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    constants: int = 0


def written() -> dict[str, str | None]:
    """The suffix of every file that is written here: our own format, the frameworks' own (and whose), ONNX.

    >>> list(written())[0], written()[".pth"]
    ('.safetensors', 'torch')
    """
    frameworks = {suffix: name for suffix, (name, _) in native.kinds().items()}
    return {OURS: None, **frameworks, ONNX: None}


def read(
    path: str | os.PathLike,
    *,
    net: str | Network | None = None,
    source: str | None = None,
    in_channels: int | None = None,
    num_classes: int | None = None,
    preprocessing: str | None = None,
) -> Imported:
    """Read weights of a network that is known here, from our own format or a published one.

    Args:
        net: the table, where the file does not tell: its name, or one of your own.
        source: one of `common.weights.sources`, where several publish files alike.
        in_channels, num_classes: what the file must have.
        preprocessing: that of a source, one of `common.data.fid.NAMED`, or ``plain``, in place of the file's.

    Raises:
        InputError: a file that is damaged or of another network; names the tensor that does not fit.
    """
    if preprocessing is not None:
        choose("preprocessing", preprocessing, [PLAIN, *NAMED, *sources()])
    if source is not None:
        choose("source", source, sources())
    network = None if net is None else nets.get(net)  # before a long file is read
    contents = formats.read(path)
    ours = contents.format == "safetensors" and "network" in contents.metadata
    if source is not None and (ours or contents.format not in sources()[source].formats):
        raise InputError(f"{path}: {'our own' if ours else contents.format} format, not {sources()[source].about}")
    found = Imported(_ours(contents, net), "googlenet", "googlenet") if ours else _published(contents, network, source)
    table = found.bundle.table
    if network is not None and table.name != network.name:
        raise InputError(f"{path}: weights of {table.name}, not of {network.name}")
    for what, wanted, there, tensor in (
        ("channels", in_channels, table.input[0], ends(table)[0]),
        ("classes", num_classes, table.num_classes, ends(table)[1]),
    ):
        if wanted is not None and wanted != there:
            raise InputError(f"{path}: tensor {tensor!r} of {table.name} is for {there} {what}, not {wanted}")
    for name, array in found.bundle.weights.items():
        if not np.isfinite(array).all():
            raise InputError(
                f"{path}: tensor {name!r} is not finite: these weights are of no use; take those of an earlier epoch"
            )
    if preprocessing is not None:
        found = replace(found, bundle=replace(found.bundle, preprocessing=_named(preprocessing, table)))
    return found


def _named(preprocessing: str, table: Table) -> Preprocessing | None:
    if preprocessing == PLAIN:
        return plain(table)
    return NAMED[preprocessing] if preprocessing in NAMED else sources()[preprocessing].preprocessing


def _ours(contents: formats.Contents, net: str | Network | None) -> Bundle:
    network = net if isinstance(net, Network) else None
    return bundle.of_contents(contents.path, contents.metadata, contents.tensors, network)


def _published(contents: formats.Contents, network: Network | None, source: str | None) -> Imported:
    if source is not None:
        chosen = [sources()[source]]
    else:
        published = [s for s in sources().values() if network is None or network.name == s.network]
        chosen = published + own.candidates(contents, network)
    match, others = choose_match(contents, chosen)
    match, (table, weights) = _fitting(contents, match, [s for s in others if s.network != match.source.network])
    match.source.check(contents, table, match.names)
    imagenets = match.source.name in sources()  # what all of them publish is trained on
    labels = imagenet.names(table.num_classes) if imagenets else None
    return Imported(
        Bundle(table, weights, match.source.preprocessing, labels),
        contents.format,
        match.source.name,
        also_fits=tuple(s.name for s in others if s.network == match.source.network and s.name != match.source.name),
        ignored=tuple(match.ignored),
        constants=len(weights) - len(match.names),
    )


def _fitting(contents: formats.Contents, match: Match, others: list[Source]) -> _Fitted:
    """The one match whose shapes are those of the file, where tables have the same names.

    Where several tables have these shapes too, the number of classes of a published file may tell.

    Raises:
        InputError: no shape fits, or those of several tables do, and the classes do not tell either.
    """
    found: list[_Fitted] = []
    failed: list[InputError] = []
    for candidate in (match, *(choose_match(contents, [other])[0] for other in others)):
        try:
            found.append((candidate, convert(contents, candidate)))
        except InputError as error:
            failed.append(error)
    if not found:
        raise failed[0]
    told = [one for one in found if _published_for(*one)] if len(found) > 1 else found
    if len(told) != 1:
        names = ", ".join(candidate.table.name for candidate, _ in found)
        raise InputError(f"{contents.path}: its tensors fit {names}: say which with --net")
    return told[0]


def _published_for(match: Match, converted: tuple[Table, dict[str, np.ndarray]]) -> bool:
    """Whether it is a published file with as many classes as its table is published for."""
    table, _ = converted
    return match.source.name in sources() and table.num_classes == match.table.num_classes


def write(path: str | os.PathLike, made: Bundle, *, size: Pair | None = None) -> list[str]:
    """Write weights in the format that the suffix of ``path`` names, whole or not at all.

    Args:
        size: (height, width) of the images an ONNX file is for; None is the network's own.

    Returns:
        The auxiliary heads that the format leaves out.

    Raises:
        InputError: an unknown suffix, a file that cannot be written, a missing framework.
    """
    suffix = native.suffix(path, written())
    if suffix == OURS:
        bundle.save(path, made)
    elif suffix == ONNX:
        said = {"preprocessing": made.preprocessing.dumps()} if made.preprocessing else {}
        onnx_export.export(made.table, made.weights, path, size=size, metadata=said)
        return list(made.table.aux)
    else:
        name = native.kinds()[suffix][0]
        backend.require([name], dtype=made.dtype)
        package = backend.load(name)
        backend.files(package).write_file(package.build_net(made.table, weights=made.weights, dtype=made.dtype), path)
    return []


def cast(made: Bundle, to: str) -> Bundle:
    """The same weights in another type, rounded if it is the smaller one."""
    choose("dtype", to, DTYPES)
    return replace(made, weights={name: array.astype(to) for name, array in made.weights.items()})


def convert_file(
    source_path: str | os.PathLike,
    target_path: str | os.PathLike,
    *,
    to: str | None = None,
    size: Pair | None = None,
    progress: Callable[[str], None] = lambda what: None,
    **options: Any,
) -> dict[str, Any]:
    """Read one file and write the other; returns what ``googlenet convert --json`` prints.

    Args:
        to: the type to write; None is the file's (float16 becomes float32).
        size: see `write`.
        progress: called with what is being done.
        options: those of `read`.

    Raises:
        InputError: see `read` and `write`.
    """
    suffix = native.suffix(target_path, written())  # before anything takes time
    if size is not None and suffix != ONNX:
        raise InputError(f"{target_path}: only ONNX files are made for a size of image")
    progress(f"reading {source_path}")
    found = read(source_path, **options)
    made = cast(found.bundle, to) if to else found.bundle
    progress(f"writing {target_path}")
    left_out = write(target_path, made, size=size)
    return {
        "in": str(source_path),
        "out": str(target_path),
        "format": found.format,
        "source": found.source,
        "also_fits": list(found.also_fits),
        "network": made.table.name,
        "in_channels": made.table.input[0],
        "num_classes": made.table.num_classes,
        "aux": list(made.table.aux),
        "dtype": made.dtype,
        "tensors": len(made.weights),
        "numbers": sum(array.size for array in made.weights.values()),
        "constants": found.constants,
        "ignored": list(found.ignored),
        "heads_left_out": left_out,
        "preprocessing": str(made.preprocessing) if made.preprocessing else None,
        "labels": list(made.labels) if made.labels else None,
    }
