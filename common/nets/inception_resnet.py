"""Inception-ResNet v1 and v2 (Szegedy et al. 2017, "Inception-v4, Inception-ResNet and the Impact of Residual
Connections"), as in the paper and as published.
"""

from dataclasses import replace

from common.nets.inception_v4 import HALVE, POOL, halving, numbered, reduction_a, stem
from common.table.padding import VALID
from common.table.spec import BatchNorm, Concat, Conv, Dropout, GlobalAvgPool, Network, Node, Residual, Stage


def residual(channels: int, scale: float, *, activation: str | None = "relu", **paths: tuple[Node, ...]) -> Residual:
    """relu(x + scale · 1x1(paths)); the 1x1 is linear, with a bias and no normalisation (Figure 20)."""
    linear = Conv(channels, 1, bias=True, norm=None, activation=None)
    return Residual((Concat(**paths), linear), scale=scale, activation=activation)


def _block_a(channels: int, wide: tuple[int, int], scale: float = 0.17) -> Residual:
    """35x35 (Figures 10 and 16); ``wide`` has the channels of the two 3x3 of the third path."""
    return residual(
        channels,
        scale,
        p1=(Conv(32, 1),),
        p2=(Conv(32, 1), Conv(32, 3)),
        p3=(Conv(32, 1), Conv(wide[0], 3), Conv(wide[1], 3)),
    )


def _block_b(channels: int, first: int, path: tuple[int, int, int], scale: float = 0.10) -> Residual:
    """17x17 (Figures 11 and 17)."""
    c1, c2, c3 = path
    return residual(channels, scale, p1=(Conv(first, 1),), p2=(Conv(c1, 1), Conv(c2, (1, 7)), Conv(c3, (7, 1))))


def _block_c(
    channels: int, path: tuple[int, int, int], scale: float = 0.20, activation: str | None = "relu"
) -> Residual:
    """8x8 (Figures 13 and 19)."""
    c1, c2, c3 = path
    return residual(
        channels,
        scale,
        activation=activation,
        p1=(Conv(192, 1),),
        p2=(Conv(c1, 1), Conv(c2, (1, 3)), Conv(c3, (3, 1))),
    )


def _reduction_b(second: int, third: tuple[int, int]) -> Concat:
    """17x17 to 8x8 (Figures 12 and 18)."""
    return Concat(
        p1=(Conv(256, 1), halving(384)),
        p2=(Conv(256, 1), halving(second)),
        p3=(Conv(256, 1), Conv(third[0], 3), halving(third[1])),
        p4=(HALVE,),
    )


def _plain_stem() -> dict[str, Stage]:
    """The stem of Inception v3, which v1 and the published v2 begin with."""
    return {
        "b1": Stage(conv1a=halving(32), conv2a=Conv(32, 3, padding=VALID), conv2b=Conv(64, 3), pool1=HALVE),
        "b2": Stage(conv3b=Conv(80, 1), conv4a=Conv(192, 3, padding=VALID)),
    }


def _stages_v1(c_blocks: list[Residual], **last: Node) -> dict[str, Stage]:
    stages = _plain_stem()
    stages["b2"] = Stage(**stages["b2"].nodes, conv4b=halving(256))
    return {
        **stages,
        "b3": Stage(**numbered(3, [_block_a(256, (32, 32))] * 5)),
        "b4": Stage(**numbered(4, [reduction_a(192, 192, 256, 384), *[_block_b(896, 128, (128, 128, 128))] * 10])),
        "b5": Stage(**numbered(5, [_reduction_b(256, (256, 256)), *c_blocks]), pool5=GlobalAvgPool(), **last),
    }


_C1 = _block_c(1792, (192, 192, 192))
_SCALES = "The residuals are scaled by 0.17, 0.10 and 0.20 in the three kinds of blocks; the paper says 0.1 to 0.3."
_UNSAID = (
    "The paper gives no numbers for the eps and momentum of its batch normalisation: they are facenet-pytorch's.",
    "The order of the paths, and where convolutions have a bias, are tf-slim's; the paper's figures do not say.",
)

INCEPTION_RESNET_V1 = Network(
    name="inception_resnet_v1",
    title="Inception-ResNet v1",
    source="Szegedy et al. 2017, Figures 10 to 15",
    input=(3, 299, 299),
    num_classes=1000,
    convention="floor",
    norm=BatchNorm(eps=1e-3, momentum=0.9),
    bias=False,
    stages=_stages_v1([_C1] * 5, dropout=Dropout(0.2)),
    departures=(
        _SCALES,
        *_UNSAID,
        "The paper's 5/10/5 blocks and a direct classifier; the only published weights, for faces, have one block and "
        "an embedding more: inception_resnet_v1:facenet.",
    ),
)

