"""Inception v4 (Szegedy et al. 2017, "Inception-v4, Inception-ResNet and the Impact of Residual Connections")."""

from string import ascii_lowercase

from common.table.padding import VALID
from common.table.spec import AvgPool, BatchNorm, Concat, Conv, Dropout, GlobalAvgPool, MaxPool, Network, Node, Stage

HALVE = MaxPool(3, stride=2, padding=VALID)
POOL = AvgPool(3)  # of the map alone, as TensorFlow counts


def halving(channels: int) -> Conv:
    """A 3x3 that halves the map."""
    return Conv(channels, 3, stride=2, padding=VALID)


def stem() -> dict[str, Stage]:
    """299x299 to 35x35x384 (Figure 3)."""
    branches = Concat(
        p1=(Conv(64, 1), Conv(96, 3, padding=VALID)),
        p2=(Conv(64, 1), Conv(64, (1, 7)), Conv(64, (7, 1)), Conv(96, 3, padding=VALID)),
    )
    return {
        "b1": Stage(
            conv1=halving(32),
            conv2=Conv(32, 3, padding=VALID),
            conv3=Conv(64, 3),
            mixed3=Concat(p1=(HALVE,), p2=(halving(96),)),
        ),
        "b2": Stage(mixed4=branches, mixed5=Concat(p1=(halving(192),), p2=(HALVE,))),
    }


def reduction_a(k: int, l: int, m: int, n: int) -> Concat:  # noqa: E741  (the paper's letters)
    """35x35 to 17x17 (Figure 7 and Table 1)."""
    return Concat(p1=(halving(n),), p2=(Conv(k, 1), Conv(l, 3), halving(m)), p3=(HALVE,))


def numbered(stage: int, blocks: list[Node]) -> dict[str, Node]:
    """Blocks by their names: 4a, 4b, and so on, up to 26 of them.

    >>> list(numbered(4, [HALVE, POOL]))
    ['4a', '4b']
    """
    letters = ascii_lowercase[: len(blocks)]
    return {f"{stage}{letter}": block for letter, block in zip(letters, blocks, strict=True)}


_BLOCK_A = Concat(  # Figure 4
    p1=(Conv(96, 1),),
    p2=(Conv(64, 1), Conv(96, 3)),
    p3=(Conv(64, 1), Conv(96, 3), Conv(96, 3)),
    p4=(POOL, Conv(96, 1)),
)
_BLOCK_B = Concat(  # Figure 5
    p1=(Conv(384, 1),),
    p2=(Conv(192, 1), Conv(224, (1, 7)), Conv(256, (7, 1))),
    p3=(Conv(192, 1), Conv(192, (7, 1)), Conv(224, (1, 7)), Conv(224, (7, 1)), Conv(256, (1, 7))),
    p4=(POOL, Conv(128, 1)),
)
_SPLIT = Concat(a=(Conv(256, (1, 3)),), b=(Conv(256, (3, 1)),))
_BLOCK_C = Concat(  # Figure 6
    p1=(Conv(256, 1),),
    p2=(Conv(384, 1), _SPLIT),
    p3=(Conv(384, 1), Conv(448, (3, 1)), Conv(512, (1, 3)), _SPLIT),
    p4=(POOL, Conv(256, 1)),
)
_REDUCTION_B = Concat(  # Figure 8
    p1=(Conv(192, 1), halving(192)),
    p2=(Conv(256, 1), Conv(256, (1, 7)), Conv(320, (7, 1)), halving(320)),
    p3=(HALVE,),
)

INCEPTION_V4 = Network(
    name="inception_v4",
    title="Inception v4",
    source="Szegedy et al. 2017, Figures 3 to 9, as in tf-slim and timm",
    input=(3, 299, 299),
    num_classes=1000,
    convention="floor",
    norm=BatchNorm(eps=1e-3, momentum=0.9),
    bias=False,
    stages={
        **stem(),
        "b3": Stage(**numbered(3, [_BLOCK_A] * 4)),
        "b4": Stage(**numbered(4, [reduction_a(192, 224, 256, 384), *[_BLOCK_B] * 7])),
        "b5": Stage(**numbered(5, [_REDUCTION_B, *[_BLOCK_C] * 3]), pool5=GlobalAvgPool(), dropout=Dropout(0.2)),
    },
    departures=(
        "There are no residual connections, as in the paper; versions of this name with them are another network.",
        "The auxiliary head of tf-slim, which the paper does not draw and published weights do not have, is left out.",
        "Average pools count only the map, as TensorFlow and timm do.",
    ),
)
