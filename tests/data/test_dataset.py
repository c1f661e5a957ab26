"""What a data set is made of: pictures by number, parts without copies, and parts held out; the bundled digits."""

import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from support.data_files import noise, refused, write_classes

from common.data import load
from common.data.dataset import ArrayImages, Dataset, FileImages, Split, hold_out
from common.data.draws import HOLDING, draws
from common.data.images import SAMPLES


def split(labels, channels=1):
    return Split(ArrayImages(noise(len(labels), 4, 5, channels)), np.array(labels, np.int64))


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB")])
def test_pictures_of_arrays(channels, mode):
    made = split([0, 1, 2], channels)
    for i in range(3):
        picture = made.images.picture(i)
        assert picture.mode == mode
        assert np.array_equal(np.asarray(picture).reshape(4, 5, channels), made.images.source[i])


def test_pictures_of_files_are_read_no_earlier_than_asked_for(tmp_path):
    write_classes(tmp_path, {"a": 2})
    made = FileImages([tmp_path / "a" / "0.png", tmp_path / "a" / "1.png", tmp_path / "none.png"])
    with Image.open(tmp_path / "a" / "1.png") as image:
        assert np.array_equal(np.asarray(made.picture(1)), np.asarray(image))
    refused(lambda: made.picture(2), tmp_path / "none.png", "no such image")


@pytest.mark.parametrize(
    ("contents", "part"), [(b"", "not an image"), (b"text", "not an image"), (None, "broken image")]
)
def test_pictures_of_files_that_are_broken(tmp_path, contents, part):
    path = write_classes(tmp_path, {"a": 1}) / "a" / "0.png"
    path.write_bytes(path.read_bytes()[:-40] if contents is None else contents)
    refused(lambda: FileImages([path]).picture(0), path, part)


def test_pictures_of_too_many_pixels(tmp_path, monkeypatch):
    path = write_classes(tmp_path, {"a": 1}) / "a" / "0.png"
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 30)
    refused(lambda: FileImages([path]).picture(0), path, "more than 30 pixels")


def test_a_part_of_a_part_shares_its_pixels():
    made = split(range(6), 3)
    part = made.subset([5, 1, 3]).subset([2, 0])
    assert part.labels.tolist() == [3, 5]
    assert part.labels.dtype == np.int64
    assert len(part) == 2
    assert np.array_equal(np.asarray(part.images.picture(1)), made.images.source[5])
    assert np.shares_memory(part.images.source, made.images.source)
    assert len(made.subset([])) == 0


def test_as_many_labels_as_images():
    refused(lambda: Split(ArrayImages(noise(3, 2, 2, 1)), np.zeros(2, np.int64)), "3 images with 2 labels")


@pytest.mark.parametrize("part", ["train", "validation", "test"])
@pytest.mark.parametrize("wrong", [-1, 3, 255])
def test_labels_without_a_class_are_refused(part, wrong):
    good = split([0, 1, 2])
    Dataset("d", ("a", "b", "c"), 1, good, good, good)
    parts = {"train": good, part: split([0, wrong, 2])}
    refused(lambda: Dataset("d", ("a", "b", "c"), 1, **parts), "image 1", part, f"label {wrong}", "0 to 2")


LABELS = [0] * 40 + [1] * 7 + [2] * 1 + [3] * 2 + [5] * 100


@pytest.mark.parametrize(("fraction", "held"), [(0.1, [4, 1, 0, 1, 10]), (0.5, [20, 4, 0, 1, 50])])
def test_a_fraction_of_each_class_is_held_out(fraction, held):
    """Rounded, but at least one, and never all."""
    mixed = np.random.default_rng(0).permutation(LABELS)
    whole = split(mixed)
    rest, out = hold_out(whole, fraction, 3)
    counts = Counter(out.labels.tolist())
    assert [counts[label] for label in (0, 1, 2, 3, 5)] == held
    assert out.labels.tolist() == mixed[out.images.chosen].tolist()
    assert sorted([*rest.images.chosen, *out.images.chosen]) == list(range(150))
    for part in (rest, out):
        assert list(part.images.chosen) == sorted(part.images.chosen)
    assert set(rest.labels) == {0, 1, 2, 3, 5}
    assert len(hold_out(whole, 0.99, 0)[0]) == 1 + 1 + 1 + 1 + 1


