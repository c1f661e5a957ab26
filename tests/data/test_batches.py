"""Batches against a plain and slow account of what they must be; the same for everybody who asks with the same seed."""

import hashlib
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from PIL import Image
from support.data_files import noise, refused, write_classes

from common.data import load
from common.data.batches import Augment, Batches
from common.data.dataset import ArrayImages, Split
from common.data.preprocessing import Preprocessing

GREY = Preprocessing(9, (9, 9), order="L", mean=(0.3,), std=(0.21,))
COLOUR = Preprocessing(9, (9, 7), mean=(0.3, 0.4, 0.5), std=(0.21, 0.22, 0.23))


def split(count=23, side=6, channels=1, classes=4, seed=0):
    pixels = noise(count, side, side, channels, seed=seed)
    return Split(ArrayImages(pixels), np.arange(count) % classes)


def numbered(count=23):
    """Every picture and every label is its number."""
    pixels = np.zeros((count, 4, 4, 1), np.uint8) + np.arange(count, dtype=np.uint8)[:, None, None, None]
    return Split(ArrayImages(pixels), np.arange(count))


def same(a, b):
    a, b = list(a), list(b)
    return len(a) == len(b) and all(
        (x.tobytes(), x.shape, y.tobytes()) == (p.tobytes(), p.shape, q.tobytes())
        for (x, y), (p, q) in zip(a, b, strict=True)
    )


def order(batches, number, start=0):
    return [int(i) for _, y in batches.epoch(number, start) for i in y]


# Values


@pytest.mark.parametrize(
    ("channels", "made"),
    [
        (1, GREY),
        (1, COLOUR),
        (3, COLOUR),
        (3, GREY),
        (3, replace(COLOUR, order="BGR")),
        (3, replace(COLOUR, scale=1.3)),
    ],
)
def test_batches_hold_exactly_what_the_preprocessing_makes(channels, made):
    whole = split(channels=channels)
    batches = Batches(whole, made, batch=5, seed=1)
    expected = np.stack([made(whole.images.picture(i)).astype(np.float32) for i in range(len(whole))])
    found = list(batches.in_order())
    assert [len(x) for x, _ in found] == [5, 5, 5, 5, 3]
    assert len(batches) == 5
    for x, y in found:
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert x.flags.c_contiguous
        assert x.flags.owndata
    assert np.concatenate([x for x, _ in found]).tobytes() == expected.tobytes()
    assert np.concatenate([y for _, y in found]).tolist() == whole.labels.tolist()


def test_every_level_of_every_channel_is_rounded_once():
    """From float64; computing in float32 would round several times."""
    ramp = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, 3)
    made = Preprocessing(16, (16, 16), mean=(0.1, 0.2, 0.3), std=(0.3, 0.7, 0.11))
    x, _ = next(Batches(Split(ArrayImages(ramp), np.zeros(1, np.int64)), made, batch=1, seed=0).in_order())
    expected = [
        [np.float32((level * (1 / 255) - mean) / std) for level in range(256)]
        for mean, std in zip(made.mean, made.std, strict=True)
    ]
    assert x.reshape(3, 256).tolist() == np.array(expected).tolist()


def test_pictures_in_files(tmp_path):
    write_classes(tmp_path, {"a": 3, "b": 2}, size=(12, 10))
    whole = load(tmp_path).train
    ((x, y),) = Batches(whole, COLOUR, batch=8, seed=0).in_order()
    for i in range(5):
        assert np.array_equal(x[i], COLOUR(whole.images.picture(i)).astype(np.float32))
    assert y.tolist() == [0, 0, 0, 1, 1]


def slow(picture, made, pad, flip, words):
    """Padding, cutting and flipping as He et al. write them down, pixel by pixel, from the words of a sample."""
    pixels = np.asarray(picture.resize(made.crop[::-1], Image.Resampling.BILINEAR).convert(made.order))
    height, width = made.crop
    pixels = pixels.reshape(height, width, -1)
    top, left = int(words[0]) % (2 * pad + 1) - pad, int(words[1]) % (2 * pad + 1) - pad
    cut = np.zeros_like(pixels)
    for row in range(height):
        for column in range(width):
            y, x = row + top, column + left
            if 0 <= y < height and 0 <= x < width:
                cut[row, width - 1 - column if flip and int(words[2]) >= 2**63 else column] = pixels[y, x]
    return np.moveaxis((cut / 1.0 * made.scale - made.mean) / made.std, 2, 0).astype(np.float32)


@pytest.mark.parametrize(("channels", "made"), [(1, GREY), (3, replace(COLOUR, crop=(9, 9)))])
@pytest.mark.parametrize(("pad", "flip"), [(0, True), (2, False), (3, True), (1, True)])
def test_augmentation_against_a_slow_account(channels, made, pad, flip):
    whole = split(40, 6, channels)
    words = np.random.PCG64([7, 1 + 3]).random_raw(4 * 40).reshape(4, 40)  # epoch 3 of the seed 7
    seen = 0
    for x, y in Batches(whole.subset(range(40)), made, batch=16, seed=7, augment=Augment(pad, flip)).epoch(3):
        chosen = np.argsort(words[0])[seen : seen + 16]
        assert y.tolist() == whole.labels[chosen].tolist()
        for image, i in zip(x, chosen, strict=True):
            assert np.array_equal(image, slow(whole.images.picture(i), made, pad, flip, words[1:, i]))
        seen += len(x)
    assert seen == 40


