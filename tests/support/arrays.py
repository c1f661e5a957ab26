"""When two sets of named arrays are the same."""

import numpy as np


def same(a, b):
    """Equal names in equal order, equal dtypes and shapes, equal bits; and arrays, where NumPy has scalars too."""
    arrays = all(isinstance(array, np.ndarray) for array in (*a.values(), *b.values()))
    return (
        arrays
        and list(a) == list(b)
        and all((a[k].dtype, a[k].shape, a[k].tobytes()) == (b[k].dtype, b[k].shape, b[k].tobytes()) for k in a)
    )
