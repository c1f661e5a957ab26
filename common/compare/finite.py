"""A reference that is not finite is nothing to compare with, and is refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from common.base.errors import InputError


def require_finite(arrays: Mapping[str, np.ndarray], dtype: str, what: str = "") -> None:
    """Require arrays of the reference that are finite, in the dtype of the backends too.

    Args:
        arrays: by name, in the order of computation.
        dtype: what the backends compute in.
        what: said in front of the name, such as ``"the gradient of "``.

    Raises:
        InputError: names the first array with a NaN, an infinity, or a number that the dtype cannot hold.

    >>> require_finite({"b1": np.ones(2), "b2": np.array([1.0, np.nan])}, "float64")
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: nothing to compare: b2 of the reference is not finite (weights or images too large?)
    """
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            problem = "is not finite"
        elif np.abs(array).max(initial=0.0) > np.finfo(dtype).max:
            problem = f"is too large for {dtype}"
        else:
            continue
        raise InputError(f"nothing to compare: {what}{name} of the reference {problem} (weights or images too large?)")


def require_logits(outputs: Mapping[str, np.ndarray]) -> None:
    """Require logits that say something: those that are all 0 are the same for every network.

    Raises:
        InputError: every logit of the reference is 0.

    >>> require_logits({"fc": np.zeros((2, 10))})
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: nothing to compare: every logit of the reference is 0 (weights or images all 0?)
    """
    if not outputs["fc"].any():
        raise InputError("nothing to compare: every logit of the reference is 0 (weights or images all 0?)")
