"""Which source a file comes from, by the names of its tensors; and its tensors under their canonical names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from common import nets
from common.base.errors import InputError
from common.table.analysis import Table
from common.table.tensors import Weights
from common.weights.budget import cut
from common.weights.formats import Contents
from common.weights.sources import Source

EXAMPLES = 3  # as many names are quoted where there are more


@dataclass(frozen=True)
class Match:
    """How the tensors of a file fit a source: ``names`` has canonical names and those in the file."""

    source: Source
    table: Table
    names: dict[str, str]
    missing: list[str]
    unused: list[str]
    ignored: list[str]

    @property
    def whole(self) -> bool:
        """Whether every tensor has its place."""
        return not (self.missing or self.unused)

    @property
    def common(self) -> int:
        """How many tensors have their place."""
        return len(self.names) - len(self.missing)


def fit(contents: Contents, source: Source) -> Match:
    """The better match of the two that a network with auxiliary heads has: with them, and without."""
    table = nets.get(source.table or source.network)
    versions = [table, nets.get(table, aux=False)] if table.aux else [table]
    matches = [_fit(contents, source, version) for version in versions]
    return max(matches, key=lambda match: (match.whole, -len(match.missing) - len(match.unused)))


def _fit(contents: Contents, source: Source, table: Table) -> Match:
    there = source.rename(list(contents.tensors))
    back = {new: old for old, new in there.items()}
    wanted = source.names(table)
    names, taken = {name: back.get(new, new) for name, new in wanted.items()}, set(wanted.values())
    rest = [old for old, new in there.items() if new not in taken]
    return Match(
        source,
        table,
        names,
        missing=[new for new in wanted.values() if new not in back],
        unused=[old for old in rest if not source.ignores(there[old])],
        ignored=[old for old in rest if source.ignores(there[old])],
    )


def choose_match(contents: Contents, candidates: Iterable[Source]) -> tuple[Match, list[Source]]:
    """The match that every tensor of the file has its place in, and the other sources that the file fits too.

    Raises:
        InputError: there is none; says of the nearest one which tensor is missing or left over.
    """
    matches = [fit(contents, source) for source in candidates if contents.format in source.formats]
    whole = [match for match in matches if match.whole]
    if whole:
        check_layers(contents, whole[0].source)
        return whole[0], [match.source for match in whole[1:]]
    nearest = max(matches, key=lambda match: match.common, default=None)
    if nearest is None or not nearest.common:
        raise InputError(
            f"{contents.path}: of no network known here; its first tensors are {quoted(list(contents.tensors))}"
        )
    check_layers(contents, nearest.source)
    said = f"{contents.path}: nearest to {nearest.source.about}, but "
    if nearest.missing:
        raise InputError(f"{said}lacks {quoted(nearest.missing)}")
    raise InputError(f"{said}{quoted(nearest.unused)} have no place there")


def quoted(names: list[str]) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - EXAMPLES} more" if len(names) > EXAMPLES else ""
    return ", ".join(map(cut, names[:EXAMPLES])) + more


def check_layers(contents: Contents, source: Source) -> None:
    """Require that a file of layers (Caffe, ONNX) has only those that the source is known to consist of.

    Raises:
        InputError: names the first other layer.
    """
    for name, kind in contents.layers.items():
        if kind not in source.layers:
            raise InputError(
                f"{contents.path}: layer {cut(name)} is of type {cut(kind)[1:-1]}, which {source.about} does not have: "
                "give a file of this network alone"
            )


def convert(contents: Contents, match: Match) -> tuple[Table, Weights]:
    """The network, for as many channels and classes as the file has, and its tensors in canonical layout.

    float16 is widened to float32, which is exact.

    Raises:
        InputError: a tensor of another shape; names it.
    """
    source, found = match.source, {}
    table, tensors = match.table, source.tensors(contents)
    for name, shape in table.shapes.items():
        constant = [value for end, value in source.constants.items() if name.endswith(end)]
        if name not in match.names and constant:
            found[name] = np.full(shape, constant[0])
            continue
        array = tensors[match.names[name]]
        found[name] = _laid_out(array, source, len(shape), f"{contents.path}: tensor {cut(match.names[name])}")
    in_channels, num_classes = _options(table, found)
    table = nets.get(table, in_channels=in_channels, num_classes=num_classes)
    for name, shape in table.shapes.items():
        if found[name].shape != shape:
            there = match.names.get(name, name)
            said = f"tensor {cut(there)} has shape {found[name].shape}, not {shape} ({name})"
            raise InputError(f"{contents.path}: {said}")
    double = all(found[name].dtype == np.float64 for name in match.names)
    return table, {name: array.astype("float64" if double else "float32") for name, array in found.items()}


def _laid_out(array: np.ndarray, source: Source, axes: int, where: str) -> np.ndarray:
    """An array of the file with the canonical layout's axes."""
    if array.dtype.kind != "f":
        raise InputError(f"{where} is of {array.dtype}, not of floating point numbers")
    if source.leading_ones and array.ndim == 4 and axes < 4:
        if any(n != 1 for n in array.shape[: 4 - axes]):
            raise InputError(f"{where} has shape {array.shape}, which does not begin with {4 - axes} ones")
        array = array.reshape(array.shape[4 - axes :])
    if array.ndim != axes:
        raise InputError(f"{where} has {array.ndim} axes, not {axes}")
    return np.ascontiguousarray(array.transpose(source.layout[axes]))


def _options(table: Table, found: Mapping[str, np.ndarray]) -> tuple[int, int]:
    """in_channels of the first convolution, and num_classes of the last layer with weights, as the file has them."""
    first, last = ends(table)
    return found[first].shape[1], found[last].shape[0]


def ends(table: Table) -> tuple[str, str]:
    """The tensors that tell the channels of the images, and the number of classes."""
    weights = [name for name, shape in nets.get(table, aux=False).shapes.items() if len(shape) > 1]
    return weights[0], weights[-1]
