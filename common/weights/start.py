"""What a new net starts with, from a name, from weights, or from both: its table, its weights, and what came with them.

The one rule of ``build_net`` in every framework and of ``googlenet train --weights``. A file of weights decides what
nobody else has decided: network, channels, classes, heads.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common import nets
from common.base.errors import InputError, choose
from common.data.preprocessing import Preprocessing
from common.table.analysis import Table
from common.table.drawing import initial
from common.table.spec import Network
from common.table.tensors import DTYPES, check
from common.weights import imagenet
from common.weights.bundle import BEST, Bundle
from common.weights.canonical import check_seed, starting

__all__ = ["AdaptedWeights", "Preprocessing", "Start", "start"]
DEFAULT = "d2l"


class AdaptedWeights(UserWarning):
    """A net does not start with all that a file of weights holds, or with more; its message says which layers."""


@dataclass(frozen=True)
class Start:
    """What a new net starts with.

    Attributes:
        table: resolved.
        weights: canonical, of every tensor of the table.
        preprocessing: of the images that the weights were trained on; None where it is not known.
        labels: the names of the classes; None where they are not known.
        notes: for each difference between the file and the net, a line that says which.
    """

    table: Table
    weights: Mapping[str, np.ndarray]
    preprocessing: Preprocessing | None = None
    labels: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def warn(self) -> None:
        """Warn of each note, as `AdaptedWeights`, at the place that called the caller."""
        for note in self.notes:
            warnings.warn(note, AdaptedWeights, stacklevel=3)


def start(
    name: str | Network | None = None,
    *,
    in_channels: int | None = None,
    num_classes: int | None = None,
    aux: bool | None = None,
    seed: int | None = None,
    weights: Mapping[str, np.ndarray] | str | os.PathLike | None = None,
    dtype: str = "float32",
    rule: str = "he",
    labels: Sequence[str] | None = None,
) -> Start:
    """What a net starts with.

    Args:
        name: one of `common.nets.names`; None is that of the file, or ``d2l`` without one. Or a table of your own, and
            then its channels and classes hold.
        in_channels: None is the file's, or the table's own without a file.
        num_classes: likewise. Where it is not the file's, the classifier and the heads are drawn anew.
        aux: whether to keep the auxiliary heads; None is those that the file has, or that the table has without one.
            With True, heads that the file lacks are drawn.
        seed: of what is drawn; the same seed gives the same numbers everywhere, None draws fresh ones.
        weights: canonical weights of every tensor; or a file that ``googlenet convert`` reads, or the folder of a run,
            whose best weights are taken.
        dtype: of what is drawn, ``float32`` or ``float64``.
        rule: how kernels are drawn, as for `common.table.drawing.initial`.
        labels: the names of the classes that the net is for. Where the file has other ones, the classifier and the
            heads are drawn anew.

    Raises:
        InputError: an unknown name or option, with the choices; a file that is damaged, of another network or of other
            channels; a seed although there is nothing to draw.

    >>> start("d2l", seed=0).weights["fc.weight"].shape
    (10, 1024)
    """
    if weights is None or isinstance(weights, Mapping):
        table = nets.get(DEFAULT if name is None else name, in_channels=in_channels, num_classes=num_classes, aux=aux)
        return Start(table, starting(table, seed=seed, weights=weights, dtype=dtype, rule=rule))
    choose("dtype", dtype, DTYPES)
    check_seed(seed)
    if isinstance(name, Network):
        in_channels = name.input[0] if in_channels is None else in_channels
        num_classes = name.num_classes if num_classes is None else num_classes
    elif seed is not None and num_classes is None and aux is not True:
        raise InputError("give either seed or weights, not both: weights leave nothing to draw")
    given = _read(weights, name, in_channels)
    table = nets.get(
        given.table.name if name is None else name,
        in_channels=given.table.input[0],
        num_classes=given.table.num_classes if num_classes is None else num_classes,
        aux=aux,
    )
    lacking = tuple(head for head in table.aux if head not in given.table.aux)
    if lacking and aux is None:
        table = nets.get(table, aux=False)
    known = given.labels if given.labels != imagenet.names(len(given.labels or ())) else None  # called in many ways
    other_labels = labels is not None and known is not None and tuple(labels) != known
    others = other_labels or table.num_classes != given.table.num_classes
    drawn = _to_draw(table, given, others)
    fresh = initial(table, seed, dtype, rule) if drawn else {}
    return Start(
        table,
        {name: fresh[name] if name in drawn else given.weights[name] for name in table.shapes},
        given.preprocessing,
        labels=tuple(labels) if labels is not None else None if others else given.labels,
        notes=tuple(_notes(str(weights), table, given, drawn, lacking)),
    )


def _read(path: str | os.PathLike, network: str | Network | None, in_channels: int | None) -> Bundle:
    """The weights in a file or the folder of a run."""
    from common.weights.convert import read  # which knows every format, and takes a while to import

    given = read(_file(path), net=network, in_channels=in_channels).bundle
    if network is not None:  # a table of the file's name may be another one of yours
        channels, classes = given.table.input[0], given.table.num_classes
        meant = nets.get(network, in_channels=channels, num_classes=classes, aux=None if given.table.aux else False)
        check(given.weights, meant.shapes, str(path))
    return given


def _file(path: str | os.PathLike) -> str | os.PathLike:
    """The file of weights that a path stands for: itself, or the best weights in the folder of a run.

    Raises:
        InputError: a folder without any, or with those of several runs.
    """
    if not os.path.isdir(path):
        return path
    folder = Path(path)
    if os.path.lexists(folder / BEST):
        return folder / BEST
    try:
        inner = sorted(str(sub) for sub in folder.iterdir() if os.path.lexists(sub / BEST))
    except OSError as error:
        raise InputError(f"{path}: cannot be listed: {error.strerror}") from None
    if inner:
        raise InputError(f"{path}: holds the weights of several runs: name one of {', '.join(inner)}")
    raise InputError(f"{path}: a folder without {BEST}: give a file, or the folder of a run that has ended an epoch")


def _to_draw(table: Table, given: Bundle, others: bool) -> set[str]:
    """The tensors of the table that the file has not, or not for these classes.

    Args:
        others: the net is for other classes than the file.
    """
    ends = {"fc", *table.aux} if others else set()
    return {
        name
        for name, shape in table.shapes.items()
        if name not in given.weights or given.weights[name].shape != shape or name.split(".")[0] in ends
    }


def _notes(where: str, table: Table, given: Bundle, drawn: set[str], lacking: tuple[str, ...]) -> list[str]:
    """What a user should know: which layers are drawn, and which heads are left out."""
    notes = []
    layers = (table.tensors[name].layer for name in table.shapes if name in drawn and name in given.weights)
    replaced = dict.fromkeys(head if (head := layer.split(".")[0]) in table.aux else layer for layer in layers)
    if replaced:
        classes = f"{given.table.num_classes} classes, not {table.num_classes}"
        if table.num_classes == given.table.num_classes:
            classes = "classes of other names"
        notes.append(f"{where}: made for {classes}: drawn anew: {', '.join(replaced)}")
    if lacking:
        then = "drawn anew" if table.aux else "left out"
        notes.append(f"{where}: lacks heads that {table.name} has: {then}: {', '.join(lacking)}")
    return notes
