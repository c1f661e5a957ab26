"""The mean and the deviation of a data set's pixels, and the preprocessing that they are part of."""

from __future__ import annotations

from collections import defaultdict
from math import fsum, sqrt

import numpy as np

from common.base.errors import InputError
from common.base.progress import Progress, quietly
from common.data.dataset import Split
from common.data.preprocessing import Preprocessing
from common.table.padding import Pair

MODES = {1: "L", 3: "RGB"}
LEVELS = np.arange(256, dtype=np.int64)


def statistics(
    split: Split, progress: Progress = quietly, channels: int | None = None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(mean, std), one number for each channel, of pixels from 0 to 1.

    They are those of the pictures' own pixels, before any resizing; each picture counts alike, of whatever size. The
    deviation is that of all pixels, divided by their number; a channel of one and the same value is given 1, so that
    it becomes 0 everywhere. Sums are of integers, and exact: neither the order of the pictures nor the machine changes
    a bit.

    Args:
        split: the pictures; one at a time is in memory.
        progress: shows how far it has come.
        channels: 1 (grey) or 3 (red, green, blue) of what the network takes; None is what the pictures have.

    Raises:
        InputError: no pictures, a broken one, or only such channels.
    """
    if not len(split):
        raise InputError("there are no images to take a mean of")
    channels = channels or len(split.images.picture(0).getbands())
    sums: dict[int, np.ndarray] = defaultdict(lambda: np.zeros((channels, 2), object))  # by pixels of a picture
    for i in progress(range(len(split)), len(split)):
        picture = split.images.picture(i).convert(MODES[channels])
        counts = np.array(picture.histogram(), np.int64).reshape(channels, 256)
        sums[picture.width * picture.height] += np.stack([counts @ LEVELS, counts @ LEVELS**2], 1)
    means, deviations = [], []
    for channel in range(channels):
        mean, square = (
            fsum(int(total[channel, power]) / pixels for pixels, total in sums.items()) / len(split) for power in (0, 1)
        )
        variance = square - mean * mean
        means.append(mean / 255)
        deviations.append(sqrt(max(variance, 0)) / 255)
    if not any(deviations):
        raise InputError(f"all {len(split)} images are of one and the same value; there is nothing to learn")
    return tuple(means), tuple(deviation or 1.0 for deviation in deviations)


def preparation(split: Split, channels: int, size: Pair, progress: Progress = quietly) -> Preprocessing:
    """How the pictures of a data set become what a network takes: shorter side to it, centre, its own statistics.

    Args:
        split: the training part, for the statistics.
        channels: 1 (grey) or 3 (red, green, blue) of what the network takes.
        size: (height, width) of what the network takes.
        progress: shows how far the statistics have come.

    Raises:
        InputError: as for `statistics`.
    """
    mean, std = statistics(split, progress, channels)
    return Preprocessing(max(size), (size[0], size[1]), order=MODES[channels], mean=mean, std=std)
