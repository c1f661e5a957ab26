"""Archives of class folders: unpacked once, whole or not at all, and never outside of their folder."""

import io
import os
import stat
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.data_files import refused, write_classes

from common.data import archives, budget, load, tars


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache of its own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GOOGLENET_CACHE", str(folder))
    return folder


def left(cache):
    return [path for path in cache.rglob("*") if path.parent != cache]


def pack(path, folder, top=""):
    """An archive of a folder, of the kind that its name says."""
    inside = sorted(folder.rglob("*"))
    if path.name.lower().endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in inside:
                archive.write(file, Path(top, file.relative_to(folder)))
    else:
        with tarfile.open(path, "w" if path.name.endswith(".tar") else "w:gz") as archive:
            for file in inside:
                archive.add(file, Path(top, file.relative_to(folder)), recursive=False)
    return path


KINDS = ["pets.tar", "pets.tar.gz", "pets.tgz", "pets.zip", "PETS.ZIP"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("top", ["", "pets", "a/b"])
def test_an_archive_is_its_folder(tmp_path, kind, top, cache):
    folder = write_classes(tmp_path / "pets", {"cat": 2, "dog": 1})
    found = load(pack(tmp_path / kind, folder, top))
    assert (found.name, found.classes) == (kind.split(".")[0], ("cat", "dog"))
    assert found.train.labels.tolist() == [0, 0, 1]
    for i, file in enumerate(["cat/0.png", "cat/1.png", "dog/0.png"]):
        with Image.open(folder / file) as image:
            assert np.array_equal(np.asarray(found.train.images.picture(i)), np.asarray(image))
    assert all(file.startswith(str(cache)) for file in map(found.train.images.name, range(3)))


@pytest.mark.parametrize("top", ["", "pets"])
def test_parts_in_an_archive(tmp_path, top):
    write_classes(tmp_path / "pets" / "train", {"cat": 2, "dog": 1})
    found = load(pack(tmp_path / "a.zip", tmp_path / "pets", top))
    assert (found.classes, found.test) == (("cat", "dog"), None)
    write_classes(tmp_path / "pets" / "test", {"dog": 3})
    found = load(pack(tmp_path / "b.zip", tmp_path / "pets", top))
    assert (found.classes, len(found.test)) == (("cat", "dog"), 3)


def test_a_part_alone_is_not_taken_for_the_whole(tmp_path):
    write_classes(tmp_path / "pets" / "test", {"cat": 2, "dog": 1})
    path = pack(tmp_path / "a.zip", tmp_path / "pets")
    refused(lambda: load(path), path, "has test/, but no train/")


def test_it_is_unpacked_once_and_again_only_when_it_changes(tmp_path, cache, monkeypatch):
    folder = write_classes(tmp_path / "pets", {"cat": 2, "dog": 1})
    path = pack(tmp_path / "pets.tar.gz", folder)
    first = load(path).train.images.name(0)
    assert len(list((cache / "unpacked").iterdir())) == 1
    with monkeypatch.context() as patched:
        patched.setattr(archives, "_unpack", lambda *_: pytest.fail("unpacked again"))
        assert load(path).train.images.name(0) == first
    write_classes(tmp_path / "pets", {"cat": 1}, seed=5)
    assert load(pack(path, folder)).train.images.name(0) != first
    assert len(list((cache / "unpacked").iterdir())) == 2


def test_another_process_may_be_faster(tmp_path, cache, monkeypatch):
    path = pack(tmp_path / "pets.tar", write_classes(tmp_path / "pets", {"cat": 2, "dog": 1}))
    expected = load(path).classes
    target = next((cache / "unpacked").iterdir())
    hidden = target.rename(tmp_path / "hidden")
    real = archives._unpack

    def slow(*arguments):
        real(*arguments)
        hidden.rename(target)

    monkeypatch.setattr(archives, "_unpack", slow)
    assert load(path).classes == expected
    assert list((cache / "unpacked").iterdir()) == [target]


def test_progress_is_shown(tmp_path):
    folder = write_classes(tmp_path / "pets", {"cat": 2, "dog": 1})
    for name, known in (("a.zip", 5), ("a.tar", None)):
        seen = []

        def progress(items, total, seen=seen):
            for item in items:
                seen.append(total)
                yield item

        load(pack(tmp_path / name, folder), progress=progress)
        assert seen == [known] * 5


def tar_of(path, *infos):
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for info, contents in infos:
            info.size = len(contents)
            archive.addfile(info, io.BytesIO(contents))
    return path


def member(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


GOOD = (member("a/0.png"), b"good")
UNSAFE_TAR = {
    "absolute": member("/evil.png"),
    "above": member("../evil.png"),
    "above later": member("a/../../evil.png"),
    "symlink": member("a/evil", tarfile.SYMTYPE, "../../.."),
    "symlink inside": member("a/evil", tarfile.SYMTYPE, "0.png"),
    "hard link": member("a/evil", tarfile.LNKTYPE, "a/0.png"),
    "device": member("a/evil", tarfile.CHRTYPE),
    "block device": member("a/evil", tarfile.BLKTYPE),
    "pipe": member("a/evil", tarfile.FIFOTYPE),
}


@pytest.mark.parametrize("kind", UNSAFE_TAR)
@pytest.mark.parametrize("name", ["bad.tar", "bad.tar.gz"])
def test_tars_that_reach_outside_or_are_more_than_files(tmp_path, cache, kind, name):
    path = tar_of(tmp_path / name, GOOD, (UNSAFE_TAR[kind], b""), GOOD)
    assert "broken" not in refused(lambda: load(path), path, repr(UNSAFE_TAR[kind].name))
    assert left(cache) == []
    assert list(tmp_path.rglob("evil*")) == []


@pytest.mark.parametrize("name", ["/evil.png", "../evil.png", "a/../../evil.png"])
@pytest.mark.parametrize("mode", [None, stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_zips_that_reach_outside_or_are_more_than_files(tmp_path, cache, name, mode):
    path = tmp_path / "bad.zip"
    info = zipfile.ZipInfo(name if mode is None else "a/evil")
    info.create_system, info.external_attr = 3, ((mode or stat.S_IFREG) | 0o644) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/0.png", b"good")
        archive.writestr(info, b"../../..")
    refused(lambda: load(path), path, repr(info.filename))
    assert left(cache) == []
    assert list(tmp_path.rglob("evil*")) == []


def test_a_zip_with_a_password(tmp_path, cache):
    path = pack(tmp_path / "a.zip", write_classes(tmp_path / "pets", {"cat": 1}))
    contents = bytearray(path.read_bytes())
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):  # where the flags are, of which the first says encrypted
        start = -1
        while (start := contents.find(signature, start + 1)) >= 0:
            contents[start + at] |= 1
    path.write_bytes(contents)
    refused(lambda: load(path), path, "encrypted")
    assert left(cache) == []


def test_members_without_a_name(tmp_path, cache):
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"good")
    path.write_bytes(path.read_bytes().replace(b"a", b"\0"))  # where zipfile ends a name
    refused(lambda: load(path), path, "a member without a name")
    assert left(cache) == []


@pytest.mark.parametrize("kind", KINDS[:4])
@pytest.mark.parametrize("keep", [0, 1, 300, 512, 1024, 1536, 0.3, 0.5, 0.6])
def test_archives_that_are_cut_off(tmp_path, cache, kind, keep):
    path = pack(tmp_path / kind, write_classes(tmp_path / "pets", {"cat": 4, "dog": 4}, size=(30, 30)))
    contents = path.read_bytes()
    path.write_bytes(contents[: int(len(contents) * keep) if isinstance(keep, float) else keep])
    refused(lambda: load(path), path, "broken or truncated")
    assert left(cache) == []


@pytest.mark.parametrize("kind", ["pets.tar.gz", "pets.zip"])
def test_archives_that_lack_their_last_byte(tmp_path, cache, kind):
    path = pack(tmp_path / kind, write_classes(tmp_path / "pets", {"cat": 4, "dog": 4}))
    path.write_bytes(path.read_bytes()[:-1])
    refused(lambda: load(path), path, "broken or truncated")
    assert left(cache) == []


def test_a_tar_cut_between_two_members_lacks_the_zeros_at_its_end(tmp_path, cache):
    """Where tarfile itself takes what is left for the whole."""
    path = pack(tmp_path / "pets.tar", write_classes(tmp_path / "pets", {"cat": 4, "dog": 4}))
    with tarfile.open(path) as archive:
        ends = [*[info.offset for info in archive][2:], archive.offset]
    contents = path.read_bytes()
    for end in ends:
        path.write_bytes(contents[:end])
        refused(lambda: load(path), path, "broken or truncated")
        assert left(cache) == []
    path.write_bytes(contents[: ends[-1] + 512])
    assert len(load(path).train) == 8


def test_names_that_begin_with_a_dot_for_here(tmp_path):
    images = write_classes(tmp_path / "pets", {"cat": 1, "dog": 1})
    infos = [(member(f"./{name}/0.png"), (images / name / "0.png").read_bytes()) for name in ("cat", "dog")]
    assert load(tar_of(tmp_path / "pets.tar", (member("./", tarfile.DIRTYPE), b""), *infos)).classes == ("cat", "dog")


@pytest.mark.parametrize("kind", KINDS[:4])
def test_a_wrong_byte_is_noticed_wherever_there_is_a_checksum(tmp_path, cache, kind):
    path = pack(tmp_path / kind, write_classes(tmp_path / "pets", {"cat": 2, "dog": 2}, size=(30, 30)))
    contents = path.read_bytes()
    if kind == "pets.tar":  # of its headers
        with tarfile.open(path) as archive:
            places = [info.offset + 10 for info in archive]
    else:
        places = [-8, len(contents) // 2] if "z" in kind and not kind.endswith(".zip") else [60, len(contents) // 2]
    for place in places:
        broken = bytearray(contents)
        broken[place] ^= 0x55
        path.write_bytes(broken)
        refused(lambda: load(path), path)
        assert left(cache) == []


@pytest.mark.parametrize("name", ["bomb.tar.gz", "bomb.zip"])
def test_more_bytes_than_there_may_be(tmp_path, cache, name, monkeypatch):
    """Counted as they come, and not by what the headers say."""
    most = 50_000
    monkeypatch.setattr(budget, "MOST_BYTES", most)
    monkeypatch.setattr(archives, "CHUNK", 1000)
    write_classes(tmp_path / "pets", {"cat": 1, "dog": 1})
    for i in range(4):
        (tmp_path / "pets" / "dog" / f"{i}.bmp").write_bytes(bytes(most * 10 if i == 3 else most // 4))
    path = pack(tmp_path / name, tmp_path / "pets")
    written = []
    real = archives._copy
    monkeypatch.setattr(archives, "_copy", lambda *arguments: written.append(real(*arguments)) or written[-1])
    refused(lambda: load(path), path, f"more than {most} bytes")
    assert most < sum(written) <= most + 1000
    assert left(cache) == []


def test_a_zip_whose_directory_lies_about_a_size(tmp_path, cache):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/0.bmp", bytes(100_000))
    contents = path.read_bytes()
    path.write_bytes(contents.replace((100_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    refused(lambda: load(path), path, "broken or truncated")
    assert left(cache) == []


@pytest.mark.parametrize("name", ["many.tar", "many.zip"])
def test_more_members_than_there_may_be(tmp_path, cache, name, monkeypatch):
    path = pack(tmp_path / name, write_classes(tmp_path / "pets", {"cat": 4, "dog": 2}))
    monkeypatch.setattr(budget, "MOST_MEMBERS", 8)
    load(path)
    monkeypatch.setattr(budget, "MOST_MEMBERS", 7)
    os.utime(path)
    for folder in (cache / "unpacked").iterdir():
        folder.rename(tmp_path / "away")
    refused(lambda: load(path), path, "more than 7 members")
    assert left(cache) == [cache / "unpacked"] or left(cache) == []


def test_a_header_that_would_fill_the_memory(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(tars, "LONGEST_HEADER", 2000)
    good = tar_of(tmp_path / "good.tar", (member("a/" + "0" * 100 + ".png"), b""))
    refused(lambda: load(good), good, "unpacked to", "only class folder")
    path = tar_of(tmp_path / "long.tar", (member("a/" + "x" * 3000 + ".png"), b""))
    refused(lambda: load(path), path, "a header of")


def test_a_disk_that_is_full(tmp_path, cache, monkeypatch):
    path = pack(tmp_path / "pets.tar", write_classes(tmp_path / "pets", {"cat": 4, "dog": 2}))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archives, "_copy", full)
    refused(lambda: load(path), path, "cannot be unpacked", cache, "No space left on device")
    assert left(cache) == []


def test_a_cache_that_cannot_be_made(tmp_path, monkeypatch):
    path = pack(tmp_path / "pets.tar", write_classes(tmp_path / "pets", {"cat": 4, "dog": 2}))
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("GOOGLENET_CACHE", str(tmp_path / "file"))
    refused(lambda: load(path), tmp_path / "file", "cannot be made", "GOOGLENET_CACHE")


def test_without_the_variable_the_users_own_cache_is_taken(tmp_path, monkeypatch):
    from common.data import cache

    monkeypatch.delenv("GOOGLENET_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert "googlenet" in cache.folder("unpacked").relative_to(tmp_path).parts