def test_the_seed_says_which():
    whole = split(LABELS)

    def chosen(seed):
        return hold_out(whole, 0.3, seed)[1].images.chosen.tolist()

    assert chosen(0) == chosen(0)
    assert len({tuple(chosen(seed)) for seed in range(20)}) == 20
    often = Counter(i for seed in range(300) for i in chosen(seed))
    assert all(50 < often[i] < 130 for i in range(40))  # 90 are expected of each; the deviation is 8


def by_hand(labels, fraction, seed):
    """Class by class, which takes as many looks at all labels as there are classes."""
    order = np.argsort(draws(seed, HOLDING, len(labels))[0], kind="stable")
    held = []
    for label in set(labels):
        members = [i for i in order if labels[i] == label]
        held += members[: min(max(int(fraction * len(members) + 0.5), 1), len(members) - 1)]
    return sorted(held)


@pytest.mark.parametrize("fraction", [0.01, 0.3, 0.5, 0.95])
def test_what_is_held_out_is_as_if_class_by_class(fraction):
    for seed in range(5):
        labels = np.random.default_rng(seed).integers(0, 9, 120) * 3
        held = hold_out(split(labels), fraction, seed)[1].images.chosen
        assert held.tolist() == by_hand(labels.tolist(), fraction, seed)


def test_thousands_of_classes_are_held_out_of_at_once():
    whole = Split(FileImages(range(200_000)), np.arange(200_000) % 10_000)
    start = time.process_time()
    assert len(hold_out(whole, 0.1, 0)[1]) == 20_000
    assert time.process_time() - start < 1.5  # a look at all labels for each class takes several seconds


def test_nothing_held_out():
    rest, out = hold_out(split(LABELS), 0, 0)
    assert (len(rest), len(out)) == (150, 0)
    refused(lambda: hold_out(split([0, 1, 2]), 0.5, 0), "nothing can be held out of 3 images")
    for fraction in (-0.1, 1, 1.5, float("nan")):
        refused(lambda fraction=fraction: hold_out(split(LABELS), fraction, 0), str(fraction))


def test_the_digits_are_those_of_scikit_learn_a_fifth_of_each_apart():
    from sklearn.datasets import load_digits

    theirs, found = load_digits(), load("digits")
    assert found.classes == tuple("0123456789")
    assert (found.name, found.channels, found.validation) == ("digits", 1, None)
    assert sorted([*found.train.images.chosen, *found.test.images.chosen]) == list(range(1797))
    seen = Counter()
    test = []
    for i, label in enumerate(theirs.target):
        seen[label] += 1
        if seen[label] % 5 == 0:
            test.append(i)
    assert found.test.images.chosen.tolist() == test
    assert max(np.asarray(found.train.images.picture(i)).max() for i in range(9)) == 255
    for part in (found.train, found.test):
        assert part.labels.tolist() == theirs.target[part.images.chosen].tolist()
        for i in (0, 17, len(part) - 1):
            levels = np.asarray(part.images.picture(i)) / 255 * 16
            assert np.abs(levels - theirs.images[part.images.chosen[i]]).max() < 0.06


def test_the_digits_look_as_they_do_where_pictures_are_predicted():
    found = load("digits")
    for i, sample in enumerate(SAMPLES["digits"]()):
        at = next(part for part in (found.train, found.test) if i in part.images.chosen)
        picture = at.images.picture(list(at.images.chosen).index(i))
        assert np.array_equal(np.asarray(picture.convert("RGB")), np.asarray(sample))


def test_importing_needs_neither_pooch_nor_scikit_learn():
    script = """
import sys
import common.data, common.data.batches, common.data.download
print(*sorted({"pooch", "sklearn", "requests", "torch", "tensorflow", "keras", "mxnet"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(("missing", "name"), [("sklearn", "digits"), ("pooch", "cifar10")])
def test_what_is_not_installed_is_named(missing, name, monkeypatch):
    for module in [module for module in sys.modules if module.split(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, module)
    for module in (missing, f"{missing}.datasets"):
        monkeypatch.setitem(sys.modules, module, None)
    refused(lambda: load(name), "not installed", "pip install 'googlenet[data]'")
