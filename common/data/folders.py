"""A folder of class folders, or of ``train/`` with class folders, and ``test/`` and ``val/`` if there are any."""

import os
from pathlib import Path

import numpy as np

from common.base.errors import InputError
from common.data.dataset import Dataset, FileImages, Split
from common.data.images import SUFFIXES, is_image

VALIDATION = ("val", "valid", "validation")
PARTS = ("train", "test", *VALIDATION)
HIDDEN = ("__MACOSX",)  # and all that begins with a dot


def load(folder: Path, name: str) -> Dataset:
    """The pictures below a folder; they are listed now, and decoded when they are asked for.

    Classes are the names of the class folders of the training part, sorted; other parts need not have all of them.

    Raises:
        InputError: no class folders or only one, one without images or with images in folders of its own, a class
            that train has not, parts without train or without class folders, or what cannot be looked at.
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
    """
    while len(inside := _folders(folder)) == 1 and inside[0] not in PARTS and _folders(folder / inside[0]):
        folder = folder / inside[0]
    return folder


def _inside(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the folders in it and of the images in it, both sorted, without hidden ones."""
    place, folders, images = os.fspath(folder), [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                place = entry.path
                if entry.name.startswith(".") or entry.name in HIDDEN:
                    continue
                if entry.is_dir():  # an error for a link that leads to itself
                    folders.append(entry.name)
                elif is_image(entry.name) and entry.is_file():
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
    for name in names:
        if not name.isprintable():  # such as a name in another encoding than the file system's
            raise InputError(f"{folder}: the class folder {name!a} has characters that cannot be printed")
    return names


def _split(folder: Path, folders: tuple[str, ...], classes: tuple[str, ...]) -> Split:
    paths, labels = [], []
    for name in folders:
        if name not in classes:
            raise InputError(f"{folder / name}: a class that train/ has not")
        below, images = _inside(folder / name)
        for inner in below:
            if _holds_images(folder / name / inner):
                raise InputError(f"{folder / name / inner}: images in a folder below a class folder: move them up")
        if not images:
            raise InputError(f"{folder / name}: no images in this class folder ({', '.join(sorted(SUFFIXES))})")
        paths += [os.path.join(folder, name, image) for image in images]
        labels += [classes.index(name)] * len(images)
    return Split(FileImages(paths), np.array(labels, np.int64))


def _holds_images(folder: Path) -> bool:
    """Itself, or a folder in it, however deep."""
    folders, images = _inside(folder)
    return bool(images) or any(_holds_images(folder / name) for name in folders)
