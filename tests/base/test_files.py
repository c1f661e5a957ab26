"""Files are whole or not there at all, and what killed processes have left is removed by the next one."""

import os
import signal

import pytest

from common.base.errors import InputError
from common.base.files import WRITING, remove_abandoned, replacing
from common.base.locks import lock


def killed_while_writing(path):
    """A process that is killed in the middle of writing ``path``."""
    child = os.fork()
    if child == 0:
        with replacing(path) as temporary:
            temporary.write_text("half")
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)


def test_what_a_killed_process_has_left_is_removed_by_the_next(tmp_path):
    killed_while_writing(tmp_path / "a")
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(WRITING) and (left / "a").read_text() == "half"
    with replacing(tmp_path / "b") as temporary:
        assert not left.exists()
        temporary.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_what_a_live_process_is_writing_stays(tmp_path):
    with replacing(tmp_path / "a") as first:
        first.write_text("first")
        with replacing(tmp_path / "b") as second:
            second.write_text("second")
        remove_abandoned(tmp_path)
        assert first.read_text() == "first"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "first", "b": "second"}


def test_what_only_looks_like_a_leftover_stays(tmp_path):
    """A file, a link, a folder that somebody has locked, and one with a folder in it, such as we never make."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept").touch()
    (tmp_path / f"{WRITING}file").touch()
    (tmp_path / f"{WRITING}link").symlink_to("elsewhere")
    (tmp_path / f"{WRITING}tree" / "folder").mkdir(parents=True)
    (tmp_path / f"{WRITING}locked").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with lock(tmp_path / f"{WRITING}locked"):
        remove_abandoned(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    remove_abandoned(tmp_path)
    assert sorted({*before} - {*tmp_path.rglob("*")}) == [tmp_path / f"{WRITING}locked"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a\0b", "embedded null"),
        ("x" * 256, "File name too long"),
        ("no/such", "no such folder"),
        (".", "it is a folder: choose another name"),
    ],
    ids=str,
)
def test_a_path_that_cannot_be_written_is_told_before_the_work(name, says, tmp_path):
    with pytest.raises(InputError, match=says), replacing(f"{tmp_path}/{name}"):
        pytest.fail("the work has begun")
    assert list(tmp_path.iterdir()) == []
