"""The picture of a confusion matrix, read back from the figure: numbers, shares, names, colours, and their places."""

import os
import sys
from itertools import pairwise
from pathlib import Path
from xml.dom import minidom

import numpy as np
import pytest
from PIL import Image
from support.data_files import refused

from common.cli.show import confusion, figures

# No two numbers, no two sums of rows and no two sums of columns are the same, and it is not symmetrical.
MATRIX = [[30, 10, 0], [0, 7, 5], [1, 2, 1000]]
CLASSES = ["ant", "bee", "cat"]


@pytest.fixture
def confused(monkeypatch, tmp_path):
    """Draw a confusion matrix, and return the figure instead of writing it."""

    def call(matrix, classes, title="how it went"):
        kept = []
        monkeypatch.setattr(figures, "save", lambda figure, *paths: kept.append(figure))
        confusion.draw(matrix, classes, tmp_path, title)
        return kept[0]

    return call


def cells(axes):
    """(truth, said) to the number in the cell and its colour, by the place where it is drawn."""
    return {(int(text.get_position()[1]), int(text.get_position()[0])): text for text in axes.texts}


def darkness(figure, axes, truth, said):
    """How dark a cell is drawn, 0 to 1, in a corner of it that no number covers."""
    pixels = np.asarray(figure.canvas.buffer_rgba())
    x, y = axes.transData.transform((said - 0.4, truth - 0.4))
    return 1 - pixels[int(pixels.shape[0] - y), int(x), :3].mean() / 255


