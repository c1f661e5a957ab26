"""Pictures and data sets that a program has in memory."""

import numpy as np
import pytest

from common.base.errors import InputError
from common.data import arrays

X = np.random.default_rng(0).integers(256, size=(5, 3, 4, 6), dtype=np.uint8)


@pytest.mark.parametrize("given", [X, X[:, :1], X[:, 0]], ids=["colours", "one channel", "grey"])
def test_pictures_are_those_of_the_array(given):
    expected = given if given.ndim == 4 else given[:, None]
    for picture, own in zip(arrays.pictures(given), expected, strict=True):
        assert picture.size == (6, 4) and picture.mode == ("L" if len(own) == 1 else "RGB")
        assert np.array_equal(np.asarray(picture).reshape(4, 6, -1), own.transpose(1, 2, 0))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((X / 255, [0] * 5), "of the type uint8, not float64"),
        ((X[0, 0], [0] * 5), "not of shape (4, 6)"),
        ((X[:, :2], [0] * 5), "not of shape (5, 2, 4, 6)"),
        ((X[:0], np.zeros(0, int)), "not of shape (0, 3, 4, 6)"),
        ((X, [0.5] * 5), "labels are whole numbers, one for each image, not float64"),
        ((X, np.zeros((5, 2), int)), "not int64 of shape (5, 2)"),
        ((X, [0] * 4), "5 images with 4 labels"),
        ((X, [0, 1, 2, 3, -1]), "image 4 of train has the label -1"),
        (X, "a part of the data is (images, labels)"),
        ({}, "data without a part"),
        ({"trian": (X, [0] * 5)}, "did you mean 'train'"),
        ({"train": (X, [0] * 5), "test": (X[:, 0], [0] * 5)}, "1 and of 3 channels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_or_no_label_is_one_line(given, says):
    with pytest.raises(InputError) as caught:
        arrays.dataset(given)
    assert says in str(caught.value)


def test_the_parts_are_those_that_were_given():
    y = np.array([0, 1, 1, 0, 2], np.uint8)
    only = arrays.dataset((X, y), ["a", "b", "c"], "test")
    assert only.counts == {"train": 0, "validation": None, "test": 5} and only.classes == ("a", "b", "c")
    assert only.test.labels.tolist() == y.tolist()
    both = arrays.dataset({"train": (X, y), "validation": (X[:2], y[:2])})
    assert both.counts == {"train": 5, "validation": 2, "test": None} and both.classes == ("0", "1", "2")


def test_labels_beyond_the_classes_are_one_line():
    with pytest.raises(InputError, match="image 4 of train has the label 2; the 2 classes have 0 to 1"):
        arrays.dataset((X, [0, 1, 0, 1, 2]), ["a", "b"])
