"""The mean and the deviation that a data set is normalised by, against NumPy's over all pixels at once."""

import numpy as np
import pytest
from PIL import Image
from support.data_files import noise, refused, write_classes

from common.data import load
from common.data.batches import Batches, preparation, statistics
from common.data.dataset import ArrayImages, FileImages, Split
from common.data.preprocessing import Preprocessing


def split(count=23, side=6, channels=1):
    return Split(ArrayImages(noise(count, side, side, channels)), np.arange(count) % 4)


def by_hand(pictures):
    """Mean and deviation over the pixels of each channel, each picture weighing the same."""
    arrays = [np.asarray(picture, np.float64).reshape(picture.height * picture.width, -1) / 255 for picture in pictures]
    mean = np.mean([array.mean(0) for array in arrays], 0)
    return mean, np.sqrt(np.mean([((array - mean) ** 2).mean(0) for array in arrays], 0))


@pytest.mark.parametrize("channels", [1, 3])
def test_statistics_of_arrays(channels):
    whole = split(50, 7, channels)
    mean, std = statistics(whole)
    assert (len(mean), len(std)) == (channels, channels)
    assert all(type(value) is float for value in (*mean, *std))
    assert np.allclose((mean, std), by_hand([whole.images.picture(i) for i in range(50)]), rtol=1e-13, atol=0)
    assert (mean, std) == statistics(whole.subset(np.random.default_rng(0).permutation(50)))


def test_pictures_of_every_size_count_alike(tmp_path):
    write_classes(tmp_path, {"a": 2}, size=(40, 50))
    write_classes(tmp_path, {"b": 3}, size=(3, 2), seed=9)
    write_classes(tmp_path, {"c": 1}, size=(2, 3), seed=99)
    whole = load(tmp_path).train
    pictures = [whole.images.picture(i) for i in range(6)]
    assert np.allclose(statistics(whole), by_hand(pictures), rtol=1e-13, atol=0)
    grey = [picture.convert("L") for picture in pictures]
    assert np.allclose(statistics(whole, channels=1), by_hand(grey), rtol=1e-13, atol=0)


def test_the_order_of_the_pictures_does_not_change_a_bit(tmp_path):
    for i in range(30):
        write_classes(tmp_path, {f"c{i}": 1}, size=(3 + i, 5 + 7 * i % 11), seed=i)
    whole = load(tmp_path).train
    assert len({statistics(whole.subset(np.random.default_rng(i).permutation(30))) for i in range(20)}) == 1


def test_statistics_are_those_of_the_subset():
    whole = split(50)
    part = whole.subset([1, 4, 40])
    assert np.allclose(statistics(part), by_hand([whole.images.picture(i) for i in (1, 4, 40)]), rtol=1e-13, atol=0)


@pytest.mark.parametrize("level", [0, 100, 255])
def test_images_that_are_all_alike(level, tmp_path):
    pixels = np.full((40, 5, 5, 3), level, np.uint8)
    refused(lambda: statistics(Split(ArrayImages(pixels), np.zeros(40, np.int64))), "one and the same value")
    for size in (3, 7, 11):
        Image.new("RGB", (size, 5), (level, level, level)).save(tmp_path / f"{size}.png")
    files = FileImages([tmp_path / f"{size}.png" for size in (3, 7, 11)])
    refused(lambda: statistics(Split(files, np.zeros(3, np.int64))), "one and the same value")
    pixels[7, 2, 3, 1] = level ^ 1
    assert 0 < statistics(Split(ArrayImages(pixels), np.zeros(40, np.int64)))[1][1] < 1 / 255


@pytest.mark.parametrize("level", [0, 100, 255])
def test_a_channel_of_one_value_is_no_fault_and_becomes_zero(level):
    pixels = noise(40, 5, 5, 3)
    pixels[..., 1] = level
    whole = Split(ArrayImages(pixels), np.zeros(40, np.int64))
    mean, std = by_hand(map(Image.fromarray, pixels))
    assert np.allclose(statistics(whole), (mean, [std[0], 1, std[2]]), rtol=1e-13, atol=0)
    ((x, _),) = Batches(whole, preparation(whole, 3, (5, 5)), batch=40, seed=0).in_order()
    assert np.abs(x[:, 1]).max() < 1e-7


def test_statistics_of_nothing():
    refused(lambda: statistics(split().subset([])), "no images")


def test_statistics_show_their_progress():
    seen = []
    statistics(split(), lambda items, total: seen.append(total) or items)
    assert seen == [23]


@pytest.mark.parametrize(("channels", "order"), [(1, "L"), (3, "RGB")])
def test_preparation(channels, order):
    whole = split(30, 7, 3)
    made = preparation(whole, channels, (20, 12))
    mean, std = statistics(whole, channels=channels)
    assert made == Preprocessing(20, (20, 12), order=order, mean=mean, std=std)
    assert made.scale == 1 / 255
    assert Preprocessing.loads(made.dumps()) == made
    x = np.concatenate([x for x, _ in Batches(whole, preparation(whole, channels, (7, 7)), batch=8, seed=0).in_order()])
    assert np.allclose(x.mean((0, 2, 3)), 0, atol=1e-6)
    assert np.allclose(x.std((0, 2, 3)), 1, atol=1e-6)
