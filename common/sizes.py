"""Which sizes of image a network takes."""

from __future__ import annotations

from common.analysis import walk_network
from common.errors import InputError, ShapeError
from common.padding import Pair
from common.spec import Network


def fits(network: Network, size: Pair, *, aux: bool) -> ShapeError | None:
    """None if the network takes images of ``size`` (H, W), else the error that says which layer does not."""
    try:
        for _ in walk_network(network, (network.input[0], *size), aux=aux):
            pass
    except ShapeError as error:
        return error
    return None


def smallest_input(network: Network) -> tuple[int, str | None]:
    """The smallest square image for evaluation, and the layer that fails at one pixel less (None at 1)."""
    error = None
    for n in range(1, max(network.input[1:]) + 1):
        failed = fits(network, (n, n), aux=False)
        if failed is None:
            return n, error and str(error)
        error = failed
    raise ShapeError(f"{network.name}: takes not even its own input: {error}")


def training_sizes(network: Network) -> tuple[int, int | None]:
    """(smallest, largest) square image that the network takes with its auxiliary heads; None is no limit.

    Heads with dense layers take only the maps they were made for (Szegedy et al. 2015, section 5).
    """
    if not network.aux:
        return smallest_input(network)[0], None
    low = high = network.input[1]
    while low > 1 and fits(network, (low - 1, low - 1), aux=True) is None:
        low -= 1
    if fits(network, (4 * high, 4 * high), aux=True) is None:
        return low, None
    while fits(network, (high + 1, high + 1), aux=True) is None:
        high += 1
    return low, high


def check_input(network: Network, shape: tuple[int, ...], *, aux: bool) -> None:
    """Require images of ``shape`` (C, H, W) that the network takes.

    Raises:
        InputError: no images, the wrong number of channels, too small (or, with heads, too large).
    """
    if len(shape) != 3:
        raise InputError(f"images are N x C x H x W, not N{''.join(f' x {n}' for n in shape)}")
    channels, *size = shape
    if channels != network.input[0]:
        raise InputError(f"{network.name} takes images of {network.input[0]} channels, not {channels}")
    failed = fits(network, tuple(size), aux=aux)
    if failed is None:
        return
    asked = "x".join(map(str, size))
    if aux and fits(network, tuple(size), aux=False) is None:
        low, high = training_sizes(network)
        raise ShapeError(
            f"{network.name} with its auxiliary heads takes images of {low} to {high} pixels, not {asked}: {failed}"
        )
    raise ShapeError(
        f"an image of {asked} is too small for {network.name}, whose smallest is {smallest_input(network)[0]}: {failed}"
    )
