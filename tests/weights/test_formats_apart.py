"""HDF5's library is kept in a process of its own: whatever happens to it there is one line about the file."""

import sys
import time

import pytest
from support.arrays import same
from support.weight_files import refused, weights_h5, write_keras_archive

from common.weights.formats import apart, read

pytestmark = pytest.mark.apart


@pytest.mark.parametrize("write", [weights_h5, write_keras_archive])
def test_tensors_and_metadata_come_through_the_pipe(write, tmp_path):
    tensors = write(tmp_path / "w")
    contents = read(tmp_path / "w")
    assert same(contents.tensors, tensors)
    assert contents.path == tmp_path / "w"
    assert contents.metadata == ({} if write is weights_h5 else {"config": '{"class_name": "Füße"}'})


LIMITED = "from common.weights.formats import apart; apart.SECONDS = 1; apart._limit(0)\n"


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "import os; os.kill(os.getpid(), 11)",
        "print('{')",
        "raise SystemExit(0)",
        LIMITED + "while True: pass",
        LIMITED + "bytes(1 << 32)",
    ],
    ids=["abort", "segfault", "nonsense", "nothing", "for-ever", "4-GB"],
)
def test_a_reader_that_crashes_or_never_ends_is_one_line(code, monkeypatch, tmp_path):
    weights_h5(tmp_path / "w")
    real = apart.subprocess.Popen
    monkeypatch.setattr(apart.subprocess, "Popen", lambda command, **kw: real([sys.executable, "-c", code], **kw))
    start = time.monotonic()
    assert refused(tmp_path / "w") == "not a whole HDF5 file: it is damaged: get it again from its publisher"
    assert time.monotonic() - start < 60


def test_what_the_reader_refuses_names_the_path_that_was_given(monkeypatch, tmp_path):
    (tmp_path / "w").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"^w: not a whole HDF5 file: it is damaged"):
        read("w")
