"""A backend that raises: which layer it was at, and what it said, in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from types import TracebackType
from typing import Any

from common.base.printable import printable
from common.table.analysis import Table

LONGEST = 120  # characters of what a framework says
ANSI = re.compile(r"\x1b\[[0-9;]*m")  # colours, in which Keras writes
RAISED = (Exception, SystemExit)  # a backend that ends the process has failed too


@dataclass(frozen=True)
class Fault:
    """What became of a backend that could not do what was asked of it.

    Attributes:
        phase: ``build``, ``forward``, ``gradients`` or ``step``.
        where: canonical name of the layer it was at; None where that cannot be told.
        message: type and words of the error, one line.
        step: the training step, from 1; None outside of training.
    """

    phase: str
    where: str | None
    message: str
    step: int | None = None

    @property
    def stage(self) -> str | None:
        """The stage of the layer.

        >>> Fault("forward", "b2.norm", "RuntimeError: no such kernel").stage
        'b2'
        """
        return self.where and self.where.split(".")[0]

    def described(self) -> dict[str, Any]:
        """Plain data, as ``errors`` of docs/json.md has it.

        >>> Fault("step", None, "RuntimeError: no", 2).described()
        {'phase': 'step', 'where': None, 'message': 'RuntimeError: no', 'step': 2}
        """
        step = {} if self.step is None else {"step": self.step}
        return {"phase": self.phase, "where": self.where, "message": self.message, **step}


class Failed(Exception):
    """A backend has failed; ``fault`` says how."""

    def __init__(self, fault: Fault):
        super().__init__(fault.message)
        self.fault = fault


def ask(phase: str, table: Table, net: Any, call: Callable[[], Any], step: int | None = None) -> Any:
    """What ``call`` returns, a function that asks something of a backend.

    Args:
        phase: what it is asked for, for the `Fault`.
        table: the table of the net.
        net: the backend's net, or None before there is one.
        call: takes nothing.
        step: the training step, from 1.

    Raises:
        Failed: it has raised, whatever it was; the fault names the layer where it can be told.
    """
    try:
        return call()
    except RAISED as error:
        raise Failed(Fault(phase, layer_of(error, table, net), message(error), step)) from error


def message(error: BaseException) -> str:
    """The type and the words of an error on one line of at most `LONGEST` characters.

    >>> message(RuntimeError("no memory:\\n  of the machine"))
    'RuntimeError: no memory: of the machine'
    """
    words = ANSI.sub("", f"{type(error).__name__}: {_words(error)}")
    line = printable(" ".join(words.split()))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except RAISED:
        return "says nothing that can be printed"


def layer_of(error: BaseException, table: Table, net: Any) -> str | None:
    """Canonical name of the layer that a backend was at when it raised, or None.

    The frames of the traceback hold the layers of the net, or their nodes while it is built: the innermost counts.
    Where there is none, the first tensor or layer that the message quotes.
    """
    names = {id(layer.node): name for name, layer in table.layers.items()}
    names |= {id(part): name for name, part in _parts(net, table).items()}
    where = None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        where = next((names[id(v)] for v in trace.tb_frame.f_locals.values() if id(v) in names), where)
        trace = trace.tb_next
    return where or _quoted(_words(error), table)


def _parts(net: Any, table: Table) -> dict[str, Any]:
    """Canonical name to the net's own layer: names are attribute paths in our packages."""
    parts: dict[str, Any] = {}
    for name in table.layers:
        try:
            parts[name] = attrgetter(name)(net)
        except RAISED:  # a net of another make
            continue
    return {name: part for name, part in parts.items() if part is not None}


def _quoted(words: str, table: Table) -> str | None:
    layers = {**{name: tensor.layer for name, tensor in table.tensors.items()}, **{name: name for name in table.layers}}
    return next((layer for name, layer in layers.items() if f"'{name}'" in words), None)
