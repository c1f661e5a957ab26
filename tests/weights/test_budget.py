"""What a file of weights may become is bounded by its size, and counted before it is read."""

import pytest

from common import nets
from common.base.errors import InputError
from common.weights import budget
from common.weights.budget import Budget, cut


@pytest.mark.parametrize(("shape", "width"), [((1 << 30,), 4), ((1 << 40, 1 << 40), 8), ((64 << 20, 2), 1)])
def test_what_a_small_file_may_become_is_bounded(shape, width):
    with pytest.raises(InputError, match=r"w: its tensors up to 't' would take .* get it again"):
        Budget("w", 65).tensor("t", shape, width)
    Budget("w", 65).tensor("t", (16 << 20,), 4)


def test_many_tensors_count_together():
    counted = Budget("w", 100)
    for _ in range(64):
        counted.tensor("t", (1 << 20,), 1)
    with pytest.raises(InputError, match="would take"):
        counted.tensor("t", (1,), 1)
    counted = Budget("w", 100)
    with pytest.raises(InputError, match="more than 20,000 tensors"):
        for _ in range(20_001):
            counted.tensor("t", (0,), 1)


def test_an_axis_of_0_hides_no_other():
    with pytest.raises(InputError, match="would take"):
        Budget("w", 100).tensor("t", (0, 1 << 62), 4)


@pytest.mark.parametrize(("shape", "message"), [((1,) * 9, "has 9 axes, more than 8"), ((2, -1), "a size below 0")])
def test_shapes_that_no_tensor_has_are_refused(shape, message):
    with pytest.raises(InputError, match=message):
        Budget("w", 100).tensor("t", shape, 1)


def test_a_file_may_be_whole_numbers_of_16_bits_and_no_larger_than_four_of_the_largest_network():
    assert budget.limit(100_000_000) == 200_000_000
    assert budget.limit(1 << 50) == budget.largest()
    numbers = sum(array.size for array in _arrays(nets.get("vgg16")))
    assert budget.largest() >= 4 * 8 * numbers
    with pytest.raises(InputError, match="more than any network known here has"):
        Budget("w", 1 << 50)


def _arrays(table):
    import numpy as np

    return [np.broadcast_to(np.float64(0), shape) for shape in table.shapes.values()]


@pytest.mark.parametrize("words", ["x" * 10_000, "\n" * 1000, "\x1b[31m" * 100, "\ud800" * 500, "'" * 300])
def test_words_of_a_file_are_cut_and_on_one_line(words):
    assert len(cut(words)) <= 120
    assert cut(words).isprintable()
