"""The part of Caffe's caffe.proto that weights need, as protobuf messages made when they are asked for.

Source: BVLC/caffe, src/caffe/proto/caffe.proto. Fields that are not listed are skipped by protobuf itself.
"""

from __future__ import annotations

from functools import cache

from common.weights.formats.faults import library

# Message to field to (number, type); a star is a repeated field, packed or not: protobuf reads both alike.
# Texts are bytes here, and decoded where they are used: protobuf lets a text that is none through, as bytes.
MESSAGES = {
    "BlobShape": {"dim": (1, "int64*")},
    "BlobProto": {
        "num": (1, "int32"),
        "channels": (2, "int32"),
        "height": (3, "int32"),
        "width": (4, "int32"),
        "data": (5, "float*"),
        "shape": (7, "BlobShape"),
        "double_data": (8, "double*"),
    },
    "V1LayerParameter": {
        "layer": (1, "bytes"),  # a V0LayerParameter
        "name": (4, "bytes"),
        "type": (5, "int32"),  # the enum LayerType
        "blobs": (6, "BlobProto*"),
    },
    "LayerParameter": {"name": (1, "bytes"), "type": (2, "bytes"), "blobs": (7, "BlobProto*")},
    "NetParameter": {"layers": (2, "V1LayerParameter*"), "layer": (100, "LayerParameter*")},
}

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


@cache
def net_parameter() -> type:
    """The class of the message NetParameter.

    Raises:
        InputError: protobuf is not installed.
    """
    parts = ("descriptor_pb2", "descriptor_pool", "message_factory")
    descriptor, pools, factory = (library(f"google.protobuf.{part}", "protobuf", "Caffe files") for part in parts)
    file = descriptor.FileDescriptorProto(name="caffe_weights.proto", package="caffe", syntax="proto2")
    for message, fields in MESSAGES.items():
        described = file.message_type.add(name=message)
        for name, (number, kind) in fields.items():
            field = described.field.add(name=name, number=number)
            field.label = field.LABEL_REPEATED if kind.endswith("*") else field.LABEL_OPTIONAL
            kind = kind.rstrip("*")
            if kind in MESSAGES:
                field.type, field.type_name = field.TYPE_MESSAGE, f".caffe.{kind}"
            else:
                field.type = field.Type.Value(f"TYPE_{kind.upper()}")
    pool = pools.DescriptorPool()  # not protobuf's own, where an installed Caffe has its messages
    pool.Add(file)
    return factory.GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))
