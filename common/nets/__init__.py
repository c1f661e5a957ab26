"""The networks, by name. To add a network, add a module here that holds a `Network`; nothing else is needed.

A name may end in a colon and a word: ``inception_v3:keras`` is another published version of ``inception_v3``.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from pkgutil import iter_modules

from common.base.errors import choose
from common.table.analysis import Table
from common.table.resolve import check_choices, resolve
from common.table.spec import Network

__all__ = ["get", "names"]

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


def get(
    name: str | Network = "d2l",
    *,
    in_channels: int | None = None,
    num_classes: int | None = None,
    aux: bool | None = None,
) -> Table:
    """The table called ``name``, with every number made explicit.

    Args:
        name: one of `names`, or a `Network` of your own.
        in_channels, num_classes: None is the network's own.
        aux: whether to keep the auxiliary heads; None is as the network has it.

    Raises:
        InputError: unknown name (says the nearest), a number below 1, heads where there are none.

    >>> table = get("paper", num_classes=5, aux=False)
    >>> table.shapes["fc.weight"], table.heads
    ((5, 1024), {})
    """
    network = name if isinstance(name, Network) else tables()[choose("network", name, tables())]
    check_choices(network, in_channels, num_classes, aux)
    return _resolved(_Written(network), in_channels, num_classes, aux)


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
