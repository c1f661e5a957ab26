"""MXNet, imported once and carefully.

MXNet 1.9.1 needs ``numpy.bool``, which NumPy 1.24 removed, while it is imported. And it sets OpenMP,
for itself and for everything else in the process, to half of the processors, unless OMP_NUM_THREADS says
otherwise at that moment (mxnet/src/engine/openmp.cc). NumPy, the environment and the number of threads
are as before afterwards. ``import mxnet`` works everywhere once this module is imported; where it was tried
before, and failed for want of ``numpy.bool``, what is left of that is removed first.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from common.base.unused import hidden


@contextmanager
def numpy_bool() -> Iterator[None]:
    """NumPy with the alias that MXNet needs; afterwards as before."""
    missing = "bool" not in vars(np)
    if missing:
        vars(np)["bool"] = bool
    try:
        yield
    finally:
        if missing:
            del vars(np)["bool"]


@contextmanager
def all_threads() -> Iterator[None]:
    """As many OpenMP threads for MXNet as for everybody else; afterwards as before, and so is OMP_NUM_THREADS."""
    try:
        openmp = ctypes.CDLL("libgomp.so.1")  # the one in the process already, PyTorch's perhaps
    except OSError:  # not Linux: MXNet brings its own
        yield
        return
    threads = openmp.omp_get_max_threads()
    given = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        yield
    finally:
        openmp.omp_set_num_threads(threads)
        if given is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = given


def remove_leftovers() -> None:
    """Remove the modules of an ``import mxnet`` that failed halfway; the next import would take them for whole."""
    if "mxnet" not in sys.modules:
        for name in [name for name in sys.modules if name.startswith("mxnet.")]:
            del sys.modules[name]


remove_leftovers()
with numpy_bool(), all_threads(), hidden():
    import mxnet as mx
    from mxnet.gluon import nn

__all__ = ["mx", "nn"]
