"""Copies of nets: what Keras is told of a net when it copies, clones, pickles or saves it.

Keras copies a model by writing a ``.keras`` file in memory and reading it again. Such a file holds a name of
`common.nets`, for a file may not bring code or a table along. A copy in this process, or a pickle, brings its table.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import attrgetter
from typing import Any

from common import nets
from common.base.errors import InputError
from common.table.analysis import Table
from common.table.layers import is_statistic
from googlenet_tf.fit import Fitting
from googlenet_tf.framework import keras
from googlenet_tf.layers import NAMES, Dense, Flatten

_copied: ContextVar[Table | None] = ContextVar("_copied", default=None)  # the table of the net that is being copied


def described(table: Table) -> dict[str, Any]:
    """What the configuration of a net says of its table: its name, with what it was resolved for.

    Raises:
        InputError: a table that is not one of `common.nets`, so that its name does not tell it; but a copy gets it.
    """
    asked: dict[str, Any] = {
        "in_channels": table.input[0],
        "num_classes": table.num_classes,
        "aux": bool(table.aux),
    }
    # repr, because equal dicts of stages may be in another order.
    own = table.name not in nets.names() or repr(table) != repr(nets.get(table.name, **asked))
    if own and _copied.get() is not table:
        raise InputError(f"this {table.name!r} is a table of your own, which .keras cannot hold: use .weights.h5")
    return {"network": table.name, **asked}


def table_of(config: dict[str, Any]) -> Table:
    """The table that `described` told of; a copy gets that of the net itself.

    Raises:
        InputError: no name of ours.
    """
    asked = {name: config[name] for name in ("in_channels", "num_classes", "aux")}
    return _copied.get() or nets.get(nets.named(config["network"]), **asked)


class Copying(Fitting):
    """A model that is copied and pickled with its table, whatever that is, and with what is known of its weights."""

    table: Table
    fc: keras.layers.Layer

    def __reduce__(self) -> tuple[Callable, tuple]:
        """As every model of Keras, and its table beside it."""
        with _of(self.table):
            _, (file,) = super().__reduce__()
        known = {name: getattr(self, name) for name in ("preprocessing", "labels", "_device")}
        return _again, (type(self), self.table, file, known)


def _again(model: type[Copying], table: Table, file: Any, known: dict[str, Any]) -> Copying:
    """The net that `Copying.__reduce__` told of."""
    with _of(table):
        net = model._unpickle_model(file)
    for name, value in known.items():
        setattr(net, name, value)
    return net


@contextmanager
def _of(table: Table) -> Iterator[None]:
    token = _copied.set(table)
    try:
        yield
    finally:
        _copied.reset(token)


def untrained(net: Copying) -> list[str]:
    """Canonical names of the layers, blocks, stages, normalisations and tensors that are not trained."""
    return [name for name, part in _parts(net).items() if not part.trainable]


def leave_untrained(net: Copying, names: Container[str]) -> None:
    """Train what has none of these names, and leave what has one of them as it is."""
    for name, part in _parts(net).items():
        part.trainable = name not in names


def _parts(net: Copying) -> dict[str, Any]:
    """All that Keras trains or does not by its name; what contains others says it for them, so it comes first."""
    table, own = net.table, isinstance(net.fc, Dense | Flatten)
    names = {name: name for name in (*reversed(list(table.layers)), *(f"{layer}.norm" for layer in table.norms))}
    for name, (layer, local, _) in table.tensors.items():
        if not is_statistic(name) and (own or layer != "fc"):
            names[name] = f"{layer}.{NAMES[local]}"
    return {name: attrgetter(place)(net) for name, place in names.items()}
