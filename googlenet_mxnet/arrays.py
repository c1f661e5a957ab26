"""What a Gluon block may be given: classic arrays, those of ``npx.set_np()``, or symbols without a size.

After ``npx.set_np()`` blocks get arrays of ``mx.np``, which most operators that the layers need do not take. While
``hybridize()`` compiles a block, it gets symbols, which have no size.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from common.contract.inputs import plain
from common.table import spec
from common.table.padding import fixed
from googlenet_mxnet.framework import mx

Array: TypeAlias = "mx.nd.NDArray | mx.sym.Symbol"  # `mx.np.ndarray` is a kind of `mx.nd.NDArray`


def to_nd(x: Array) -> Array:
    """x for the operators of ``mx.nd`` and ``mx.sym``."""
    return x.as_nd_ndarray() if mx.util.is_np_array() else x


def to_caller(x: Array) -> Array:
    """x as the caller's kind of array again."""
    return x.as_np_ndarray() if mx.util.is_np_array() else x


def from_array(x: np.ndarray, dtype: str) -> mx.nd.NDArray:
    """A copy of a NumPy array as MXNet's, of the kind in use.

    >>> from_array(np.arange(3)[::-1], "float64").asnumpy()
    array([2., 1., 0.])
    """
    return (mx.np if mx.util.is_np_array() else mx.nd).array(plain(x, dtype), dtype=dtype)


class Sized(mx.gluon.HybridBlock):
    """A block with a table's ``node``, which ``hybridize()`` compiles only if no padding in it depends on the image.

    What it contains is compiled wherever that can be.
    """

    def hybridize(self, active: bool = True, **kwargs: Any) -> None:
        super().hybridize(active, **kwargs)
        windows = (leaf for leaf in spec.leaves(self.node) if isinstance(leaf, spec.Window))
        self._active = active and all(fixed(*leaf.window) for leaf in windows)
