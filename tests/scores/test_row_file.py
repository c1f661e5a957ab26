"""Rows that are kept on the disk are those that were given, and leave nothing behind."""

import errno
import tempfile
import tracemalloc

import numpy as np
import pytest

from common.base.errors import InputError
from common.scores import row_file
from common.scores.kernel import kernel_distance
from common.scores.row_file import RowFile


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_are_given_back_in_the_order_asked_for(dtype, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    array = np.random.default_rng(0).normal(size=(20, 5)).astype(dtype)
    with RowFile() as rows:
        for part in (array[:7], array[7:8], array[8:][::-1][::-1]):
            rows.append(part)
        assert len(rows) == 20
        for numbers in ([19, 0, 7], [3, 3], []):
            found = rows[np.array(numbers, int)]
            assert found.dtype == dtype and np.array_equal(found, array[numbers])
        rows.append(array[:2])
        assert np.array_equal(rows[np.array([21])], array[1:2])
    assert list(tmp_path.iterdir()) == []


def test_scores_of_rows_on_the_disk_are_those_of_rows_in_memory():
    features, other = np.random.default_rng(0).normal(size=(2, 50, 6)).astype(np.float32)
    with RowFile() as one, RowFile() as two:
        one.append(features)
        two.append(other)
        assert kernel_distance(one, two, subset_size=20) == kernel_distance(features, other, subset_size=20)


def test_they_take_no_memory():
    batch = np.ones((100, 1000), np.float32)
    with RowFile() as rows:
        tracemalloc.start()
        for _ in range(100):
            rows.append(batch)
        assert tracemalloc.get_traced_memory()[1] < batch.nbytes
        tracemalloc.stop()


@pytest.mark.parametrize("other", [np.zeros((1, 4), np.float32), np.zeros((1, 3))])
def test_rows_of_another_kind_are_refused(other):
    with RowFile() as rows:
        rows.append(np.zeros((1, 3), np.float32))
        with pytest.raises(InputError, match=r"rows of .* behind such of"):
            rows.append(other)


def test_a_full_disk_and_a_folder_that_is_none_are_told(monkeypatch):
    with RowFile() as rows:

        class Full:
            def seek(self, place):
                pass

            def write(self, contents):
                raise OSError(errno.ENOSPC, "No space left on device")

        own, rows._file = rows._file, Full()
        with pytest.raises(InputError, match="the disk is full: set TMPDIR to a folder with room"):
            rows.append(np.zeros((1, 3)))
        assert len(rows) == 0
        rows._file = own
    monkeypatch.setattr(row_file.tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(InputError, match="/nowhere/at/all: features cannot be kept there: No such file"):
        RowFile()
