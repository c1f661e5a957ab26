"""Pictures become numbers exactly as the publishers' own code makes them, and the settings survive their JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from support.published_models import timm, torchvision

from common import nets
from common.base.errors import InputError
from common.data.preprocessing import Preprocessing, plain
from common.weights.sources import sources

ROUND_OFF = 1e-6  # of float32 and numbers up to 3; one of the 255 levels is 8000 times as much

# Width and height. Resized to 256, the longer sides are 341.3, 343.04, 343.9, 257, 904.6 and 1690.4: of 341 and 343
# less 224, a half is rounded down once and up once, and 343.9 tells cutting from rounding.
SIZES = [(400, 300), (300, 402), (403, 300), (300, 403), (256, 257), (1000, 283), (97, 641), (64, 48), (31, 31)]

only_torch, only_tf = pytest.mark.only("torch"), pytest.mark.only("tf")
sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: "{}x{}".format(*size))


def picture(size, seed=0):
    """Noise, in which every shift, every other interpolation and every exchange of channels shows."""
    width, height = size
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def prepared(source, size):
    return sources()[source].preprocessing(picture(size))


def assert_same(found, expected):
    expected = np.asarray(expected)
    assert found.shape == expected.shape
    assert found.dtype == np.float64
    assert np.abs(found - expected).max() <= ROUND_OFF


@only_torch
@sizes
@pytest.mark.parametrize(
    ("source", "weights"),
    [
        ("torchvision_googlenet", "GoogLeNet_Weights"),
        ("torchvision_inception_v3", "Inception_V3_Weights"),
    ],
)
def test_torchvisions_transforms_and_what_its_models_do_to_them(source, weights, size):
    """The published weights come with ``transform_input``: the model changes its input before the first layer."""
    models = torchvision().models
    x = getattr(models, weights).IMAGENET1K_V1.transforms()(picture(size))[None]
    model = models.googlenet(weights=None, init_weights=False, aux_logits=False, num_classes=2, transform_input=True)
    assert_same(prepared(source, size), model._transform_input(x)[0])


@only_torch
@sizes
@pytest.mark.parametrize("model", ["inception_v3", "inception_v4", "inception_resnet_v2"])
def test_timms_transforms(model, size):
    timm()
    import timm.data as data
    from timm.models import get_pretrained_cfg

    theirs = data.create_transform(**data.resolve_data_config({}, pretrained_cfg=get_pretrained_cfg(model).to_dict()))
    assert_same(prepared(f"timm_{model}", size), theirs(picture(size)))


@only_tf
@sizes
@pytest.mark.parametrize("model", ["inception_v3", "inception_resnet_v2"])
def test_the_loading_and_preprocessing_of_keras(model, size, tmp_path):
    from googlenet_tf.framework import keras

    picture(size).save(tmp_path / "a.png")
    loaded = keras.utils.load_img(tmp_path / "a.png", target_size=(299, 299))
    pixels = keras.utils.img_to_array(loaded)[None]
    theirs = getattr(keras.applications, model).preprocess_input(pixels)[0]
    for kind in (f"keras_{model}", f"keras_{model}_weights"):
        assert_same(prepared(kind, size), np.moveaxis(theirs, 2, 0))


@sizes
@pytest.mark.parametrize("source", ["caffe_googlenet", "onnx_googlenet"])
def test_caffes_by_hand(source, size):
    """Warped to 256 x 256, cut at the centre; blue, green and red from 0 to 255, less their means."""
    pixels = np.asarray(picture(size).resize((256, 256), Image.Resampling.BILINEAR), float)[16:240, 16:240]
    red, green, blue = np.moveaxis(pixels, 2, 0)
    assert_same(prepared(source, size), [blue - 104, green - 117, red - 123])


def test_caffes_channels_of_a_red_picture():
    found = sources()["caffe_googlenet"].preprocessing(Image.new("RGB", (40, 30), (255, 10, 1)))
    assert [set(channel.ravel()) for channel in found] == [{1.0 - 104}, {10.0 - 117}, {255.0 - 123}]


def test_every_channel_has_its_own_mean_and_deviation():
    made = Preprocessing(8, (4, 4), scale=0.1, mean=(1.0, 2.0, 3.0), std=(2.0, 4.0, 8.0))
    found = made(Image.new("RGB", (8, 8), (50, 100, 200)))
    assert_same(found[:, 0, 0], [(5 - 1) / 2, (10 - 2) / 4, (20 - 3) / 8])
    assert found.shape == (3, 4, 4)


def test_a_grey_network_is_given_the_luma():
    """ITU-R 601: 0.299 red, 0.587 green, 0.114 blue, in whole levels, with one mean and one deviation."""
    made = Preprocessing(8, (6, 5), order="L", scale=1.0, mean=(7.0,), std=(2.0,))
    found = made(Image.new("RGB", (8, 12), (200, 100, 50)))
    assert found.shape == (1, 6, 5)
    assert np.abs(found * 2 + 7 - (0.299 * 200 + 0.587 * 100 + 0.114 * 50)).max() <= 1


def test_height_comes_before_width():
    square = picture((50, 40))
    assert Preprocessing((20, 30), None)(square).shape == (3, 20, 30)
    assert Preprocessing((20, 30), (12, 24))(square).shape == (3, 12, 24)
    assert Preprocessing(20, None)(square).shape == (3, 20, 25)
    assert Preprocessing(20, None)(picture((40, 50))).shape == (3, 25, 20)


@pytest.mark.parametrize(
    ("resize", "crop", "size"), [(20, None, None), (20, (10, 12), (10, 12)), ((30, 40), None, (30, 40))]
)
def test_the_size_that_comes_out_is_known_unless_the_picture_decides(resize, crop, size):
    assert Preprocessing(resize, crop).size() == size


@pytest.mark.parametrize(("size", "fits"), [((60, 48), True), ((59, 48), False), ((48, 60), False), ((75, 60), True)])
def test_a_picture_must_be_as_large_as_the_part_to_cut(size, fits):
    """Of 48 x 60 pixels after resizing the shorter side to 48; torchvision would put black around it."""
    made = Preprocessing(48, (48, 60))
    if fits:
        assert made(picture(size)).shape == (3, 48, 60)
        return
    with pytest.raises(InputError, match=r"^a picture of \d+x\d+ is smaller than the 48x60 to cut$"):
        made(picture(size))


def test_a_picture_of_a_fixed_size_must_be_as_large_in_both_directions():
    for crop in ((48, 40), (30, 60)):
        with pytest.raises(InputError, match=f"a picture of 40x50 is smaller than the {crop[0]}x{crop[1]} to cut"):
            Preprocessing((40, 50), crop)(picture((90, 90)))


def test_a_thin_picture_that_would_become_huge_is_refused(monkeypatch):
    """As many pixels as Pillow thinks safe to open are safe to make: a line of 20,000 would become 5 million wide."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40 * 1000)
    thin = picture((100, 4))
    assert Preprocessing(40, (40, 40))(thin).shape == (3, 40, 40)
    with pytest.raises(InputError, match=r"4x100 .* more than 40000 pixels"):
        Preprocessing(41, (40, 40))(thin)


