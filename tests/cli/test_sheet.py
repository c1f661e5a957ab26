"""The contact sheet: what stands where, in which colour."""

import os
import subprocess
import sys
from xml.dom import minidom

import numpy as np
import pytest
from PIL import Image
from support.data_files import noise, refused

from common.cli.show import figures, sheet

GREEN, RED = (0x2E, 0x7D, 0x32), (0xC6, 0x28, 0x28)


def image(path="folder/a.png", label="cat", probability=0.625, **judged):
    return {"path": path, "top": [{"index": 3, "label": label, "probability": probability}], **judged}


def right(**settings):
    return image(truth="cat", right=True, **settings)


def wrong(**settings):
    return image(truth="dog", right=False, **settings)


def square(colour="blue", size=(60, 60)):
    return Image.new("RGB", size, colour)


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Draw, and return the figure instead of writing it."""

    def call(images, thumbnails=None):
        kept = []
        with monkeypatch.context() as patched:
            patched.setattr(figures, "save", lambda figure, *paths: kept.append(figure))
            sheet.draw(images, thumbnails or [square()] * len(images), tmp_path / "sheet.png")
        return kept[0]

    return call


def words(figure):
    return [text.get_text() for text in figure.texts]


def test_each_picture_has_its_name_and_its_class(drawn):
    figure = drawn([image(), image("http://a.org/b.png", "dog", 1.0), image("c.png", None)])
    assert words(figure) == ["a.png", "cat 62.5%", "b.png", "dog 100.0%", "c.png", "class 3 62.5%"]
    assert len(figure.axes) == 3


def test_where_the_truth_is_known_it_is_marked(drawn):
    figure = drawn([right(), wrong()])
    assert words(figure) == ["a.png", "✓ cat 62.5%", "a.png", "✗ cat 62.5%", "truth: dog"]


def test_words_stand_below_their_own_picture(drawn):
    """Of two rows: every line is in the column of its picture, and lines come in the order name, class, truth."""
    images = [wrong(path=f"{i}.png", label=f"label {i}") | {"truth": f"true {i}"} for i in range(8)]
    figure = drawn(images)
    for i, axes in enumerate(figure.axes):
        lines = figure.texts[3 * i : 3 * i + 3]
        assert [text.get_text() for text in lines] == [f"{i}.png", f"✗ label {i} 62.5%", f"truth: true {i}"]
        box = axes.get_position()
        assert [text.get_position()[0] for text in lines] == pytest.approx([(box.x0 + box.x1) / 2] * 3)
        heights = [text.get_position()[1] for text in lines]
        assert box.y0 > heights[0] > heights[1] > heights[2] > box.y0 - box.height
        assert [text.get_color() for text in lines][1] == figures.RED


def test_the_most_probable_class_is_the_first_of_the_list(drawn):
    best = {"index": 7, "label": "first", "probability": 0.75}
    second = {"index": 1, "label": "second", "probability": 0.25}
    assert words(drawn([{"path": "a.png", "top": [best, second]}])) == ["a.png", "first 75.0%"]


def frames(path, count):
    """The colours in the frame of each picture of a row of PNGs, at its left edge."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    height = pixels.shape[0]
    found = []
    for i in range(count):
        left = int((i * sheet.CELL + (sheet.CELL - sheet.PICTURE) / 2) * 100)
        found.append(tuple(int(v) for v in pixels[height // 3, left]))
    return found


def test_right_is_green_and_wrong_is_red(tmp_path):
    sheet.draw([right(), wrong(), right()], [square()] * 3, tmp_path / "s.png")
    assert frames(tmp_path / "s.png", 3) == [GREEN, RED, GREEN]
    sheet.draw([image()], [square()], tmp_path / "s.png")
    assert frames(tmp_path / "s.png", 1)[0] not in (GREEN, RED)


def test_pictures_keep_their_order_colours_and_proportions(tmp_path, drawn):
    colours = ["red", "lime", "blue", "yellow", "black", "white", "cyan", "magenta"]
    pictures = [square(colour) for colour in colours]
    sheet.draw([right()] * 8, pictures, tmp_path / "s.png")
    pixels = Image.open(tmp_path / "s.png").convert("RGB")
    wide, high = 6 * 200, pixels.height // 2
    assert pixels.width == wide
    for i, picture in enumerate(pictures):
        middle = (200 * (i % 6) + 100, high * (i // 6) + high // 3)
        assert pixels.getpixel(middle) == picture.getpixel((0, 0)), i
    shapes = [axes.images[0].get_array().shape for axes in drawn([image()] * 2, [square(), square(size=(90, 20))]).axes]
    assert shapes == [(60, 60, 3), (20, 90, 3)]


def overlaps(figure):
    """Pairs of pictures and lines of text that cover each other, and those that are cut off."""
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.texts] + [axes.get_window_extent() for axes in figure.axes]
    outside = [box for box in boxes if box.x0 < 0 or box.y0 < 0 or box.x1 > figure.bbox.x1 or box.y1 > figure.bbox.y1]
    pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.padded(-0.5).overlaps(b.padded(-0.5))]
    return pairs, outside


def test_long_names_are_shortened_and_nothing_covers_anything(drawn):
    """In the widest letters; the end of a file name and all of the probability stay."""
    long = "W" * 80
    images = [
        maker(path=f"{long}_{i:03}.jpeg", label=long, probability=1.0) | {"truth": long}
        for i, maker in enumerate([right, wrong] * 7)
    ]
    figure = drawn(images)
    assert overlaps(figure) == ([], [])
    names = words(figure)[0], words(figure)[2]
    assert names[0].endswith("_000.jpeg")
    assert names[1].endswith("_001.jpeg")
    said = next(text for text in words(figure) if text.startswith("✓"))
    assert said.endswith("W… 100.0%")
    assert max(map(len, words(figure))) == sheet.LETTERS
    assert overlaps(drawn([image()])) == ([], [])


def test_names_that_are_just_short_enough_stay():
    assert figures.shortened("abcde", 5) == "abcde"
    assert figures.shortened("abcdef", 5) == "abcd…"
    assert figures.shortened("abcdefghijk.png", 10, end=True) == "abc…jk.png"
    assert len(figures.shortened("a" * 99, 28, end=True)) == 28


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("PDF", b"%PDF")])
def test_the_suffix_says_what_is_written_and_the_bytes_are_the_same(suffix, start, tmp_path):
    for name in ("a", "b"):
        sheet.draw([right(), wrong()], [square()] * 2, tmp_path / f"{name}.{suffix}")
    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in ("a", "b"))
    assert first.startswith(start)
    assert first == second
    assert b"CreationDate" not in first  # which would be the same within a second


