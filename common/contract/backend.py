"""The backends there are, and how to get one by name.

A backend *is* a package module: ``load("torch")`` returns ``googlenet_torch``. Our own packages come first and in their
order; then those of other distributions, which add theirs by an entry point in the group ``googlenet.backends``, whose
name is that of the backend and whose value is that of the package. Such a plug-in is used by name or beside the others,
but never becomes the default, and never takes a name of our own. Only `load` imports a package; everything else asks
the declarations (`common.contract.declaration`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from common.base.collector import uncollected
from common.base.errors import InputError, MissingBackend, choose
from common.base.machine import out_of_memory
from common.contract import declaration, devices
from common.contract.declaration import Declaration
from common.contract.protocols import ALWAYS, FAST, GRADIENTS, TRAINING, WORKERS

if TYPE_CHECKING:
    from common.contract.protocols import Backend

OWN = ("googlenet_torch", "googlenet_tf", "googlenet_mxnet")  # the first that is installed is the default
GROUP = "googlenet.backends"


def packages() -> dict[str, str]:
    """Backend name to package name: our own, then those of installed plug-ins.

    >>> list(packages())[:3]
    ['torch', 'tf', 'mxnet']
    """
    own = _own()
    taken = {*own, *(alias for module in own.values() for alias in declaration.of(module).aliases), declaration.EVERY}
    return {**own, **{name: module for name, module in _plugins().items() if name not in taken}}


@cache
def _plugins() -> dict[str, str]:
    """By name; of two that are called alike, the package that is first in the alphabet."""
    from importlib.metadata import entry_points  # takes longer to import than the rest of this file

    points = sorted(((point.name, point.value) for point in entry_points(group=GROUP)), reverse=True)
    return dict(reversed(dict(points).items()))


def _own() -> dict[str, str]:
    found = {}
    for module in OWN:
        try:
            found[declaration.of(module).name] = module
        except MissingBackend:  # this installation comes without the package
            continue
    return found


def declarations() -> dict[str, Declaration]:
    """Backend name to what it says of itself; a plug-in without a usable declaration is left out."""
    found = {}
    for name in packages():
        try:
            found[name] = declared(name)
        except InputError:
            if name in _own():
                raise
    return found


def declared(name: str) -> Declaration:
    """What the backend called ``name`` says of itself; imports nothing.

    Raises:
        InputError: unknown name (says the nearest), or a plug-in whose declaration is missing or broken.

    >>> declared("keras").name
    'tf'
    """
    known = packages()
    name = name_of(name)
    try:
        found = declaration.of(known[name])
        if found.name != name:
            raise InputError(f"{known[name]}: its {declaration.FILE} says {found.name!r}, its entry point {name!r}")
    except InputError as error:
        raise type(error)(f"backend {name!r}: {error}") from None
    return found


def name_of(name: str, *others: str) -> str:
    """The one name of a backend that may be given by an alias.

    Args:
        others: words that mean something else here, and are returned as they are.

    Raises:
        InputError: unknown name; says the nearest, and all there are.

    >>> name_of("pytorch"), name_of("tf"), name_of("all", "all")
    ('torch', 'tf', 'all')
    """
    known = [*packages(), *others]
    if name in known:
        return name
    aliases: dict[str, str] = {}
    for own, found in declarations().items():
        for alias in found.aliases:
            aliases.setdefault(alias, own)
    return aliases.get(name) or choose("backend", name, [*known, *(alias for alias in aliases if alias not in known)])


def require(
    names: Iterable[str],
    *,
    gradients: bool = False,
    training: bool = False,
    fast: bool = False,
    bfloat16: bool = False,
    compiled: bool = False,
    workers: bool = False,
    dtype: str | None = None,
) -> None:
    """Require of backends that they do what is about to be asked of them; imports nothing.

    Args:
        gradients: they compute gradients.
        training: they train.
        fast: they have a way to compute logits that is faster than ``predict``.
        bfloat16: that way computes in bfloat16 too.
        compiled: that way is compiled into machine code too.
        workers: several processes train one net with them, on the devices that `devices.using` says.
        dtype: they compute in it, or with ``training`` train in it.

    Raises:
        InputError: one that does not, and those that do; a device that no several workers have.

    >>> require(["torch", "mxnet"], training=True)
    >>> require(["torch"], training=True, dtype="bfloat16")
    """
    gpus = workers and devices.workers_on_gpus()
    for found in map(declared, names):
        for needed, ability, words in (
            (gradients, "gradients", "computes no gradients"),
            (training, "training", "does not train"),
            (fast, "fast", "has no fast path"),
            (bfloat16, "fast_in_bfloat16", "has no fast path in bfloat16"),
            (compiled, "fast_compiled", "has no compiled fast path"),
            (workers, "workers", "trains with one worker only"),
            (gpus, "workers_on_gpus", "trains with several workers on processors only"),
        ):
            if needed and not getattr(found, ability):
                able = [name for name, other in declarations().items() if getattr(other, ability)]
                raise InputError(f"backend {found.name!r} ({found.framework}) {words}: choose among {', '.join(able)}")
        if dtype is not None:
            doing, choices = ("train", found.trains_in) if training else ("compute", found.computes_in)
            choose(f"dtype to {doing} in with {found.name}", dtype, choices)


def load(name: str) -> Backend:
    """Import the package of the backend called ``name``.

    Raises:
        MissingBackend: its framework is not installed; says how to install it.
        InputError: unknown name (says the nearest), a plug-in whose declaration is broken, an installation that does
            not import, a package that lacks what it declares, or one that cannot use the device that was asked for.
    """
    found = declared(name)
    module = packages()[found.name]
    try:
        with nullcontext() if module in sys.modules else uncollected():
            package = import_module(module)
    except ModuleNotFoundError as error:
        raise MissingBackend(
            f"backend {found.name!r} needs {error.name!r}, which is not installed: {found.install} ({found.platforms})"
        ) from None
    except InputError as error:  # a package's own word on what is missing here, such as a setting
        raise type(error)(f"backend {found.name!r}: {error}") from None
    except (Exception, SystemExit) as error:  # what a broken installation, or a package of others, can raise
        if out_of_memory(error):
            raise
        raise InputError(
            f"backend {found.name!r} is installed but does not import: {type(error).__name__}: {error}: "
            f"install it anew ({found.install}), or choose another backend"
        ) from error
    promised = (
        *ALWAYS,
        *GRADIENTS * found.gradients,
        *TRAINING * found.training,
        *FAST * found.fast,
        *WORKERS * found.workers,
    )
    lacking = [name for name in promised if not hasattr(package, name)]
    if lacking:
        raise InputError(f"backend {found.name!r}: the package {module!r} has no {', no '.join(lacking)}")
    devices.of(package, found)  # complains where it is not there
    return package


def files(package: Backend) -> Any:
    """The module ``files`` of a loaded package, which reads and writes the framework's own files.

    >>> hasattr(files(load("torch")), "write_file")  # doctest: +SKIP
    True
    """
    return import_module(f"{cast(ModuleType, package).__name__}.files")


def none_installed() -> MissingBackend:
    """The error where none of our own frameworks is installed."""
    return MissingBackend(
        f"no framework is installed: {', or '.join(declaration.of(module).install for module in _own().values())}"
    )


def first() -> str:
    """The default: the first of our own backends whose framework can be imported here. Imports it, and no other.

    Raises:
        MissingBackend: there is none.
    """
    for name in _own():
        try:
            load(name)
        except MissingBackend:
            continue
        return name
    raise none_installed()


def installed() -> list[str]:
    """The backends that are ready here: those whose framework can be imported. Imports them.

    A plug-in whose declaration is broken is not ready.

    Raises:
        InputError: an installation that does not import, or a package that lacks what it declares.
    """
    found = []
    for name in declarations():
        try:
            load(name)
        except MissingBackend:
            continue
        found.append(name)
    return found
