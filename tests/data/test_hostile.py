"""Archives, folders and caches of every odd kind: read as a person would, or refused in one line."""

import os
import stat
import struct
import tarfile
import tempfile
import zipfile

import pytest
from PIL import EpsImagePlugin, Image
from support.data_files import refused, write_classes, write_fashion

from common.base.locks import lock
from common.base.printable import as_line
from common.base.progress import quietly
from common.data import archives, cifar10, fashion_mnist, load
from common.data.dataset import FileImages
from common.data.images import AVIF


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache of its own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GOOGLENET_CACHE", str(folder))
    return folder


def pets(tmp_path, name="pets.zip"):
    """A zip of two classes."""
    folder = write_classes(tmp_path / "pets", {"cat": 1, "dog": 1})
    with zipfile.ZipFile(tmp_path / name, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, file.relative_to(folder))
    return tmp_path / name


def denied(*_, **__):
    raise PermissionError(13, "Permission denied")


def test_a_cache_that_cannot_be_written_to(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(tempfile, "mkdtemp", denied)
    path = pets(tmp_path)
    refused(lambda: load(path), path, "cannot be unpacked", cache / "unpacked", "Permission denied")


@pytest.mark.parametrize("name", ["x" * 195, "é" * 120])
def test_the_longest_names_of_archives(tmp_path, cache, name):
    found = load(pets(tmp_path, f"{name}.zip"))
    assert (found.name, len(found.train)) == (name, 2)
    (unpacked,) = (cache / "unpacked").iterdir()
    assert name.startswith(unpacked.name.rsplit("-", 1)[0])
    assert len(os.fsencode(unpacked.name)) >= 254


def test_the_unpacked_folder_has_the_modes_of_any_new_folder(tmp_path, cache):
    before = os.umask(0o027)
    try:
        load(pets(tmp_path))
        (tmp_path / "new").mkdir()
    finally:
        os.umask(before)
    (unpacked,) = (cache / "unpacked").iterdir()
    modes = [stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "new", unpacked, unpacked / "cat")]
    assert len(set(modes)) == 1


def test_what_a_killed_process_was_unpacking_is_removed_and_what_others_unpack_stays(tmp_path, cache, monkeypatch):
    for name in (".unpacking-killed", ".unpacking-busy"):
        write_classes(cache / "unpacked" / name / "inside", {"cat": 1})
    path, seen = pets(tmp_path), []
    real = archives._unpack

    def unpack(path, folder, progress):
        seen.append(sorted(file.name for file in (cache / "unpacked").iterdir()))
        with lock(folder.parent, wait=False) as free:
            seen.append(free)
        real(path, folder, progress)

    monkeypatch.setattr(archives, "_unpack", unpack)
    with lock(cache / "unpacked" / ".unpacking-busy"):
        load(path)
    (during, free) = seen
    assert (len(during), ".unpacking-busy" in during, free) == (2, True, False)
    assert sorted(file.name.split("-")[0] for file in (cache / "unpacked").iterdir()) == [".unpacking", "pets"]
    assert (cache / "unpacked" / ".unpacking-busy" / "inside" / "cat" / "0.png").exists()


def test_names_in_zips_that_macos_has_made(tmp_path):
    """UTF-8 without the flag that says so."""

    class Unflagged(zipfile.ZipInfo):
        def _encodeFilenameFlags(self):
            return self.filename.encode(), self.flag_bits & ~0x800

    image = write_classes(tmp_path / "a", {"a": 1}) / "a" / "0.png"
    names = ("Birnen", "Äpfel", "日本")
    for kind in (Unflagged, zipfile.ZipInfo):
        with zipfile.ZipFile(tmp_path / f"{kind.__name__}.zip", "w") as archive:
            for name in names:
                archive.writestr(kind(f"{name}/0.png"), image.read_bytes())
        assert load(tmp_path / f"{kind.__name__}.zip").classes == names


def test_names_in_zips_of_an_old_code_page(tmp_path):
    path = tmp_path / "old.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("XXpfel", "Birnen"):
            archive.write(write_classes(tmp_path / "a", {"a": 1}) / "a" / "0.png", f"{name}/0.png")
    path.write_bytes(path.read_bytes().replace(b"XXpfel", b"\x8e\xe1pfel"))
    assert load(path).classes == ("Birnen", "Äßpfel")


def header(name, size, kind=b"0"):
    """Of a tar's member; a size below zero is written in base 256."""
    octal = b"%011o\0" % size if size >= 0 else b"\xff" + (2**88 + size).to_bytes(11, "big")
    block = bytearray(name.ljust(100, b"\0") + b"0000644\0" + 2 * b"0000000\0" + octal + b"00000000000\0")
    block += b" " * 8 + kind + bytes(100) + b"ustar\x0000" + bytes(247)
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


SIZE_OF_NEXT = b"14 size=-1536\n"
BELOW_ZERO = {
    "file": header(b"b/0.png", -512),
    "file of a byte": header(b"b/0.png", -1),
    "long name": header(b"b/0.png", -512, b"L"),
    "extended": header(b"b/0.png", -512, b"x"),
    "by an extended header": header(b"x", len(SIZE_OF_NEXT), b"x") + SIZE_OF_NEXT.ljust(512, b"\0") + header(b"b", 0),
}


