"""The padding rules against window positions counted out one by one, straight from each rule's definition.

A window is known by the row it starts at, counted from the first row of the image: negative starts lie in the
padding. Two rules are the same function only if their windows start at the same rows.
"""

from functools import cache
from itertools import product
from math import ceil

import numpy as np
import pytest

from common import nets
from common.base.errors import InputError, ShapeError
from common.compare.reference import Reference
from common.data.images import random_images
from common.table.analysis import walk_network
from common.table.drawing import probing
from common.table.padding import (
    CONVENTIONS,
    SAME,
    VALID,
    Pad,
    centred,
    conventional,
    fixed,
    is_same,
    output_size,
    sides,
    symmetric,
)
from common.table.sizes import evaluation_sizes, training_sizes
from common.table.spec import Dropout, MaxPool

SIZES = range(1, 41)
KERNELS = range(1, 8)
STRIDES = (1, 2, 3)


def same_starts(size, kernel, stride):
    """TensorFlow, tf.nn, notes on padding: ceil(n/s) windows, the odd row of padding at the end."""
    total = max(kernel - stride, 0) if size % stride == 0 else max(kernel - size % stride, 0)
    return [i * stride - total // 2 for i in range(ceil(size / stride))]


def floor_starts(size, kernel, stride, before, after):
    """Every window that lies inside the padded image."""
    return [start for start in range(-before, size + after, stride) if start + kernel <= size + after]


def ceil_starts(size, kernel, stride, before, after):
    """torch.nn.MaxPool2d, ceil_mode: one more window if rows are left over, unless it starts beyond the image."""
    starts = floor_starts(size, kernel, stride, before, after)
    extra = starts[-1] + stride if starts else -before
    left_over = size + after - (starts[-1] + kernel) if starts else size + after + before - kernel + stride
    return [*starts, extra] if left_over > 0 and extra < size else starts


def starts(size, kernel, stride, padding):
    """What `sides` says: whole steps over the image with its padding, in the first axis."""
    ((before, after), _) = sides((size, size), (kernel, kernel), (stride, stride), padding)
    return list(range(-before, size + after - kernel + 1, stride))


def count(size, kernel, stride, padding):
    return output_size((size, size), (kernel, kernel), (stride, stride), padding)[0]


@pytest.mark.parametrize(("kernel", "stride"), list(product(KERNELS, STRIDES)))
def test_same_is_that_of_tensorflow(kernel, stride):
    for size in SIZES:
        expected = same_starts(size, kernel, stride)
        assert starts(size, kernel, stride, SAME) == expected, size
        assert count(size, kernel, stride, SAME) == len(expected), size


@pytest.mark.parametrize(("kernel", "stride"), list(product(KERNELS, STRIDES)))
@pytest.mark.parametrize(("before", "after"), [(0, 0), (1, 1), (0, 1), (2, 0), (3, 3)])
def test_padding_in_numbers_takes_the_windows_that_fit(before, after, kernel, stride):
    padding = Pad((before, before), (after, after))
    for size in SIZES:
        expected = floor_starts(size, kernel, stride, before, after)
        assert starts(size, kernel, stride, padding) == expected, size
        assert max(count(size, kernel, stride, padding), 0) == len(expected), size


@pytest.mark.parametrize(
    ("before", "after", "kernel", "stride"),
    [
        (before, after, kernel, stride)
        for (before, after), kernel, stride in product(
            [(0, 0), (1, 1), (0, 1), (1, 0), (2, 2), (3, 3)], KERNELS, STRIDES
        )
        if max(before, after) <= kernel // 2
    ],
)
def test_rounding_up_is_that_of_torch(before, after, kernel, stride):
    """With padding of at most half the kernel, all that torch allows."""
    padding = Pad((before, before), (after, after), ceil=True)
    for size in SIZES:
        expected = ceil_starts(size, kernel, stride, before, after)
        assert starts(size, kernel, stride, padding) == expected, size
        assert max(count(size, kernel, stride, padding), 0) == len(expected), size


def test_a_last_window_that_would_start_in_the_padding_is_dropped():
    """3 rows, kernel 2, stride 2, padding 1: windows at -1 and 1; a third would start at 3, behind the image."""
    padding = Pad((1, 1), (1, 1), ceil=True)
    assert sides((3, 4), (2, 2), (2, 2), padding) == ((1, 0), (1, 1))
    assert output_size((3, 4), (2, 2), (2, 2), padding) == (2, 3)


def test_the_two_axes_keep_apart():
    padding = Pad((0, 2), (1, 3))
    assert sides((5, 8), (3, 5), (2, 1), padding) == ((0, 1), (2, 3))
    assert output_size((5, 8), (3, 5), (2, 1), padding) == (2, 9)
    assert sides((5, 8), (3, 5), (2, 4), SAME) == ((1, 1), (0, 1))
    assert output_size((5, 8), (3, 5), (2, 4), SAME) == (3, 2)
    assert sides((5, 8), (2, 3), (2, 2), Pad(ceil=True)) == ((0, 1), (0, 1))


def test_a_window_that_does_not_fit_gives_no_output():
    assert max(output_size((2, 2), (3, 3), (1, 1), VALID)) < 1
    assert max(output_size((1, 1), (3, 3), (2, 2), Pad(ceil=True))) < 1
    assert output_size((2, 2), (3, 3), (2, 2), Pad(ceil=True)) == (1, 1)


@pytest.mark.parametrize(
    ("convention", "pool", "stride", "expected"),
    [
        ("floor", False, 2, Pad((3, 3), (3, 3))),
        ("floor", True, 2, Pad((3, 3), (3, 3))),
        ("floor", True, 1, Pad((3, 3), (3, 3))),
        ("ceil", False, 2, Pad((3, 3), (3, 3))),
        ("ceil", True, 2, Pad(ceil=True)),
        ("ceil", True, 1, Pad((3, 3), (3, 3))),
        ("same", False, 2, SAME),
        ("same", True, 2, SAME),
        ("same", True, 1, SAME),
    ],
)
def test_what_each_convention_gives_to_a_layer(convention, pool, stride, expected):
    assert conventional(convention, (7, 7), (stride, stride), pool=pool) == expected


def test_centred_padding_goes_by_axis_and_keeps_the_size():
    assert centred((1, 7)) == Pad((0, 3), (0, 3))
    assert output_size((9, 12), (1, 7), (1, 1), centred((1, 7))) == (9, 12)


@pytest.mark.parametrize("kernel", [(2, 2), (3, 2), (4, 1)])
def test_an_even_kernel_has_no_centre(kernel):
    with pytest.raises(InputError, match="even kernel"):
        centred(kernel)


def test_an_unknown_convention_names_the_nearest():
    with pytest.raises(InputError, match=r"'flor'.*'floor'.*floor, ceil, same"):
        conventional("flor", (3, 3), (1, 1), pool=False)
    assert CONVENTIONS == ("floor", "ceil", "same")


PADDINGS = (SAME, VALID, Pad((1, 1), (1, 1)), Pad((0, 0), (1, 1)), Pad(ceil=True), Pad((1, 1), (1, 1), ceil=True))
WINDOWS = [((kernel, kernel), (stride, stride)) for kernel, stride in product(KERNELS, STRIDES)]


def numbers(kernel, stride, padding):
    """(before, after) of the first axis at every size of image."""
    return [sides((size, size), kernel, stride, padding)[0] for size in range(kernel[0], 41)]


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
def test_fixed_and_symmetric_numbers_are_those_of_every_size(padding):
    for kernel, stride in WINDOWS:
        found = set(numbers(kernel, stride, padding))
        pad, side = fixed(kernel, stride, padding), symmetric(kernel, stride, padding)
        assert pad is None or found == {(pad.before[0], pad.after[0])} == {(pad.before[1], pad.after[1])}
        assert side is None or found == {side}


def test_what_has_fixed_and_symmetric_numbers():
    assert fixed((2, 5), (1, 1), SAME) == Pad((0, 2), (1, 2))
    assert fixed((3, 3), (2, 2), VALID) == VALID
    assert [fixed((3, 3), stride, SAME) for stride in ((2, 2), (1, 2))] == [None, None]
    assert fixed((3, 3), (2, 2), Pad(ceil=True)) is None
    assert symmetric((3, 5), (1, 1), SAME) == (1, 2)
    assert symmetric((3, 3), (2, 2), Pad((1, 2), (1, 2))) == (1, 2)
    assert symmetric((3, 3), (2, 2), VALID) == (0, 0)
    assert [symmetric(k, (1, 1), SAME) for k in ((2, 2), (2, 3), (3, 2))] == [None] * 3


@pytest.mark.parametrize("padding", PADDINGS, ids=str)
def test_what_counts_as_same_is_same_at_every_size(padding):
    """Keras then adds SAME by itself instead of the table's padding, rounding up included."""
    for kernel, stride in WINDOWS:
        equal = numbers(kernel, stride, padding) == numbers(kernel, stride, SAME)
        if is_same(kernel, stride, padding):
            assert equal, (kernel, stride)
        elif stride == (1, 1) and not getattr(padding, "ceil", False):
            assert not equal, (kernel, stride)


TABLES = {name: nets.get(name) for name in ("d2l", "d2l_same", "paper", "caffe", "imagenet_aux")}


@cache
def layers(table, height):
    """The trunk on a square image, up to the classifier; None where the image is too small."""
    network = TABLES[table]
    try:
        return list(walk_network(network, (network.input[0], height, height), aux=False))[:-1]
    except ShapeError:
        return None


def shapes(table, height):
    """(C, H, W) of the output of everything that changes the shape."""
    found = layers(table, height)
    return found and {x.name: x.output for x in found if not isinstance(x.node, Dropout)}


def seen(table, height):
    """For each layer with a window: what each of its windows sees of the map it is given, row by row.

    A convolution's windows by the row they start at, its weights being different; a maximum's by the rows of the
    map that they hold, the order being no matter.
    """
    found = {}
    for layer in layers(table, height):
        node, (_, size, _) = layer.node, layer.input
        if hasattr(node, "kernel"):
            rows = starts(size, node.kernel[0], node.stride[0], node.padding)
            if isinstance(node, MaxPool):
                rows = [{row for row in range(start, start + node.kernel[0]) if 0 <= row < size} for start in rows]
            found[layer.name] = rows
    return found


HEIGHTS = range(16, 321)
EVERY_32 = range(33, 321, 32)


def test_floor_and_same_share_every_shape_and_are_one_function_only_at_a_few_sizes():
    assert all(shapes("d2l", h) == shapes("d2l_same", h) for h in HEIGHTS)
    assert [h for h in HEIGHTS if seen("d2l", h) == seen("d2l_same", h)] == [17, *EVERY_32]


def test_ceil_and_same_share_their_shapes_at_31_and_0_and_their_values_at_31_modulo_32():
    alike = [h for h in HEIGHTS if shapes("imagenet_aux", h) == shapes("d2l_same", h)]
    assert alike == [h for h in HEIGHTS if h % 32 in (31, 0) and h >= 31]
    assert [h for h in alike if seen("imagenet_aux", h) == seen("d2l_same", h)] == [h for h in alike if h % 32 == 31]


def test_ceil_and_floor_are_never_one_function():
    for h in range(31, 321):
        ceiled, floored = seen("imagenet_aux", h), seen("d2l", h)
        assert ceiled["b1.conv1"] == floored["b1.conv1"]
        assert ceiled["b1.pool1"] != floored["b1.pool1"]


@pytest.mark.parametrize(
    ("table", "side"),
    [
        ("d2l", lambda h: ceil(h / 32)),
        ("d2l_same", lambda h: ceil(h / 32)),
        ("paper", lambda h: ceil(h / 32)),
        ("caffe", lambda h: (h + 1) // 32),
        ("imagenet_aux", lambda h: (h + 1) // 32),
    ],
)
def test_the_side_of_the_final_map(table, side):
    for h in range(1, 321):
        found = shapes(table, h)
        assert (found["b5.5b"][1:] if found else (0, 0)) == (side(h), side(h)), h


def logits(table, height):
    weights = probing(TABLES["d2l"], dtype="float32")
    return Reference(TABLES[table], weights, random_images(1, (1, height, height))).outputs["fc"]


@pytest.mark.parametrize(("height", "alike"), [(16, False), (17, True), (18, False), (32, False), (33, True)])
def test_with_one_set_of_weights_the_logits_show_it(height, alike):
    """A padding shifted by one row is no small difference: the measured ones are tens of percent."""
    floor, same = logits("d2l", height), logits("d2l_same", height)
    assert np.array_equal(floor, same) is alike
    assert alike or np.abs(floor - same).max() > 0.05 * np.abs(floor).max()


@pytest.mark.parametrize(("table", "smallest"), [("d2l", 1), ("d2l_same", 1), ("paper", 1), ("caffe", 31)])
def test_the_smallest_image_of_each_convention(table, smallest):
    assert evaluation_sizes(TABLES[table])[0] == smallest


@pytest.mark.parametrize("table", ["caffe", "imagenet_aux"])
def test_rounding_up_gives_the_heads_their_14_to_16_rows_from_223_to_270_pixels(table):
    """The 5x5/3 pool makes 4 rows of 14 to 16, and the heads are made for 4 x 4 x 128 inputs."""
    rows = [h for h in range(190, 321) if shapes(table, h)["b4.4a"][1] in (14, 15, 16)]
    assert (rows[0], rows[-1], len(rows)) == (223, 270, 48)
    assert training_sizes(TABLES[table]) == (223, 270)
