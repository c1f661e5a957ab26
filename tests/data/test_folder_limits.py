"""Folders of data that hold pipes, links in circles, or far too much."""

import os
import unicodedata

import pytest
from PIL import Image
from support.data_files import cifar_batches, cifar_binary, refused, write_classes

from common.base.errors import InputError
from common.data import cifar10, folders, load
from common.data.images import files, open_image


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache of its own."""
    monkeypatch.setenv("GOOGLENET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_special_files_where_data_is_expected(tmp_path):
    data = write_classes(tmp_path / "data", {"a": 1, "b": 1})
    os.mkfifo(tmp_path / "pipe.zip")
    os.mkfifo(data / "a" / "pipe.png")
    (tmp_path / "zero.tar").symlink_to("/dev/zero")
    refused(lambda: load(tmp_path / "pipe.zip"), tmp_path / "pipe.zip", "a named pipe, not a folder or archive")
    refused(lambda: load(tmp_path / "zero.tar"), tmp_path / "zero.tar", "a device, not a folder or archive")
    for way in (load, lambda folder: files([folder / "a"])):
        refused(lambda way=way: way(data), data / "a" / "pipe.png", "a named pipe, not an image")
    (data / "a" / "pipe.png").unlink()
    (data / "a" / "gone.png").symlink_to("nowhere.png")
    for way in (load, lambda folder: files([folder / "a"])):
        refused(lambda way=way: way(data), data / "a" / "gone.png", "no such image")
    for name in ("pipe.zip", "zero.tar"):
        refused(lambda name=name: open_image(tmp_path / name), tmp_path / name, "not an image")


def test_a_pipe_among_official_files(tmp_path):
    for name, batch in cifar_batches().items():
        (tmp_path / f"{name}.bin").write_bytes(cifar_binary(*batch))
    (tmp_path / "data_batch_3.bin").unlink()
    os.mkfifo(tmp_path / "data_batch_3.bin")
    refused(lambda: load("cifar10", data_dir=tmp_path), tmp_path / "data_batch_3.bin", "a named pipe, not a file")
    assert cifar10.LARGEST == 64 << 20


def test_links_by_which_folders_are_reached_in_a_thousand_ways(tmp_path, monkeypatch):
    """Each is looked at once, or twice: the ways double with each level."""
    data = write_classes(tmp_path / "data", {"a": 1, "b": 1})
    place = data / "a" / "x"
    place.mkdir()
    for level in range(10):
        (tmp_path / f"f{level}").mkdir()
        for name in "pq":
            (place / name).symlink_to(tmp_path / f"f{level}")
        place = tmp_path / f"f{level}"
    looked, real = [], os.scandir
    monkeypatch.setattr(folders.os, "scandir", lambda folder: looked.append(folder) or real(folder))
    assert len(load(data).train) == 2
    assert len(looked) < 60
    Image.new("L", (3, 3)).save(place / "0.png")
    refused(lambda: load(data), data / "a" / "x", "images in a folder below a class folder")


def test_folders_too_deep_or_too_many_below_a_class(tmp_path, monkeypatch):
    data = write_classes(tmp_path / "data", {"a": 1, "b": 1})
    (data / "a" / "/".join("d" * 34)).mkdir(parents=True)
    refused(lambda: load(data), data / "a" / "d", "more than 32 folders deep")
    (data / "a" / "/".join("d" * 34)).rmdir()
    assert len(load(data).train) == 2
    monkeypatch.setattr(folders, "MOST_FOLDERS", 30)
    refused(lambda: load(data), data / "a" / "d", "more than 30 folders")
    with pytest.raises(InputError, match="more than 32 folders deep"):
        folders.layout((tmp_path / "e" / "/".join("e" * 40)).mkdir(parents=True) or tmp_path / "e")


def test_classes_that_look_the_same(tmp_path):
    names = [unicodedata.normalize(form, "Äpfel") for form in ("NFC", "NFD")]
    data = write_classes(tmp_path / "data", dict.fromkeys(names, 1))
    refused(lambda: load(data), data, "look the same", r"'\xc4pfel'")
