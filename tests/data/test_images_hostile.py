"""Pictures with broken metadata, numbers of every size, or next to what systems leave behind."""

import io
import struct
import tracemalloc
import warnings

import numpy as np
import pytest
from PIL import Image
from support.data_files import noise, refused

from common.data import images
from common.data.images import files, load_images, open_image

TOP_LEFT = np.zeros((8, 12, 3), np.uint8)
TOP_LEFT[:4, :6] = 255


def exif(*entries):
    """Entries are (tag, type, count, value), as they lie in the file."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + packed + bytes(4)


def encoded(image, kind="JPEG", **settings):
    data = io.BytesIO()
    image.save(data, kind, **settings)
    return io.BytesIO(data.getvalue())


SHORT, RATIONAL = 3, 5
MALFORMED = {
    "struct.error": (0x100, 2, 1, 5),  # a width that is a text
    "TypeError": (0x11A, 2, 1, 5),  # a resolution that is one
    "AttributeError": (0x10F, RATIONAL, 1, 5),  # a maker that is a fraction
}


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize("entry", MALFORMED.values(), ids=MALFORMED)
def test_a_picture_is_turned_whatever_else_its_metadata_says(kind, entry):
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(TOP_LEFT)))
    found = open_image(encoded(stored, kind, exif=exif((0x112, SHORT, 1, 6), entry)))
    assert np.abs(np.asarray(found, int)[[2, 2, 6, 6], [3, 9, 3, 9], 0] - [255, 0, 0, 0]).max() < 30


@pytest.mark.parametrize("tag", range(10))
def test_every_orientation(tag):
    """As the standard says: the side of the picture at which row 0 and column 0 of the stored pixels lie."""
    stored = noise(4, 6, 3)
    data = encoded(Image.fromarray(stored), "PNG", exif=exif((0x112, SHORT, 1, tag)))
    turned = {
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.swapaxes(0, 1),
        6: stored.swapaxes(0, 1)[:, ::-1],
        7: stored[::-1, ::-1].swapaxes(0, 1),
        8: stored.swapaxes(0, 1)[::-1],
    }
    assert np.array_equal(np.asarray(open_image(data)), turned.get(tag, stored))


@pytest.mark.parametrize("error", [struct.error, TypeError, AttributeError, IndexError, KeyError, OverflowError])
def test_whatever_a_broken_picture_raises_is_told_in_one_line(error, tmp_path, monkeypatch):
    def getexif(self):
        raise error("odd")

    Image.new("RGB", (9, 7)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image.Image, "getexif", getexif)
    refused(lambda: open_image(tmp_path / "a.png"), tmp_path / "a.png", "a broken image", "odd")


def test_pillow_says_nothing_of_a_picture_that_it_reads():
    cut = exif((0x112, SHORT, 1, 1), (0x10F, 2, 80, 1000))  # a text that lies behind the end
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert open_image(encoded(Image.fromarray(TOP_LEFT), exif=cut)).size == (12, 8)
    assert said == []


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (3, 5)])
def test_a_pixel_that_is_no_number(value, place, monkeypatch):
    monkeypatch.setattr(images, "TILE", 4)
    pixels = np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8)
    pixels[place] = value
    data = encoded(Image.fromarray(pixels), "TIFF")
    refused(lambda: open_image(data, "a.tiff"), "a.tiff: a broken image: a pixel that is infinite or no number")


WIDE = {
    "16 bits": noise(70, 90, 2).view(np.uint16)[..., 0],
    "every 16 bits": np.arange(65536, dtype=np.uint16).reshape(256, 256),
    "32 bits": noise(70, 90, 4).view(np.int32)[..., 0],
    "32 bits below zero": -np.abs(noise(70, 90, 4).view(np.int32)[..., 0]),
    "small": noise(70, 90, top=7).astype(np.int32),
    "float": np.random.default_rng(0).normal(50, 90, (70, 90)).astype(np.float32),
    "small float": np.random.default_rng(0).normal(0, 0.3, (70, 90)).astype(np.float32),
}


@pytest.mark.parametrize("kind", WIDE)
def test_wide_numbers_part_by_part_are_those_of_the_whole(kind, monkeypatch):
    monkeypatch.setattr(images, "TILE", 32)
    wide = WIDE[kind].astype(np.float64)
    top = 65535 if WIDE[kind].dtype == np.uint16 else max(wide.max(), 1)
    expected = (wide.clip(0, top) * (255 / top)).round().astype(np.uint8)
    found = np.asarray(open_image(encoded(Image.fromarray(WIDE[kind]), "TIFF")))
    assert np.array_equal(found, np.repeat(expected[..., None], 3, 2))


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_wide_numbers_take_little_memory(dtype):
    """Beside Pillow's own: that of one part, and not of 128 MiB of float64 for the whole, several times."""
    data = encoded(Image.fromarray(np.zeros((4096, 4096), dtype)), "TIFF", compression="tiff_adobe_deflate")
    tracemalloc.start()
    try:
        open_image(data)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_files_that_systems_leave_behind_are_no_images(tmp_path):
    Image.fromarray(TOP_LEFT).save(tmp_path / "8.png")
    (tmp_path / "._8.png").write_bytes(b"\0\5\x16\7")
    assert files([tmp_path]) == [tmp_path / "8.png"]
    assert load_images([tmp_path], (3, 8, 12)).shape == (1, 3, 8, 12)
    assert files([tmp_path / "._8.png"]) == [tmp_path / "._8.png"]
