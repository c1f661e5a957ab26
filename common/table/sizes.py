"""Which sizes of image a network takes."""

from __future__ import annotations

from math import prod

from common.base.errors import InputError, ShapeError
from common.table.analysis import Table
from common.table.layers import walk_network
from common.table.padding import Pair


def fits(table: Table, size: Pair, *, aux: bool) -> ShapeError | None:
    """None if the network takes images of ``size`` (H, W), else the error that says which layer does not."""
    try:
        for _ in walk_network(table, (table.input[0], *size), aux=aux):
            pass
    except ShapeError as error:
        return error
    return None


def square_sizes(table: Table, *, aux: bool) -> tuple[int, int | None]:
    """(smallest, largest) square image that the network takes, with its heads or without; None is no limit.

    Dense layers behind a map take only the maps they were made for (Szegedy et al. 2015, section 5). Between
    the two there can be gaps: a block whose paths round differently takes only even maps.

    Raises:
        ShapeError: the network does not take even its own input.
    """
    own = max(table.input[1:])

    def taken(n: int) -> bool:
        return table.taker.takes((n, n), aux=aux)

    if not taken(own):
        raise ShapeError(f"{table.name}: takes not even its own input: {fits(table, (own, own), aux=aux)}")
    smallest = next(n for n in range(1, own + 1) if taken(n))
    if taken(4 * own):
        return smallest, None
    return smallest, next(n for n in range(own, 4 * own) if not taken(n + 1))


def evaluation_sizes(table: Table) -> tuple[int, int | None, str | None]:
    """(smallest, largest, reason): square images without heads, and what fails at one pixel less (None at 1)."""
    smallest, largest = square_sizes(table, aux=False)
    return smallest, largest, None if smallest == 1 else str(fits(table, (smallest - 1, smallest - 1), aux=False))


def training_sizes(table: Table) -> tuple[int, int | None]:
    """(smallest, largest) square image that the network takes with its auxiliary heads; None is no limit."""
    return square_sizes(table, aux=True)


def without_variance(table: Table, size: Pair, images: int) -> str | None:
    """The layer whose normalisation would see one value per channel of so many images of a size, or None."""
    layers = table.at((table.input[0], *size))
    return next((name for name in table.norms if images * prod(layers[name].output[1:]) < 2), None)


def check_input(table: Table, shape: tuple[int, ...], *, aux: bool) -> None:
    """Require images of ``shape`` (C, H, W) that the network takes.

    Raises:
        InputError: no images, the wrong number of channels, a size that some layer does not take.
    """
    if len(shape) != 3:
        raise InputError(f"images are N x C x H x W, not N{''.join(f' x {n}' for n in shape)}")
    channels, *sides = shape
    size = (sides[0], sides[1])
    if channels != table.input[0]:
        raise InputError(f"{table.name} takes images of {table.input[0]} channels, not {channels}")
    failed = fits(table, size, aux=aux)
    if failed is None:
        return
    asked = "x".join(map(str, size))
    because_of_heads = aux and fits(table, size, aux=False) is None
    low, high = square_sizes(table, aux=because_of_heads)
    if high is not None:
        with_heads = " with its auxiliary heads" if because_of_heads else ""
        raise ShapeError(f"{table.name}{with_heads} takes images of {low} to {high} pixels, not {asked}: {failed}")
    if min(size) < low:
        raise ShapeError(f"an image of {asked} is too small for {table.name}, whose smallest is {low}: {failed}")
    raise ShapeError(f"{table.name} does not take images of {asked}: {failed}")