def test_all_cuts_come_and_half_are_flipped():
    """Of a picture whose pixels tell where they are, 2000 times over 25 places and two sides."""
    picture = np.arange(1, 82, dtype=np.uint8).reshape(1, 9, 9, 1)
    whole = Split(ArrayImages(picture.repeat(2000, 0)), np.zeros(2000, np.int64))
    made = replace(GREY, scale=1.0, mean=(0.0,), std=(1.0,))
    x = np.concatenate([x for x, _ in Batches(whole, made, batch=500, seed=0, augment=Augment(2, True)).epoch(0)])
    middles, right = x[:, 0, 4, 4], x[:, 0, 4, 5]
    places = Counter(zip(middles, right > middles, strict=True))
    assert len(places) == 50
    assert all(15 < count < 75 for count in places.values())  # 40 are expected; the deviation is 6
    assert 900 < sum(right > middles) < 1100


def test_black_is_what_is_put_around():
    whole = Split(ArrayImages(np.full((64, 9, 9, 1), 200, np.uint8)), np.zeros(64, np.int64))
    x = np.concatenate([x for x, _ in Batches(whole, GREY, batch=64, seed=0, augment=Augment(2)).epoch(0)])
    levels = {np.float32((level / 255 - 0.3) / 0.21) for level in (0, 200)}
    assert {round(float(value), 5) for value in np.unique(x)} == {round(float(value), 5) for value in levels}


# Order


def test_samples_are_shuffled_and_not_batches():
    batches = Batches(numbered(200), GREY, batch=10, seed=0)
    first = order(batches, 0)
    assert sorted(first) == list(range(200))
    together = [set(first[at : at + 10]) for at in range(0, 200, 10)]
    assert all(max(batch) - min(batch) > 60 for batch in together)
    later = order(batches, 1)
    assert sorted(later) == list(range(200))
    shared = max(len(a & set(later[at : at + 10])) for a in together for at in range(0, 200, 10))
    assert shared <= 5  # one or two are expected, and no batch comes again


def test_pictures_stay_with_their_labels():
    made = replace(GREY, scale=1.0, mean=(0.0,), std=(1.0,))
    for x, y in Batches(numbered(), made, batch=4, seed=3).epoch(5):
        assert x[:, 0, 0, 0].tolist() == y.tolist()


def test_the_order_is_that_of_the_raw_words_of_the_seed_and_the_epoch():
    for seed, epoch in ((0, 0), (0, 1), (1, 0), (2**40, 999)):
        words = np.random.PCG64(np.random.SeedSequence([seed, epoch + 1])).random_raw(23)
        expected = sorted(range(23), key=lambda i, words=words: words[i])
        assert order(Batches(numbered(), GREY, batch=4, seed=seed), epoch) == expected


def test_every_place_is_as_likely_for_every_sample():
    batches = Batches(numbered(6), GREY, batch=6, seed=0)
    seen = Counter((place, i) for epoch in range(300) for place, i in enumerate(order(batches, epoch)))
    assert len(seen) == 36
    assert all(20 < count < 85 for count in seen.values())  # 50 are expected; the deviation is 6.5


def test_in_order_is_neither_shuffled_nor_augmented():
    augmented = Batches(numbered(), GREY, batch=4, seed=0, augment=Augment(3, True))
    assert same(augmented.in_order(), Batches(numbered(), GREY, batch=4, seed=5).in_order())
    assert [int(i) for _, y in augmented.in_order() for i in y] == list(range(23))


# The same again


@pytest.mark.parametrize("augment", [None, Augment(2, True)])
def test_equal_seeds_give_equal_bytes_and_other_seeds_and_epochs_others(augment):
    def made(seed):
        return Batches(split(), GREY, batch=5, seed=seed, augment=augment)

    assert same(made(1).epoch(2), made(1).epoch(2))
    one = made(1)
    list(one.epoch(0))
    assert same(one.epoch(2), made(1).epoch(2))
    assert not same(made(1).epoch(2), made(1).epoch(3))
    assert not same(made(1).epoch(2), made(2).epoch(2))


@pytest.mark.parametrize("start", range(6))
def test_an_epoch_can_be_entered_anywhere(start):
    def made():
        return Batches(split(), GREY, batch=5, seed=1, augment=Augment(2, True))

    assert same(made().epoch(4, start), islice(made().epoch(4), start, None))
    assert len(list(made().epoch(4, start))) == 5 - start


@pytest.mark.parametrize("start", [-1, 6])
def test_an_epoch_cannot_be_entered_elsewhere(start):
    refused(lambda: Batches(split(), GREY, batch=5, seed=1).epoch(0, start), f"5 batches cannot start at {start}")


