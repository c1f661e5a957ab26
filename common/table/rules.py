"""How the first weights of convolutions and dense layers are drawn, by the name of the rule."""

from __future__ import annotations

from collections.abc import Callable
from math import prod, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def he(rng: np.random.Generator, shape: tuple[int, ...], relu: bool) -> np.ndarray:
    """Normal numbers of variance 2/fan_in before a ReLU, and 1/fan_in elsewhere.

    He et al. 2015, "Delving Deep into Rectifiers", section 2.2.

    Args:
        rng: where the numbers come from.
        shape: OIHW or (out, in).
        relu: whether a ReLU follows.
    """
    numbers = rng.standard_normal(shape)  # which is in half the time what `normal` gives
    numbers *= sqrt((2 if relu else 1) / prod(shape[1:]))
    return numbers


def xavier(rng: np.random.Generator, shape: tuple[int, ...], relu: bool) -> np.ndarray:
    """Numbers spread evenly within √(6/(fan_in + fan_out)), as the book has it.

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks", equation 16.
    Arguments as of `he`; ``relu`` makes no difference.
    """
    fan_out, fan_in = (shape[axis] * prod(shape[2:]) for axis in (0, 1))
    bound = sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound, shape)


INITIAL: dict[str, Callable[[np.random.Generator, tuple[int, ...], bool], np.ndarray]] = {"he": he, "xavier": xavier}
