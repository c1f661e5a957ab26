"""Small files that would take gigabytes or hours: refused by what they say, or as soon as they show it."""

import gzip
import io
import os
import struct
import threading
import time
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image
from support.data_files import cifar_batches, cifar_binary, noise, refused, write_classes

from common.base.errors import InputError
from common.data import archives, budget, cifar10, encoded, folders, gunzip, load, members, tars
from common.data.gunzip import gunzipped
from common.data.images import files, open_image
from common.data.preprocessing import Preprocessing
from common.data.within import TooSlow, within


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache of its own."""
    monkeypatch.setenv("GOOGLENET_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def left(cache):
    return [path for path in cache.rglob("*") if path.parent != cache]


def zip_of(path, *names, contents=b"x", kind=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), contents, kind)
    return path


def header(name, size=0, kind=b"0"):
    """Of a tar's member."""
    block = bytearray(name.ljust(100, b"\0") + b"0000644\0" + 2 * b"0000000\0" + b"%011o\0" % size + b"00000000000\0")
    block += b" " * 8 + kind + bytes(100) + b"ustar\x0000" + bytes(247)
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pax(**records):
    """The body of an extended header, and its size."""
    body = b""
    for key, value in records.items():
        record = f" {key.replace('_', '.')}={value}\n".encode()
        body += str(len(record) + 2).encode() + record
    return len(body), body.ljust(-(-len(body) // 512) * 512, b"\0")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a/" * 32 + "0.png", "more than 32 folders deep"),
        ("a/" * 1200 + "0.png", "more than 32 folders deep"),
        ("a/" + "é" * 128 + ".png", "a name that no file can have"),
        ("b" * 256 + "/0.png", "a name that no file can have"),
    ],
)
def test_names_too_deep_or_too_long(tmp_path, cache, name, words):
    path = zip_of(tmp_path / "bad.zip", name)
    assert len(refused(lambda: load(path), path, words)) < len(str(path)) + 200
    assert left(cache) == []
    fine = write_classes(tmp_path / "fine", {"/".join("a" * 29 + c): 1 for c in "bc"})
    assert load(zip_files(tmp_path / "fine.zip", fine)).classes == ("b", "c")


def zip_files(path, folder):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, file.relative_to(folder))
    return path


def test_an_archive_that_is_refused_does_not_spoil_the_next(tmp_path, cache):
    for number in range(3):
        refused(lambda number=number: load(zip_of(tmp_path / f"{number}.zip", "a/0.png", "a/" * 500 + str(number))))
    assert len(load(zip_files(tmp_path / "good.zip", write_classes(tmp_path / "d", {"a": 1, "b": 1}))).train) == 2
    assert len(list((cache / "unpacked").iterdir())) == 1


def test_two_members_of_one_name(tmp_path, cache):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = zip_of(tmp_path / "twice.zip", "a/0.png", "a/0.png")
    refused(lambda: load(path), path, "two members of the name 'a/0.png'")
    for names in (("a/0.png", "a/0.png/1.png"), ("a/0.png/1.png", "a/0.png")):
        refused(lambda names=names: load(zip_of(tmp_path / "both.zip", *names)), "two members of the name")
    assert left(cache) == []


def test_a_disk_that_takes_two_names_for_one(tmp_path, cache, monkeypatch):
    """As those of macOS and Windows do with ``A`` and ``a``."""
    real = archives.Path.mkdir
    monkeypatch.setattr(
        archives.Path, "mkdir", lambda path, *a, **o: real(Path(str(path).replace("/A", "/a")), *a, **o)
    )
    refused(lambda: load(zip_of(tmp_path / "case.zip", "a/0.png", "A/1.png")), "two members of the name 'A/1.png'")


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_that_python_unpacks_in_one_piece(tmp_path, kind, cache):
    path = zip_of(tmp_path / "packed.zip", "a/0.png", contents=bytes(10_000), kind=kind)
    refused(lambda: load(path), path, "'a/0.png' is neither stored nor deflated")
    assert left(cache) == []


