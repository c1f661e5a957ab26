"""bfloat16, which NumPy lacks: the upper half of a float32."""

import numpy as np


def widen(bits: np.ndarray) -> np.ndarray:
    """The float32 numbers, of the same shape, whose upper 16 bits are ``bits`` (uint16). Exact."""
    # Without a dtype NumPy 1 shifts an array without axes as int64; and makes it a scalar, which is no array.
    return np.asarray(np.left_shift(bits, 16, dtype=np.uint32)).view(np.float32)
