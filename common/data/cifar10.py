"""CIFAR-10 (Krizhevsky 2009): 60,000 photographs of 10 classes, 32 x 32, in either layout of the official archive."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from common.base.errors import InputError
from common.base.openers import open_file
from common.base.progress import Progress
from common.data import members, pickles
from common.data.dataset import ArrayImages, Dataset, Split

HOST = "https://www.cs.toronto.edu/~kriz/"
CHECKSUM = "md5:c32a1d4ab5d03f1284b67883e8d87530"  # of the binary layout's archive, the one that is downloaded
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SHAPE = (3, 32, 32)  # of an image in the files: the red, the green and the blue plane
VALUES = 3 * 32 * 32
LARGEST = 64 << 20  # twice a file of the official archives


@dataclass(frozen=True)
class Layout:
    """How the official archive is made up.

    Attributes:
        archive: its name.
        folder: at its top.
        train, test: the names of the files.
        parse: (contents of a file, what errors call it) to (values, N x 3072; labels, N).
    """

    archive: str
    folder: str
    train: tuple[str, ...]
    test: str
    parse: Callable[[bytes, str], tuple[np.ndarray, np.ndarray]]

    @property
    def files(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.train, self.test)


def load(data_dir: Path | None, progress: Progress) -> Dataset:
    """From a folder with the archive, the unpacked folder, or its files; or from the archive, downloaded.

    Raises:
        InputError: nothing of the kind there; a file that is missing, broken, or of other contents; no network, or a
            wrong checksum.
    """
    layout, source = _found(data_dir, progress)
    contents = _in_folder(source, layout) if source.is_dir() else _in_archive(source, layout)
    train = [layout.parse(contents.pop(name), f"{source}: {name}") for name in layout.train]
    test = layout.parse(contents.pop(layout.test), f"{source}: {layout.test}")
    return Dataset("cifar10", CLASSES, 3, train=_split(train), test=_split([test]))


def _found(data_dir: Path | None, progress: Progress) -> tuple[Layout, Path]:
    """The layout, and the folder or archive that has it."""
    if data_dir is None:
        from common.data.download import fetch

        return BINARY, fetch(f"{HOST}{BINARY.archive}", CHECKSUM, progress)
    for layout in (BINARY, PYTHON):
        for folder in (data_dir, data_dir / layout.folder):
            if any(os.path.isfile(folder / name) for name in layout.files):
                return layout, folder
        if os.path.isfile(data_dir / layout.archive):
            return layout, data_dir / layout.archive
    raise InputError(
        f"{data_dir}: no CIFAR-10 in it: neither {BINARY.archive} nor {PYTHON.archive}, nor what they unpack to"
    )


def _in_folder(folder: Path, layout: Layout) -> dict[str, bytes]:
    found = {}
    for name in layout.files:
        try:
            with open_file(folder / name) as file:
                found[name] = _whole(file, f"{folder}: {name}")
        except OSError as error:
            raise InputError(f"{folder}: {name} cannot be read: {error.strerror or error}") from None
    return found


def _in_archive(path: Path, layout: Layout) -> dict[str, bytes]:
    """Read in memory; nothing is unpacked."""
    found = {}
    try:
        with members.opened(path) as (inside, _):
            for member, file in inside:
                if file is not None and member.name in layout.files:
                    found[member.name] = _whole(file, f"{path}: {member.name}")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    for name in layout.files:
        if name not in found:
            raise InputError(f"{path}: no {name} in it")
    return found


def _whole(file: IO[bytes], where: str) -> bytes:
    contents = file.read(LARGEST + 1)
    if len(contents) > LARGEST:
        raise InputError(f"{where}: more than {LARGEST} bytes, and so no file of CIFAR-10")
    return contents


def _binary(contents: bytes, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Records of one byte for the label and 3072 for the image."""
    if not contents or len(contents) % (1 + VALUES):
        raise InputError(f"{where}: {len(contents)} bytes are no whole number of images of {1 + VALUES} bytes")
    records = np.frombuffer(contents, np.uint8).reshape(-1, 1 + VALUES)
    return records[:, 1:], _checked(records[:, 0].tolist(), where)


def _python(contents: bytes, where: str) -> tuple[np.ndarray, np.ndarray]:
    """A pickled dict with an array N x 3072, ``data``, and a list of N numbers, ``labels``."""
    batch = pickles.loads(contents, where)
    for key in (b"data", b"labels"):
        if key not in batch:
            raise InputError(f"{where}: has no {key.decode()!r}")
    values, labels = pickles.array(batch[b"data"], f"{where}: data"), batch[b"labels"]
    if values.ndim != 2 or values.shape[1] != VALUES or not len(values):
        raise InputError(f"{where}: data of the shape {values.shape}, not images x {VALUES}")
    if not isinstance(labels, list) or any(type(label) is not int or label.bit_length() > 63 for label in labels):
        raise InputError(f"{where}: labels that are no list of whole numbers of at most 64 bits")
    if len(labels) != len(values):
        raise InputError(f"{where}: {len(labels)} labels for {len(values)} images")
    return values, _checked(labels, where)


def _checked(labels: list[int], where: str) -> np.ndarray:
    for at, label in enumerate(labels):
        if not 0 <= label < len(CLASSES):
            raise InputError(f"{where}: label {at} is {label}; they go from 0 to {len(CLASSES) - 1}")
    return np.array(labels, np.int64)


def _split(batches: list[tuple[np.ndarray, np.ndarray]]) -> Split:
    pixels = np.concatenate([values.reshape(-1, *SHAPE).transpose(0, 2, 3, 1) for values, _ in batches])
    return Split(ArrayImages(np.ascontiguousarray(pixels)), np.concatenate([labels for _, labels in batches]))


BINARY = Layout(
    "cifar-10-binary.tar.gz",
    "cifar-10-batches-bin",
    tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test_batch.bin",
    _binary,
)
PYTHON = Layout(
    "cifar-10-python.tar.gz",
    "cifar-10-batches-py",
    tuple(f"data_batch_{i}" for i in range(1, 6)),
    "test_batch",
    _python,
)