PLAIN = plain(nets.get("d2l", in_channels=3))
GREY = plain(nets.get("d2l"))


@pytest.mark.parametrize(
    "made", [*(source.preprocessing for source in sources().values()), PLAIN, GREY, Preprocessing(20, None)], ids=str
)
def test_the_settings_survive_their_json(made):
    again = Preprocessing.loads(made.dumps())
    assert again == made
    assert hash(again) == hash(made)
    assert np.array_equal(again(picture((33, 44))), made(picture((33, 44))))


BROKEN = {
    **{text[:12]: text for text in ("", "nonsense", "null", "5", "true", "[]", "[1]", "[[1]]", '"text"', "{}")},
    "deep lists": "[" * 100_000,
    "deep objects": '{"resize":' * 100_000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_json_of_something_else_is_refused(text):
    refuse(text)


def refuse(text):
    with pytest.raises(InputError, match=r"^the preprocessing .* cannot be used: ") as caught:
        Preprocessing.loads(text)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("change", ["missing", "extra"])
def test_settings_that_are_missing_or_unknown_are_refused(change):
    settings = json.loads(PLAIN.dumps())
    refuse(json.dumps({**settings, "gamma": 1} if change == "extra" else dict(list(settings.items())[:-1])))


NAN, INF = float("nan"), float("inf")
VALUES = [
    *(("resize", value) for value in (0, -1, 1.5, None, "256", [], [1], [1, 2, 3], [20.5, 20], [0, 20], {}, 2**40)),
    *(("resize", value) for value in (True, 48.0, [48, 48.0], [48.0, 64], [True, 64])),
    *(("crop", value) for value in ([8.0, 8.0], [8, 8.5], [True, True], [1, True], False)),
    *(("crop", value) for value in ([0, 0], [-5, -5], [10], [500, 500], [10, 500], [], 0, 5, "", "ab", {"a": 1})),
    *(("interpolation", value) for value in ("cubic", "Bilinear", None, 2, ["nearest"], {})),
    *(("order", value) for value in ("rgb", "L", "RGBA", None, 3, ["RGB"])),
    *(("scale", value) for value in ("x", None, NAN, INF, [1], [1, 2, 3], 10**400)),
    *(
        ("mean", value)
        for value in (0.5, [], [0.5], [0.5] * 4, ["0.5"] * 3, [None] * 3, "abc", [NAN] * 3, [[1] * 3] * 3)
    ),
    *(
        ("std", value)
        for value in (1, [1], [1, 1], [1, 0, 1], [1, INF, 1], [1, NAN, 1], ["1"] * 3, None, [10**400] * 3)
    ),
]


@pytest.mark.parametrize(("setting", "value"), VALUES, ids=lambda value: repr(value)[:20])
def test_a_setting_of_no_use_is_refused(setting, value):
    refuse(json.dumps({**json.loads(PLAIN.dumps()), setting: value}))


def test_the_near_name_is_told():
    with pytest.raises(InputError, match="unknown interpolation 'biliner': did you mean 'bilinear'"):
        Preprocessing.loads(json.dumps({**json.loads(PLAIN.dumps()), "interpolation": "biliner"}))


def test_in_words():
    assert str(sources()["torchvision_googlenet"].preprocessing) == (
        "shorter side to 256 (bilinear), centre 224x224, RGB, (pixel * 0.00392157 - [0.5, 0.5, 0.5]) / [0.5, 0.5, 0.5]"
    )
    assert str(sources()["caffe_googlenet"].preprocessing) == (
        "to 256x256 (bilinear), centre 224x224, BGR, (pixel * 1 - [104, 117, 123]) / [1, 1, 1]"
    )
    assert str(Preprocessing((20, 30), None, interpolation="nearest", order="L", mean=(0.4,), std=(0.25,))) == (
        "to 20x30 (nearest), L, (pixel * 0.00392157 - [0.4]) / [0.25]"
    )


@pytest.mark.parametrize(("channels", "order"), [(1, "L"), (3, "RGB")])
def test_plain_is_the_networks_own_size_at_the_centre_from_minus_one_to_one(channels, order):
    made = plain(nets.get("d2l", in_channels=channels))
    x = picture((120, 96))
    pixels = np.asarray(x.convert(order), float).reshape(96, 120, channels)[:, 12:108]
    assert_same(made(x), np.moveaxis(pixels, 2, 0) / 127.5 - 1)


def test_plain_of_an_oblong_input_fits_every_picture():
    made = plain(replace(nets.get("d2l"), input=(3, 40, 56)))
    for size in SIZES:
        assert made(picture(size)).shape == (3, 40, 56)


@pytest.mark.parametrize("channels", [2, 4])
def test_there_is_no_plain_way_to_other_channels(channels):
    with pytest.raises(InputError, match=f"d2l takes images of {channels} channels; pictures have 1 or 3"):
        plain(nets.get("d2l", in_channels=channels))