@pytest.fixture
def canvas(confused):
    """Draw with pixels to be looked at."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    def call(*arguments):
        figure = confused(*arguments)
        FigureCanvasAgg(figure).draw()
        return figure

    return call


def test_a_cell_is_as_dark_as_its_share_of_the_row(canvas):
    """Not of its column, and not of all images, of which only the last cell has a share that is seen."""
    figure = canvas(MATRIX, CLASSES)
    axes = figure.axes[0]
    shares = {(0, 0): 30 / 40, (0, 1): 10 / 40, (0, 2): 0, (1, 1): 7 / 12, (1, 2): 5 / 12, (2, 2): 1000 / 1003}
    dark = {cell: darkness(figure, axes, *cell) for cell in shares}
    assert sorted(dark, key=dark.get) == sorted(shares, key=shares.get)
    assert dark[2, 2] - dark[0, 2] > 0.5


def test_every_number_can_be_read_on_its_cell(canvas):
    figure = canvas([[51, 49], [50, 50]], ["a", "b"])
    axes = figure.axes[0]
    for (truth, said), text in cells(axes).items():
        brightness = {"white": 1, "black": 0}[text.get_color()]
        assert abs(brightness - (1 - darkness(figure, axes, truth, said))) > 0.35, (truth, said)
    colours = [cells(axes)[cell].get_color() for cell in ((0, 0), (0, 1), (1, 0), (1, 1))]
    assert colours == ["white", "black", "black", "black"]


def test_rows_go_down_and_columns_to_the_right(canvas):
    """The first class is at the top and at the left, where a matrix begins."""
    axes = canvas(MATRIX, CLASSES).axes[0]
    rows = [label.get_window_extent().y0 for label in axes.get_yticklabels()]
    columns = [label.get_window_extent().x0 for label in axes.get_xticklabels()]
    assert rows == sorted(rows, reverse=True)
    assert columns == sorted(columns)
    for (truth, said), text in cells(axes).items():
        box, cell = text.get_window_extent(), axes.transData.transform((said, truth))
        assert ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2) == pytest.approx(tuple(cell), abs=2), text.get_text()


def test_the_bar_beside_it_goes_from_0_to_1(confused):
    axes, bar = confused(MATRIX, CLASSES).axes
    assert axes.images[0].get_clim() == (0, 1)
    assert bar.get_ylabel() == "share of the images of a class"
    assert bar.get_ylim() == (0, 1)


def test_confusions_are_shares_of_each_row(confused):
    figure = confused([[30, 10, 0], [0, 0, 0], [1, 2, 1000]], ["ant", "bee", "cat"])
    axes = figure.axes[0]
    shares = axes.images[0].get_array()
    assert np.array_equal(shares, [[0.75, 0.25, 0], [0, 0, 0], [1 / 1003, 2 / 1003, 1000 / 1003]])
    assert (axes.get_xlabel(), axes.get_ylabel(), figure.get_suptitle()) == ("said", "truth", "how it went")
    for ticks in (axes.get_xticklabels(), axes.get_yticklabels()):
        assert [tick.get_text() for tick in ticks] == ["ant", "bee", "cat"]
    numbers = {cell: text.get_text() for cell, text in cells(axes).items()}
    assert numbers == {(0, 0): "30", (0, 1): "10", (2, 0): "1", (2, 1): "2", (2, 2): "1,000"}


@pytest.mark.parametrize(("count", "numbered", "named"), [(20, True, True), (21, False, True), (121, False, False)])
def test_of_many_classes_less_is_written(count, numbered, named, confused):
    axes = confused(np.eye(count, dtype=int), [f"class {i}" for i in range(count)]).axes[0]
    assert bool(axes.texts) == numbered
    assert ([tick.get_text() for tick in axes.get_xticklabels()][-1:] == [f"class {count - 1}"]) == named


def test_names_of_classes_do_not_cover_each_other(confused):
    for count in (2, 120):
        figure = confused(np.eye(count, dtype=int), [f"a rather long name of a class {i}" for i in range(count)])
        figure.draw_without_rendering()
        axes = figure.axes[0]
        for labels, at in ((axes.get_yticklabels(), 1), (axes.get_xticklabels(), 0)):
            spans = sorted((box.min[at], box.max[at]) for box in (label.get_window_extent() for label in labels))
            assert all(a[1] <= b[0] + 1 for a, b in pairwise(spans)), count


def test_the_title_and_the_numbers_have_room(confused):
    """In the widest letters, of as many classes as have numbers."""
    for count, name in ((2, "W" * 40), (20, "W" * 40), (20, "i")):
        matrix = np.full((count, count), 10_000)
        figure = confused(matrix, [name] * count, "inception_resnet_v2:paper on my-holiday-photos, test: " + "9," * 30)
        figure.draw_without_rendering()
        box = figure._suptitle.get_window_extent()
        assert box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
        axes = figure.axes[0]
        cell = axes.get_window_extent().width / count
        assert max(text.get_window_extent().width for text in axes.texts) < cell, (count, name)
        assert max(label.get_window_extent().x1 for label in axes.get_yticklabels()) <= axes.get_window_extent().x0


@pytest.mark.parametrize(
    "words", ["i" * 80, "W " * 60, "W" * 70, "cifar10_bn on cifar10-jpeg, test: 8,297 of 10,000 right"]
)
def test_a_title_is_broken_only_where_it_is_too_wide(words, confused):
    figure = confused(MATRIX, CLASSES, words)
    figure.draw_without_rendering()
    box = figure._suptitle.get_window_extent()
    assert box.x0 >= 0 and box.x1 <= figure.bbox.x1
    assert ("\n" in figure.get_suptitle()) == words.startswith("W")


def test_a_title_that_just_fits_is_not_broken(confused):
    figure = confused(MATRIX, CLASSES, "W" * 10)
    letter = figure._suptitle.get_window_extent().width / 10
    words = "W" * int((figure.bbox.width - 2 * confusion.MARGIN) / letter)
    assert confused(MATRIX, CLASSES, words).get_suptitle() == words


def test_confusions_go_to_a_folder(tmp_path):
    found = confusion.draw([[1, 0], [0, 1]], ["$x$", "猫"], tmp_path / "new", "all right")
    assert found == (tmp_path / "new" / "confusion.png", tmp_path / "new" / "confusion.svg")
    assert all(path.stat().st_size for path in found)
    (tmp_path / "file").touch()
    confusion.check(tmp_path / "several" / "new" / "ones")
    for place in (tmp_path / "file", tmp_path / "file" / "in"):
        refused(lambda place=place: confusion.check(place), f"{place}: {tmp_path / 'file'} is not a folder")
    refused(lambda: confusion.draw([[1]], ["a"], tmp_path / "file", ""), "file: cannot be made: ")
    refused(lambda: confusion.draw([[1]], ["a"], tmp_path / "file" / "in", ""), "in: cannot be made: ")


def test_the_same_confusions_are_the_same_bytes_with_nothing_else_in_the_folder(tmp_path):
    first, second = (confusion.draw(MATRIX, CLASSES, tmp_path / name, "title") for name in "ab")
    assert [path.name for path in sorted(tmp_path.rglob("*.*"))] == ["confusion.png", "confusion.svg"] * 2
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


HOSTILE = [
    "o\x1b[31md\x00d\ufffe\udcff\n.png",
    "\u202egnp.tac",  # which would turn the direction of all that follows
    "[bold]cat[/bold]",
    r"$\frac{$",
    "\u0301" * 10**6,  # accents on nothing
    "W" * 10**6,
    "<script>&amp;",
    "",
]


def test_names_and_titles_of_others_are_neither_obeyed_nor_long(confused):
    count = len(HOSTILE)
    figure = confused(np.eye(count, dtype=int), HOSTILE, "".join(HOSTILE))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert [len(label) <= confusion.LETTERS for label in labels] == [True] * count
    assert all(label.isprintable() for label in labels)
    assert labels[1:4] == [r"\u202egnp.tac", "[bold]cat[/bold]", r"$\frac{$"]
    title = figure.get_suptitle()
    assert len(title) < 400 and title.replace("\n", "").isprintable()


def test_hostile_names_are_drawn_and_the_svg_can_be_read(tmp_path):
    confusion.draw(np.eye(len(HOSTILE), dtype=int), HOSTILE, tmp_path, HOSTILE[0])
    assert r"\x1b[31m" in minidom.parse(str(tmp_path / "confusion.svg")).toxml()
    width, height = Image.open(tmp_path / "confusion.png").size
    assert max(width, height) < 1500


def test_a_disk_that_is_full_leaves_both_files_as_they_were(tmp_path, monkeypatch):
    """The second file does not fit any more: the first one is not replaced either."""
    from matplotlib.figure import Figure

    files = confusion.draw(MATRIX, CLASSES, tmp_path, "before")
    before = [path.read_bytes() for path in files]
    whole = Figure.savefig

    def full(self, path, **settings):
        if settings["format"] == "svg":
            Path(path).write_bytes(b"half")
            raise OSError(28, "No space left on device")
        return whole(self, path, **settings)

    monkeypatch.setattr(Figure, "savefig", full)
    line = refused(lambda: confusion.draw([[9]], ["x"], tmp_path, "after"), "confusion.svg", "No space left on device")
    assert len(line) < 400
    assert [path.read_bytes() for path in files] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["confusion.png", "confusion.svg"]


def test_a_folder_that_cannot_be_written_to_is_found_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    refused(lambda: confusion.check(tmp_path / "new"), f"{tmp_path / 'new'}: cannot be written to")


def test_matplotlib_is_asked_for_at_once(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    refused(lambda: confusion.check(tmp_path), "Matplotlib, which is not installed")
