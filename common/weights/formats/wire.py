"""The wire format of protobuf: numbered fields, one behind the other, read without making a message of them.

A message of protobuf takes many times the bytes of its fields, so a few megabytes of empty messages become gigabytes.
Here fields are counted while they are read, and there is a limit. Source: protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator

from common.weights.formats.faults import CutShort

FIELDS = 200_000  # in a file; the largest network's graph has fewer than 50,000
VARINT, I64, LEN, I32 = 0, 1, 2, 5
FIXED = {I64: 8, I32: 4}


class Wire:
    """Reads fields and counts those of one file."""

    def __init__(self) -> None:
        self.left = FIELDS

    def fields(self, data: memoryview, whole: bool = False) -> Iterator[tuple[int, int, int | memoryview]]:
        """(number, wire type, value) of each field of a message, in order.

        Args:
            data: the message.
            whole: whether it is a whole file, whose end may be missing.

        Raises:
            CutShort: a field goes on behind the end of a file.
            ValueError: a field that cannot be, or more than `FIELDS` in all.

        >>> list(Wire().fields(memoryview(bytes([8, 150, 1]))))
        [(1, 0, 150)]
        """
        at, fields = 0, 0
        while at < len(data):
            self.left -= 1
            if self.left < 0:
                raise ValueError(f"more than {FIELDS} fields")
            try:
                tag, at = varint(data, at)
                number, wire = tag >> 3, tag & 7
                value: int | memoryview
                if wire == VARINT:
                    value, at = varint(data, at)
                else:
                    length, at = varint(data, at) if wire == LEN else (FIXED[wire], at)
                    value, at = data[at : at + length], at + length
                    if at > len(data):
                        raise EOFError
            except EOFError:
                raise CutShort if whole and fields else ValueError("a field without an end") from None
            except KeyError:
                raise ValueError(f"wire type {wire}") from None
            if number == 0:
                raise ValueError("field 0")
            fields += 1
            yield number, wire, value


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """(number, where the next byte is) of a number of 7 bits a byte.

    Raises:
        EOFError: the data ends within it.
        ValueError: it has more than 64 bits.
    """
    number = 0
    for i, byte in enumerate(data[at : at + 10]):
        number |= (byte & 127) << 7 * i
        if byte < 128:
            return number & (1 << 64) - 1, at + i + 1
    if at + 10 > len(data):
        raise EOFError
    raise ValueError("a number of more than 64 bits")


def signed(number: int) -> int:
    """The number of an int32 or int64, which are sent as 64 bits.

    >>> signed((1 << 64) - 1)
    -1
    """
    return number - (1 << 64) if number >> 63 else number


def packed(data: memoryview) -> Iterator[int]:
    """The varints that fill a field."""
    at = 0
    while at < len(data):
        try:
            number, at = varint(data, at)
        except EOFError:
            raise ValueError("a number without an end") from None
        yield number
