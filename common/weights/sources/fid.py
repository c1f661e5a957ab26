"""The network of the Fréchet Inception Distance: TensorFlow's graph of 2015, and the port of it to PyTorch.

The graph takes pixels from 0 to 255, resizes them as TensorFlow 1 did, and makes -1 to 1 of them. The names are those
of classify_image_graph_def.pb (inception-2015-12-05.tgz), and in the port those of torchvision.
"""

from common.data.fid import FID
from common.weights.sources import HWIO, Source, layered
from common.weights.sources.tensorflow_graph import check_graph, scaled
from common.weights.sources.torch_names import FORMATS, IGNORABLE, NORMALISED, PLAIN
from common.weights.sources.torchvision import INCEPTION_V3

NETWORK = "inception_v3:fid"

PYTORCH_FID = Source(
    name="pytorch_fid_inception_v3",
    about="pytorch-fid's and torch-fidelity's pt_inception-2015-12-05, a state dict",
    formats=FORMATS,
    network=NETWORK,
    names=layered(
        {here: there for here, there in INCEPTION_V3.items() if not here.startswith("aux")}, NORMALISED, PLAIN
    ),
    ignorable=IGNORABLE,
    preprocessing=FID,
)


def _row(path: int, tower: str, count: int) -> dict[str, str]:
    """The convolutions of a path one behind the other, as TensorFlow numbers them: ``conv``, ``conv_1``, ..."""
    return {f"p{path}_{i + 1}": f"{tower}/conv" + (f"_{i}" if i else "") for i in range(count)}


_FIRST = {"p1_1": "conv"}
_POOL = {"p4_1": "tower_2/pool", "p4_2": "tower_2/conv"}
_BLOCK_A = {**_FIRST, **_row(2, "tower", 2), **_row(3, "tower_1", 3), **_POOL}
_TO_17 = {**_FIRST, **_row(2, "tower", 3), "p3_1": "pool"}
_BLOCK_B = {**_FIRST, **_row(2, "tower", 3), **_row(3, "tower_1", 5), **_POOL}
_TO_8 = {**_row(1, "tower", 2), **_row(2, "tower_1", 4), "p3_1": "pool"}
_BLOCK_C = {
    **_FIRST,
    "p2_1": "tower/conv",
    "p2_2.a_1": "tower/mixed/conv",
    "p2_2.b_1": "tower/mixed/conv_1",
    **_row(3, "tower_1", 2),
    "p3_3.a_1": "tower_1/mixed/conv",
    "p3_3.b_1": "tower_1/mixed/conv_1",
    **_POOL,
}
_BLOCKS = {
    **{f"b3.{name}": _BLOCK_A for name in ("5b", "5c", "5d")},
    **{f"b4.{name}": _TO_17 if name == "6a" else _BLOCK_B for name in ("6a", "6b", "6c", "6d", "6e")},
    **{f"b5.{name}": _TO_8 if name == "7a" else _BLOCK_C for name in ("7a", "7b", "7c")},
}
LAYERS = {
    "b1.conv1a": "conv",
    "b1.conv2a": "conv_1",
    "b1.conv2b": "conv_2",
    "b1.pool1": "pool",
    "b2.conv3b": "conv_3",
    "b2.conv4a": "conv_4",
    "b2.pool2": "pool_1",
    "b5.pool5": "pool_3",
    "fc": "softmax",
}
for _i, (_block, _layers) in enumerate(_BLOCKS.items()):
    for _here, _there in _layers.items():
        LAYERS[f"{_block}.{_here}"] = f"mixed{f'_{_i}' if _i else ''}/{_there}"

TENSORFLOW_INCEPTION_V3 = Source(
    name="tensorflow_inception_v3",
    about="classify_image_graph_def.pb of 2015-12-05, a frozen graph of TensorFlow",
    formats=("tensorflow",),
    network=NETWORK,
    names=layered(
        LAYERS,
        {
            "weight": "{}/conv2d_params",
            "norm.weight": "{}/batchnorm/gamma",
            "norm.bias": "{}/batchnorm/beta",
            "norm.running_mean": "{}/batchnorm/moving_mean",
            "norm.running_var": "{}/batchnorm/moving_variance",
        },
        {"weight": "{}/weights", "bias": "{}/biases"},
    ),
    preprocessing=FID,
    layout=HWIO,
    ignorable=("ExpandDims/dim", "ResizeBilinear/size", "Sub/y", "Mul/y", "*/concat_dim", "pool_3/_reshape/shape"),
    layers=frozenset(
        (
            "AvgPool",
            "BatchNormWithGlobalNormalization",
            "BiasAdd",
            "Cast",
            "CheckNumerics",
            "Concat",
            "Const",
            "Conv2D",
            "DecodeJpeg",
            "ExpandDims",
            "Identity",
            "MatMul",
            "MaxPool",
            "Mul",
            "NoOp",
            "Placeholder",
            "Relu",
            "Reshape",
            "ResizeBilinear",
            "Softmax",
            "Sub",
        )
    ),
    tensors=scaled,
    check=lambda contents, table, names: check_graph(contents, table, names, LAYERS),
)
