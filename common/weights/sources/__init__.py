"""Where published weights come from: what each file calls the tensors of a table, and how it prepares images.

A source is declared, never guessed: every tensor of the table has its name in the file, and whatever else
the file holds is an error unless it is declared to be ignorable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module

import numpy as np

from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.spec import Network
from common.weights.formats.contents import Contents

ORDER = ("torchvision", "timm", "caffe", "keras", "fid")  # of the modules here, and so of the sources

OIHW = {4: (0, 1, 2, 3), 2: (0, 1), 1: (0,)}
HWIO = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}  # Keras: also (in, out)


@dataclass(frozen=True)
class Source:
    """A kind of published file.

    Attributes:
        name: such as ``torchvision_googlenet``.
        about: who publishes it, under which name.
        formats: of `common.weights.formats`.
        network: the name of the table.
        names: from a resolved table, canonical names to names in the file.
        preprocessing: what the publisher's own code does with a picture; None where a file of ours does not say.
        layout: for each number of axes, which axes of the file's arrays are those of OIHW or (out, in).
        ignorable: patterns of names that may be there without a meaning for the network.
        constants: by the end of a canonical name, the value of tensors that the file leaves out.
        layers: kinds of layer that the file may consist of (Caffe, ONNX); others are refused.
        rename: from the names in a file to those that ``names`` speaks of.
        leading_ones: whether vectors and matrices are stored with four axes, the first ones of length 1.
        table: the table itself, which may be one of your own; None is that of the name.
        tensors: the tensors of a file as its network uses them.
        check: requires what names and shapes do not tell, given the canonical names and those in the file; by an
            `InputError`.
    """

    name: str
    about: str
    formats: tuple[str, ...]
    network: str
    names: Callable[[Table], dict[str, str]]
    preprocessing: Preprocessing | None
    layout: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: OIHW)
    ignorable: tuple[str, ...] = ()
    constants: Mapping[str, float] = field(default_factory=dict)
    layers: frozenset[str] = frozenset()
    rename: Callable[[list[str]], dict[str, str]] = lambda names: {name: name for name in names}
    leading_ones: bool = False
    table: Network | None = None
    tensors: Callable[[Contents], Mapping[str, np.ndarray]] = lambda contents: contents.tensors
    check: Callable[[Contents, Table, Mapping[str, str]], None] = lambda contents, table, names: None

    def ignores(self, name: str) -> bool:
        """Whether a tensor of this name is declared to have no meaning for the network."""
        return any(fnmatchcase(name, pattern) for pattern in self.ignorable)


@cache
def sources() -> dict[str, Source]:
    """Every source, by name; of two that a file fits, the first one declared is taken."""
    found = {}
    for module in ORDER:
        for value in vars(import_module(f"{__name__}.{module}")).values():
            if isinstance(value, Source):
                found[value.name] = value
    return found


def layered(layers: Mapping[str, str], parts: Mapping[str, str], plain: Mapping[str, str]) -> Callable:
    """Names by layer: ``layers`` has the file's name of each, ``parts`` and ``plain`` what it calls their tensors.

    ``parts`` is for convolutions that are normalised, ``plain`` for the others and for dense layers; ``{}``
    in them stands for the file's name of the layer.
    """

    def names(table: Table) -> dict[str, str]:
        return {
            name: (parts if normalised else plain)[local].format(layers[layer])
            for name, layer, local, normalised in tensors(table)
        }

    return names


def tensors(table: Table) -> Iterator[tuple[str, str, str, bool]]:
    """(canonical name, layer, name within the layer, whether the layer is normalised) of every tensor."""
    for name, (layer, local, _) in table.tensors.items():
        yield name, layer, local, layer in table.norms
