"""A folder of class folders, or of ``train/`` with class folders, and ``test/`` and ``val/`` if there are any."""

import os
from collections.abc import Iterator
from pathlib import Path
from unicodedata import normalize

import numpy as np

from common.base.errors import InputError
from common.base.openers import check_file
from common.data.budget import MOST_DEPTH
from common.data.dataset import Dataset, FileImages, Split
from common.data.images import SUFFIXES, is_image

VALIDATION = ("val", "valid", "validation")
PARTS = ("train", "test", *VALIDATION)
HIDDEN = ("__MACOSX",)  # and all that begins with a dot
MOST_FOLDERS = 10_000  # below a class folder, where none should be


def load(folder: Path, name: str) -> Dataset:
    """The pictures below a folder; they are listed now, and decoded when they are asked for.

    Classes are the names of the class folders of the training part, sorted by their characters; within a class the
    images are sorted by name. So neither the file system nor other parts decide an order. Other parts need not have
    all classes.

    Raises:
        InputError: no class folders or only one, one without images or with images in folders of its own, a class
            that train has not, parts without train or without class folders, an image that is no regular file, names
            that look the same, or what cannot be looked at.
    """
    parts = [part for part in PARTS if _is_part(folder, part)]
    if not parts:
        _refuse_flat_parts(folder)
        classes = _class_folders(folder)
        return Dataset(name, classes, 3, train=_split(folder, classes, classes))
    if "train" not in parts:
        raise InputError(f"{folder}: has {parts[0]}/, but no train/ with class folders")
    validation = [part for part in parts if part in VALIDATION]
    if len(validation) > 1:
        raise InputError(f"{folder}: has {' and '.join(f'{part}/' for part in validation)}; leave one for validation")
    classes = _class_folders(folder / "train")
    splits = {part: _split(folder / part, _class_folders(folder / part, least=1), classes) for part in parts}
    return Dataset(name, classes, 3, splits["train"], splits[validation[0]] if validation else None, splits.get("test"))


def layout(folder: Path) -> Path:
    """The folder itself, or the only folder in it, and so on, down to where parts or several classes are.

    Archives often have one folder at their top.

    Raises:
        InputError: the folders lie too deep, or one cannot be listed.

    >>> Path("pets/images/cat").mkdir(parents=True); Path("pets/images/dog").mkdir()
    >>> layout(Path("pets")).name
    'images'
    """
    for _ in range(MOST_DEPTH):
        inside = _folders(folder)
        if len(inside) != 1 or inside[0] in PARTS or not _folders(folder / inside[0]):
            return folder
        folder = folder / inside[0]
    raise InputError(f"{folder}: more than {MOST_DEPTH} folders deep, and still no class folders")


def _inside(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the folders in it and of the images in it, both sorted, without hidden ones.

    Links are followed. One that leads nowhere, or an image that is no regular file, is an error: if it were left out,
    the data would be others than they look.
    """
    place, folders, images = os.fspath(folder), [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                place = entry.path
                if entry.name.startswith(".") or entry.name in HIDDEN:
                    continue
                if entry.is_dir():  # an error for a link that leads to itself
                    folders.append(entry.name)
                elif is_image(entry.name):
                    if not entry.is_file():
                        check_file(entry.path, "image")
                    images.append(entry.name)
    except OSError as error:
        raise InputError(f"{place}: cannot be listed: {error.strerror}") from None
    return tuple(sorted(folders)), tuple(sorted(images))


def _folders(folder: Path) -> tuple[str, ...]:
    return _inside(folder)[0]


def _is_part(folder: Path, name: str) -> bool:
    """A class may be called ``train`` too: a part is what has folders in it."""
    return name in PARTS and (folder / name).is_dir() and bool(_folders(folder / name))


def _refuse_flat_parts(folder: Path) -> None:
    """Of parts without class folders, or called such as ``Train/``, a net would learn to tell them apart."""
    names = _folders(folder)
    if names and {name.lower() for name in names} <= set(PARTS):
        said = " and ".join(f"{name}/" for name in names)
        raise InputError(f"{folder}: {said} are no classes: give train/ with class folders, or class folders alone")


def _class_folders(folder: Path, least: int = 2) -> tuple[str, ...]:
    names = _folders(folder)
    if not names:
        raise InputError(f"{folder}: no class folders in it: each class is a folder with its images")
    if len(names) < least:
        raise InputError(f"{folder}: {names[0]!r} is the only class folder in it; there is nothing to tell apart")
    looks: dict[str, str] = {}
    for name in names:
        if not name.isprintable():  # such as a name in another encoding than the file system's
            raise InputError(f"{folder}: the class folder {name!a} has characters that cannot be printed")
        same = looks.setdefault(normalize("NFC", name), name)  # macOS writes an accent apart from its letter
        if same != name:
            raise InputError(f"{folder}: the class folders {same!a} and {name!a} look the same: put them into one")
    return names


def _split(folder: Path, folders: tuple[str, ...], classes: tuple[str, ...]) -> Split:
    numbers = {name: number for number, name in enumerate(classes)}
    paths, labels = [], []
    for name in folders:
        if name not in numbers:
            raise InputError(f"{folder / name}: a class that train/ has not")
        below, images = _inside(folder / name)
        if below:
            _refuse_images_below(folder / name, below)
        if not images:
            raise InputError(f"{folder / name}: no images in this class folder ({', '.join(sorted(SUFFIXES))})")
        paths += [os.path.join(folder, name, image) for image in images]
        labels += [numbers[name]] * len(images)
    return Split(FileImages(paths), np.array(labels, np.int64))


def _refuse_images_below(folder: Path, below: tuple[str, ...]) -> None:
    """Require that no folder in a class folder has images, however deep."""
    for inner in below:
        for place in _below(folder / inner):
            if _inside(place)[1]:
                raise InputError(f"{place}: images in a folder below a class folder: move them up")


def _below(folder: Path) -> Iterator[Path]:
    """A folder and all folders in it, each once, by whatever links they are reached.

    Raises:
        InputError: there are too many, or they lie too deep, to be looked at.
    """
    waiting, seen = [(folder, 0)], set()
    while waiting:
        place, depth = waiting.pop()
        try:
            status = os.stat(place)
        except OSError as error:
            raise InputError(f"{place}: cannot be looked at: {error.strerror}") from None
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        if depth > MOST_DEPTH or len(seen) > MOST_FOLDERS:
            limit = f"{MOST_DEPTH} folders deep" if depth > MOST_DEPTH else f"{MOST_FOLDERS} folders"
            raise InputError(f"{folder}: more than {limit} below a class folder, which has images only: move it away")
        yield place
        waiting += [(place / name, depth + 1) for name in reversed(_folders(place))]
