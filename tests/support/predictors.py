"""Networks of every node and pool, and how far a predictor is from the NumPy reference."""

import numpy as np
from support.small_network import network_of

from common import nets
from common.compare.reference import Reference
from common.compare.roundoff import relative_error, tolerance
from common.contract import backend
from common.table.drawing import probing
from common.table.padding import SAME, Pad
from common.table.spec import (
    CLASSES,
    LRN,
    AdaptiveAvgPool,
    Aux,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Inception,
    MaxPool,
    Residual,
    Stage,
)

NORM = BatchNorm(1e-3, 0.9)
POOLS = {
    "max": MaxPool(3, stride=2),
    "max of even": MaxPool(2, stride=2, padding=SAME),
    "max, rounded up": MaxPool(3, stride=2, padding=Pad((1, 0), (1, 0), ceil=True)),
    "max, lopsided": MaxPool(3, stride=2, padding=Pad((0, 1), (2, 0))),
    "max beyond the end": MaxPool(3, stride=1, padding=Pad((0, 0), (2, 2))),
    "max whose last window would be outside": MaxPool(1, stride=2, padding=Pad((0, 0), (0, 0), ceil=True)),
    "average": AvgPool(3, stride=2, padding=Pad((1, 1), (1, 1))),
    "average of the inside": AvgPool(3, stride=2, padding=Pad((1, 1), (1, 1)), count_padding=False),
    "average, lopsided": AvgPool(3, stride=1, padding=Pad((0, 2), (1, 0))),
    "average of the inside, lopsided": AvgPool(3, stride=1, padding=Pad((0, 2), (2, 0)), count_padding=False),
    "average, same": AvgPool(3, stride=2, padding=SAME),
    "average of the inside, same": AvgPool(3, stride=2, padding=SAME, count_padding=False),
}


def everything(convention):
    """Every node but pools, whose windows `POOLS` has, with and without what it can be without."""
    return network_of(
        "everything",
        (3, 15, 18),
        5,
        {
            "b1": Stage(conv=Conv(6, (5, 3), stride=2, norm=None, bias=True), pool=MaxPool(3, stride=2), norm=LRN()),
            "b2": Stage(
                a=Inception(4, (3, 5), (2, 3), 4),
                b=Concat(p1=(Conv(4, (1, 3), activation=None),), p2=(AvgPool(3, stride=1, padding=SAME), Conv(3, 1))),
                c=Residual((Conv(4, 3), Conv(7, 1, activation=None)), scale=0.2),
                d=Residual((Conv(5, 1),), (Conv(5, 1, norm=None, bias=False),), scale=0.5, activation=None),
                e=Residual((Conv(5, 1, activation=None, norm=None, bias=False),), scale=3.0),
                f=Residual((), (Conv(5, 1),), scale=0.3),
                h=Residual((Conv(5, 1),), scale=-0.4),
                g=Residual((AvgPool(3, stride=1, padding=SAME),), scale=0.7),
                pool=AdaptiveAvgPool(2),
                dropout=Dropout(0.5),
            ),
            "b3": Stage(flat=Flatten(), fc=Dense(7), last=Dropout(0.1)),
        },
        convention=convention,
        norm=NORM,
        aux={"aux1": Aux("b2.a", Stage(pool=GlobalAvgPool(), fc=Dense(CLASSES)))},
    )


def pool_of(node):
    """One pool, whose whole map the classifier sees; the pixels are negative and positive."""
    return network_of("pool", (2, 9, 8), 3, {"b1": Stage(pool=node)})


def images(table, count, size=None):
    return np.random.default_rng(count).standard_normal((count, table.input[0], *(size or table.input[1:])))


def made(backend_name, network, dtype="float64", **asked):
    """(package, net with weights that hide nothing, its predictor)."""
    package, table = backend.load(backend_name), nets.get(network)
    net = package.build_net(table, weights=probing(table), dtype=dtype)
    return package, net, package.predictor(net, **asked)


def error(net, predictor, x, weights):
    """Of the logits, as a share of what counts as round-off."""
    logits, dtype = predictor(x), next(iter(weights.values())).dtype
    assert logits.dtype == dtype and logits.flags.owndata and logits.flags.c_contiguous
    expected = Reference(net.table, weights, x.astype(dtype), aux=False).outputs["fc"]
    return relative_error(logits, expected) / tolerance(net.table, dtype.name)
