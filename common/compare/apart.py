"""Backends that are measured side by side, each in a process of its own, beside what NumPy has computed for all.

Almost all of a small comparison is Python's work on one processor: a framework is imported, and builds a net. So NumPy
computes first, a process is forked for each backend, and they do that at a time. What each finds is the same as where
all are measured in turn (`common.compare.passes.compare`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from common.base import forks
from common.base.errors import InputError, MissingBackend
from common.base.machine import usable_cores
from common.base.progress import Watcher
from common.compare.faults import Fault
from common.compare.measure import Measured
from common.compare.passes import Beside, Pass, device
from common.compare.report import Report
from common.contract import backend, devices
from common.contract.declaration import CPU
from common.contract.protocols import Backend

# More threads than processors: whoever waits for others must not do so by counting. OpenMP reads it when it is loaded.
POLITE = ("OMP_WAIT_POLICY", "PASSIVE")


@dataclass(frozen=True)
class Loaded:
    """What a backend says of itself once it is imported; as much of its package as a `Measured` needs without a net."""

    FRAMEWORK: str
    MOVING: Any
    device: str | None


@dataclass
class Heard:
    """What has been heard of one backend.

    Attributes:
        loaded: None until it is imported.
        phase: of a `Fault`, the one it is in.
        found: what was measured of it, pass by pass.
        error: what it has raised.
        missing: its framework is not installed.
    """

    loaded: Loaded | None = None
    phase: str = "build"
    found: list[Beside] = field(default_factory=list)
    error: BaseException | None = None
    missing: bool = False

    @property
    def settled(self) -> bool:
        """Whether it is known if it can be imported."""
        return self.loaded is not None or self.missing or self.error is not None


def chosen(backends: Sequence[str] | None, dtype: str, **able: Any) -> list[str] | None:
    """The backends to measure so, installed or not; None where it is not `possible`, or one of them is to be refused.

    Args:
        backends: their names; None is all that are declared.
        dtype: what they compute in.
        able: what `backend.require` requires besides.
    """
    try:
        names = list(map(backend.name_of, backends if backends is not None else backend.declarations()))
        backend.require(names, **able)
        backend.require(names, dtype=dtype)
    except InputError:
        return None
    return names if possible(names) else None


def possible(names: Sequence[str]) -> bool:
    """Whether these backends can be measured so: several, on several processors, none of which is imported yet."""
    modules = {module for name in names for module in (backend.packages()[name], *backend.declared(name).distributions)}
    return (
        len(set(names)) > 1
        and len(usable_cores()) > 1
        and devices.asked() in (None, CPU)
        and not modules & sys.modules.keys()
        and forks.possible()
    )


def at_once(names: Sequence[str]) -> int:
    """How many of these backends are measured at a time.

    >>> at_once(["torch"])
    1
    """
    return min(len(names), len(usable_cores()))


def reports(
    passes: Sequence[Pass], names: Sequence[str], watcher: Watcher, *, installed: bool = False
) -> list[Report] | None:
    """A report on each pass; None where no process can be forked after all.

    Args:
        passes: what NumPy has computed.
        names: the backends.
        watcher: is told who is being measured.
        installed: leave those out whose framework is not installed.

    Raises:
        InputError: what `backend.load` and `Pass.beside` raise; of several backends that of the first, and what keeps
            one from being imported comes before all else.
    """
    if not forks.alone():
        return None
    heard = {name: Heard() for name in names}
    works = {name: partial(_measure, name, passes) for name in heard}
    with forks.forked(works, at_once(names)) as told, watcher.progress() as progress:
        working: dict[str, str] = {}
        for name, what in told:
            _hear(name, heard[name], what, passes, installed)
            _require_loaded(heard)
            working = _working(working, name, what)
            if working:
                progress(", ".join(working.values()))
    for one in heard.values():
        if one.error is not None:
            raise one.error
    there = {name: one for name, one in heard.items() if not one.missing}
    if not there:
        raise backend.none_installed()
    return [each.report({name: one.found[i] for name, one in there.items()}) for i, each in enumerate(passes)]


def _measure(name: str, passes: Sequence[Pass], tell: Callable[[Any], None]) -> None:
    """What the process of a backend does."""
    os.environ.setdefault(*POLITE)
    package = backend.load(name)
    tell(Loaded(package.FRAMEWORK, getattr(package, "MOVING", None), device(name, passes[0].inputs.dtype)))
    for one in passes:
        tell(one.beside(name, tell=tell))


def _hear(name: str, one: Heard, what: Any, passes: Sequence[Pass], installed: bool) -> None:
    """Note what a process has told."""
    match what:
        case Loaded():
            one.loaded = what
        case str():
            one.phase = what
        case Beside():
            one.found.append(what)
        case forks.Over(error=None, died=str(how)):
            _note_death(name, one, how, passes)
        case forks.Over(error=sent) if sent is not None:
            one.missing = installed and isinstance(sent.error, MissingBackend)
            one.error = None if one.missing else sent.received()


def _note_death(name: str, one: Heard, how: str, passes: Sequence[Pass]) -> None:
    """A process that has died is the fault of its backend in every pass that it has not told of."""
    if one.loaded is None:
        install = backend.declared(name).install
        one.error = InputError(
            f"backend {name!r} is installed but does not import: its process {how}: "
            f"install it anew ({install}), or choose another backend"
        )
        return
    fault = Fault(one.phase, None, f"its process {how}")
    for left in passes[len(one.found) :]:
        lost = Measured(cast(Backend, one.loaded), left.reference, left.inputs, fault=fault)
        one.found.append(Beside(lost, one.loaded.device))


def _require_loaded(heard: Mapping[str, Heard]) -> None:
    """Raise what keeps the first of the backends that cannot be imported from it, once those before it have been."""
    for one in heard.values():
        if one.loaded is None and one.error is not None:
            raise one.error
        if not one.settled:
            return


def _working(before: Mapping[str, str], name: str, what: Any) -> dict[str, str]:
    """Who is being measured, by name, once one of them has told something."""
    match what:
        case forks.Turn():
            return {**before, name: backend.declared(name).framework}
        case Loaded():
            return {**before, name: what.FRAMEWORK}
        case forks.Over():
            return {other: words for other, words in before.items() if other != name}
    return dict(before)
