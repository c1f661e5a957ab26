"""Every table of the family is one function in every framework: outputs, gradients and moving statistics.

The sizes are the smallest at which a batch of two or three has enough values for its statistics: with fewer
the function itself enlarges every rounding. The short run takes each table in one mode, and what takes minutes, or is
but a version of another table, only in the long one (``make test-all``).
"""

import gc
from functools import cache

import numpy as np
import pytest
from support.backends import NAMES
from support.sizes import FAMILY
from support.tables import GOOGLENETS

from common import nets
from common.compare.passes import compare
from common.data.images import random_images

long = pytest.mark.long

# Of which mode only the long run makes sure.
ONLY_LONG: dict[str, tuple[str, ...]] = {
    "d2l_residual": ("evaluation",),
    "cifar10_bn": ("training",),
    "cifar100_bn": ("training",),
    "torchvision": ("evaluation",),
    "inception_bn": ("training",),
    "inception_bn:paper": ("evaluation", "training"),
    "inception_v3": ("evaluation", "training"),  # as its version fid
    "inception_v3:keras": ("evaluation", "training"),
    "inception_v3:fid": ("evaluation", "training"),  # tests/features compares it
    "inception_v4": ("evaluation", "training"),  # its blocks are those of v3
    "inception_resnet_v1": ("evaluation", "training"),
    "inception_resnet_v1:facenet": ("evaluation", "training"),
    "inception_resnet_v2": ("evaluation", "training"),  # `make compare` compares it
    "inception_resnet_v2:paper": ("evaluation", "training"),
    "alexnet": ("evaluation", "training"),
    "vgg11": ("evaluation", "training"),
    "vgg16": ("evaluation", "training"),
    "nin": ("training",),
}
OVER_100 = ("inception_v4", "inception_resnet_v1", "inception_resnet_v2")  # convolutions; versions included


def cases():
    for name, (evaluation, training) in FAMILY.items():
        for mode, size in (("evaluation", evaluation), ("training", training)):
            for dtype in ("float64", "float32"):
                marks = [long] if mode in ONLY_LONG.get(name, ()) or dtype == "float32" else []
                yield pytest.param(name, size, mode, dtype, marks=marks, id=f"{name}-{mode}-{dtype}")


@cache
def measured(name, size, mode, dtype):
    """All backends under test beside one run of the reference."""
    gc.collect()  # Keras' last net, which may be large, goes by this alone
    network, (count, *pixels) = nets.get(name), size
    training = mode == "training"
    x = random_images(count, (network.input[0], *pixels))
    return compare(network, x, backends=NAMES, dtype=dtype, training=training, gradients=training)


def ceiling(name, what):
    """What no relative error exceeds, whatever limit `compare` derives."""
    if what == "gradients":
        return 1e-9
    return 1e-11 if name.split(":")[0] in OVER_100 else 1e-12


@pytest.mark.parametrize(("name", "size", "mode", "dtype"), list(cases()))
def test_a_backend_computes_what_the_table_means(name, size, mode, dtype, backend_name):
    found = measured(name, size, mode, dtype)
    assert [d for d in found["divergences"] if d["backend"] == backend_name] == []
    if dtype == "float64":
        for what in ("stages", "gradients", "statistics"):
            for row in found[what] or ():
                assert row["backends"][backend_name]["rel_err"] <= ceiling(name, what), row["name"]
    assert bool(found["gradients"]) == (mode == "training")
    assert bool(found["statistics"]) == (mode == "training" and nets.get(name).norm is not None)


def test_every_table_is_compared_in_one_of_the_two_files():
    assert sorted([*GOOGLENETS, *FAMILY]) == sorted(nets.names())


@long
@pytest.mark.parametrize(("name", "parameters"), [("vgg11", 128_806_154), ("vgg16", 134_300_362)])
def test_each_framework_counts_the_published_numbers_of_the_largest(name, parameters, backend):
    """The others are counted where they are compared; these two only the long run compares."""
    weights = {key: np.zeros(shape, np.float32) for key, shape in nets.get(name).shapes.items()}
    counts = backend.count_parameters(backend.build_net(name, weights=weights))
    assert sum(trainable for trainable, _ in counts.values()) == parameters
    assert sum(statistics for _, statistics in counts.values()) == 0