def test_more_entries_in_a_zip_than_it_can_have_are_not_made_objects_of(tmp_path, monkeypatch):
    path = zip_of(tmp_path / "many.zip", *(f"a/{i}" for i in range(1200)))
    monkeypatch.setattr(zipfile, "ZipInfo", lambda *_: pytest.fail("an object of each"))
    monkeypatch.setattr(budget, "SPARE_MEMBERS", 0)
    refused(lambda: load(path), path, f"more than {path.stat().st_size // 96} members")
    monkeypatch.setattr(members, "DIRECTORY", 100)
    refused(lambda: load(path), path, "a directory of")


SPARSE = {
    "old": header(b"a", 0, b"S") + bytes(1024),
    "0.0": header(b"x", pax(GNU_sparse_size="9")[0], b"x") + pax(GNU_sparse_size="9")[1] + header(b"a"),
    "0.1": header(b"x", pax(GNU_sparse_map="0,9")[0], b"x") + pax(GNU_sparse_map="0,9")[1] + header(b"a"),
    "1.0": header(b"x", pax(GNU_sparse_major="1", GNU_sparse_minor="0")[0], b"x")
    + pax(GNU_sparse_major="1", GNU_sparse_minor="0")[1]
    + header(b"a", 512)
    + b"1\n0\n9\n".ljust(512, b"\0"),
}


@pytest.mark.parametrize("kind", SPARSE)
def test_sparse_members(tmp_path, cache, kind):
    path = tmp_path / "sparse.tar"
    path.write_bytes(header(b"b/0.png") + SPARSE[kind] + bytes(1024))
    refused(lambda: load(path), path, "a sparse member")
    assert left(cache) == []


@pytest.mark.parametrize(("kind", "count"), [(b"x", 25), (b"g", 17), (b"L", 25)])
def test_headers_of_headers(tmp_path, kind, count):
    path = tmp_path / "chain.tar"
    for number, odd in ((count, True), (count - 1, False)):
        path.write_bytes((header(b"x", 4, kind) + b"a/b\0".ljust(512, b"\0")) * number + header(b"c") + bytes(1024))
        assert ("too many headers" in refused(lambda: load(path))) is odd


def test_a_tar_of_more_members_than_its_size_allows(tmp_path, cache, monkeypatch):
    path = tmp_path / "many.tar.gz"
    path.write_bytes(gzip.compress(b"".join(header(b"a/%d.png" % i) for i in range(1200)) + bytes(1024)))
    refused(lambda: load(path), path, f"more than {1000 + path.stat().st_size // 96} members")
    assert left(cache) == []


def test_zeros_behind_the_end_of_a_tar_count_too(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(budget, "SPARE_BYTES", 1000)
    monkeypatch.setattr(budget, "HEADERS", 1)
    path = tmp_path / "tail.tar.gz"
    path.write_bytes(gzip.compress(header(b"a/0.png") + bytes(10_000_000)))
    refused(lambda: load(path), path, "bytes when unpacked")
    assert left(cache) == []


def test_no_more_is_unpacked_than_the_disk_has_room_for(tmp_path, cache, monkeypatch):
    path = zip_files(tmp_path / "a.zip", write_classes(tmp_path / "d", {"a": 1, "b": 1}, size=(30, 30)))
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda place: Room)
    refused(lambda: load(path), path, "more than the disk has room for")
    assert left(cache) == []


class Room:
    free = 2000


def test_the_budget_grows_with_the_archive_and_has_an_end():
    sizes = [0, 1 << 20, 100 << 20, 1 << 40]
    found = [budget.budget(size) for size in sizes]
    assert [allowed.bytes for allowed in found] == [64 << 20, 84 << 20, 2064 << 20, 64 << 30]
    assert [allowed.members for allowed in found] == [1000, 11922, 203400, 4_000_000]
    assert budget.budget(15_600_000).members > 70_021  # MNIST as pictures, packed


