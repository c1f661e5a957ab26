"""Inception with batch normalisation, the network of the paper that introduced it (also called Inception v2)."""

from dataclasses import replace

from common.table.padding import Pair
from common.table.spec import AvgPool, BatchNorm, Concat, Conv, GlobalAvgPool, MaxPool, Network, Stage

# For each block: 1x1, (3x3 reduce, 3x3), (double 3x3 reduce, double 3x3), pool projection.
CHANNELS: dict[str, tuple[int, Pair, Pair, int]] = {
    "3a": (64, (64, 64), (64, 96), 32),
    "3b": (64, (64, 96), (64, 96), 64),
    "4a": (224, (64, 96), (96, 128), 128),
    "4b": (192, (96, 128), (96, 128), 128),
    "4c": (160, (128, 160), (128, 160), 128),
    "4d": (96, (128, 192), (160, 192), 128),
    "5a": (352, (192, 320), (160, 224), 128),
    "5b": (352, (192, 320), (192, 224), 128),
}
PAPER = {**CHANNELS, "4c": (160, (128, 160), (128, 160), 96), "4d": (96, (128, 192), (160, 192), 96)}


_AVERAGE = AvgPool(3, count_padding=True)


def _block(c1: int, c2: Pair, c3: Pair, c4: int, *, pool: AvgPool | MaxPool = _AVERAGE) -> Concat:
    """The Inception block with two 3x3 in place of the 5x5 (Ioffe & Szegedy 2015, section 4.2 and Figure 5)."""
    return Concat(
        p1=(Conv(c1, 1),),
        p2=(Conv(c2[0], 1), Conv(c2[1], 3)),
        p3=(Conv(c3[0], 1), Conv(c3[1], 3), Conv(c3[1], 3)),
        p4=(pool, Conv(c4, 1)),
    )


def _reduction(c2: Pair, c3: Pair) -> Concat:
    """A block with stride 2: no 1x1 path, and a pool that passes on all of its channels."""
    return Concat(
        p2=(Conv(c2[0], 1), Conv(c2[1], 3, stride=2)),
        p3=(Conv(c3[0], 1), Conv(c3[1], 3), Conv(c3[1], 3, stride=2)),
        p4=(MaxPool(3, stride=2),),
    )


def _stages(channels: dict[str, tuple[int, Pair, Pair, int]]) -> dict[str, Stage]:
    blocks = {name: _block(*c) for name, c in channels.items() if name != "5b"}
    return {
        "b1": Stage(conv1=Conv(64, 7, stride=2), pool1=MaxPool(3, stride=2)),
        "b2": Stage(conv2_reduce=Conv(64, 1), conv2=Conv(192, 3), pool2=MaxPool(3, stride=2)),
        "b3": Stage(**{x: blocks[x] for x in ("3a", "3b")}, **{"3c": _reduction((128, 160), (64, 96))}),
        "b4": Stage(**{x: blocks[x] for x in ("4a", "4b", "4c", "4d")}, **{"4e": _reduction((128, 192), (192, 256))}),
        "b5": Stage(**{"5a": blocks["5a"], "5b": _block(*channels["5b"], pool=MaxPool(3))}, pool5=GlobalAvgPool()),
    }


_DEPARTURES = (
    "Convolutions keep their bias, which the normalisation undoes, as in the published weights.",
    "Pools round up without padding, as in Caffe; average pools count their padding.",
    "The first convolution is an ordinary one; the paper's is separable with depth multiplier 8.",
    "The last pool averages the whole map; the published 7x7 window is the same at 224 pixels.",
)

INCEPTION_BN = Network(
    name="inception_bn",
    title="Inception with batch normalisation",
    source="Ioffe & Szegedy 2015, Figure 5, as in Caffe, MXNet's symbol and pretrained-models.pytorch (bninception)",
    input=(3, 224, 224),
    num_classes=1000,
    convention="ceil",
    norm=BatchNorm(eps=1e-5, momentum=0.9),
    stages=_stages(CHANNELS),
    departures=(
        *_DEPARTURES,
        "The momentum is MXNet's, 0.9 for the old value; pretrained-models.pytorch writes 0.9 too, which PyTorch reads "
        "as that of the new one.",
        "4c and 4d have 608 channels, as all published weights do; the paper's Figure 5 has 576: inception_bn:paper.",
    ),
)

INCEPTION_BN_PAPER = replace(
    INCEPTION_BN,
    name="inception_bn:paper",
    title="Inception with batch normalisation, channels of the paper",
    source="Ioffe & Szegedy 2015, Figure 5",
    stages=_stages(PAPER),
    departures=(
        *_DEPARTURES,
        "The paper gives no numbers for the eps and momentum: those of inception_bn.",
        "4c and 4d have 576 channels, as in the paper's Figure 5; published weights have 608: inception_bn.",
    ),
)
