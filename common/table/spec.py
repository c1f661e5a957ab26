"""The vocabulary the tables are written in: what a module of `common.nets` imports.

A network is a table of these nodes and nothing else. What a node means is defined once, in `common.compare.reference`,
and built three times, in ``googlenet_*/layers.py`` and ``blocks.py``. The nodes themselves are in `common.table.nodes`,
`common.table.blocks` and `common.table.network`.

>>> Network("mynet", "", "", (1, 8, 8), 2, "floor", {"b1": Stage(conv=Conv(4, 3))}).trunk["fc"].units
'classes'
"""

from common.table.blocks import Concat, Inception, Node, Paths, Residual, Stage, leaves
from common.table.network import Aux, Network, PublishedRow
from common.table.nodes import (
    CLASSES,
    INHERIT,
    LRN,
    AdaptiveAvgPool,
    AvgPool,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool,
    MaxPool,
    Window,
    pair,
)

__all__ = [
    "CLASSES",
    "INHERIT",
    "LRN",
    "AdaptiveAvgPool",
    "Aux",
    "AvgPool",
    "BatchNorm",
    "Concat",
    "Conv",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "Inception",
    "MaxPool",
    "Network",
    "Node",
    "Paths",
    "PublishedRow",
    "Residual",
    "Stage",
    "Window",
    "leaves",
    "pair",
]