INCEPTION_RESNET_V1_FACENET = replace(
    INCEPTION_RESNET_V1,
    name="inception_resnet_v1:facenet",
    title="Inception-ResNet v1 of facenet",
    source="facenet's inception_resnet_v1 and facenet-pytorch; Szegedy et al. 2017, Figures 10 to 15",
    input=(3, 160, 160),
    stages=_stages_v1(
        [*[_C1] * 5, _block_c(1792, (192, 192, 192), scale=1.0, activation=None)],
        dropout=Dropout(0.6),
        embedding=Conv(512, 1, activation=None),
    ),
    departures=(
        _SCALES,
        "A sixth 8x8 block, neither scaled nor rectified, and an embedding of 512 numbers before the classifier.",
        "The embedding is written as a 1x1 convolution with normalisation on the 1x1 map, which is the same function "
        "as facenet's dense layer with normalisation; it is not scaled to unit length.",
        "The dropout is 0.6; the paper's is 0.2.",
    ),
)


def _stages_v2(first: dict[str, Stage], blocks: tuple[list, list, list], **last: Node) -> dict[str, Stage]:
    a, b, c = blocks
    return {
        **first,
        "b3": Stage(**numbered(3, a)),
        "b4": Stage(**numbered(4, [reduction_a(256, 256, 384, 384), *b])),
        "b5": Stage(
            **numbered(5, [_reduction_b(288, (288, 320)), *c]), **last, pool5=GlobalAvgPool(), dropout=Dropout(0.2)
        ),
    }


def _published_v2() -> dict[str, Stage]:
    first = _plain_stem()
    first["b2"] = Stage(**first["b2"].nodes, pool2=HALVE)
    mixed = Concat(
        p1=(Conv(96, 1),),
        p2=(Conv(48, 1), Conv(64, 5)),
        p3=(Conv(64, 1), Conv(96, 3), Conv(96, 3)),
        p4=(POOL, Conv(64, 1)),
    )
    a = [mixed, *[_block_a(320, (48, 64))] * 10]
    b = [_block_b(1088, 192, (128, 160, 192))] * 20
    c = [*[_block_c(2080, (192, 224, 256))] * 9, _block_c(2080, (192, 224, 256), scale=1.0, activation=None)]
    return _stages_v2(first, (a, b, c), conv7b=Conv(1536, 1))


def _paper_v2() -> dict[str, Stage]:
    a = [_block_a(384, (48, 64))] * 5
    b = [_block_b(1152, 192, (128, 160, 192))] * 10
    c = [_block_c(2144, (192, 224, 256))] * 5
    return _stages_v2(stem(), (a, b, c))


INCEPTION_RESNET_V2 = Network(
    name="inception_resnet_v2",
    title="Inception-ResNet v2",
    source="tf-slim's inception_resnet_v2, timm and Keras Applications; Szegedy et al. 2017, section 3.2",
    input=(3, 299, 299),
    num_classes=1000,
    convention="floor",
    norm=BatchNorm(eps=1e-3, momentum=0.9),
    bias=False,
    stages=_published_v2(),
    departures=(
        _SCALES,
        "The published weights have 10/20/10 blocks, Inception v3's stem, a mixed block before and a 1x1 of 1536 "
        "channels behind; the paper draws 5/10/5 and Inception v4's stem: inception_resnet_v2:paper.",
        "The last 8x8 block is neither scaled nor rectified, as in the published code.",
        "The auxiliary head of tf-slim, which published weights outside of it do not have, is left out.",
        "The momentum is timm's, 0.9 for the old value (Keras 0.99, tf-slim 0.9997), and the dropout tf-slim's; Keras "
        "Applications leaves out the dropout and the scales of the normalisation.",
    ),
)

INCEPTION_RESNET_V2_PAPER = replace(
    INCEPTION_RESNET_V2,
    name="inception_resnet_v2:paper",
    title="Inception-ResNet v2 as drawn in the paper",
    source="Szegedy et al. 2017, Figures 3 and 15 to 19",
    stages=_paper_v2(),
    departures=(
        _SCALES,
        *_UNSAID,
        "5/10/5 blocks, as in the paper; all published weights have 10/20/10: inception_resnet_v2.",
        "The linear 1x1 have as many channels as what they are added to, 1152 and 2144; printed are 1154 and 2048.",
    ),
)
