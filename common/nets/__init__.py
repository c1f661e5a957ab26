"""The networks, by name. To add a network, add a module here that holds a `Network`; nothing else is needed.

A name may end in a colon and a word: ``inception_v3:keras`` is another published version of ``inception_v3``. Tables of
your own come by a file, ``mytable.py:NET``, or by a distribution that adds them (`outside`); ours come first.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pkgutil import iter_modules

from common.base.errors import InputError, choose
from common.nets import outside
from common.table.analysis import Table
from common.table.overview import describe
from common.table.resolve import check_choices, resolve
from common.table.spec import Network

__all__ = ["add", "get", "listed", "named", "names"]

_added: dict[str, Network] = {}  # of a user, by name

# The modules in the order of a reader: the book, the paper, its relatives. Others come after these, in the order of
# their names; last of all those whose networks are there to be compared with.
FIRST = (
    *("d2l", "d2l_residual", "paper", "caffe", "imagenet_aux", "torchvision", "cifar"),
    *("inception_bn", "inception_v3", "inception_v4", "inception_resnet"),
)
LAST = ("comparison",)


def _place(module: str) -> tuple[int, str]:
    """What modules are sorted by."""
    if module in LAST:
        return len(FIRST) + 1 + LAST.index(module), module
    return FIRST.index(module) if module in FIRST else len(FIRST), module


# What people call several networks by, and which those are.
SEVERAL = {
    "googlenet": ("d2l", "paper", "caffe", "torchvision", "imagenet_aux"),
    "inception": ("paper", "inception_bn", "inception_v3", "inception_v4", "inception_resnet_v2"),
    "inception_resnet": ("inception_resnet_v1", "inception_resnet_v2"),
}
SEVERAL |= dict.fromkeys(("inceptionv1", "inception1"), SEVERAL["googlenet"])


def _chosen(name: str, known: Iterable[str]) -> str:
    """The name, if it is one of those that are known.

    Raises:
        InputError: it is none, or several networks go by it; says which.

    >>> _chosen("GoogLeNet", tables())
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: network 'GoogLeNet': there are several: d2l (GoogLeNet of the book), ...
    """
    alike = re.sub(r"[\W_]+", "", str(name).lower())
    several = next((names for word, names in SEVERAL.items() if word.replace("_", "") == alike), ())
    if several and name not in known:
        listed = ", ".join(f"{each} ({tables()[each].title})" for each in several)
        raise InputError(f"network {name!r}: there are several: {listed}: say which; `googlenet nets` lists all")
    return choose("network", name, known)


@cache
def tables() -> dict[str, Network]:
    """Every network of this package as it is written, by name."""
    written = {}
    for module in sorted((info.name for info in iter_modules(__path__)), key=_place):
        for value in vars(import_module(f"{__name__}.{module}")).values():
            if isinstance(value, Network):
                written[value.name] = value
    return written


def names() -> list[str]:
    """The names that `get` knows, in the order of a reader: the book's, the paper's, its relatives, and others.

    >>> "inception_v3:keras" in names()
    True
    """
    return list(tables())


def listed(refused: Callable[[str], object] = lambda line: None) -> list[dict]:
    """What every table tells of itself, as `common.table.overview.describe`: our own, then those of plug-ins.

    Args:
        refused: called with a line for each plug-in that cannot be used, and is left out.
    """
    found = [describe(get(name)) for name in names()]
    for name in outside.plugins():
        try:
            found += [describe(get(name))] if name not in names() else []
        except InputError as error:
            refused(f"left out: {error}")
    return found


def get(
    name: str | Network = "d2l",
    *,
    in_channels: int | None = None,
    num_classes: int | None = None,
    aux: bool | None = None,
) -> Table:
    """The table called ``name``, with every number made explicit.

    Args:
        name: one of `names`, one of a plug-in, ``mytable.py:NET``, or a `Network` of your own.
        in_channels, num_classes: None is the network's own.
        aux: whether to keep the auxiliary heads; None is as the network has it.

    Raises:
        InputError: unknown name (says the nearest), a file without such a table, a number below 1, heads where there
            are none.

    >>> table = get("paper", num_classes=5, aux=False)
    >>> table.shapes["fc.weight"], table.heads
    ((5, 1024), {})
    """
    network = name if isinstance(name, Network) else _meant(name)
    check_choices(network, in_channels, num_classes, aux)
    return _resolved(_Written(network), in_channels, num_classes, aux)


def named(name: str) -> Network:
    """The network of a name, as it is written; runs no file, so that the name may come from a file of others.

    Args:
        name: one of `names`, of a table that was added, or of a plug-in.

    Raises:
        InputError: unknown name (says the nearest), or a plug-in that cannot be used.

    >>> named("d2l").name
    'd2l'
    """
    if name in tables():
        return tables()[name]
    if name in _added:
        return _added[name]
    if name in outside.plugins():
        return add(outside.of_plugin(name))
    try:
        known = dict.fromkeys([*tables(), *_added, *outside.plugins()])
        return tables()[_chosen(name, known)]
    except InputError as error:
        raise InputError(f"{error}, or a table of your own, such as mytable.py:NET") from None


def _meant(name: str) -> Network:
    """The network that a user means by a name, or by a file."""
    if name in tables() or name in _added or not outside.is_file(name):
        return named(name)
    network = outside.of_file(name)
    try:
        return add(network)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def add(network: Network) -> Network:
    """Let a network of your own be known by its name in this process, so that its runs and weights are.

    Returns:
        The network.

    Raises:
        InputError: one of our own has its name.

    >>> add(named("d2l")).name
    'd2l'
    """
    own = tables().get(network.name)
    if own is None:
        _added[network.name] = network
    elif own is not network:
        raise InputError(f"{network.name!r} is the name of a table of ours: give your own another name")
    return network


@dataclass(frozen=True, eq=False)
class _Written:
    """A network, which is equal to itself only: two networks may have one name."""

    network: Network

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Written) and self.network is other.network

    def __hash__(self) -> int:
        return id(self.network)


@lru_cache(maxsize=64)
def _resolved(written: _Written, in_channels: int | None, num_classes: int | None, aux: bool | None) -> Table:
    """`resolve`, once: tables never change, so all who ask for one can share it and what follows from it."""
    return resolve(written.network, in_channels=in_channels, num_classes=num_classes, aux=aux)
