"""Archives unpack within a budget of bytes, members, depth and names, or are refused in one line."""

import gzip
import io
import zipfile
import zlib
from pathlib import Path

import pytest
from support.data_files import noise, refused, write_classes

from common.data import archives, budget, gunzip, load, members
from common.data.gunzip import gunzipped


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


@pytest.mark.parametrize("kind", [b"0", b"5"], ids=["files", "folders"])
def test_a_tar_of_more_members_than_its_size_allows(tmp_path, cache, kind):
    path = tmp_path / "many.tar.gz"
    path.write_bytes(gzip.compress(b"".join(header(b"a/%d.png" % i, kind=kind) for i in range(1200)) + bytes(1024)))
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
