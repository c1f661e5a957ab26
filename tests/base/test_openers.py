"""Whatever a name leads to, opening it neither waits nor reads without end; and trees of any depth can be removed."""

import inspect
import os
import shutil
import socket
import stat
import sys
import threading

import pytest
from support.data_files import refused

from common.base import openers
from common.base.openers import check_file, open_file, read_file
from common.base.trees import remove_tree

WAYS = {
    "check": check_file,
    "open": lambda path, kind="file": open_file(path, kind).close(),
    "read": lambda path, kind="file": read_file(path, 100, kind),
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


def special(folder, kind):
    """The path of something that is no file."""
    path = folder / kind
    if kind == "a named pipe":
        os.mkfifo(path)
    elif kind == "a folder":
        path.mkdir()
    elif kind == "a socket":
        here = os.getcwd()
        os.chdir(folder)  # the address of a socket is short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(kind)
        os.chdir(here)
    elif kind == "a device":
        path.symlink_to("/dev/zero")
    return path


@ways
@pytest.mark.parametrize("kind", ["a named pipe", "a folder", "a socket", "a device"])
def test_what_is_no_file_is_refused_at_once(way, kind, tmp_path):
    path, said = special(tmp_path, kind), []
    watched = threading.Thread(target=lambda: said.append(refused(lambda: way(path, "image"))), daemon=True)
    watched.start()
    watched.join(10)
    assert said == [f"{path}: {kind}, not an image"]


def test_a_name_that_leads_to_a_pipe_after_it_was_looked_at(tmp_path, monkeypatch):
    """Between the check and the opening: the open file is checked too, and opening does not wait."""
    path = special(tmp_path, "a named pipe")
    monkeypatch.setattr(openers, "check_file", lambda path, kind: None)
    said = []
    watched = threading.Thread(target=lambda: said.append(refused(lambda: open_file(path))), daemon=True)
    watched.start()
    watched.join(10)
    assert said == [f"{path}: a named pipe, not a file"]


@ways
def test_names_that_lead_nowhere(way, tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "broken").symlink_to("none")
    for name in ("none", "broken", "file/inside"):
        refused(lambda name=name: way(tmp_path / name, "image"), f"{tmp_path / name}: no such image")
    refused(lambda: way(tmp_path / "loop"), f"{tmp_path / 'loop'}: cannot be read: Too many levels of symbolic links")
    refused(lambda: way("a" * 5000), ": cannot be read: File name too long")
    with pytest.raises(ValueError, match="cannot be read: embedded null byte"):
        way("a\0b")


def test_a_file_is_read_through_a_link_up_to_the_most(tmp_path):
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("file")
    with open_file(tmp_path / "link") as file:
        assert file.read() == b"12345"
    assert check_file(tmp_path / "link").st_size == 5
    assert read_file(tmp_path / "link", 5) == b"12345"
    refused(lambda: read_file(tmp_path / "link", 4, "list of labels"), "more than 4 bytes, too large for a list of lab")


def test_no_file_stays_open_when_it_is_refused(tmp_path, monkeypatch):
    path = special(tmp_path, "a named pipe")
    monkeypatch.setattr(openers, "check_file", lambda path, kind: None)
    closed, real = [], os.close
    monkeypatch.setattr(os, "close", lambda handle: closed.append(handle) or real(handle))
    refused(lambda: open_file(path))
    assert len(closed) == 1


def deep(root, depth, name="d"):
    """A chain of folders whose path may be longer than any path can be; made from the innermost outwards."""
    root.mkdir()
    for number in range(depth):
        inner = root.parent / f"{root.name}-{number}"
        inner.mkdir()
        (inner / "file").write_bytes(b"x")
        os.rename(root, inner / name)
        os.rename(inner, root)
    return root


def test_a_tree_deeper_than_recursion_and_longer_than_a_path_is_removed(tmp_path):
    root = deep(tmp_path / "tree", 150, "long" * 10)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)
    try:
        with pytest.raises((RecursionError, OSError)):
            shutil.rmtree(root)
        remove_tree(root)
    finally:
        sys.setrecursionlimit(limit)
    assert list(tmp_path.iterdir()) == []


def test_links_in_a_tree_are_not_followed(tmp_path):
    (tmp_path / "keep").mkdir()
    (tmp_path / "keep" / "file").write_bytes(b"x")
    (tmp_path / "tree" / "a").mkdir(parents=True)
    (tmp_path / "tree" / "a" / "link").symlink_to(tmp_path / "keep")
    (tmp_path / "tree" / "a" / "loop").symlink_to("..")
    (tmp_path / "link").symlink_to(tmp_path / "keep")
    remove_tree(tmp_path / "tree")
    remove_tree(tmp_path / "link")
    remove_tree(tmp_path / "none")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "keep"]


def test_a_tree_of_many_folders(tmp_path):
    for name in ("a/b/c", "a/b2/c", "a/b2/d", "e", ".hidden"):
        (tmp_path / "tree" / name).mkdir(parents=True)
        (tmp_path / "tree" / name / "file").write_bytes(b"x")
    remove_tree(tmp_path / "tree")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_moved_away_meanwhile_takes_nobody_with_it(tmp_path, monkeypatch):
    """Its ``..`` leads to a folder of somebody else, in which the same names are to stay."""
    (tmp_path / "tree" / "a" / "b").mkdir(parents=True)
    (tmp_path / "tree" / "c").mkdir()
    (tmp_path / "other" / "c").mkdir(parents=True)
    real = os.rmdir

    def moved(name, *arguments, **settings):
        if name == "b":
            os.rename(tmp_path / "tree" / "a", tmp_path / "other" / "a")
        real(name, *arguments, **settings)

    monkeypatch.setattr(os, "rmdir", moved)
    remove_tree(tmp_path / "tree")
    assert (tmp_path / "other" / "c").exists()


def test_folders_that_forbid_everything_are_removed(tmp_path):
    inner = tmp_path / "tree" / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_bytes(b"x")
    for folder in (inner, inner.parent):
        folder.chmod(0)
    remove_tree(tmp_path / "tree")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_removed_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "tree" / "a").mkdir(parents=True)

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "rmdir", denied)
        remove_tree(tmp_path / "tree")
    assert stat.S_ISDIR((tmp_path / "tree").stat().st_mode)
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
