"""IDX, the format of MNIST and its relatives: two zero bytes, a type, the number of axes, their lengths, the values.

Lengths are 32 bits, the highest byte first. Source: yann.lecun.com/exdb/mnist, "The IDX file format".
"""

import zlib
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from common.base.errors import InputError
from common.base.openers import open_file
from common.data.gunzip import gunzipped

UNSIGNED_BYTES = 0x08
LARGEST = 96 << 20  # values: twice those of the largest file of Fashion-MNIST
CHUNK = 1 << 20  # a length that is wrong must not ask for memory that the file cannot fill


def read(path: Path, item: tuple[int, ...]) -> np.ndarray:
    """The array of unsigned bytes in an IDX file, plain or gzipped.

    Args:
        path: the file; what it begins with says whether it is gzipped, and not its name.
        item: the lengths that all axes but the first must have.

    Returns:
        uint8, of the shape (count, *item); the header says the count.

    Raises:
        InputError: the file is no regular file, cannot be read, is of another format, type or shape, far too large, or
            of another length than its header says. A length is compared before anything is read or allocated.

    >>> labels = Path("labels")
    >>> _ = labels.write_bytes(bytes([0, 0, 8, 1]) + bytes([0, 0, 0, 3]) + bytes([7, 2, 1]))
    >>> read(labels, item=())
    array([7, 2, 1], dtype=uint8)
    """
    try:
        with open_file(path) as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            # Some bytes more than may be: the header and a file that goes on are told from one that is too large.
            with gunzipped(file, str(path), LARGEST + CHUNK) if zipped else file as stream:
                return _parse(stream, path, item)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _parse(stream: BinaryIO, path: Path, item: tuple[int, ...]) -> np.ndarray:
    axes = 1 + len(item)
    header = _at_most(stream, 4 + 4 * axes)
    if len(header) < 4 or header[:2] != b"\0\0":
        raise InputError(f"{path}: not an IDX file: it begins with {header[:4].hex(' ') or 'nothing'}, not 00 00")
    if header[2] != UNSIGNED_BYTES:
        raise InputError(f"{path}: its values are of type {header[2]:#04x}, not unsigned bytes ({UNSIGNED_BYTES:#04x})")
    if header[3] != axes:
        raise InputError(f"{path}: an array with {header[3]} axes, not {axes}")
    if len(header) < 4 + 4 * axes:
        raise InputError(f"{path}: truncated: ends within its header")
    shape = tuple(int(length) for length in np.frombuffer(header, ">u4", axes, 4))
    expected = prod(shape)
    # Before anything is read: a small gzipped file can hold any number of values.
    if shape[1:] != item:
        raise InputError(f"{path}: items of {_by(shape[1:])}, not {_by(item)}")
    if expected > LARGEST:
        raise InputError(f"{path}: its header announces {expected} values, more than {LARGEST}")
    values = _at_most(stream, expected + 1)
    if len(values) < expected:
        raise InputError(f"{path}: truncated: {len(values)} bytes of the {expected} that its header announces")
    if len(values) > expected:
        raise InputError(f"{path}: goes on after the {expected} bytes that its header announces")
    return np.frombuffer(values, np.uint8).reshape(shape)


def _by(lengths: tuple[int, ...]) -> str:
    return "x".join(map(str, lengths))


def _at_most(stream: BinaryIO, count: int) -> bytearray:
    """So many bytes, or fewer at the end."""
    contents = bytearray()
    while chunk := stream.read(min(CHUNK, count - len(contents))):
        contents += chunk
    return contents