def test_gzipped_files_in_parts_and_with_padding():
    parts = gzip.compress(b"ab") + bytes(700) + gzip.compress(b"") + gzip.compress(b"c" * 100_000) + bytes(100_000)
    assert gunzipped(io.BytesIO(parts), "a", 100_002).read() == b"ab" + b"c" * 100_000
    stream = gunzipped(io.BytesIO(parts), "a", 100_002)
    assert (stream.read(1), stream.seek(90_000), stream.tell(), len(stream.read())) == (b"a", 90_000, 90_000, 10_002)
    refused(lambda: gunzipped(io.BytesIO(parts), "a", 100_001).read(), "a: more than 100001 bytes when unpacked")


def test_gzipped_files_with_an_error_anywhere():
    whole = gzip.compress(noise(5000).tobytes())
    for end in (0, 1, 9, 10, 11, 2000, len(whole) - 8, len(whole) - 1):
        with pytest.raises(EOFError):
            gunzipped(io.BytesIO(whole[:end]), "a", 10_000).read()
    for at in (0, 2, 2000, len(whole) - 7, len(whole) - 2):
        broken = bytearray(whole)
        broken[at] ^= 0x55
        with pytest.raises((zlib.error, EOFError)):
            gunzipped(io.BytesIO(broken), "a", 10_000).read()
    with pytest.raises(zlib.error):
        gunzipped(io.BytesIO(whole + b"more"), "a", 10_000).read()


def test_millions_of_empty_parts():
    assert gunzipped(io.BytesIO(gzip.compress(b"") * gunzip.SPARE_PARTS), "a", 9).read() == b""
    refused(lambda: gunzipped(io.BytesIO(gzip.compress(b"") * 4000), "a", 9).read(), "a: gzipped in too many parts")


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


def encoded_as(kind, image=None, **settings):
    data = io.BytesIO()
    (image or Image.new("L", (64, 64))).save(data, kind, **settings)
    return data.getvalue()


def chunk(kind, contents=b""):
    return struct.pack(">L", len(contents)) + kind + contents + struct.pack(">L", zlib.crc32(kind + contents))


def test_pictures_in_too_many_parts(monkeypatch):
    monkeypatch.setattr(encoded, "MOST_READS", 2000)
    png, jpeg = encoded_as("PNG"), encoded_as("JPEG")
    assert open_image(io.BytesIO(png[:33] + chunk(b"IDAT") * 100 + png[33:])).size == (64, 64)
    for data in (png[:33] + chunk(b"IDAT") * 2000 + png[33:], jpeg[:2] + b"\xff\xfe\0\2" * 2000 + jpeg[2:]):
        refused(lambda data=data: open_image(io.BytesIO(data), "a"), "a: a broken image: made of too many parts")


def test_a_jpeg_of_many_scans():
    """Each goes over all pixels, and takes a few bytes of the file."""
    whole = encoded_as("JPEG", Image.new("L", (4096, 4096)), progressive=True)
    assert open_image(io.BytesIO(whole)).size == (4096, 4096)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    refused(lambda: open_image(io.BytesIO(whole[:-2] + scan * 70 + whole[-2:]), "a"), "a: a broken image: a JPEG of 7")


def tiff(order, big, tag=273, kind=4, count=1):
    """The head and directory of a TIFF with one entry."""
    if big:
        head = struct.pack(f"{order}HHHQQ", 43, 8, 0, 16, 1) + struct.pack(f"{order}HHQQ", tag, kind, count, 0)
    else:
        head = struct.pack(f"{order}HIHHHII", 42, 8, 1, tag, kind, count, 0)
    return {"<": b"II", ">": b"MM"}[order] + head


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_a_tiff_with_lists_as_long_as_the_file(order, big):
    limit = encoded.MOST_VALUES
    encoded.check_directory(io.BytesIO(tiff(order, big, count=limit)))
    encoded.check_directory(io.BytesIO(tiff(order, big, tag=700, kind=1, count=limit + 1)))
    with pytest.raises(ValueError, match=f"a TIFF with {limit + 1} values for the tag 273"):
        encoded.check_directory(io.BytesIO(tiff(order, big, count=limit + 1)))
    data = tiff(order, big, count=limit + 1)
    refused(lambda: open_image(io.BytesIO(data), "a.tiff"), "a.tiff: a broken image: a TIFF with")


