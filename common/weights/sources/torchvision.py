"""torchvision's ``googlenet`` and ``inception_v3``.

Both are ported from TensorFlow and take images from -1 to 1; with their published weights torchvision sets
``transform_input``, which turns ImageNet's means and deviations back into that (torchvision/models/googlenet.py).
"""

from common.data.preprocessing import Preprocessing
from common.nets.googlenet import CHANNELS
from common.weights.sources import Source, layered
from common.weights.sources.torch_names import FORMATS, IGNORABLE, NORMALISED, PLAIN, within

_BLOCK = {
    "p1_1": "branch1",
    "p2_1": "branch2.0",
    "p2_2": "branch2.1",
    "p3_1": "branch3.0",
    "p3_2": "branch3.1",
    "p4_2": "branch4.1",
}
_GOOGLENET = {"b1.conv1": "conv1", "b2.conv2_reduce": "conv2", "b2.conv2": "conv3", "fc": "fc"}
for _stage, _rows in CHANNELS.items():
    for _name in _rows:
        _GOOGLENET |= within(f"{_stage}.{_name}", f"inception{_name}", _BLOCK)
for _head in ("aux1", "aux2"):
    _GOOGLENET |= within(_head, _head, {"conv": "conv", "fc1": "fc1", "fc2": "fc2"})

TORCHVISION_GOOGLENET = Source(
    name="torchvision_googlenet",
    about="torchvision.models.googlenet, a state dict",
    formats=FORMATS,
    network="torchvision",
    names=layered(_GOOGLENET, NORMALISED, PLAIN),
    ignorable=IGNORABLE,
    preprocessing=Preprocessing(256, (224, 224)),
)

_BLOCK_A = {
    "p1_1": "branch1x1",
    "p2_1": "branch5x5_1",
    "p2_2": "branch5x5_2",
    "p3_1": "branch3x3dbl_1",
    "p3_2": "branch3x3dbl_2",
    "p3_3": "branch3x3dbl_3",
    "p4_2": "branch_pool",
}
_TO_17 = {
    "p1_1": "branch3x3",
    "p2_1": "branch3x3dbl_1",
    "p2_2": "branch3x3dbl_2",
    "p2_3": "branch3x3dbl_3",
}
_BLOCK_B = {
    "p1_1": "branch1x1",
    **{f"p2_{i}": f"branch7x7_{i}" for i in (1, 2, 3)},
    **{f"p3_{i}": f"branch7x7dbl_{i}" for i in (1, 2, 3, 4, 5)},
    "p4_2": "branch_pool",
}
_TO_8 = {
    "p1_1": "branch3x3_1",
    "p1_2": "branch3x3_2",
    **{f"p2_{i}": f"branch7x7x3_{i}" for i in (1, 2, 3, 4)},
}
_BLOCK_C = {
    "p1_1": "branch1x1",
    "p2_1": "branch3x3_1",
    "p2_2.a_1": "branch3x3_2a",
    "p2_2.b_1": "branch3x3_2b",
    "p3_1": "branch3x3dbl_1",
    "p3_2": "branch3x3dbl_2",
    "p3_3.a_1": "branch3x3dbl_3a",
    "p3_3.b_1": "branch3x3dbl_3b",
    "p4_2": "branch_pool",
}
INCEPTION_V3 = {
    "b1.conv1a": "Conv2d_1a_3x3",
    "b1.conv2a": "Conv2d_2a_3x3",
    "b1.conv2b": "Conv2d_2b_3x3",
    "b2.conv3b": "Conv2d_3b_1x1",
    "b2.conv4a": "Conv2d_4a_3x3",
    **within("b3.5b", "Mixed_5b", _BLOCK_A),
    **within("b3.5c", "Mixed_5c", _BLOCK_A),
    **within("b3.5d", "Mixed_5d", _BLOCK_A),
    **within("b4.6a", "Mixed_6a", _TO_17),
    **within("b4.6b", "Mixed_6b", _BLOCK_B),
    **within("b4.6c", "Mixed_6c", _BLOCK_B),
    **within("b4.6d", "Mixed_6d", _BLOCK_B),
    **within("b4.6e", "Mixed_6e", _BLOCK_B),
    **within("b5.7a", "Mixed_7a", _TO_8),
    **within("b5.7b", "Mixed_7b", _BLOCK_C),
    **within("b5.7c", "Mixed_7c", _BLOCK_C),
    **within("aux1", "AuxLogits", {"conv1": "conv0", "conv2": "conv1", "fc": "fc"}),
    "fc": "fc",
}

TORCHVISION_INCEPTION_V3 = Source(
    name="torchvision_inception_v3",
    about="torchvision.models.inception_v3, a state dict",
    formats=FORMATS,
    network="inception_v3",
    names=layered(INCEPTION_V3, NORMALISED, PLAIN),
    ignorable=IGNORABLE,
    preprocessing=Preprocessing(342, (299, 299)),
)