def test_the_augmentation_of_a_sample_does_not_depend_on_the_size_of_the_batch():
    def images(batch):
        made = Batches(split(), GREY, batch=batch, seed=1, augment=Augment(2, True))
        return np.concatenate([x for x, _ in made.epoch(0)])

    assert np.array_equal(images(5), images(23))


DIGEST = """
import hashlib
from common.data import load
from common.data.batches import Augment, Batches, preparation
data = load("digits")
batches = Batches(data.train, preparation(data.train, 1, (12, 12)), batch=64, seed=5, augment=Augment(1, True))
digest = hashlib.sha256()
for x, y in batches.epoch(3, 19):
    digest.update(x.tobytes() + y.tobytes())
print(digest.hexdigest())
"""


def test_another_process_gets_the_same_bytes(capsys):
    other = subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True).stdout
    exec(DIGEST, {})
    assert capsys.readouterr().out == other
    assert len(other.strip()) == hashlib.sha256().digest_size * 2


# What cannot be


def test_batches_that_cannot_be():
    refused(lambda: Batches(split(), GREY, batch=0, seed=0), "batch of 0")
    refused(lambda: Batches(split(), Preprocessing(9, None), batch=1, seed=0), "different sizes")


def test_a_broken_file_is_named_where_its_batch_would_come(tmp_path):
    write_classes(tmp_path, {"a": 3, "b": 3}, size=(12, 12))
    (tmp_path / "b" / "1.png").write_bytes(b"text")
    stream = Batches(load(tmp_path).train, COLOUR, batch=2, seed=0).in_order()
    assert len(next(stream)[0]) == 2
    next(stream)
    refused(lambda: next(stream), tmp_path / "b" / "1.png", "not an image")


def test_a_picture_that_cannot_be_resized_is_named(tmp_path, monkeypatch):
    write_classes(tmp_path, {"a": 1, "b": 1}, size=(100, 2))
    whole = load(tmp_path).train
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    made = Preprocessing(20, (20, 20))
    refused(lambda: list(Batches(whole, made, batch=2, seed=0).in_order()), tmp_path / "a" / "0.png", "2x100", "1000")


def test_no_samples_are_no_batches():
    empty = Batches(split().subset([]), GREY, batch=4, seed=0)
    assert (len(empty), list(empty.epoch(0)), list(empty.in_order())) == (0, [], [])


# Cuts that are resized


def cuts(share, count=400, size=(40, 30)):
    """(left, top, width, height) of as many cuts out of a picture whose pixels tell where they are."""
    places = np.stack([*np.indices(size), np.zeros(size)], 2).astype(np.uint8)
    picture, augment, found = Image.fromarray(places, "RGB"), Augment(resized_crop=share), []
    for words in np.random.PCG64(3).random_raw(3 * count).reshape(count, 3):
        pixels = np.asarray(augment.cut(picture, words))
        (top, left, _), (bottom, right, _) = pixels[0, 0].astype(int), pixels[-1, -1].astype(int)
        assert pixels.shape[:2] == (bottom - top + 1, right - left + 1)
        found.append((left, top, right - left + 1, bottom - top + 1))
    return np.array(found).T


def test_cuts_have_any_size_from_the_share_on_and_any_place():
    left, top, width, height = cuts(0.25)
    areas, ratios = width * height / 1200, width / height
    assert 0.23 < areas.min() < 0.3 and areas.max() > 0.85  # sides are whole pixels, and end at the picture's
    assert ratios.min() < 0.78 and ratios.max() > 1.25
    assert ratios.min() > 0.72 and ratios.max() < 1.4
    assert 0.55 < areas.mean() < 0.66  # evenly from a quarter on it is 0.625, a little less for what does not fit
    assert abs(np.log(ratios).mean()) < 0.06
    for place, side, most in ((left, width, 30), (top, height, 40)):
        free = place[side < most - 5] / (most - side[side < most - 5])
        assert free.min() < 0.1 and free.max() == 1.0 and 0.4 < free.mean() < 0.6


def test_a_cut_becomes_the_whole_image_by_the_preprocessing_and_evaluation_sees_none():
    whole = split(12, 9, 3)
    augment, words = Augment(resized_crop=0.3, flip=True), np.random.PCG64([7, 1 + 2]).random_raw(4 * 12).reshape(4, 12)
    (x, _), exactly = next(Batches(whole, COLOUR, batch=12, seed=7, augment=augment).epoch(2)), COLOUR.crop
    for image, i in zip(x, np.argsort(words[0]), strict=True):
        cut = augment.cut(whole.images.picture(i), words[1:, i]).resize(exactly[::-1], Image.Resampling.BILINEAR)
        pixels = np.asarray(cut)[:, ::-1] if int(words[3, i]) >> 63 else np.asarray(cut)
        assert np.abs(image - np.moveaxis(COLOUR.normalised(pixels), 2, 0)).max() < 1e-6
    plain = [b.tobytes() for b, _ in Batches(whole, COLOUR, batch=12, seed=7).in_order()]
    assert plain == [b.tobytes() for b, _ in Batches(whole, COLOUR, batch=12, seed=7, augment=augment).in_order()]
