"""The backends under test: GOOGLENET_TEST_BACKENDS, a comma list, or all of our own.

NumPy and the frameworks get one thread each unless OMP_NUM_THREADS says otherwise: on a busy machine, threads that
wait for each other make these small networks ten times slower. The frameworks read these variables when they are
imported, so conftest.py imports this module first.
"""

import gc
import os
from functools import cache

import pytest

from common.base.errors import InputError
from common.contract import backend, declaration

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", os.environ["OMP_NUM_THREADS"])  # TensorFlow does not read the other
PACKAGES = {declaration.of(module).name: module for module in backend.OWN}  # ours by name, installed or not
FRAMEWORKS = {"torch": {"torch"}, "tf": {"tensorflow", "keras"}, "mxnet": {"mxnet"}}  # what each of them imports
NAMES = os.environ.get("GOOGLENET_TEST_BACKENDS", ",".join(PACKAGES)).split(",")


@cache
def load(name):
    """The package of a backend, imported no earlier than the first test that needs it."""
    try:
        package = backend.load(name)
    except InputError as error:
        pytest.exit(f"GOOGLENET_TEST_BACKENDS asks for {name}: {error}", returncode=1)
    gc.freeze()  # the framework's million objects stay: no collection looks through them again
    return package
