"""Importing the packages, in any order, changes nothing for anybody else in the process; and `common` needs none.

MXNet 1.9.1 needs an alias that NumPy removed, and sets OpenMP to half of the processors, for PyTorch too.
Everything here runs in processes of its own.
"""

import json
import os
import pkgutil
import subprocess
import sys
from functools import cache

import pytest
from support.backends import FRAMEWORKS, NAMES, PACKAGES

import common

# What the rest of the process sees, printed as JSON in the last line; and what is said of a framework that is missing.
REPORT = """
import json, os, sys
import numpy
before = "bool" in vars(numpy)

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
said = []
if {missing!r}:
    from common.contract import backend
    from common.base.errors import MissingBackend
    try:
        backend.load({missing!r})
    except MissingBackend as error:
        said.append(str(error))
for name in {names}:
    __import__(name)
found = {{
    "said": said,
    "loaded": [name for name in {names} if hasattr(sys.modules[name], "build_net")],
    "numpy.bool": ["bool" in vars(numpy), before],
    "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS"),
}}
if "torch" in sys.modules:
    found["threads"] = sys.modules["torch"].get_num_threads()
if "keras" in sys.modules:
    found["floatx"] = sys.modules["keras"].backend.floatx()
if "mxnet" in sys.modules:
    found["numpy mode"] = sys.modules["mxnet"].npx.is_np_array()
print(json.dumps(found))
"""
# Without the framework of a name: the others, of which each is first once. With all of them: in the opposite order, so
# that of every two (but PyTorch and MXNet, which `COUNTING` has) each comes before the other once.
WITHOUT = {name: (*NAMES[i + 1 :], *NAMES[:i]) for i, name in enumerate(NAMES)}
ALL = tuple(reversed(NAMES))
ENVIRONMENT = {ALL: {"KERAS_BACKEND": ""}}  # an empty variable is none: with either, Keras runs on TensorFlow
COUNTING = tuple(PACKAGES[name] for name in NAMES if name != "tf")  # threads by OMP_NUM_THREADS


def run(script, **environment):
    """A finished process; ``OMP_NUM_THREADS`` is unset unless given."""
    inherited = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={**inherited, **environment}
    )


@cache
def report(names, missing=None, **environment):
    """The finished process that has imported modules in this order, without a framework."""
    return run(
        REPORT.format(names=list(names), missing=missing, blocked=sorted(FRAMEWORKS.get(missing, ()))), **environment
    )


def imported(order, missing=None):
    """As `report`, of the packages of backends."""
    return report(tuple(PACKAGES[name] for name in order), missing, **ENVIRONMENT.get(order, {}))


