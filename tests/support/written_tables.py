"""Small tables with what no table of ours has, so that every definition of a written file is tried."""

from support.small_network import network_of

from common import nets
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
    GlobalAvgPool,
    Inception,
    MaxPool,
    Residual,
    Stage,
)


def _of(name, stages, size=(3, 12, 15), **settings):
    return nets.get(network_of(name, size, 5, stages=stages, **settings))


def _windows(kind, **settings):
    """A window padded in each way that there is."""
    uneven, wide = Pad((1, 0), (0, 2)), Pad((2, 2), (2, 2))
    paddings = {"same": SAME, "uneven": uneven, "wide": wide}
    if kind is not AvgPool:
        paddings |= {"over": Pad(ceil=True), "over_uneven": Pad((1, 0), (0, 1), ceil=True)}
    first = (4,) if kind is Conv else ()
    return Concat(
        **{
            name: (kind(*first, 3, stride=(2, 1), padding=padding, **settings), AdaptiveAvgPool(3))
            for name, padding in paddings.items()
        }
    )


PADDED = _of(
    "padded",
    {
        "b1": Stage(conv=Conv(6, 3), most=_windows(MaxPool)),
        "b2": Stage(
            again=Conv(5, (1, 3)),
            norm1=LRN(3, 0.5, 0.5, 2.0),
            mean=Concat(a=(_windows(AvgPool),), b=(_windows(AvgPool, count_padding=True),)),
        ),
        "b3": Stage(plain=Conv(4, 3, activation=None), other=Conv(4, 1, norm=BatchNorm(0.5, 0.3))),
    },
)
STRIDED = _of(
    "strided",
    {
        "b1": Stage(first=_windows(Conv)),
        "b2": Stage(conv=Conv(6, 2, stride=2, padding=SAME, activation=None, bias=False)),
    },
    norm=BatchNorm(),
)
SHAPES = _of(
    "shapes",
    {
        "1": Stage(**{"3a": Inception(2, (2, 3), (2, 4), 3), "3b": Inception(3, (2, 3), (2, 4), 3)}),
        "lambda": Stage(
            x=Residual((Conv(13, 3, activation=None),), scale=0.5),
            y=Residual((Conv(13, 3, activation=None),), scale=2.0, activation=None),
            z=Residual((Inception(4, (2, 3), (2, 4), 3),), (Conv(14, 1, activation=None),)),
        ),
        "b3": Stage(inner=Stage(drop=Dropout(0.3), conv=Conv(7, 1)), pool=GlobalAvgPool(), last=Conv(6, 1)),
        "b4": Stage(
            fc1=Dense(8, activation="relu"), both=Concat(a=(Dense(3),), b=(Dense(4, activation="relu"),), c=())
        ),
    },
    aux={
        "head1": Aux(
            "1.3a", Stage(pool=AvgPool(3), fc1=Dense(6, activation="relu"), fc2=Dense(CLASSES)), loss_weight=0.5
        ),
        "head2": Aux("1.3b", Stage(pool=GlobalAvgPool(), fc2=Dense(CLASSES))),
        "head3": Aux("lambda.x", Stage(pool=AdaptiveAvgPool(2), fc2=Dense(CLASSES))),
    },
)
ODD = (PADDED, STRIDED, SHAPES)
