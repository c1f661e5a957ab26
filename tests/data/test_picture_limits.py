"""Pictures, and settings of what is done to them, that would take memory or time without end."""

import io
import struct
import zlib

import pytest
from PIL import Image
from support.data_files import refused

from common.base.errors import InputError
from common.data import encoded
from common.data.images import open_image
from common.data.preprocessing import Preprocessing


def encoded_as(kind, image=None, **settings):
    data = io.BytesIO()
    (image or Image.new("L", (64, 64))).save(data, kind, **settings)
    return data.getvalue()


def chunk(kind, contents=b""):
    return struct.pack(">L", len(contents)) + kind + contents + struct.pack(">L", zlib.crc32(kind + contents))


def test_pictures_in_too_many_parts(monkeypatch):
    monkeypatch.setattr(encoded, "MOST_READS", 2000)
    png, jpeg = encoded_as("PNG"), encoded_as("JPEG")
    assert open_image(io.BytesIO(png[:33] + chunk(b"IDAT") * 100 + png[33:])).size == (64, 64)
    for data in (png[:33] + chunk(b"IDAT") * 2000 + png[33:], jpeg[:2] + b"\xff\xfe\0\2" * 2000 + jpeg[2:]):
        refused(lambda data=data: open_image(io.BytesIO(data), "a"), "a: a broken image: made of too many parts")


def test_a_jpeg_of_many_scans():
    """Each goes over all pixels, and takes a few bytes of the file."""
    whole = encoded_as("JPEG", Image.new("L", (4096, 4096)), progressive=True)
    assert open_image(io.BytesIO(whole)).size == (4096, 4096)
    scan = whole[whole.rindex(b"\xff\xda") : -2]
    refused(lambda: open_image(io.BytesIO(whole[:-2] + scan * 70 + whole[-2:]), "a"), "a: a broken image: a JPEG of 7")


def tiff(order, big, tag=273, kind=4, count=1):
    """The head and directory of a TIFF with one entry."""
    if big:
        head = struct.pack(f"{order}HHHQQ", 43, 8, 0, 16, 1) + struct.pack(f"{order}HHQQ", tag, kind, count, 0)
    else:
        head = struct.pack(f"{order}HIHHHII", 42, 8, 1, tag, kind, count, 0)
    return {"<": b"II", ">": b"MM"}[order] + head


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("order", "<>")
def test_a_tiff_with_lists_as_long_as_the_file(order, big):
    limit = encoded.MOST_VALUES
    encoded.check_directory(io.BytesIO(tiff(order, big, count=limit)))
    encoded.check_directory(io.BytesIO(tiff(order, big, tag=700, kind=1, count=limit + 1)))
    with pytest.raises(ValueError, match=f"a TIFF with {limit + 1} values for the tag 273"):
        encoded.check_directory(io.BytesIO(tiff(order, big, count=limit + 1)))
    data = tiff(order, big, count=limit + 1)
    refused(lambda: open_image(io.BytesIO(data), "a.tiff"), "a.tiff: a broken image: a TIFF with")


def test_pictures_that_are_decoded_in_python(monkeypatch):
    plain = b"P3\n64 64\n255\n" + b"7 " * 64 * 64 * 3
    assert open_image(io.BytesIO(plain)).getpixel((9, 9)) == (7, 7, 7)
    monkeypatch.setattr(encoded, "MOST_IN_PYTHON", 64 * 64 - 1)
    refused(lambda: open_image(io.BytesIO(plain), "a"), "a format that is slow to decode")
    assert open_image(io.BytesIO(encoded_as("PPM"))).size == (64, 64)


def test_pixels_are_counted_before_they_are_decoded(monkeypatch):
    monkeypatch.setattr(encoded, "MOST_PIXELS", 64 * 64)
    assert open_image(io.BytesIO(encoded_as("PNG"))).size == (64, 64)
    refused(lambda: open_image(io.BytesIO(encoded_as("WEBP")), "a"), f"a: more than {64 * 32} pixels")
    monkeypatch.setattr(encoded, "MOST_PIXELS", 64 * 64 - 1)
    data = encoded_as("PNG")
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    refused(lambda: open_image(io.BytesIO(data), "a"), f"a: more than {64 * 64 - 1} pixels")


def test_only_formats_that_pillow_decodes_itself_are_opened():
    refused(lambda: open_image(io.BytesIO(encoded_as("EPS", Image.new("RGB", (9, 7)))), "a"), "a: not an image")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"resize": 4097}, "resize must be a side of 1 to 4096 pixels, or two, not 4097"),
        ({"resize": (4096, 4097)}, "resize must be"),
        ({"resize": True}, "resize must be"),
        ({"resize": 10**5000}, "not a number of more than 64 bits"),
        ({"crop": (4097, 1)}, "crop must be"),
        ({"crop": 5}, "crop must be"),
        ({"crop": (300, 300)}, "larger than any picture that is resized to 256"),
        ({"scale": 1e308}, "scale must be a number from 1e-09 to 1e+09"),
        ({"scale": 0}, "scale must be"),
        ({"mean": (0.5, 0.5, 2e9)}, "mean must be"),
        ({"mean": (0.5, 0.5)}, "mean must be 3 numbers for the order RGB"),
        ({"std": (1, 1, -1.0)}, "std must be"),
        ({"std": (1, 1, float("nan"))}, "std must be"),
        ({"order": "x" * 10_000}, "unknown order of channels"),
    ],
)
def test_settings_of_a_preprocessing_are_checked_however_it_is_made(settings, words):
    refused(lambda: Preprocessing(**{"resize": 256, "crop": None, **settings}), words)


def test_an_error_does_not_repeat_a_hostile_text():
    for text in ("[" * 100_000, '{"resize": ' * 50_000, "x" * 10**7):
        with pytest.raises(InputError) as caught:
            Preprocessing.loads(text)
        assert len(str(caught.value)) < 300