def found(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


ORDERS = [(None, ALL), *(pytest.param(*without, marks=pytest.mark.long) for without in WITHOUT.items())]


@pytest.mark.parametrize(("missing", "order"), ORDERS)
def test_the_packages_import_in_any_order_and_leave_the_process_as_it_was(missing, order):
    here = found(imported(order, missing))
    assert here["numpy.bool"] == [False, False]
    assert here["OMP_NUM_THREADS"] is None
    if "torch" in order:
        assert here["threads"] == found(report(("torch",)))["threads"]
    if "tf" in order:
        assert here["floatx"] == "float32"
    if "mxnet" in order:
        assert here["numpy mode"] is False


@pytest.mark.long
def test_a_number_of_threads_that_was_asked_for_stays():
    here = found(report(COUNTING, OMP_NUM_THREADS="1"))
    assert here["OMP_NUM_THREADS"] == "1"
    assert here.get("threads", 1) == 1


@pytest.mark.parametrize(("missing", "order"), ORDERS)
def test_no_import_warns_about_numpy_bool(missing, order):
    assert "np.bool" not in imported(order, missing).stderr


@pytest.mark.long
@pytest.mark.only("mxnet")
def test_mxnet_computes_with_as_many_threads_as_there_are_processors():
    """Left alone it takes half of them."""
    count = "import ctypes; print(ctypes.CDLL('libgomp.so.1').omp_get_max_threads())"
    alone = run(count)
    if alone.returncode:
        pytest.fail(f"this test needs libgomp: {alone.stderr}")
    with_mxnet = run(f"import googlenet_mxnet; {count}")
    assert with_mxnet.returncode == 0, with_mxnet.stderr
    assert with_mxnet.stdout == alone.stdout


def test_the_parts_in_common_import_no_framework():
    modules = [info.name for info in pkgutil.walk_packages(common.__path__, "common.")]
    script = f"""
import sys
for name in {["common", *modules]}:
    __import__(name)
print(*sorted({{"torch", "tensorflow", "keras", "mxnet"}} & set(sys.modules)))
"""
    done = run(script)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("others", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_missing_framework_is_an_error_that_names_the_extra_and_the_others_still_load(backend_name, others):
    order = WITHOUT[backend_name] if others else ()
    here = found(imported(order, backend_name))
    (message,) = here["said"]
    assert f"googlenet[{backend_name}]" in message
    assert here["loaded"] == [PACKAGES[name] for name in order]


def test_a_misspelt_backend_is_an_error_that_suggests_the_right_one():
    with pytest.raises(ValueError, match=r"did you mean 'torch'.*torch, tf, mxnet"):
        common.contract.backend.load("torhc")


WRONG_KERAS = """
import os, sys
from common.base.errors import InputError
from common.contract import backend
for value in ("jax", "torch", "nonsense", "TensorFlow", "x" * 1000):
    os.environ["KERAS_BACKEND"] = value
    for attempt in range(2):
        try:
            backend.load("tf")
        except InputError as error:
            print(error)
    assert "keras" not in sys.modules
"""


@pytest.mark.only("tf")
def test_another_backend_of_keras_is_one_line_that_says_what_to_do():
    """Before Keras is imported, whose own error may be that JAX is missing."""
    done = run(WRONG_KERAS)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 10 and lines[::2] == lines[1::2]
    for line, value in zip(lines[::2], ("'jax'", "'torch'", "'nonsense'", "'TensorFlow'", "'xxx"), strict=True):
        assert f"Keras runs on {value}" in line and "set KERAS_BACKEND=tensorflow" in line
        assert len(line) < 250


KERAS_BEFORE = """
import os, sys, types
os.environ["KERAS_BACKEND"] = "tensorflow"  # too late for who has imported Keras before
sys.modules["keras"] = types.SimpleNamespace(backend=types.SimpleNamespace(backend=lambda: "jax"))
from common import cli
sys.argv = ["googlenet", "compare", "d2l", "--backends", "tf"]
cli.main()
"""


@pytest.mark.only("tf")
def test_keras_that_somebody_has_imported_with_another_backend_is_refused():
    done = run(KERAS_BEFORE)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert "Keras runs on 'jax' here, not on TensorFlow: set KERAS_BACKEND=tensorflow" in line


MXNET_BEFORE = """
import warnings
import numpy
warnings.simplefilter("ignore")
try:
    import mxnet
except AttributeError as error:  # numpy.bool
    print("failed")
import numpy as np
from googlenet_mxnet import Trainer, build_net, predict
from common.contract.recipe import Recipe
net, x = build_net("d2l_bn", seed=0), np.ones((2, 1, 16, 16))
print(predict(net, x).shape, Trainer(net, Recipe()).step(x, np.array([0, 1]), lr=0.1, seed=0)[0] > 0)
print("bool" in vars(numpy))
import mxnet
"""


@pytest.mark.only("mxnet")
def test_an_import_of_mxnet_that_failed_before_is_made_good():
    done = run(MXNET_BEFORE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["failed", "(2, 10) True", "False"]


MXNET_BEFORE_WITH_ALIAS = """
import numpy
numpy.bool = bool
import mxnet
import googlenet_mxnet
print(numpy.bool is bool, googlenet_mxnet.build_net("d2l", seed=0).table.name)
"""


@pytest.mark.long
@pytest.mark.only("mxnet")
def test_numpy_is_left_with_the_alias_that_somebody_else_has_put_there():
    done = run(MXNET_BEFORE_WITH_ALIAS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "d2l"]
