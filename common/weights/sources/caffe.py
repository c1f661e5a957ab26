"""BVLC's ``bvlc_googlenet``: the caffemodel, and the ONNX model zoo's file, which was converted from it.

The network takes blue, green, red from 0 to 255 with the means 104, 117, 123 taken away, and these weights
are left as they are: the preprocessing says so (models/bvlc_googlenet/train_val.prototxt; images are warped to
256 x 256 and cut at the centre).
"""

from common.data.preprocessing import Preprocessing
from common.nets.googlenet import CHANNELS
from common.weights.sources import Source, layered
from common.weights.sources.graph import check_convolutions

_BLOCK = {
    "p1_1": "1x1",
    "p2_1": "3x3_reduce",
    "p2_2": "3x3",
    "p3_1": "5x5_reduce",
    "p3_2": "5x5",
    "p4_2": "pool_proj",
}
_LAYERS = {
    "b1.conv1": "conv1/7x7_s2",
    "b2.conv2_reduce": "conv2/3x3_reduce",
    "b2.conv2": "conv2/3x3",
    "fc": "loss3/classifier",
}
for _stage, _rows in CHANNELS.items():
    for _name in _rows:
        for _here, _there in _BLOCK.items():
            _LAYERS[f"{_stage}.{_name}.{_here}"] = f"inception_{_name}/{_there}"
for _i in (1, 2):
    for _here, _there in {"conv": "conv", "fc1": "fc", "fc2": "classifier"}.items():
        _LAYERS[f"aux{_i}.{_here}"] = f"loss{_i}/{_there}"

_PREPROCESSING = Preprocessing(
    (256, 256), (224, 224), order="BGR", scale=1.0, mean=(104.0, 117.0, 123.0), std=(1.0, 1.0, 1.0)
)

CAFFE_GOOGLENET = Source(
    name="caffe_googlenet",
    about="BVLC's bvlc_googlenet.caffemodel",
    formats=("caffe",),
    network="caffe",
    names=layered(_LAYERS, {}, {"weight": "{}:0", "bias": "{}:1"}),
    preprocessing=_PREPROCESSING,
    leading_ones=True,
    layers=frozenset(
        (
            "Accuracy",
            "Concat",
            "Convolution",
            "Data",
            "Dropout",
            "InnerProduct",
            "Input",
            "LRN",
            "Pooling",
            "ReLU",
            "Softmax",
            "SoftmaxWithLoss",
            "Split",
        )
    ),
)

ONNX_GOOGLENET = Source(
    name="onnx_googlenet",
    about="googlenet-*.onnx of the ONNX model zoo, by way of Caffe2",
    formats=("onnx",),
    network="caffe",
    names=layered(_LAYERS, {}, {"weight": "{}_w_0", "bias": "{}_b_0"}),
    preprocessing=_PREPROCESSING,
    ignorable=("OC2_DUMMY_*",),  # shapes for Reshape
    check=check_convolutions,
    layers=frozenset(
        (
            "AveragePool",
            "Concat",
            "Constant",
            "Conv",
            "Dropout",
            "Flatten",
            "Gemm",
            "GlobalAveragePool",
            "LRN",
            "MaxPool",
            "Relu",
            "Reshape",
            "Softmax",
        )
    ),
)
