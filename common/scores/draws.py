"""How the scores that need draws are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from common.base.errors import InputError
from common.scores.inception import SPLITS
from common.scores.kernel import SUBSET, SUBSETS
from common.scores.moments import LEAST
from common.scores.spread import SEED

LIMITS = {  # the least and the most of each setting
    "subsets": (1, 1 << 20),
    "subset_size": (LEAST, 1 << 15),
    "splits": (1, 1 << 20),
    "seed": (0, (1 << 32) - 1),
}


@dataclass(frozen=True)
class Draws:
    """How the kernel distance and the Inception score are drawn; by default as torch-fidelity does it.

    Attributes:
        subsets: how many subsets KID is the mean over.
        subset_size: images in each; fewer where a set has fewer.
        splits: parts of the Inception score.
        seed: of all draws.

    Raises:
        InputError: a setting that is not within `LIMITS`.

    >>> Draws(subset_size=1)
    Traceback (most recent call last):
    common.base.errors.InputError: subset_size must be a whole number from 2 to 32,768, not 1
    """

    subsets: int = SUBSETS
    subset_size: int = SUBSET
    splits: int = SPLITS
    seed: int = SEED

    def __post_init__(self) -> None:
        for name, (least, most) in LIMITS.items():
            value = getattr(self, name)
            if type(value) is not int or not least <= value <= most:
                raise InputError(f"{name} must be a whole number from {least} to {most:,}, not {value!r}")
