"""How much a file of weights may become in memory: one budget for every format, kept before anything is read.

A file of weights is its numbers and little else. So what it asks for can be compared with its own size, and with the
largest network here; a few bytes that ask for gigabytes are refused by arithmetic.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any

import numpy as np

from common import nets
from common.base.errors import InputError
from common.base.printable import printable

MIB = 1 << 20
FLOOR = 64 * MIB  # what any file may become, such as a small network of zeros, compressed
GROWTH = 2  # times its own size: numbers of 16 bits become 32 bits wide
LARGE = 1024 * MIB  # beyond, the largest table decides as well
DIRECTORY = 2 * MIB  # names, types and shapes of all tensors: ten times what the largest network needs
TENSORS = 20_000  # ten times as many as the network with the most has
AXES = 8
LETTERS = 120  # of what a file says, in a message
AGAIN = "get it again from its publisher"


@cache
def largest() -> int:
    """Four times the bytes of the largest network's tensors in float64: room for an optimizer's state beside them."""
    return 32 * max(sum(map(prod, nets.get(name).shapes.values())) for name in nets.names())


def limit(size: int) -> int:
    """The bytes that the tensors of a file of ``size`` bytes may take in memory.

    >>> limit(65), limit(100_000_000)
    (67108864, 200000000)
    """
    asked = max(FLOOR, GROWTH * size)
    return min(asked, largest()) if asked > LARGE else asked


def cut(words: object) -> str:
    """Words of a file, quoted as Python does, on one line and of at most `LETTERS` letters.

    >>> cut("fc.weight"), len(cut("x" * 1000))
    ("'fc.weight'", 120)
    """
    text = words if isinstance(words, str) else f"something of type {type(words).__name__}"
    quoted = printable(repr(text[: 2 * LETTERS]))
    return quoted if len(quoted) <= LETTERS else f"{quoted[: LETTERS - 4]}...'"


class Budget:
    """Adds up what the tensors of one file will take, and refuses the first that is too much.

    Raises:
        InputError: the file itself is larger than any network here needs.

    >>> Budget("w.params", 65).tensor("fc.weight", (1 << 20, 1 << 10), 4)
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: w.params: its tensors up to 'fc.weight' would take 4,294,967,296 bytes, which a \
file of 65 bytes cannot be meant for: get it again from its publisher
    """

    def __init__(self, path: str | os.PathLike, size: int):
        self.path, self.size = path, size
        self.limit, self.bytes, self.tensors = limit(size), 0, 0
        if size > self.limit:
            raise InputError(f"{path}: {size:,} bytes, more than any network known here has: give its weights alone")

    def tensor(self, name: str, shape: Sequence[int], width: int) -> None:
        """Count a tensor before it is read.

        Args:
            name: of the tensor, for messages.
            shape: as the file says.
            width: bytes of each number in the file; floating point numbers of 16 bits count as 32.

        Raises:
            InputError: a size below 0, too many axes, too many tensors, or more bytes than the file may become.
        """
        self.tensors += 1
        if self.tensors > TENSORS:
            raise InputError(f"{self.path}: more than {TENSORS:,} tensors, which no network here has: {AGAIN}")
        if len(shape) > AXES:
            raise InputError(f"{self.path}: tensor {cut(name)} has {len(shape)} axes, more than {AXES}: {AGAIN}")
        if min(shape, default=0) < 0:
            raise InputError(f"{self.path}: tensor {cut(name)} has a size below 0 in its shape: {AGAIN}")
        # An axis of 0 counts as one of 1: NumPy makes no array of 0 x 2^62 either.
        self.unpacked(f"its tensors up to {cut(name)}", prod(n or 1 for n in shape) * max(width, 1))

    def unpacked(self, what: str, size: int) -> None:
        """Count ``size`` bytes that reading ``what`` will take.

        Raises:
            InputError: they are more than the file may become.
        """
        self.bytes += size
        if self.bytes > self.limit:
            raise InputError(
                f"{self.path}: {what} would take {_number(self.bytes)} bytes, which a file of {self.size:,} bytes "
                f"cannot be meant for: {AGAIN}"
            )


def _number(size: int) -> str:
    return f"{size:,}" if size < 1 << 64 else "more than 2^64"


def filled(array: np.ndarray, file: Any) -> int:
    """Read the bytes of an array, in its own memory, from a binary file; returns how many there were.

    >>> import io
    >>> array = np.zeros(2, np.uint8)
    >>> filled(array, io.BytesIO(b"ab")), array.tolist()
    (2, [97, 98])
    """
    data: Any = array.reshape(-1)
    return file.readinto(memoryview(data).cast("B"))
