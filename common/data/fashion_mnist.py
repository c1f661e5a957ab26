"""Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): 70,000 photographs of clothes, 28 x 28, grey; four IDX files."""

import os
from pathlib import Path

import numpy as np

from common.base.errors import InputError
from common.base.progress import Progress
from common.data import idx
from common.data.dataset import ArrayImages, Dataset, Split

HOST = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"  # it has no https; the checksums make up for it
CHECKSUMS = {
    "train-images-idx3-ubyte": "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "train-labels-idx1-ubyte": "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "t10k-images-idx3-ubyte": "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "t10k-labels-idx1-ubyte": "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
}
CLASSES = (
    "t-shirt",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
SIDE = 28


def load(data_dir: Path | None, progress: Progress) -> Dataset:
    """The official files, from a folder that has them or downloaded into the cache.

    Raises:
        InputError: a file that is missing, broken or of other contents; no network, or a wrong checksum.
    """
    paths = {name: _found(name, data_dir, progress) for name in CHECKSUMS}
    return Dataset("fashion-mnist", CLASSES, 1, train=_split(paths, "train"), test=_split(paths, "t10k"))


def _found(name: str, data_dir: Path | None, progress: Progress) -> Path:
    if data_dir is None:
        from common.data.download import fetch

        return fetch(f"{HOST}{name}.gz", CHECKSUMS[name], progress)
    for path in (data_dir / name, data_dir / f"{name}.gz"):
        if os.path.isfile(path):
            return path
    raise InputError(f"{data_dir}: no {name}.gz in it, nor {name}; Fashion-MNIST is {', '.join(CHECKSUMS)}")


def _split(paths: dict[str, Path], part: str) -> Split:
    images, labels = paths[f"{part}-images-idx3-ubyte"], paths[f"{part}-labels-idx1-ubyte"]
    pixels, numbers = idx.read(images, item=(SIDE, SIDE)), idx.read(labels, item=())
    if len(pixels) != len(numbers):
        raise InputError(f"{labels}: {len(numbers)} labels for the {len(pixels)} images of {images.name}")
    if len(numbers) == 0:
        raise InputError(f"{labels}: no labels in it")
    if numbers.max() >= len(CLASSES):
        at = int(np.argmax(numbers >= len(CLASSES)))
        raise InputError(f"{labels}: label {at} is {numbers[at]}; they go from 0 to {len(CLASSES) - 1}")
    return Split(ArrayImages(pixels[..., None]), numbers.astype(np.int64))
