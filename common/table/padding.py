"""Three padding conventions that share every shape and differ in value.

Every convention comes down to whole numbers of rows added before and after each axis, followed by
a window that only takes whole steps. `sides` computes these numbers; the NumPy reference pads by
nothing else, and a framework that has no native equivalent of a rule pads by them too.

==========  ============================  =======================  =============================
convention  convolution k, stride s       pool k, stride s > 1     used by
==========  ============================  =======================  =============================
``floor``   (k-1)/2 on each side          (k-1)/2 on each side     d2l, PyTorch and MXNet tabs
``ceil``    (k-1)/2 on each side          none, rounded up         Caffe, torchvision
``same``    TensorFlow's SAME             TensorFlow's SAME        d2l, TensorFlow tab; the paper
==========  ============================  =======================  =============================
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from common.base.errors import InputError, choose
from common.table.checks import FLAG, Checked, Rules, row, whole

Pair = tuple[int, int]


@dataclass(frozen=True)
class Pad(Checked):
    """Rows and columns added ``before`` (top, left) and ``after`` (bottom, right).

    With ``ceil`` the last window may hang over the padded edge, as in Caffe and in torch's
    ``ceil_mode``; a window that would start beyond the image and its leading padding is dropped,
    as torch does (``torch.nn.MaxPool2d``) and MXNet does not.
    """

    before: Pair = (0, 0)
    after: Pair = (0, 0)
    ceil: bool = False

    rules: ClassVar[Rules] = {"before": row(whole(0), 2), "after": row(whole(0), 2), "ceil": FLAG}


@dataclass(frozen=True)
class Same:
    """TensorFlow's SAME: ceil(n/s) outputs, the odd row of padding at the end (``tf.nn``, notes on padding)."""


SAME = Same()
VALID = Pad()
CONVENTIONS = ("floor", "ceil", "same")


def centred(kernel: Pair) -> Pad:
    """(k-1)/2 on each side: an odd kernel at stride 1 then keeps the size of the map.

    Raises:
        InputError: an even kernel, which has no centre.

    >>> centred((7, 1))
    Pad(before=(3, 0), after=(3, 0), ceil=False)
    """
    if any(k % 2 == 0 for k in kernel):
        raise InputError(f"an even kernel {kernel} has no centre: the table must state its padding")
    half = ((kernel[0] - 1) // 2, (kernel[1] - 1) // 2)
    return Pad(half, half)


def conventional(convention: str, kernel: Pair, stride: Pair, *, pool: bool) -> Pad | Same:
    """The padding a network's ``convention`` gives to a layer that does not state its own.

    Raises:
        InputError: unknown convention, or an even kernel, which has no centre to pad around.

    >>> conventional("floor", (3, 3), (2, 2), pool=True)
    Pad(before=(1, 1), after=(1, 1), ceil=False)
    >>> conventional("ceil", (3, 3), (2, 2), pool=True)
    Pad(before=(0, 0), after=(0, 0), ceil=True)
    """
    choose("padding convention", convention, CONVENTIONS)
    if convention == "same":
        return SAME
    if convention == "ceil" and pool and max(stride) > 1:
        return Pad(ceil=True)
    return centred(kernel)


def fixed(kernel: Pair, stride: Pair, padding: Pad | Same) -> Pad | None:
    """The same padding as numbers that hold for every size of image; None where they depend on the size.

    >>> fixed((3, 3), (1, 1), SAME)
    Pad(before=(1, 1), after=(1, 1), ceil=False)
    >>> fixed((3, 3), (2, 2), SAME) is None
    True
    """
    if isinstance(padding, Same):
        if stride != (1, 1):
            return None
        kh, kw = kernel
        return Pad(((kh - 1) // 2, (kw - 1) // 2), (kh // 2, kw // 2))
    return None if padding.ceil else padding


def symmetric(kernel: Pair, stride: Pair, padding: Pad | Same) -> Pair | None:
    """Rows and columns to add on *each* side, which is all that torch's and Gluon's layers can; None where they differ.

    >>> symmetric((7, 7), (2, 2), centred((7, 7)))
    (3, 3)
    """
    numbers = fixed(kernel, stride, padding)
    return numbers.before if numbers and numbers.before == numbers.after else None


def is_same(kernel: Pair, stride: Pair, padding: Pad | Same) -> bool:
    """Whether TensorFlow's SAME, which is all that Keras' layers can, adds exactly this padding to every image.

    >>> is_same((3, 3), (1, 1), centred((3, 3))), is_same((3, 3), (2, 2), centred((3, 3)))
    (True, False)
    """
    numbers = fixed(kernel, stride, padding)
    return isinstance(padding, Same) or (numbers is not None and numbers == fixed(kernel, stride, SAME))


def _axis(size: int, kernel: int, stride: int, padding: Pad | Same, axis: int) -> Pair:
    if isinstance(padding, Same):
        total = max((ceil(size / stride) - 1) * stride + kernel - size, 0)
        return total // 2, total - total // 2
    before, after = padding.before[axis], padding.after[axis]
    if padding.ceil:
        steps = ceil((size + before + after - kernel) / stride)
        if steps * stride >= size + before:  # the last window would start in the padding
            steps -= 1
        # What the last window lacks; negative where ceil drops rows that no window reaches.
        after = max(steps * stride + kernel - size - before, 0)
    return before, after


def sides(size: Pair, kernel: Pair, stride: Pair, padding: Pad | Same) -> tuple[Pair, Pair]:
    """((top, bottom), (left, right)): rows and columns to add to a map of ``size`` (H, W).

    A window that then takes only whole steps gives exactly the rule's output.

    >>> sides((96, 96), (7, 7), (2, 2), SAME)
    ((2, 3), (2, 3))
    """
    rows, columns = (_axis(size[i], kernel[i], stride[i], padding, i) for i in (0, 1))
    return rows, columns


def adaptive(size: int, count: int) -> list[Pair]:
    """(start, stop) of each of ``count`` windows that cover an axis; they overlap where ``size`` does not divide.

    >>> adaptive(7, 3)
    [(0, 3), (2, 5), (4, 7)]
    """
    return [(i * size // count, ceil((i + 1) * size / count)) for i in range(count)]


def output_size(size: Pair, kernel: Pair, stride: Pair, padding: Pad | Same) -> Pair:
    """(H, W) of the output for a map of ``size`` (H, W); 0 or less where the window does not fit.

    >>> output_size((96, 96), (7, 7), (2, 2), SAME)
    (48, 48)
    """
    added = sides(size, kernel, stride, padding)
    rows, columns = ((size[i] + sum(added[i]) - kernel[i]) // stride[i] + 1 for i in (0, 1))
    return rows, columns
