"""The scans of digits that come with scikit-learn: 1797 of 8 x 8 pixels and 17 levels of grey."""

import numpy as np

from common.base.errors import InputError
from common.data.dataset import ArrayImages, Dataset, Split

EVERY = 5


def load() -> Dataset:
    """Every fifth scan of each class, counted in the order of the file from its fifth on, is test; the rest is train.

    scikit-learn has one set only: the test part of *Optical Recognition of Handwritten Digits* (Alpaydin & Kaynak
    1998, UCI). Its writers are in both parts, so that a net is tested on other scans, but of the same hands.

    Raises:
        InputError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise InputError(
            "the digits are part of scikit-learn, which is not installed: pip install 'googlenet[data]'"
        ) from None
    scans = load_digits()
    pixels = (scans.images * (255 / 16)).astype(np.uint8)[..., None]  # as common.data.images shows them
    labels = scans.target.astype(np.int64)
    test = np.zeros(len(labels), bool)
    for label in range(10):
        test[np.flatnonzero(labels == label)[EVERY - 1 :: EVERY]] = True
    whole = Split(ArrayImages(pixels), labels)
    return Dataset(
        "digits",
        tuple(map(str, range(10))),
        1,
        train=whole.subset(np.flatnonzero(~test)),
        test=whole.subset(np.flatnonzero(test)),
    )
