"""Scores of folders are the published tools' scores of the reference's features, in every framework."""

import shutil
import subprocess
import sys
import tarfile
from dataclasses import replace

import numpy as np
import pytest
from support.published_scores import fidelity_fid, fidelity_isc, fidelity_kid, fidelity_statistics
from support.small_sets import SMALL, TABLE, WIDTH, folder, trained

from common.base.errors import InputError
from common.compare.reference import Reference
from common.data.images import open_image
from common.scores import scoring, sets
from common.scores.draws import Draws
from common.scores.extraction import Features
from common.scores.statistics import Statistics, read

COUNTS = (23, 20)
DRAWS = Draws(subsets=5, subset_size=12, splits=4, seed=7)
TRAINED = trained()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two folders of pictures."""
    home = tmp_path_factory.mktemp("sets")
    return [folder(home / name, count, 100 * seed) for seed, (name, count) in enumerate(zip("ab", COUNTS, strict=True))]


@pytest.fixture(scope="module")
def exact(pair):
    """The features and the logits without bias of each folder, by the reference."""
    found = []
    for path in pair:
        x = np.stack([SMALL(open_image(image)) for image in sorted(path.rglob("*.png"))])
        outputs = Reference(TABLE, TRAINED.weights, x, aux=False).outputs
        found.append((outputs["b3"].reshape(len(x), -1), outputs["fc"] - TRAINED.weights["fc.bias"]))
    return found


def score(*paths, **settings):
    return scoring.fid(*paths, **{"weights": TRAINED, "draws": DRAWS, "batch": 6, "backend": "torch", **settings})


def test_scores_are_the_published_tools_on_the_references_features(pair, exact, backend_name):
    report = score(*pair, backend=backend_name)
    (features, logits), (other, others) = exact
    assert report["fid"] == pytest.approx(fidelity_fid(*map(fidelity_statistics, (features, other))), rel=1e-9)
    kid = fidelity_kid(features, other, kid_subsets=5, kid_subset_size=12, rng_seed=7)
    assert (report["kid"]["mean"], report["kid"]["std"]) == pytest.approx(kid, rel=1e-9)
    for row, own in zip(report["sets"], (logits, others), strict=True):
        found = row["inception_score"]
        assert (found["mean"], found["std"]) == pytest.approx(fidelity_isc(own, 4, True, 7), rel=1e-9)
    assert [row["images"] for row in report["sets"]] == list(COUNTS)
    assert (report["features"], report["layer"], report["backend"]) == (WIDTH, "b3", backend_name)


def test_features_are_those_of_the_classifier_in_the_order_of_the_paths(pair, exact, backend_name):
    network = Features(TRAINED, backend_name, "float64", batch=7)
    found = np.concatenate(list(network.of(sets.images(pair[0]))))
    assert np.abs(found - exact[0][0]).max() < 1e-13 * np.abs(exact[0][0]).max()
    assert np.abs(network.logits(found) - exact[0][1]).max() < 1e-12 * np.abs(exact[0][1]).max()


def test_features_of_another_layer_have_no_inception_score(pair):
    report = score(*pair, layer="b1")
    x = [np.stack([SMALL(open_image(image)) for image in sorted(path.rglob("*.png"))]) for path in pair]
    exact = [Reference(TABLE, TRAINED.weights, each, aux=False).outputs["b1"].mean(axis=(2, 3)) for each in x]
    assert report["fid"] == pytest.approx(fidelity_fid(*map(fidelity_statistics, exact)), rel=1e-9)
    assert (report["layer"], report["features"]) == ("b1", 8)
    assert [row["inception_score"] for row in report["sets"]] == [None, None]
    assert any("no Inception score of features that the classifier does not get" in note for note in report["notes"])
    with pytest.raises(InputError, match="tiny has no layer 'b9'"):
        score(*pair, layer="b9")


def test_a_bundle_says_its_network_and_preprocessing_itself(pair):
    for setting in ("net", "preprocessing"):
        with pytest.raises(InputError, match="a bundle has its own network and preprocessing"):
            score(*pair, **{setting: "fid"})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_that_is_asked_for_is_computed_in(pair, dtype):
    report = score(*pair, dtype=dtype)
    assert report["dtype"] == dtype
    assert (report["fid"] == score(*pair)["fid"]) is (dtype == "float64")
    assert report["fid"] == pytest.approx(score(*pair)["fid"], rel=1e-3)


def test_a_batch_of_another_size_changes_the_scores_by_round_off_only(pair):
    one, other = score(*pair, batch=1), score(*pair, batch=100)
    assert one["fid"] == pytest.approx(other["fid"], rel=1e-9)


def test_an_archive_has_the_scores_of_its_folder(pair, tmp_path, monkeypatch):
    monkeypatch.setenv("GOOGLENET_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(pair[0], "a")
    found, folders = score(path, pair[1]), score(*pair)
    assert (found["fid"], found["kid"]) == (folders["fid"], folders["kid"])


def test_a_set_and_itself_are_no_distance_apart(pair):
    report = score(pair[0], pair[0])
    assert report["fid"] < 1e-12 and len(report["sets"]) == 2


def test_saved_statistics_have_the_same_fid_and_no_other_score(pair, tmp_path):
    path = tmp_path / "a.npz"
    folders = score(*pair, save_statistics=path)
    for report in (score(path, pair[1]), score(pair[1], path)):
        assert report["fid"] == pytest.approx(folders["fid"], rel=1e-12)
        assert report["kid"] is None
        own = next(row for row in report["sets"] if row["kind"] == "statistics")
        assert own["images"] == COUNTS[0] and own["inception_score"] is None
        assert any("statistics alone have no KID" in note for note in report["notes"])
    origin = read(path).origin
    assert {**origin, "weights": len(origin["weights"])} == {
        "network": "tiny",
        "layer": "b3",
        "weights": 64,
        "preprocessing": SMALL.dumps(),
    }


def test_one_set_alone_has_statistics_and_an_inception_score(pair, tmp_path):
    report = score(pair[0], save_statistics=tmp_path / "a.npz")
    assert report["fid"] is None and report["kid"] is None
    assert report["sets"][0]["inception_score"]["mean"] > 1
    assert read(tmp_path / "a.npz").count == COUNTS[0]


def test_statistics_need_no_network(tmp_path):
    for name, shift in (("a.npz", 0), ("b.npz", 3)):
        Statistics(np.full(4, float(shift)), np.eye(4)).save(tmp_path / name)
    report = scoring.fid(tmp_path / "a.npz", tmp_path / "b.npz")
    assert report["fid"] == pytest.approx(36) and report["framework"] is None
    assert [row["images"] for row in report["sets"]] == [None, None]
    assert any("does not say of which network and layer and weights" in note for note in report["notes"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": trained(seed=1)}, "features of different weights"),
        ({"weights": trained(preprocessing=replace(SMALL, interpolation="bicubic"))}, "of different preprocessings"),
        (
            {"weights": replace(TRAINED, table=replace(TABLE, name="other"))},
            "of different networks, 'tiny' and 'other'",
        ),
    ],
)
def test_statistics_of_another_kind_are_refused_before_anything_is_computed(
    change, message, pair, tmp_path, monkeypatch
):
    path = tmp_path / "a.npz"
    score(pair[0], save_statistics=path)
    monkeypatch.setattr(Features, "of", lambda network, paths: pytest.fail("it computes"))
    with pytest.raises(InputError, match=message):
        score(path, pair[1], **change)


def test_weights_of_another_dtype_or_with_another_classifier_make_the_same_kind_of_features(pair, tmp_path):
    path = tmp_path / "a.npz"
    single = {name: array.astype(np.float32) for name, array in TRAINED.weights.items()}
    score(pair[0], save_statistics=path, weights=replace(TRAINED, weights=single))
    double = {name: array.astype(np.float64) for name, array in single.items()}
    double["fc.weight"] = double["fc.weight"] + 1
    assert score(path, pair[1], weights=replace(TRAINED, weights=double))["fid"] > 0


def test_a_broken_picture_among_many_costs_no_work(pair, tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    shutil.copytree(pair[0], broken)
    for name in ("021.png", "022.png"):
        contents = next(broken.rglob(name)).read_bytes()
        next(broken.rglob(name)).write_bytes(contents[:100])
    monkeypatch.setattr(Features, "of", lambda network, paths: pytest.fail("it computes"))
    with pytest.raises(InputError, match=r"02[12]\.png: a broken image: .*\(and 1 more of 43 pictures\)"):
        score(pair[1], broken, save_statistics=tmp_path / "b.npz")
    assert not (tmp_path / "b.npz").exists()


def test_grey_and_transparent_pictures_are_taken_as_they_look(pair, tmp_path):
    odd = tmp_path / "odd"
    odd.mkdir()
    images = sorted(pair[0].rglob("*.png"))
    for i, path in enumerate(images):
        open_image(path).convert(["L", "LA", "RGBA", "P"][i % 4]).save(odd / path.name)
    assert score(odd, pair[0])["fid"] > 0


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_images_are_refused(count, pair, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for image in list(pair[0].glob("*.png"))[:count]:
        shutil.copy(image, few)
    message = "no images in this folder, and none below it" if count == 0 else "one image: at least 2 are needed"
    with pytest.raises(InputError, match=message):
        score(pair[1], few)


@pytest.mark.parametrize(("count", "said"), [(WIDTH, "singular"), (WIDTH + 1, "FID is larger for few images")])
def test_too_few_images_are_told_in_words(count, said, pair, tmp_path):
    few = tmp_path / "few"
    few.mkdir()
    for image in sorted(pair[0].rglob("*.png"))[:count]:
        shutil.copy(image, few)
    report = score(few, few)
    assert [said in note for note in report["notes"]] == [True]
    assert report["sets"][0]["singular"] is (said == "singular")


def test_parts_and_subsets_follow_the_number_of_images(pair):
    report = score(*pair, draws=Draws(subsets=2, splits=21))
    assert report["kid"]["subset_size"] == COUNTS[1]
    assert report["sets"][0]["inception_score"]["splits"] == 21 and report["sets"][1]["inception_score"] is None
    assert any("fewer than 21 images have no Inception score" in note for note in report["notes"])


def test_features_that_are_no_numbers_are_refused(pair):
    weights = {**TRAINED.weights, "b1.conv.weight": TRAINED.weights["b1.conv.weight"] * 3e37}
    with pytest.raises(InputError, match=r"\d+\.png: its features are not finite"):
        score(*pair, weights=replace(TRAINED, weights=weights), dtype="float32")
    weights["b1.conv.weight"] = TRAINED.weights["b1.conv.weight"] * 1e300
    with pytest.raises(InputError, match="the covariance has a number that is infinite or none"):
        score(*pair, weights=replace(TRAINED, weights=weights))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weights": None}, "images need a network that makes features of them: give its --weights"),
        ({"dtype": "float16"}, "unknown dtype 'float16'"),
        ({"backend": "pytroch"}, "unknown backend 'pytroch'"),
        ({"save_statistics": "a.csv"}, r"a\.csv: statistics are saved with the suffix \.npz"),
        ({"save_statistics": "none/a.npz"}, r"none/a\.npz: cannot be written: no such folder"),
        ({"weights": replace(TRAINED, preprocessing=None)}, "do not say how images are prepared"),
        (
            {"weights": replace(TRAINED, preprocessing=replace(SMALL, resize=32))},
            "features of images of different sizes",
        ),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_computed(settings, message, pair, monkeypatch):
    monkeypatch.setattr(Features, "of", lambda network, paths: pytest.fail("it computes"))
    with pytest.raises(InputError, match=message):
        score(*pair, **settings)


def test_what_is_no_set_is_told(pair, tmp_path):
    (tmp_path / "a.txt").write_text("no")
    with pytest.raises(InputError, match="no such folder, archive or file of statistics"):
        score(pair[0], tmp_path / "none")
    with pytest.raises(InputError, match="no set of images: give a folder, an archive"):
        score(pair[0], tmp_path / "a.txt")


def test_links_in_circles_end_and_hidden_files_are_left_out(pair, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(pair[1], home)
    (home / "round").symlink_to(home)
    (home / ".hidden.png").write_bytes(b"")
    (home / ".hidden").mkdir()
    (home / "__MACOSX").mkdir()
    shutil.copy(next(pair[0].glob("*.png")), home / "__MACOSX" / "a.png")
    assert len(sets.images(home)) == COUNTS[1]
    (home / "to").symlink_to(pair[0])
    assert len(sets.images(home)) == sum(COUNTS)


def test_progress_is_shown_of_every_part(pair):
    tasks = []

    def task(name):
        tasks.append(name)
        return scoring.silently(name)

    score(*pair, task=task)
    begin = ["unpacking", "unpacking", "reading", "importing", "looking", *["computing features"] * 2]
    assert [name.startswith(word) for name, word in zip(tasks, begin, strict=False)] == [True] * len(begin)
    assert tasks[len(begin) :] == ["computing FID", *["computing the Inception score"] * 2, "computing KID"]


def test_statistics_are_compared_without_a_framework(tmp_path):
    Statistics(np.zeros(4), np.eye(4)).save(tmp_path / "a.npz")
    code = (
        "import sys; from common.scores import fid; fid('a.npz', 'a.npz')\n"
        "assert not {'torch', 'tensorflow', 'mxnet'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
