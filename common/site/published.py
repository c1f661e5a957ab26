"""Accuracies on ImageNet's validation images as they were published, each with where it stands.

They are what others measured with weights of theirs. Only those are here whose source names the network that a table
follows.
"""

from __future__ import annotations

from dataclasses import dataclass

from common import nets
from common.table.analysis import Table


@dataclass(frozen=True)
class Accuracy:
    """Shares of images whose class is the most probable one, and among the five most probable.

    Attributes:
        top1: None where the source does not say it.
        top5: the same for five.
        source: where it stands.
    """

    top1: float | None
    top5: float
    source: str


_RESNETS = "Szegedy et al. 2017, Table 2: one model, one crop"
PUBLISHED = {
    "paper": Accuracy(None, 0.8993, "Szegedy et al. 2015, Table 3: one model, one crop"),
    "caffe": Accuracy(0.687, 0.889, "Caffe's bvlc_googlenet, readme: the centre crop"),
    "torchvision": Accuracy(0.69778, 0.8953, "torchvision, GoogLeNet_Weights.IMAGENET1K_V1"),
    "inception_bn:paper": Accuracy(0.748, 0.922, f"{_RESNETS}, BN-Inception"),
    "inception_v3": Accuracy(0.77294, 0.9345, "torchvision, Inception_V3_Weights.IMAGENET1K_V1"),
    "inception_v3:keras": Accuracy(0.779, 0.937, "Keras Applications, table of models"),
    "inception_v4": Accuracy(0.8, 0.95, _RESNETS),
    "inception_resnet_v1": Accuracy(0.787, 0.945, _RESNETS),
    "inception_resnet_v2": Accuracy(0.803, 0.953, "Keras Applications, table of models"),
    "inception_resnet_v2:paper": Accuracy(0.801, 0.951, _RESNETS),
}


def published(table: Table) -> Accuracy | None:
    """What was published of a table; None of one that only has the name, and of those nobody has told of.

    >>> published(nets.get("inception_v4")).top5, published(nets.get("d2l"))
    (0.95, None)
    """
    known = PUBLISHED.get(table.name)
    return known if known and table == nets.get(table.name) else None
