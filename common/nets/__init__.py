"""The tables, by name. Adding a network is adding a module here that holds a `Network`."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from common.base.errors import choose
from common.table.resolve import resolve
from common.table.spec import Network


@cache
def tables() -> dict[str, Network]:
    """Every table of this package as it is written, by name."""
    found = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        for value in vars(import_module(f"{__name__}.{module}")).values():
            if isinstance(value, Network):
                found[value.name] = value
    return found


def names() -> list[str]:
    """The names `get` knows."""
    return list(tables())


def get(
    name: str | Network = "d2l",
    *,
    in_channels: int | None = None,
    num_classes: int | None = None,
    aux: bool | None = None,
) -> Network:
    """The table called ``name`` (or a table of your own), with every number made explicit.

    Args:
        in_channels, num_classes: None is the table's own.
        aux: whether to keep the auxiliary heads; None is as the table has it.

    Raises:
        InputError: unknown name (says the nearest), a number below 1, heads where there are none.
    """
    table = name if isinstance(name, Network) else tables()[choose("network", name, tables())]
    return resolve(table, in_channels=in_channels, num_classes=num_classes, aux=aux)
