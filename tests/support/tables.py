"""Small tables that several tests need, and which of the published ones are GoogLeNets."""

from support.small_network import network_of

from common import nets
from common.table.padding import VALID
from common.table.spec import (
    CLASSES,
    Aux,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    MaxPool,
    Residual,
    Stage,
)

# The tables of GoogLeNet itself; the other names are its family's.
GOOGLENETS = ("caffe", "d2l", "d2l_bn", "d2l_same", "imagenet_aux", "paper")


def tiny(**settings):
    """Two stages, an Inception block and a head with dropout, for images of 2 x 8 x 9."""
    block = Concat(p1=(Conv(3, 1),), p2=(Conv(2, 1), Conv(4, 3)), p3=(MaxPool(3), Conv(2, 1)))
    stages = {"b1": Stage(conv=Conv(4, 3, stride=2), pool=MaxPool(3)), "b2": Stage(block=block, pool=GlobalAvgPool())}
    head = Stage(pool=AvgPool(3), dropout=Dropout(0.5), fc=Dense(CLASSES))
    settings = {"stages": stages, "aux": {"aux1": Aux("b1.pool", head)}, **settings}
    return nets.get(network_of("tiny", (2, 8, 9), 5, **settings))


def small(name="small", **settings):
    """A network with normalisation, an Inception block and a head, in which every tensor has another shape."""
    block = Concat(p1=(Conv(5, 1),), p2=(MaxPool(3), Conv(6, 1)))
    head = Stage(pool=AvgPool(3), fc=Dense(CLASSES))
    table = network_of(
        name,
        (3, 4, 4),
        7,
        {"b1": Stage(conv=Conv(4, (1, 3)), block=block)},
        norm=BatchNorm(),
        bias=False,
        aux={"aux1": Aux("b1.conv", head)},
    )
    return nets.get(table, **settings)


def family(width=8):
    """What Inception-v3 and Inception-ResNet-v2 are made of, a few channels wide."""
    factored = Concat(
        p1=(Conv(width, 1),),
        p2=(Conv(width, 1), Conv(width, (1, 7)), Conv(width + 2, (7, 1))),
        p3=(AvgPool(3), Conv(width, 1)),
    )
    halving = Concat(p1=(Conv(width, 1), Conv(width, 3, 2, padding=VALID)), p2=(MaxPool(3, 2, padding=VALID),))
    split = Concat(a=(Conv(width, (1, 3)),), b=(Conv(width, (3, 1)),))
    expanded = Concat(p1=(Conv(width, 1),), p2=(Conv(width, 1), split), p3=())
    body = (Concat(p1=(Conv(width, 1),), p2=(Conv(width, 1), Conv(width, 3))), Conv(width, 1, activation=None))
    return network_of(
        "family",
        (3, 21, 18),
        5,
        {
            "stem": Stage(conv=Conv(width, 3, stride=2, padding=VALID)),
            "mixed": Stage(a=factored, b=halving, c=expanded),
            "residual": Stage(first=Conv(width, 1), block=Residual(body, scale=0.17), pool=GlobalAvgPool()),
        },
        convention="same",
        norm=BatchNorm(eps=1e-3),
        bias=False,
    )
