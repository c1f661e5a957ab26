"""Folders of class folders, with or without parts; and what a name can stand for."""

import numpy as np
import pytest
from PIL import Image
from support.data_files import refused, write_classes, write_fashion

from common.data import folders, load
from common.data.dataset import FileImages


def names(split):
    return [split.images.name(i) for i in range(len(split))]


def test_class_folders(tmp_path):
    write_classes(tmp_path / "pets", {"dog": 2, "cat": 3, "Zebra": 1})
    found = load(tmp_path / "pets")
    assert (found.name, found.classes, found.channels) == ("pets", ("Zebra", "cat", "dog"), 3)
    assert (found.validation, found.test) == (None, None)
    assert found.train.labels.tolist() == [0, 1, 1, 1, 2, 2]
    assert found.train.labels.dtype == np.int64
    files = ["Zebra/0.png", *(f"cat/{i}.png" for i in range(3)), "dog/0.png", "dog/1.png"]
    assert names(found.train) == [str(tmp_path / "pets" / file) for file in files]
    with Image.open(tmp_path / "pets" / "dog" / "1.png") as image:
        assert np.array_equal(np.asarray(found.train.images.picture(5)), np.asarray(image))


@pytest.mark.parametrize("validation", ["val", "valid", "validation", None])
@pytest.mark.parametrize("test", ["test", None])
def test_parts(tmp_path, validation, test):
    write_classes(tmp_path / "train", {"a": 2, "b": 3, "c": 1})
    if validation:
        write_classes(tmp_path / validation, {"c": 2, "a": 1})
    if test:
        write_classes(tmp_path / test, {"b": 4})
    (tmp_path / "notes").mkdir()
    found = load(str(tmp_path))
    assert found.classes == ("a", "b", "c")
    assert found.train.labels.tolist() == [0, 0, 1, 1, 1, 2]
    assert (found.validation and found.validation.labels.tolist()) == ([0, 2, 2] if validation else None)
    assert (found.test and found.test.labels.tolist()) == ([1] * 4 if test else None)
    for part, name in ((found.train, "train"), (found.validation, validation), (found.test, test)):
        assert part is None or all(file.startswith(str(tmp_path / name)) for file in names(part))


def test_a_class_may_have_the_name_of_a_part(tmp_path):
    write_classes(tmp_path, {"train": 2, "test": 1, "car": 1})
    found = load(tmp_path)
    assert found.classes == ("car", "test", "train")
    assert len(found.train) == 4


def test_what_systems_leave_behind_is_not_seen(tmp_path):
    write_classes(tmp_path, {"a": 1, "b": 1, ".hidden": 1, "__MACOSX": 1})
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "README.txt").write_text("x")
    (tmp_path / "a" / "._0.png").write_bytes(b"x")
    (tmp_path / "a" / "notes.txt").write_text("x")
    (tmp_path / "a" / "deeper.png").mkdir()
    found = load(tmp_path)
    assert found.classes == ("a", "b")
    assert names(found.train) == [str(tmp_path / "a" / "0.png"), str(tmp_path / "b" / "0.png")]


def test_suffixes_of_images_in_any_case(tmp_path):
    for at, suffix in enumerate([".JPG", ".jpeg", ".Png", ".bmp", ".webp"]):
        write_classes(tmp_path, {f"c{at}": 1}, suffix=suffix)
    assert len(load(tmp_path).train) == 5


def test_nothing_is_decoded_when_a_folder_is_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(FileImages, "_open", lambda self, item: pytest.fail("decoded"))
    write_classes(tmp_path, {"a": 2, "b": 2})
    assert len(load(tmp_path).train) == 4


def test_folders_that_hold_no_classes(tmp_path):
    refused(lambda: load(tmp_path), tmp_path, "no class folders")
    write_classes(tmp_path, {"a": 2})
    refused(lambda: load(tmp_path), tmp_path, "'a' is the only class folder")
    refused(lambda: load(tmp_path / "a"), tmp_path / "a", "no class folders")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ".0.png").write_bytes(b"")
    (tmp_path / "b" / "0.txt").write_bytes(b"")
    refused(lambda: load(tmp_path), tmp_path / "b", "no images in this class folder", ".jpeg")


def test_parts_that_do_not_fit(tmp_path):
    write_classes(tmp_path / "test", {"a": 1, "b": 1})
    refused(lambda: load(tmp_path), tmp_path, "has test/, but no train/")
    (tmp_path / "train").mkdir()
    refused(lambda: load(tmp_path), tmp_path, "has test/, but no train/")
    write_classes(tmp_path / "train", {"a": 1})
    refused(lambda: load(tmp_path), tmp_path / "train", "only class folder")
    write_classes(tmp_path / "train", {"c": 1})
    refused(lambda: load(tmp_path), tmp_path / "test" / "b", "a class that train/ has not")
    write_classes(tmp_path / "train", {"b": 1})
    load(tmp_path)
    (tmp_path / "test" / "c").mkdir()
    refused(lambda: load(tmp_path), tmp_path / "test" / "c", "no images in this class folder")
    (tmp_path / "test" / "c").rmdir()
    write_classes(tmp_path / "val", {"a": 1})
    write_classes(tmp_path / "valid", {"a": 1})
    refused(lambda: load(tmp_path), tmp_path, "val/ and valid/")


def test_a_class_whose_name_cannot_be_printed(tmp_path):
    write_classes(tmp_path, {"a": 1, "b\udcff": 1})
    refused(lambda: load(tmp_path), tmp_path, r"'b\udcff'")


def test_a_folder_that_cannot_be_listed(tmp_path, monkeypatch):
    def scandir(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folders.os, "scandir", scandir)
    refused(lambda: load(tmp_path), tmp_path, "cannot be listed: Permission denied")


def test_many_images_are_listed_in_time_that_grows_with_their_number(tmp_path, monkeypatch):
    """One look at each folder, and none at a file by its path."""
    write_classes(tmp_path, {"a": 3, "b": 3})
    looked = []
    real = folders.os.scandir
    monkeypatch.setattr(folders.os, "scandir", lambda path: looked.append(path) or real(path))
    load(tmp_path)
    before = len(looked)
    write_classes(tmp_path, {"a": 40, "b": 40})
    load(tmp_path)
    assert len(looked) == 2 * before


def test_names_that_stand_for_nothing(tmp_path):
    refused(lambda: load("fashon-mnist"), "unknown data set 'fashon-mnist'", "did you mean 'fashion-mnist'", "path")
    for missing in (tmp_path / "none", tmp_path / "none.tar.gz", "none.zip", "here/"):
        refused(lambda missing=missing: load(missing), str(missing).rstrip("/"), "no such folder or archive")
    (tmp_path / "a.txt").write_text("x")
    refused(lambda: load(tmp_path / "a.txt"), tmp_path / "a.txt", "neither a folder nor one of", ".tar.gz")


def test_a_name_comes_before_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_classes(tmp_path / "digits", {"a": 1, "b": 1})
    assert load("digits").channels == 1
    assert load("./digits").classes == ("a", "b")


def test_a_folder_of_official_files_is_for_official_data(tmp_path):
    write_fashion(tmp_path)
    for name in ("digits", str(tmp_path)):
        refused(lambda name=name: load(name, data_dir=tmp_path), tmp_path, "fashion-mnist and cifar10", name)
