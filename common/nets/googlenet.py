"""The d2l channel table, and the parts that every GoogLeNet is made of.

Szegedy et al. 2015, "Going Deeper with Convolutions", Table 1 and Figure 2b; the split into the stages
b1 to b5 is that of Zhang et al., "Dive into Deep Learning", section 8.4.
"""

from collections.abc import Callable

from common.table.padding import VALID
from common.table.spec import (
    CLASSES,
    LRN,
    Aux,
    AvgPool,
    Concat,
    Conv,
    Dense,
    Dropout,
    GlobalAvgPool,
    Inception,
    MaxPool,
    Node,
    Stage,
)

# For each Inception block: 1x1, (3x3 reduce, 3x3), (5x5 reduce, 5x5), pool projection.
CHANNELS = {
    "b3": {
        "3a": (64, (96, 128), (16, 32), 32),
        "3b": (128, (128, 192), (32, 96), 64),
    },
    "b4": {
        "4a": (192, (96, 208), (16, 48), 64),
        "4b": (160, (112, 224), (24, 64), 64),
        "4c": (128, (128, 256), (24, 64), 64),
        "4d": (112, (144, 288), (32, 64), 64),
        "4e": (256, (160, 320), (32, 128), 128),
    },
    "b5": {
        "5a": (256, (160, 320), (32, 128), 128),
        "5b": (384, (192, 384), (48, 128), 128),
    },
}


def third_path(*kernels: int) -> Callable[..., Concat]:
    """The Inception block with other convolutions than the paper's 5x5 behind the reduction of its third path.

    >>> block = third_path(3, 3)(64, (96, 128), (16, 32), 32)
    >>> [node.kernel for node in block.paths["p3"].values()]
    [(1, 1), (3, 3), (3, 3)]
    """

    def block(c1: int, c2: tuple[int, int], c3: tuple[int, int], c4: int) -> Concat:
        return Concat(
            p1=(Conv(c1, 1),),
            p2=(Conv(c2[0], 1), Conv(c2[1], 3)),
            p3=(Conv(c3[0], 1), *(Conv(c3[1], kernel) for kernel in kernels)),
            p4=(MaxPool(3), Conv(c4, 1)),
        )

    return block


def stages(block: Callable[..., Concat] = Inception, *, lrn: bool = False, dropout: float = 0.0) -> dict[str, Stage]:
    """b1 to b5; optionally with the paper's local response normalisation and its last dropout.

    ``block`` makes a block of the four numbers of a row of `CHANNELS`: the paper's, or one of `third_path`.
    """
    norm1, norm2 = ({"norm1": LRN()}, {"norm2": LRN()}) if lrn else ({}, {})
    last: dict[str, Node] = {"dropout": Dropout(dropout)} if dropout else {}
    blocks = {stage: {name: block(*channels) for name, channels in rows.items()} for stage, rows in CHANNELS.items()}
    return {
        "b1": Stage(conv1=Conv(64, 7, stride=2), pool1=MaxPool(3, stride=2), **norm1),
        "b2": Stage(conv2_reduce=Conv(64, 1), conv2=Conv(192, 3), **norm2, pool2=MaxPool(3, stride=2)),
        "b3": Stage(**blocks["b3"], pool3=MaxPool(3, stride=2)),
        "b4": Stage(**blocks["b4"], pool4=MaxPool(3, stride=2)),
        "b5": Stage(**blocks["b5"], pool5=GlobalAvgPool(), **last),
    }


def aux_heads(*dropout: float) -> dict[str, Aux]:
    """The two auxiliary classifiers, after 4a and 4d (Szegedy et al. 2015, section 5).

    ``dropout``: one probability, before the last dense layer, or two, before each of the dense layers.
    """
    first = {"dropout1": Dropout(dropout[0])} if len(dropout) == 2 else {}
    head = Stage(
        pool=AvgPool(5, stride=3, padding=VALID),
        conv=Conv(128, 1),
        **first,
        fc1=Dense(1024, activation="relu"),
        dropout2=Dropout(dropout[-1]),
        fc2=Dense(CLASSES),
    )
    return {"aux1": Aux("b4.4a", head), "aux2": Aux("b4.4d", head)}