@pytest.mark.parametrize("kind", BELOW_ZERO)
def test_members_of_a_size_below_zero_lead_round_and_round(tmp_path, kind):
    path = tmp_path / "round.tar"
    path.write_bytes(header(b"a/0.png", 0) + BELOW_ZERO[kind] + bytes(1024))
    assert tarfile.is_tarfile(path)

    def few(items, total):
        for number, item in enumerate(items):
            assert number < 50, "it goes round"
            yield item

    refused(lambda: load(path, progress=few), path, "broken or truncated")


@pytest.mark.parametrize("name", ["a" * 300, "/" + "a" * 300, "a" * 5000, ""])
def test_names_that_no_file_can_have(tmp_path, monkeypatch, name):
    """Among them none at all, which as a path would be the current folder."""
    monkeypatch.chdir(write_classes(tmp_path, {"a": 1, "b": 1}))
    refused(lambda: load(name), "no such folder" if "/" in name else "unknown data set")
    for official in ("cifar10", "fashion-mnist"):
        refused(lambda official=official: load(official, data_dir=name), as_line(name), "no such folder")


def test_places_where_one_may_not_look(tmp_path, monkeypatch):
    write_fashion(tmp_path)
    secret, real = str(tmp_path / "secret"), os.stat

    def stat_(path, *arguments, **settings):
        if isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(secret):
            denied()
        return real(path, *arguments, **settings)

    monkeypatch.setattr(os, "stat", stat_)
    for place in (f"{secret}/in", f"{secret}/in.zip"):
        refused(lambda place=place: load(place), place, "no such folder or archive")
        refused(lambda place=place: load("cifar10", data_dir=place), place, "no such folder")
    folder = tmp_path / "secret"
    refused(lambda: cifar10._found(folder, quietly), secret, "no CIFAR-10 in it")
    name = next(iter(fashion_mnist.CHECKSUMS))
    refused(lambda: fashion_mnist._found(name, folder, quietly), secret, f"no {name}.gz in it")


@pytest.mark.parametrize("link", ["loop", "a/x.png", "a/inner"])
def test_links_that_lead_to_themselves_are_named(tmp_path, link):
    place = write_classes(tmp_path / "data", {"a": 1, "b": 1}) / link
    place.symlink_to(place.name)
    refused(lambda: load(tmp_path / "data"), place)


def test_images_in_a_folder_of_a_class_are_not_left_out_in_silence(tmp_path):
    for place in ("a/more", "a/.hidden", "a/__MACOSX"):
        write_classes(tmp_path / "data" / place, {"deep": 1})
    write_classes(tmp_path / "data", {"a": 1, "b": 1})
    refused(lambda: load(tmp_path / "data"), tmp_path / "data" / "a" / "more", "below a class folder")
    (tmp_path / "data" / "a" / "more" / "deep" / "0.png").rename(tmp_path / "0.png")
    assert len(load(tmp_path / "data").train) == 2


@pytest.mark.parametrize("names", [("train", "test"), ("train",), ("Test", "Train"), ("train", "val", "test")])
def test_parts_without_class_folders_are_not_taken_for_classes(tmp_path, names):
    write_classes(tmp_path, dict.fromkeys(names, 2))
    refused(lambda: load(tmp_path), tmp_path, f"{sorted(names)[0]}/", "no classes", "train/ with class folders")


@pytest.mark.parametrize("suffix", [".jfif", ".jpe", ".pgm", ".PBM", ".pnm", *([".avif"] if AVIF else [])])
def test_rarer_suffixes(tmp_path, suffix):
    write_classes(tmp_path, {"a": 2, "b": 1}, suffix=suffix)
    found = load(tmp_path)
    assert len(found.train) == 3
    assert found.train.images.picture(2).size == (9, 7)


def test_photographs_of_two_views_are_called_jpg(tmp_path):
    views = [Image.new("RGB", (9, 7), colour) for colour in ("red", "blue")]
    views[0].save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=views[1:])
    assert FileImages([tmp_path / "a.jpg"]).picture(0).getpixel((4, 3))[0] > 250


def test_no_file_of_a_data_set_starts_a_program(tmp_path, monkeypatch):
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_: pytest.fail("started Ghostscript"))
    Image.new("RGB", (9, 7)).save(tmp_path / "a.png", "EPS")
    refused(lambda: FileImages([tmp_path / "a.png"]).picture(0), tmp_path / "a.png", "not an image")


def test_the_headers_written_here_are_headers(tmp_path):
    """Of what tarfile itself reads in them."""
    (tmp_path / "a.tar").write_bytes(header(b"a/0.png", 3) + b"abc".ljust(512, b"\0") + bytes(1024))
    with tarfile.open(tmp_path / "a.tar") as archive:
        (info,) = archive
        assert (info.name, archive.extractfile(info).read()) == ("a/0.png", b"abc")
    assert struct.unpack_from(">q", header(b"a", -512), 128) == (-512,)
