"""MXNet, imported once and carefully.

MXNet 1.9.1 needs ``numpy.bool``, which NumPy 1.24 removed, while it is imported. And it sets OpenMP,
for itself and for everything else in the process, to half of the processors, unless OMP_NUM_THREADS says
otherwise at that moment (mxnet/src/engine/openmp.cc). NumPy, the environment and the number of threads
are as before afterwards.
"""

import ctypes
import os
from contextlib import contextmanager

import numpy as np


@contextmanager
def numpy_bool():
    """NumPy with the alias that MXNet needs."""
    missing = "bool" not in vars(np)
    if missing:
        np.bool = bool
    try:
        yield
    finally:
        if missing:
            del np.bool


@contextmanager
def all_threads():
    """As many OpenMP threads for MXNet as for everybody else."""
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


with numpy_bool(), all_threads():
    import mxnet as mx

__all__ = ["mx"]
