"""Files of features hold what was computed, whichever format, and are there whole or not at all."""

import json
import tracemalloc
import zipfile

import numpy as np
import pytest

from common.base.errors import InputError
from common.features import files
from common.weights import safetensors_file

ROWS = np.random.default_rng(0).normal(size=(7, 3, 2, 5))
NAMES = [f"folder/{i}.png" for i in range(6)] + ["odd \udcff é.png"]
SHOWN = [*NAMES[:6], "odd \\udcff é.png"]
METADATA = {"network": "d2l", "layer": "b5"}


def parts():
    yield from (ROWS[:4], ROWS[4:6], ROWS[6:])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_npz_is_read_by_numpy(dtype, tmp_path):
    files.write(tmp_path / "f.npz", parts(), (3, 2, 5), dtype, NAMES, METADATA)
    with np.load(tmp_path / "f.npz", allow_pickle=False) as found:
        assert found["features"].dtype == dtype
        assert np.array_equal(found["features"], ROWS.astype(dtype))
        assert found["paths"].tolist() == SHOWN
        assert json.loads(str(found["metadata"])) == METADATA


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_safetensors_are_read_by_their_own_library_and_by_ours(dtype, tmp_path):
    from safetensors.numpy import load_file

    files.write(tmp_path / "f.safetensors", parts(), (3, 2, 5), dtype, NAMES, METADATA)
    metadata, ours = safetensors_file.read(tmp_path / "f.safetensors")
    assert metadata == METADATA
    for found in (ours, load_file(tmp_path / "f.safetensors")):
        assert found["features"].dtype == dtype
        assert np.array_equal(found["features"], ROWS.astype(dtype))
        assert json.loads(found["paths"].tobytes()) == SHOWN


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_the_same_features_are_the_same_bytes(suffix, tmp_path):
    for name in ("a", "b"):
        files.write(tmp_path / (name + suffix), parts(), (3, 2, 5), "float32", NAMES, METADATA)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_npz_is_dated_as_nothing_is(tmp_path):
    """Two files that are written within two seconds would have the same time of their own."""
    files.write(tmp_path / "f.npz", parts(), (3, 2, 5), "float32", NAMES, METADATA)
    assert {info.date_time for info in zipfile.ZipFile(tmp_path / "f.npz").infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_memory_does_not_grow_with_the_number_of_pictures(suffix, tmp_path):
    def many(count):
        return (np.zeros((32, 2048), np.float32) for _ in range(count))

    most = []
    for count in (4, 64):
        tracemalloc.start()
        files.write(tmp_path / f"f{suffix}", many(count), (2048,), "float32", ["a"] * 32 * count, METADATA)
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert most[1] < most[0] + 400_000 < 64 * 32 * 2048 * 4 / 10  # names take some


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_what_ends_early_leaves_the_file_that_was_there(suffix, tmp_path):
    path = tmp_path / f"f{suffix}"
    path.write_text("before")

    def broken():
        yield ROWS[:4]
        raise InputError("9.png: a broken image")

    with pytest.raises(InputError, match=r"9\.png"):
        files.write(path, broken(), (3, 2, 5), "float32", NAMES, METADATA)
    with pytest.raises(ValueError, match="4 rows of features for 7 pictures"):
        files.write(path, [ROWS[:4]], (3, 2, 5), "float32", NAMES, METADATA)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_another_suffix_is_refused():
    for name in ("f.csv", "f", "f.npy", "npz"):
        with pytest.raises(InputError, match=r"features are written as \.npz or \.safetensors"):
            files.check(name)
