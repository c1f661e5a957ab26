"""Whether two machines have the same data, without reading all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from common.data.dataset import SPLITS, ArrayImages, Dataset, Images

SAMPLE = 64  # picture files of each part that are read; of the others the names count


def fingerprint(dataset: Dataset) -> str:
    """A sha256 of classes and labels, pixels in memory, names of files, and what is in some of the files.

    >>> import numpy as np
    >>> from common.data.dataset import Split
    >>> images = ArrayImages(np.zeros((4, 8, 8, 1), np.uint8))
    >>> one, other = (Dataset("mine", ("a", "b"), 1, Split(images, np.arange(4) // n)) for n in (2, 4))
    >>> fingerprint(one) == fingerprint(other)
    False
    """
    sha256 = hashlib.sha256(repr((dataset.classes, dataset.channels)).encode())
    for part in SPLITS:
        split = getattr(dataset, part)
        sha256.update(f"{part} {0 if split is None else len(split)}\n".encode())
        if split is not None:
            sha256.update(np.ascontiguousarray(split.labels, "<i8").data)
            for piece in _pieces(split.images):
                sha256.update(piece)
    return sha256.hexdigest()


def _pieces(images: Images) -> Iterator[bytes | memoryview]:
    if isinstance(images, ArrayImages):
        source = np.asarray(images.source)
        for start in range(0, len(images), 1024):
            yield np.ascontiguousarray(source[images.chosen[start : start + 1024]]).data
        return
    sample = set(np.linspace(0, len(images) - 1, SAMPLE).astype(int).tolist()) if len(images) else set()
    for i in range(len(images)):
        path = Path(images.name(i))
        yield "/".join(path.parts[-2:]).encode() + b"\0"  # the class's folder and the file: the rest is the machine's
        if i in sample and path.is_file():
            yield path.read_bytes()
