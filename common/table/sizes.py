"""Which sizes of image a network takes."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from common.base.errors import InputError, ShapeError
from common.table.analysis import Table
from common.table.layers import walk_network
from common.table.padding import Pair

Side = int | Pair  # of a square in pixels; or (H, W)


def fits(table: Table, size: Pair, *, aux: bool) -> ShapeError | None:
    """None if the network takes images of ``size`` (H, W), else the error that says which layer does not."""
    if table.taker.takes(size, aux=aux):
        return None
    try:
        for _ in walk_network(table, (table.input[0], *size), aux=aux):
            pass
    except ShapeError as error:
        return error
    return None


def taken_sizes(table: Table, *, aux: bool) -> tuple[Side, Side | None]:
    """(smallest, largest) image that the network takes, with its heads or without; None is no limit.

    Dense layers behind a map take only the maps they were made for (Szegedy et al. 2015, section 5). So a network whose
    own images are oblong may take no square ones. Its sizes are then those of the shape of its own images, as (H, W);
    of any other network they are numbers, the sides of squares. Between the two sizes there can be gaps: a block whose
    paths round differently takes only even maps.

    Raises:
        ShapeError: the network does not take even its own input.

    >>> from common import nets
    >>> taken_sizes(nets.get("caffe"), aux=True)
    (223, 270)
    """
    own, side = max(table.input[1:]), _sizes(table, aux=aux)

    def taken(n: int) -> bool:
        return table.taker.takes(pair(side(n)), aux=aux)

    if not taken(own):
        raise ShapeError(f"{table.name}: takes not even its own input: {fits(table, table.input[1:], aux=aux)}")
    smallest = next(n for n in range(1, own + 1) if taken(n))
    if taken(4 * own):
        return side(smallest), None
    return side(smallest), side(next(n for n in range(own, 4 * own) if not taken(n + 1)))


def pair(size: Side) -> Pair:
    """(H, W) of an image, which is square where ``size`` is a number.

    >>> pair(32), pair((24, 40))
    ((32, 32), (24, 40))
    """
    return (size, size) if isinstance(size, int) else size


def printed(size: Side) -> str:
    """A size as text: the side of a square, or height x width.

    >>> printed(32), printed((24, 40))
    ('32', '24x40')
    """
    return str(size) if isinstance(size, int) else "x".join(map(str, size))


def _sizes(table: Table, *, aux: bool) -> Callable[[int], Side]:
    """From the longer side of an image to its size: a square, if the network takes squares as large as its own images.

    Otherwise to (H, W) of the shape of its own images, the shorter side rounded up.
    """
    own = max(table.input[1:])
    height, width = table.input[1:]
    if table.taker.takes((own, own), aux=aux):
        return lambda n: n
    return lambda n: (-(-height * n // own), -(-width * n // own))


def evaluation_sizes(table: Table) -> tuple[Side, Side | None, str | None]:
    """(smallest, largest, reason): sizes without heads, and what fails at one pixel less (None at 1)."""
    smallest, largest = taken_sizes(table, aux=False)
    less = max(pair(smallest)) - 1
    return smallest, largest, str(fits(table, pair(_sizes(table, aux=False)(less)), aux=False)) if less else None


def training_sizes(table: Table) -> tuple[Side, Side | None]:
    """(smallest, largest) image that the network takes with its auxiliary heads; None is no limit."""
    return taken_sizes(table, aux=True)


def preferred_size(table: Table, side: int | None) -> Pair:
    """(H, W) of the images to train a table on: a square of ``side`` pixels, or its own images.

    A recipe is for many tables. One whose classifier or heads see the whole map takes few sizes, and is trained at its
    own where that of the recipe is not among them.

    Args:
        side: None is the table's own size.

    >>> from common import nets
    >>> preferred_size(nets.get("d2l"), 32), preferred_size(nets.get("caffe"), 32)
    ((32, 32), (224, 224))
    """
    if side is not None and table.taker.takes((side, side), aux=True):
        return side, side
    return table.input[1:]


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
    low, high = taken_sizes(table, aux=because_of_heads)
    if high is not None:
        with_heads = " with its auxiliary heads" if because_of_heads else ""
        sizes = f"{printed(low)} to {printed(high)}"
        raise ShapeError(f"{table.name}{with_heads} takes images of {sizes} pixels, not {asked}: {failed}")
    if any(side < shortest for side, shortest in zip(size, pair(low), strict=True)):
        raise ShapeError(
            f"an image of {asked} is too small for {table.name}, whose smallest is {printed(low)}: {failed}"
        )
    raise ShapeError(f"{table.name} does not take images of {asked}: {failed}")
