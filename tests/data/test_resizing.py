"""Resizing for the Fréchet Inception Distance: within one unit of float32 of the code that each rule comes from."""

import numpy as np
import pytest
from PIL import Image
from support.fid_files import module
from support.published_models import torchvision

from common.base.errors import InputError
from common.data import resizing
from common.data.batches import Batches
from common.data.dataset import ArrayImages, Split
from common.data.fid import CLEAN_FID, FID, NAMED, PYTORCH_FID
from common.data.preprocessing import Preprocessing

UNIT = 2.0**-23  # of float32 at 1, where the networks' inputs end
SIZES = [(32, 32), (75, 91), (300, 500), (640, 480), (333, 777), (299, 299), (298, 300), (1, 1), (3, 700)]

only_torch = pytest.mark.only("torch")
sizes = pytest.mark.parametrize("size", SIZES, ids=lambda size: "{}x{}".format(*size))
dtypes = pytest.mark.parametrize(("dtype", "most"), [("float32", UNIT), ("float64", 1e-12)])


def pixels(size):
    """H x W x 3 of noise, in which every shift and every other interpolation shows."""
    return np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)


def prepared(preprocessing, size, dtype="float32"):
    found = preprocessing(Image.fromarray(pixels(size)), dtype)
    assert (found.shape, found.dtype) == ((3, 299, 299), np.float64)
    return found


def tensor(size, dtype):
    import torch

    return torch.from_numpy(np.moveaxis(pixels(size), 2, 0)[None].astype(dtype))


@only_torch
@sizes
@dtypes
def test_fid_is_torch_fidelitys_resize_of_tensorflow_1(size, dtype, most):
    interpolate = module("torch_fidelity.interpolate_compat_tensorflow").interpolate_bilinear_2d_like_tensorflow1x
    resized = interpolate(tensor(size, dtype), size=(299, 299), align_corners=False)
    expected = ((resized - 128) / 128).numpy()[0]
    assert np.abs(prepared(FID, size, dtype) - expected).max() <= (0.5 * UNIT if dtype == "float32" else most)


@pytest.mark.only("tf")
@sizes
def test_fid_is_the_resize_of_tensorflow_itself(size):
    import tensorflow as tf

    resized = tf.raw_ops.ResizeBilinear(images=pixels(size)[None], size=(299, 299), align_corners=False).numpy()[0]
    found = FID.pixels(Image.fromarray(pixels(size)))
    assert (found.dtype, resized.dtype) == (np.float32, np.float32)
    assert np.abs(found - resized).max() <= 128 * UNIT


@only_torch
@sizes
@dtypes
def test_pytorch_fid_is_its_own_interpolation(size, dtype, most):
    import torch

    scaled = torchvision().transforms.functional.to_tensor(pixels(size))[None]
    if dtype == "float64":
        scaled = tensor(size, dtype) / 255
    resized = torch.nn.functional.interpolate(scaled, size=(299, 299), mode="bilinear", align_corners=False)
    expected = (2 * resized - 1).numpy()[0]
    assert np.abs(prepared(PYTORCH_FID, size, dtype) - expected).max() <= most


@only_torch
@sizes
def test_clean_fid_is_its_own_resizer(size):
    resized = module("cleanfid.resize").make_resizer("PIL", False, "bicubic", (299, 299))(pixels(size))
    expected = np.moveaxis((resized - 128) / 128, 2, 0)
    for dtype in ("float32", "float64"):
        assert np.abs(prepared(CLEAN_FID, size, dtype) - expected).max() <= 0.5 * UNIT


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_resize_to_the_same_size_changes_nothing(name, dtype):
    preprocessing = NAMED[name]
    levels = np.arange(256, dtype=np.uint8)
    picture = np.resize(levels, (299, 299, 3))
    assert np.array_equal(preprocessing.pixels(Image.fromarray(picture), dtype), picture)


def test_the_three_differ_where_it_matters():
    """A picture made smaller shows what is not antialiased, and one made larger the half of a pixel."""
    for size, least in (((600, 600), 0.1), ((150, 150), 0.1)):
        found = [prepared(preprocessing, size) for preprocessing in NAMED.values()]
        assert all(np.abs(a - b).max() > least for i, a in enumerate(found) for b in found[:i])


@pytest.mark.parametrize("rule", resizing.RULES)
def test_rules_work_with_grey_pictures_other_orders_and_cuts(rule):
    grey = Preprocessing(40, (33, 31), interpolation=rule, order="L", mean=(0.5,), std=(0.5,))
    blue = Preprocessing((40, 53), (33, 31), interpolation=rule, order="BGR")
    red = Preprocessing((40, 53), None, interpolation=rule)
    picture = Image.fromarray(pixels((60, 80)))
    assert grey(picture).shape == (1, 33, 31)
    # The cut begins at round((40 - 33) / 2) and at round((53 - 31) / 2).
    assert np.array_equal(blue(picture), red(picture)[::-1, 4:37, 11:42])
    assert Preprocessing.loads(blue.dumps()) == blue
    wide = Preprocessing(30, (20, 36), interpolation=rule)
    with pytest.raises(InputError, match="a picture of 40x30 is smaller than the 20x36 to cut"):
        wide(picture.resize((30, 40)))


def test_a_rule_that_there_is_not_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="did you mean 'bilinear-tensorflow1'"):
        Preprocessing((299, 299), None, interpolation="bilinear-tensorflow")


def test_batches_of_such_pictures_are_what_a_call_gives():
    arrays = np.stack([pixels((20, 24)), pixels((20, 24))[::-1]])
    small = Preprocessing((17, 19), None, interpolation="bilinear-tensorflow1")
    ((x, _),) = Batches(Split(ArrayImages(arrays), np.zeros(2, np.int64)), small, batch=2, seed=0).in_order()
    assert np.array_equal(x, np.stack([small(Image.fromarray(a)) for a in arrays]).astype(np.float32))