def test_names_are_drawn_as_they_are(tmp_path, recwarn):
    sheet.draw([wrong(path=r"$\frac{$.png", label="$x$ 猫")], [square()], tmp_path / "s.png")
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize("name", ["s.jpg", "s", "s.png.txt"])
def test_another_suffix(name, tmp_path):
    for call in (lambda: sheet.check(name, ["a.png"]), lambda: sheet.draw([image()], [square()], tmp_path / name)):
        refused(call, f"{name}: a figure is written as .png, .svg, .pdf")
    assert list(tmp_path.iterdir()) == []


def test_what_can_be_told_before_is_told_before(tmp_path, monkeypatch):
    path, one = tmp_path / "s.png", ["a.png"]
    sheet.check(path, one * sheet.MOST)
    refused(lambda: sheet.check(path, one * (1 + sheet.MOST)), "241 pictures do not fit a sheet: give at most 240")
    refused(lambda: sheet.check(tmp_path / "none" / "s.png", one), "s.png: cannot be written: no such folder")
    monkeypatch.chdir(tmp_path)
    refused(lambda: sheet.check(path, ["a.png", "s.png"]), "s.png: is one of the pictures")
    (tmp_path / "folder.png").mkdir()
    refused(lambda: sheet.check(tmp_path / "folder.png", one), "folder.png: cannot be written: a folder")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    refused(lambda: sheet.check(path, one), "Matplotlib, which is not installed", "pip install matplotlib")


def test_a_setting_that_keeps_matplotlib_from_being_imported():
    code = "from common.cli.show import figures\ntry: figures.matplotlib()\nexcept ValueError as error: print(error)"
    environment = {**os.environ, "MPLBACKEND": "nonsense"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.startswith("Matplotlib cannot be imported: ") and "nonsense" in done.stdout


ODD = "o\x1b[31md\x00d\ufffe\udcff\n.png"


def test_names_that_no_terminal_and_no_xml_takes(tmp_path):
    sheet.draw([wrong(path=f"folder/{ODD}", label=ODD)], [square()], tmp_path / "s.svg")
    assert r"\x1b[31m" in minidom.parse(str(tmp_path / "s.svg")).toxml()


def test_a_small_copy_leaves_the_picture_alone():
    picture = Image.fromarray(noise(200, 900, 3))
    assert sheet.thumbnail(picture).size == (180, 40)
    assert picture.size == (900, 200)
    assert sheet.thumbnail(square(size=(8, 8))).size == (8, 8)
