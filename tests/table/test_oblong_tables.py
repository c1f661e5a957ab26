"""A table whose classifier sees the whole map, and whose own images are not square, is a table like any other."""

from dataclasses import replace

import pytest
from support.oblong_tables import HEADS, SQUARE, TABLES, TALL, WIDE

from common import nets
from common.base.errors import ShapeError
from common.cli.show import tables as showing
from common.table import overview, side_by_side
from common.table.sizes import check_input, evaluation_sizes, fits, preferred_size, training_sizes


@pytest.mark.parametrize(
    ("table", "smallest", "largest"),
    [(WIDE, (11, 17), (12, 20)), (TALL, (17, 11), (20, 12)), (SQUARE, 25, 28)],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_sizes_are_those_of_the_shape_of_its_own_images(table, smallest, largest):
    table = nets.get(table)
    low, high, reason = evaluation_sizes(table)
    assert (low, high) == (smallest, largest) == training_sizes(table)
    assert reason.startswith("b3.fc1: takes" if table.name == "tall" else "fc: takes")


def test_every_size_that_is_told_is_taken_and_one_pixel_more_or_less_is_not():
    table = nets.get(WIDE)
    for size, taken in [((11, 17), True), ((12, 20), True), ((10, 16), False), ((13, 21), False), ((20, 20), False)]:
        assert (fits(table, size, aux=True) is None) == taken, size


def test_a_table_without_dense_layers_takes_squares_whatever_its_own_images_are():
    assert evaluation_sizes(nets.get(replace(nets.get("caffe", aux=False), input=(3, 64, 96))))[:2] == (31, None)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_it_is_listed_and_summed_up(table):
    report = overview.summary(nets.get(table))
    assert report["input_shape"] == list(table.input)
    assert report["layers"][-1]["output"] == [3]
    assert showing.summary(report) and showing.nets([overview.describe(nets.get(table))])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (WIDE, "smallest image 11x17 px (one pixel less: fc: takes 75 inputs, not 60 (5x3x4)), largest 12x20 px"),
        (SQUARE, "smallest image 25 px (one pixel less: fc: takes 245 inputs, not 180 (5x6x6)), largest 28 px"),
    ],
    ids=["wide", "square"],
)
def test_its_sizes_are_printed_as_height_and_width(table, words):
    assert words in [str(part) for part in showing.summary(overview.summary(nets.get(table)))]


def test_heads_that_see_the_whole_map_have_sizes_of_their_own():
    row = overview.describe(nets.get(HEADS))
    assert row["training_input"] == [[11, 17], [12, 20]]


@pytest.mark.parametrize("size", [(20, 20), (12, 21), (8, 20)])
def test_another_size_is_refused_with_the_sizes_it_takes(size):
    with pytest.raises(ShapeError) as caught:
        check_input(nets.get(WIDE), (3, *size), aux=False)
    assert str(caught.value).startswith(f"wide takes images of 11x17 to 12x20 pixels, not {size[0]}x{size[1]}: fc: ")


def test_tables_are_compared_at_the_size_with_the_most_pixels():
    wide, square = (nets.get(replace(nets.get("d2l"), input=shape)) for shape in ((1, 20, 64), (1, 32, 32)))
    assert side_by_side.common_size([wide, square]) == side_by_side.common_size([square, wide]) == (20, 64)


def test_tables_that_take_no_size_in_common_are_compared_at_their_own():
    rows = side_by_side.against([nets.get(WIDE), nets.get(SQUARE)])["networks"]
    assert [row["input_shape"] for row in rows] == [[3, 12, 20], [3, 28, 28]]


def test_the_size_of_a_recipe_is_used_where_it_is_taken():
    assert preferred_size(nets.get("d2l"), 32) == (32, 32)
    assert preferred_size(nets.get(WIDE), 32) == preferred_size(nets.get(WIDE), None) == (12, 20)
    assert preferred_size(nets.get(SQUARE), 32) == (28, 28)
    assert preferred_size(nets.get(SQUARE), 26) == (26, 26)
    assert preferred_size(nets.get("caffe"), 32) == (224, 224)  # 32 px are too small for its heads alone
