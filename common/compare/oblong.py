"""Images whose height and width differ, which show a swapped pair of axes that square ones hide."""

from __future__ import annotations

from typing import Any

import numpy as np

from common.base.errors import ShapeError
from common.compare.passes import compare
from common.compare.report import Report, with_oblong
from common.data.images import random_images
from common.table.analysis import Table
from common.table.padding import Pair

NARROWER, WIDER = 16, 64  # the most pixels that the width may lose or gain


def oblong(table: Table, size: Pair) -> Pair | None:
    """A size of image near a square one, at which a swap of height and width shows in as many layers as possible.

    Layers count whose maps are not square. Of equal sizes the nearest is chosen. The auxiliary heads take it, if they
    take ``size``.

    Args:
        table: a resolved table.
        size: (H, W) in pixels.

    Returns:
        (H, another W); None where ``size`` is oblong already, or the table takes no such image.

    >>> from common import nets
    >>> oblong(nets.get("d2l"), (96, 96)), oblong(nets.get("d2l"), (96, 97)), oblong(nets.get("caffe"), (224, 224))
    ((96, 97), None, (224, 255))
    """
    height, width = size
    if height != width:
        return None
    widths = [*range(width + 1, width + WIDER + 1), *range(max(width - NARROWER, 1), width)]
    shows = {other: _shows(table, (height, other)) for other in widths}
    best = max(shows, key=lambda other: (shows[other], -abs(other - width)))
    return (height, best) if any(shows[best]) else None


def _shows(table: Table, size: Pair) -> tuple[int, int]:
    """(whether the heads take images of the size, in how many layers a swap shows); (0, 0) where the trunk does not."""
    for aux in (True, False):
        try:
            layers = table.at((table.input[0], *size), aux=aux)
        except ShapeError:
            continue
        oblongs = sum(layer.leaf and layer.input[1] != layer.input[2] for layer in layers.values())
        return int(aux), oblongs
    return 0, 0


def oblong_image(table: Table, size: Pair, seed: int) -> np.ndarray | None:
    """One random image of an `oblong` size, 1 x C x H x W; None where there is none.

    Args:
        table: a resolved table.
        size: (H, W) in pixels.
        seed: of the image.

    >>> from common import nets
    >>> oblong_image(nets.get("d2l"), (96, 96), seed=0).shape
    (1, 1, 96, 97)
    """
    other = oblong(table, size)
    return None if other is None else random_images(1, (table.input[0], *other), seed)


def oblong_too(report: Report, table: Table, size: Pair, *, seed: int = 0, **settings: Any) -> Report:
    """The report on square images, with that of one more pass if there is an `oblong` size: one image, forward only.

    Args:
        report: what `common.compare.passes.compare` returns for random images of ``size``.
        table: a resolved table.
        size: (H, W) in pixels.
        seed: of weights and of the image.
        settings: the others of `compare`.

    Raises:
        InputError: what `compare` raises.
    """
    image = oblong_image(table, size, seed)
    return report if image is None else with_oblong(report, compare(table, image, seed=seed, **settings))
