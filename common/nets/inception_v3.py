"""Inception v3 (Szegedy et al. 2016, "Rethinking the Inception Architecture for Computer Vision")."""

from dataclasses import replace

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
    Network,
    Stage,
)

_HALVE = MaxPool(3, stride=2, padding=VALID)
_DROPOUT = {"dropout": Dropout(0.5)}


def _factored(channels: tuple[int, ...], first: tuple[int, int]) -> tuple[Conv, ...]:
    """1x7 and 7x1 by turns, beginning with ``first`` (section 3.2)."""
    return tuple(Conv(c, first if i % 2 == 0 else first[::-1]) for i, c in enumerate(channels))


def _split(channels: int) -> Concat:
    """A 1x3 and a 3x1 side by side (Figure 7)."""
    return Concat(a=(Conv(channels, (1, 3)),), b=(Conv(channels, (3, 1)),))


def _block_a(projection: int, pool: AvgPool) -> Concat:
    """35x35 (Figure 5, with a 5x5 in its second path)."""
    return Concat(
        p1=(Conv(64, 1),),
        p2=(Conv(48, 1), Conv(64, 5)),
        p3=(Conv(64, 1), Conv(96, 3), Conv(96, 3)),
        p4=(pool, Conv(projection, 1)),
    )


def _block_b(c7: int, pool: AvgPool) -> Concat:
    """17x17 (Figure 6, n = 7)."""
    return Concat(
        p1=(Conv(192, 1),),
        p2=(Conv(c7, 1), *_factored((c7, 192), (1, 7))),
        p3=(Conv(c7, 1), *_factored((c7, c7, c7, 192), (7, 1))),
        p4=(pool, Conv(192, 1)),
    )


def _block_c(pool: AvgPool | MaxPool) -> Concat:
    """8x8 (Figure 7)."""
    return Concat(
        p1=(Conv(320, 1),),
        p2=(Conv(384, 1), _split(384)),
        p3=(Conv(448, 1), Conv(384, 3), _split(384)),
        p4=(pool, Conv(192, 1)),
    )


def _stages(pool: AvgPool, dropout: dict[str, Dropout], last_pool: AvgPool | MaxPool | None = None) -> dict[str, Stage]:
    """The stages with ``pool`` in the last path of each block; ``last_pool``, where it is given, is that of 7c."""
    last = _block_c(last_pool or pool)
    to_17 = Concat(
        p1=(Conv(384, 3, stride=2, padding=VALID),),
        p2=(Conv(64, 1), Conv(96, 3), Conv(96, 3, stride=2, padding=VALID)),
        p3=(_HALVE,),
    )
    to_8 = Concat(
        p1=(Conv(192, 1), Conv(320, 3, stride=2, padding=VALID)),
        p2=(Conv(192, 1), *_factored((192, 192), (1, 7)), Conv(192, 3, stride=2, padding=VALID)),
        p3=(_HALVE,),
    )
    return {
        "b1": Stage(
            conv1a=Conv(32, 3, stride=2, padding=VALID),
            conv2a=Conv(32, 3, padding=VALID),
            conv2b=Conv(64, 3),
            pool1=_HALVE,
        ),
        "b2": Stage(conv3b=Conv(80, 1), conv4a=Conv(192, 3, padding=VALID), pool2=_HALVE),
        "b3": Stage(**{"5b": _block_a(32, pool), "5c": _block_a(64, pool), "5d": _block_a(64, pool)}),
        "b4": Stage(
            **{"6a": to_17, "6b": _block_b(128, pool), "6c": _block_b(160, pool), "6d": _block_b(160, pool)},
            **{"6e": _block_b(192, pool)},
        ),
        "b5": Stage(**{"7a": to_8, "7b": _block_c(pool), "7c": last}, pool5=GlobalAvgPool(), **dropout),
    }


_HEAD = Stage(
    pool=AvgPool(5, stride=3, padding=VALID),
    conv1=Conv(128, 1),
    conv2=Conv(768, 5, padding=VALID),
    pool2=GlobalAvgPool(),
    fc=Dense(CLASSES),
)

INCEPTION_V3 = Network(
    name="inception_v3",
    title="Inception v3",
    source="Szegedy et al. 2016, Table 1 and Figures 5 to 8, as in torchvision.models.inception_v3 and timm",
    input=(3, 299, 299),
    num_classes=1000,
    convention="floor",
    norm=BatchNorm(eps=1e-3, momentum=0.9),
    bias=False,
    stages=_stages(AvgPool(3, count_padding=True), _DROPOUT),
    aux={"aux1": Aux("b4.6e", _HEAD, loss_weight=0.4)},
    departures=(
        "The layers are those of the published weights; the paper's Table 1 has neither their 1x1 of 80 channels nor "
        "their 5x5 of the 35x35 blocks.",
        "Average pools count the zeros around the map, as torchvision and timm do; TensorFlow and Keras count only "
        "the map: inception_v3:keras.",
        "The head is that of the published code; the paper normalises it too but does not give its layers.",
        "The head's loss counts 0.4, as in TensorFlow's training code; the paper and torchvision give no weight.",
    ),
)

INCEPTION_V3_KERAS = replace(
    INCEPTION_V3,
    name="inception_v3:keras",
    title="Inception v3 of Keras Applications",
    source="keras.applications.InceptionV3; Szegedy et al. 2016, Table 1 and Figures 5 to 8",
    norm=BatchNorm(eps=1e-3, momentum=0.99),
    stages=_stages(AvgPool(3), {}),
    aux={},
    departures=(
        "The layers are those of the published weights; the paper's Table 1 has neither their 1x1 of 80 channels nor "
        "their 5x5 of the 35x35 blocks.",
        "Average pools count only the map, as TensorFlow does; torchvision counts the zeros around it: inception_v3.",
        "Keras Applications leaves out the head, the dropout, and the scales of the normalisation, which here are 1.",
    ),
)

INCEPTION_V3_FID = replace(
    INCEPTION_V3,
    name="inception_v3:fid",
    title="Inception v3 of the Fréchet Inception Distance",
    source="classify_image_graph_def.pb of 2015-12-05, as pytorch-fid and torch-fidelity port it; Szegedy et al. 2016",
    num_classes=1008,
    stages=_stages(AvgPool(3), _DROPOUT, last_pool=MaxPool(3)),
    aux={},
    departures=(
        "The layers are those of the published weights; the paper's Table 1 has neither their 1x1 of 80 channels nor "
        "their 5x5 of the 35x35 blocks.",
        "Average pools count only the map, as TensorFlow does; torchvision counts the zeros around it: inception_v3.",
        "The pool of the last block, 7c, is a maximum, where the paper and all other versions have an average.",
        "There are 1,008 classes, of which 1,000 are ImageNet's, and no head.",
        "The dropout and the momentum of the normalisation are the port's; the graph of 2015 only evaluates.",
    ),
)
