"""Files of statistics: ours are read by others, theirs by us, and what is none, or of another kind, is refused."""

import io
import zipfile

import numpy as np
import pytest
from support.published_scores import fidelity_fid, fidelity_statistics

from common.base.errors import InputError
from common.scores import statistics
from common.scores.moments import Moments
from common.scores.statistics import Statistics, read

FEATURES = np.random.default_rng(2).normal(size=(2, 300, 12))
ORIGIN = {"network": "inception_v3", "layer": "b7", "weights": "ab" * 32, "preprocessing": '{"resize": [299, 299]}'}


def of(features, origin=ORIGIN):
    moments = Moments()
    moments.add(features)
    return Statistics.of(moments, origin)


def test_what_is_saved_is_read_to_the_last_bit(tmp_path):
    path = tmp_path / "a.npz"
    saved = of(FEATURES[0])
    saved.save(path)
    found = read(path)
    assert np.array_equal(found.mean, saved.mean) and np.array_equal(found.covariance, saved.covariance)
    assert (found.count, found.origin) == (300, ORIGIN)
    assert found.distance(of(FEATURES[1])) == saved.distance(of(FEATURES[1])) > 0


def test_two_files_of_the_same_statistics_are_the_same_bytes(tmp_path):
    for name in ("a.npz", "b.npz"):
        of(FEATURES[0]).save(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_others_read_ours_by_the_names_of_mean_and_covariance(tmp_path):
    of(FEATURES[0]).save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:  # as pytorch-fid and clean-fid do
        mean, covariance = file["mu"][:], file["sigma"][:]
    np.testing.assert_allclose(covariance, np.cov(FEATURES[0], rowvar=False), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(mean, FEATURES[0].mean(axis=0), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["float64", "float32", ">f8"])
def test_theirs_are_read_without_count_and_origin(tmp_path, save, dtype):
    theirs = [fidelity_statistics(features) for features in FEATURES]
    path = tmp_path / "a.npz"
    with open(path, "wb") as file:
        save(file, mu=theirs[0][0].astype(dtype), sigma=np.asfortranarray(theirs[0][1].astype(dtype)))
    found = read(path)
    assert (found.count, found.origin, found.singular) == (None, {}, False)
    assert np.array_equal(found.covariance, theirs[0][1].astype(dtype))
    assert found.distance(of(FEATURES[1])) == pytest.approx(
        fidelity_fid(*theirs), rel=1e-4 if dtype == "float32" else 1e-9
    )


def test_arrays_that_are_not_asked_for_are_not_looked_at(tmp_path, monkeypatch):
    """As in the reference files of others that hold all images beside the statistics."""
    path = tmp_path / "a.npz"
    np.savez(path, mu=np.zeros(3), sigma=np.eye(3), arr_0=np.array([{}], object), images=np.zeros((300, 300), np.uint8))
    assert read(path).covariance.tolist() == np.eye(3).tolist()


@pytest.mark.parametrize("key", ORIGIN)
def test_statistics_of_different_kinds_refuse_each_other(key):
    other = of(FEATURES[1], {**ORIGIN, key: "another"})
    with pytest.raises(InputError, match=r"the two sets have features of different .*'another': make both in one way"):
        of(FEATURES[0]).distance(other)
    unknown = of(FEATURES[1], {name: value for name, value in ORIGIN.items() if name != key})
    assert of(FEATURES[0]).distance(unknown) > 0


def test_another_number_of_features_is_another_layer():
    with pytest.raises(InputError, match="the two sets have 12 and 11 features: they are of different layers"):
        of(FEATURES[0]).distance(of(FEATURES[1][:, 1:]))


@pytest.mark.parametrize(("count", "singular"), [(12, True), (13, False), (2, True)])
def test_a_covariance_of_full_rank_needs_more_images_than_features(count, singular):
    found = of(FEATURES[0][:count])
    assert found.singular is singular
    assert bool(np.linalg.matrix_rank(found.covariance) < 12) is singular


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def zipped(compression=zipfile.ZIP_DEFLATED, **members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, contents in members.items():
            archive.writestr(f"{name}.npy", contents)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


def header(shape, descr="<f8"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


def damaged(place):
    contents = bytearray(npz(mu=np.zeros(3), sigma=np.eye(3)))
    contents[place] ^= 0xFF
    return bytes(contents)


GOOD = {"mu": np.zeros(3), "sigma": np.eye(3)}
BAD = {
    "nothing": (b"", "no file of NumPy's, or a damaged one"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "no file of NumPy's"),
    "cut short": (npz(**GOOD)[:-30], "no file of NumPy's"),
    "a changed number": (damaged(150), "no file of NumPy's, or a damaged one: Bad CRC-32"),
    "no statistics": (npz(features=np.zeros((2, 3))), "no statistics in it: it has no 'mu'"),
    "no covariance": (npz(mu=np.zeros(3)), "no statistics in it: it has no 'sigma'"),
    "objects": (npz(mu=np.array([{}], object), sigma=np.eye(1)), "'mu' is neither an array of real numbers nor"),
    "complex": (npz(mu=np.zeros(3) * 1j, sigma=np.eye(3)), "'mu' is neither an array of real numbers"),
    "records": (npz(mu=np.zeros(3, "f8,f8"), sigma=np.eye(3)), "'mu' is neither an array of real numbers"),
    "text": (npz(mu=np.array(["a"]), sigma=np.eye(1)), "the mean has a number that is infinite or none"),
    "nan": (npz(mu=np.full(3, np.nan), sigma=np.eye(3)), "the mean has a number that is infinite or none"),
    "not symmetric": (
        npz(mu=np.zeros(3), sigma=np.triu(np.ones((3, 3)))),
        "no covariance: the matrix is not symmetric",
    ),
    "an eigenvalue below 0": (
        npz(mu=np.zeros(3), sigma=np.diag([1.0, 1.0, -1.0])),
        "no covariance: it has the eigenvalue -1, and the largest is 1",
    ),
    "shapes": (npz(mu=np.zeros(3), sigma=np.eye(4)), "means 3, covariance 4 x 4"),
    "empty": (npz(mu=np.zeros(0), sigma=np.zeros((0, 0))), "means 0, covariance 0 x 0"),
    "a count of one": (npz(**GOOD, count=np.int64(1)), "its count of images is no whole number from 2 on"),
    "a count in words": (npz(**GOOD, count=np.array("many")), "its count of images is no whole number"),
    "many counts": (npz(**GOOD, count=np.arange(9)), "its count of images is no whole number"),
    "a long text": (
        npz(**GOOD, network=np.array("x" * 20_000)),
        "'network' is neither an array of real numbers nor a short",
    ),
    "huge": (zipped(mu=npy(np.zeros(3)), sigma=header((1 << 31, 1 << 31))), "its tensors up to 'sigma' would take"),
    "beyond 64 bits": (zipped(mu=npy(np.zeros(3)), sigma=header((1 << 70,))), "its tensors up to 'sigma' would take"),
    "a size below 0": (zipped(mu=npy(np.zeros(3)), sigma=header((-3, -3))), "a size below 0"),
    "too few bytes": (
        zipped(mu=header((5,)) + bytes(32), sigma=npy(np.eye(5))),
        "'mu' has not as many bytes as its shape",
    ),
    "too many bytes": (
        zipped(mu=header((5,)) + bytes(48), sigma=npy(np.eye(5))),
        "'mu' has not as many bytes as its shape",
    ),
    "a bomb": (zipped(mu=npy(np.zeros(3)), sigma=npy(np.zeros((3000, 3000)))), "its tensors up to 'sigma' would take"),
    "rare packing": (
        zipped(zipfile.ZIP_BZIP2, mu=npy(np.zeros(3)), sigma=npy(np.eye(3))),
        "neither stored nor deflated",
    ),
    "no header": (
        zipped(mu=b"\x93NUMPY\x01\x00\xff\xff{", sigma=npy(np.eye(3))),
        "no file of NumPy's, or a damaged one",
    ),
    "a later version": (zipped(mu=b"\x93NUMPY\x09\x00" + bytes(20), sigma=npy(np.eye(3))), "'mu' is no plain array"),
    "code for a header": (
        zipped(mu=b"\x93NUMPY\x01\x00\x0b\x00__import__\n", sigma=npy(np.eye(3))),
        "no file of NumPy's",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_file_of_statistics_is_refused_in_one_line(case, tmp_path):
    contents, message = BAD[case]
    path = tmp_path / "a.npz"
    path.write_bytes(contents)
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)


def test_a_name_that_is_there_twice_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        for _ in range(2):
            archive.writestr("mu.npy", npy(np.zeros(3)))
    with pytest.raises(InputError, match=r"two members of the archive are called 'mu\.npy'"):
        read(path)


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path):
    with pytest.raises(InputError, match="no such file of statistics"):
        read(tmp_path / "a.npz")
    with pytest.raises(InputError, match="a folder, not a file of statistics"):
        read(tmp_path)


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="cannot be written: no such folder"):
        of(FEATURES[0]).save(tmp_path / "none" / "a.npz")
    assert list(tmp_path.iterdir()) == []


def test_the_names_of_the_origin_are_those_of_its_keys():
    assert tuple(ORIGIN) == statistics.ORIGIN == tuple(statistics.PLURAL)
