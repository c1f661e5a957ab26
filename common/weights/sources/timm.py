"""timm's ``inception_v3``, ``inception_v4`` and ``inception_resnet_v2``.

timm resizes the shorter side to ⌊299 / crop_pct⌋ with bicubic interpolation and takes images from -1 to 1
(``default_cfgs`` in timm/models/inception_*.py; timm/data/transforms_factory.py).
"""

from dataclasses import replace

from common.data.preprocessing import Preprocessing
from common.weights.sources import Source, layered
from common.weights.sources.torch_names import FORMATS, IGNORABLE, NORMALISED, PLAIN, within
from common.weights.sources.torchvision import INCEPTION_V3

_OF_INCEPTION_V3 = Preprocessing(int(299 / 0.875), (299, 299), interpolation="bicubic")

TIMM_INCEPTION_V3 = Source(
    name="timm_inception_v3",
    about="timm's inception_v3, whose tensors are called as torchvision's",
    formats=FORMATS,
    network="inception_v3",
    names=layered(INCEPTION_V3, NORMALISED, PLAIN),
    ignorable=IGNORABLE,
    preprocessing=_OF_INCEPTION_V3,
)


TIMM_INCEPTION_V3_GLUON = replace(
    TIMM_INCEPTION_V3,
    name="timm_inception_v3_gluon",
    about="timm's inception_v3.gluon_in1k, whose images are normalised by the means of ImageNet",
    preprocessing=replace(_OF_INCEPTION_V3, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
)


def _path(path: int, count: int, name: str) -> dict[str, str]:
    """A path of several convolutions, which timm numbers from 0."""
    return {f"p{path}_{i + 1}": f"{name}.{i}" for i in range(count)}


_SPLIT = {
    "p1_1": "branch0",
    "p2_1": "branch1_0",
    "p2_2.a_1": "branch1_1a",
    "p2_2.b_1": "branch1_1b",
    "p3_1": "branch2_0",
    "p3_2": "branch2_1",
    "p3_3": "branch2_2",
    "p3_4.a_1": "branch2_3a",
    "p3_4.b_1": "branch2_3b",
    "p4_2": "branch3.1",
}
_V4_A = {"p1_1": "branch0", **_path(2, 2, "branch1"), **_path(3, 3, "branch2"), "p4_2": "branch3.1"}
_V4_B = {"p1_1": "branch0", **_path(2, 3, "branch1"), **_path(3, 5, "branch2"), "p4_2": "branch3.1"}
_V4 = {
    "b1.conv1": "features.0",
    "b1.conv2": "features.1",
    "b1.conv3": "features.2",
    "b1.mixed3.p2_1": "features.3.conv",
    **within("b2.mixed4", "features.4", {**_path(1, 2, "branch0"), **_path(2, 4, "branch1")}),
    "b2.mixed5.p1_1": "features.5.conv",
    "b4.4a.p1_1": "features.10.branch0",
    **within("b4.4a", "features.10", _path(2, 3, "branch1")),
    **within("b5.5a", "features.18", {**_path(1, 2, "branch0"), **_path(2, 4, "branch1")}),
    "fc": "last_linear",
}
for _i, _letter in enumerate("abcd"):
    _V4 |= within(f"b3.3{_letter}", f"features.{6 + _i}", _V4_A)
for _i, _letter in enumerate("bcdefgh"):
    _V4 |= within(f"b4.4{_letter}", f"features.{11 + _i}", _V4_B)
for _i, _letter in enumerate("bcd"):
    _V4 |= within(f"b5.5{_letter}", f"features.{19 + _i}", _SPLIT)

TIMM_INCEPTION_V4 = Source(
    name="timm_inception_v4",
    about="timm's inception_v4, a state dict",
    formats=FORMATS,
    network="inception_v4",
    names=layered(_V4, NORMALISED, PLAIN),
    ignorable=IGNORABLE,
    preprocessing=Preprocessing(int(299 / 0.875), (299, 299), interpolation="bicubic"),
)


def _residual(paths: dict[str, str]) -> dict[str, str]:
    """A residual block: the paths of its body, then the linear 1x1."""
    return {**{f"body_1.{here}": there for here, there in paths.items()}, "body_2": "conv2d"}


_TWO_PATHS = _residual({"p1_1": "branch0", **_path(2, 3, "branch1")})
_RESNET = {
    "b1.conv1a": "conv2d_1a",
    "b1.conv2a": "conv2d_2a",
    "b1.conv2b": "conv2d_2b",
    "b2.conv3b": "conv2d_3b",
    "b2.conv4a": "conv2d_4a",
    **within("b3.3a", "mixed_5b", {"p1_1": "branch0", **_path(2, 2, "branch1"), **_path(3, 3, "branch2")}),
    "b3.3a.p4_2": "mixed_5b.branch3.1",
    "b4.4a.p1_1": "mixed_6a.branch0",
    **within("b4.4a", "mixed_6a", _path(2, 3, "branch1")),
    **within("b5.5a", "mixed_7a", {**_path(1, 2, "branch0"), **_path(2, 2, "branch1"), **_path(3, 3, "branch2")}),
    **within("b5.5k", "block8", _TWO_PATHS),
    "b5.conv7b": "conv2d_7b",
    "fc": "classif",
}
_THREE_PATHS = _residual({"p1_1": "branch0", **_path(2, 2, "branch1"), **_path(3, 3, "branch2")})
for _i, _letter in enumerate("bcdefghijk"):
    _RESNET |= within(f"b3.3{_letter}", f"repeat.{_i}", _THREE_PATHS)
for _i, _letter in enumerate("bcdefghijklmnopqrstu"):
    _RESNET |= within(f"b4.4{_letter}", f"repeat_1.{_i}", _TWO_PATHS)
for _i, _letter in enumerate("bcdefghij"):
    _RESNET |= within(f"b5.5{_letter}", f"repeat_2.{_i}", _TWO_PATHS)

TIMM_INCEPTION_RESNET_V2 = Source(
    name="timm_inception_resnet_v2",
    about="timm's inception_resnet_v2, a state dict",
    formats=FORMATS,
    network="inception_resnet_v2",
    names=layered(_RESNET, NORMALISED, PLAIN),
    ignorable=IGNORABLE,
    preprocessing=Preprocessing(int(299 / 0.8975), (299, 299), interpolation="bicubic"),
)
