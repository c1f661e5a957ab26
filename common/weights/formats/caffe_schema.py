"""The part of Caffe's caffe.proto that weights need: numbers of fields, and the types of layers.

Source: BVLC/caffe, src/caffe/proto/caffe.proto.
"""

from __future__ import annotations

# Numbers of fields, by message.
NET = {"layers": 2, "layer": 100}
LAYER = {"name": 1, "type": 2, "blobs": 7}
V1_LAYER = {"layer": 1, "name": 4, "type": 5, "blobs": 6}  # its field `layer` is a V0LayerParameter
BLOB = {"num": 1, "channels": 2, "height": 3, "width": 4, "data": 5, "shape": 7, "double_data": 8}
BLOB_SHAPE = {"dim": 1}

# The enum V1LayerParameter.LayerType, by the names that the next generation has for the same layers:
# src/caffe/util/upgrade_proto.cpp, UpgradeV1LayerType.
V1_TYPES = {
    0: "",
    1: "Accuracy",
    2: "BNLL",
    3: "Concat",
    4: "Convolution",
    5: "Data",
    6: "Dropout",
    7: "EuclideanLoss",
    8: "Flatten",
    9: "HDF5Data",
    10: "HDF5Output",
    11: "Im2col",
    12: "ImageData",
    13: "InfogainLoss",
    14: "InnerProduct",
    15: "LRN",
    16: "MultinomialLogisticLoss",
    17: "Pooling",
    18: "ReLU",
    19: "Sigmoid",
    20: "Softmax",
    21: "SoftmaxWithLoss",
    22: "Split",
    23: "TanH",
    24: "WindowData",
    25: "Eltwise",
    26: "Power",
    27: "SigmoidCrossEntropyLoss",
    28: "HingeLoss",
    29: "MemoryData",
    30: "ArgMax",
    31: "Threshold",
    32: "DummyData",
    33: "Slice",
    34: "MVN",
    35: "AbsVal",
    36: "Silence",
    37: "ContrastiveLoss",
    38: "Exp",
    39: "Deconvolution",
}
