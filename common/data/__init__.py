"""Data to train and judge classifiers on, by name or from a folder or archive."""

from __future__ import annotations

import os
from pathlib import Path

from common.base.errors import InputError, choose
from common.base.openers import check_file
from common.base.progress import Progress, quietly
from common.data import archives, cifar10, digits, fashion_mnist, folders, members
from common.data.dataset import Dataset

__all__ = ["NAMES", "Dataset", "load"]

BUNDLED = {"digits": digits.load}
OFFICIAL = {"fashion-mnist": fashion_mnist.load, "cifar10": cifar10.load}
NAMES = (*BUNDLED, *OFFICIAL)


def load(
    name: str | os.PathLike, *, data_dir: str | os.PathLike | None = None, progress: Progress = quietly
) -> Dataset:
    """A data set.

    Args:
        name: ``digits``, ``fashion-mnist`` or ``cifar10``; or the path of a folder of class folders, or of an archive
            (.tar, .tar.gz, .tgz, .zip) of one. A name comes before a path.
        data_dir: a folder with the official files of ``fashion-mnist`` or ``cifar10``; without it they are downloaded.
        progress: shows how far downloading or unpacking has come.

    Raises:
        InputError: no such data, or data that cannot be used; the line says what and where.
    """
    if name in OFFICIAL:
        if data_dir is not None and not os.path.isdir(data_dir):
            raise InputError(f"{data_dir or repr('')}: no such folder")
        return OFFICIAL[name](None if data_dir is None else Path(data_dir), progress)
    if data_dir is not None:
        raise InputError(f"a folder of official files ({data_dir}) is for {' and '.join(OFFICIAL)}, not for {name}")
    if name in BUNDLED:
        return BUNDLED[name]()
    path = Path(name)
    if os.path.isdir(name):  # of the name, for the path of '' is the current folder; and False where one may not look
        return folders.load(path, path.resolve().name)
    if os.path.isfile(name):
        folder = archives.unpacked(path, progress)
        try:
            return folders.load(folders.layout(folder), members.stem(path))
        except InputError as error:
            raise InputError(f"{path}: unpacked to {error}") from None
    if os.path.exists(name):
        check_file(path, "folder or archive")  # a pipe, a device or a socket
    if path.name != os.fspath(name) or members.is_archive(path):
        raise InputError(f"{path}: no such folder or archive")
    try:
        choose("data set", str(name), NAMES)
    except InputError as error:
        raise InputError(f"{error}, or the path of a folder or archive of class folders") from None
    raise InputError(f"{path}: no such folder or archive; the data set of that name is asked for by a str")