def test_pictures_that_are_decoded_in_python(monkeypatch):
    plain = b"P3\n64 64\n255\n" + b"7 " * 64 * 64 * 3
    assert open_image(io.BytesIO(plain)).getpixel((9, 9)) == (7, 7, 7)
    monkeypatch.setattr(encoded, "MOST_IN_PYTHON", 64 * 64 - 1)
    refused(lambda: open_image(io.BytesIO(plain), "a"), "a format that is slow to decode")
    assert open_image(io.BytesIO(encoded_as("PPM"))).size == (64, 64)


def test_pixels_are_counted_before_they_are_decoded(monkeypatch):
    monkeypatch.setattr(encoded, "MOST_PIXELS", 64 * 64)
    assert open_image(io.BytesIO(encoded_as("PNG"))).size == (64, 64)
    refused(lambda: open_image(io.BytesIO(encoded_as("WEBP")), "a"), f"a: more than {64 * 32} pixels")
    monkeypatch.setattr(encoded, "MOST_PIXELS", 64 * 64 - 1)
    data = encoded_as("PNG")
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    refused(lambda: open_image(io.BytesIO(data), "a"), f"a: more than {64 * 64 - 1} pixels")


def test_only_formats_that_pillow_decodes_itself_are_opened():
    refused(lambda: open_image(io.BytesIO(encoded_as("EPS", Image.new("RGB", (9, 7)))), "a"), "a: not an image")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"resize": 4097}, "resize must be a side of 1 to 4096 pixels, or two, not 4097"),
        ({"resize": (4096, 4097)}, "resize must be"),
        ({"resize": True}, "resize must be"),
        ({"resize": 10**5000}, "not a number of more than 64 bits"),
        ({"crop": (4097, 1)}, "crop must be"),
        ({"crop": 5}, "crop must be"),
        ({"crop": (300, 300)}, "larger than any picture that is resized to 256"),
        ({"scale": 1e308}, "scale must be a number from 1e-09 to 1e+09"),
        ({"scale": 0}, "scale must be"),
        ({"mean": (0.5, 0.5, 2e9)}, "mean must be"),
        ({"mean": (0.5, 0.5)}, "mean must be 3 numbers for the order RGB"),
        ({"std": (1, 1, -1.0)}, "std must be"),
        ({"std": (1, 1, float("nan"))}, "std must be"),
        ({"order": "x" * 10_000}, "unknown order of channels"),
    ],
)
def test_settings_of_a_preprocessing_are_checked_however_it_is_made(settings, words):
    refused(lambda: Preprocessing(**{"resize": 256, "crop": None, **settings}), words)


def test_an_error_does_not_repeat_a_hostile_text():
    for text in ("[" * 100_000, '{"resize": ' * 50_000, "x" * 10**7):
        with pytest.raises(InputError) as caught:
            Preprocessing.loads(text)
        assert len(str(caught.value)) < 300


def test_work_that_does_not_end_is_left_behind():
    ended = threading.Event()

    def forever(given_up):
        try:
            while True:
                yield 1
                time.sleep(0.02)
        finally:
            ended.set()

    begun = time.monotonic()
    with pytest.raises(TooSlow):
        list(within(forever, each=5, total=0.2, name="forever"))
    assert time.monotonic() - begun < 3
    assert ended.wait(5)
    with pytest.raises(TooSlow):
        next(within(lambda given_up: given_up.wait(9) and [], each=0.1, total=50, name="hanging"))


def test_errors_of_work_come_where_its_item_would_have_come():
    def broken(given_up):
        yield 1
        raise KeyError("two")

    stream = within(broken, each=5, total=5, name="broken")
    assert next(stream) == 1
    with pytest.raises(KeyError, match="two"):
        next(stream)


def test_nobody_makes_items_ahead_of_a_slow_reader_without_end():
    made = []
    stream = within(lambda given_up: (made.append(i) or i for i in range(1000)), each=5, total=5, name="many")
    assert next(stream) == 0
    time.sleep(0.3)
    assert len(made) <= 12
    stream.close()
    assert tars.MOST_GLOBAL < tars.MOST_EXTENDED
