"""Picture files that cost far more than they look: refused before Pillow decodes them.

Pillow bounds pixels and texts. What it does not bound is here: how often a file is read from, which grows with the
number of parts it is made of; the lists in a TIFF; the scans of a JPEG; and formats that are decoded in Python.
"""

from __future__ import annotations

import io
import os
import struct
from typing import BinaryIO

from PIL import Image, ImageFile

MOST_PIXELS = 1 << 26  # 67 million, such as 8192 x 8192: the largest cameras, in less than a gigabyte of memory
TWICE = ("AVIF", "WEBP")  # formats whose decoders hold the whole picture once more
MOST_READS = 1 << 19  # each is for a part of the file that Pillow looks at in Python; large photographs need thousands
MOST_VALUES = 1 << 18  # of one entry of a TIFF's directory, such as the places of its strips
MOST_ENTRIES = 4096
MOST_SCANNED = 1 << 30  # pixels times scans: each scan of a progressive JPEG goes over all pixels
MOST_IN_PYTHON = 1 << 22  # pixels of what Pillow decodes in Python
IN_PYTHON = ("bmp_rle", "ppm_plain")
SCAN = b"\xff\xda"  # begins a scan; within a scan no other byte than 0 follows 0xff (ITU-T T.81, B.1.1.2)
CHUNK = 1 << 20
BYTES = (1, 2, 6, 7)  # types of TIFF whose values Pillow keeps as they are


class Picture(io.BufferedReader):
    """An open picture file that can be read from a limited number of times.

    Args:
        file: open, with a file descriptor or in memory; it stays open.
    """

    def __init__(self, file: BinaryIO):
        if _has_descriptor(file):
            super().__init__(io.FileIO(os.dup(file.fileno()), "rb"))
        else:
            super().__init__(io.BytesIO(file.read()))
        self.reads = 0

    def read(self, size: int | None = -1) -> bytes:
        self.reads += 1
        if self.reads > MOST_READS:
            raise OSError("made of too many parts")
        return super().read(size)


def _has_descriptor(file: BinaryIO) -> bool:
    try:
        return file.fileno() >= 0
    except OSError:
        return False


def most_pixels() -> int:
    """How many pixels a picture may have, as it comes or after resizing: our limit, or Pillow's if that is lower."""
    return min(MOST_PIXELS, Image.MAX_IMAGE_PIXELS or MOST_PIXELS)


def check_directory(file: BinaryIO) -> None:
    """Require that no entry of a TIFF's first directory has more values than a picture needs; other files pass.

    Args:
        file: open at its beginning, where it stands again afterwards.

    Raises:
        ValueError: there are more entries or values.
        struct.error: the directory is cut off.

    >>> check_directory(io.BytesIO(b"II*\\0" + struct.pack("<IHHHII", 8, 1, 273, 4, 300_000, 0)))
    Traceback (most recent call last):
    ValueError: a TIFF with 300000 values for the tag 273
    """
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
    version = struct.unpack(f"{order}H", head[2:4])[0] if order and len(head) >= 4 else 0
    if version in (42, 43):  # TIFF 6.0, and BigTIFF, whose counts and places have 64 bits
        place, counter, entry = (8, "Q", "HHQQ") if version == 43 else (4, "I", "HHII")
        (at,) = struct.unpack_from(f"{order}{counter}", head, place)
        file.seek(at)
        counter = f"{order}{counter if version == 43 else 'H'}"
        (entries,) = struct.unpack(counter, file.read(struct.calcsize(counter)))
        if entries > MOST_ENTRIES:
            raise ValueError(f"a TIFF with {entries} entries")
        packed = file.read(entries * struct.calcsize(f"{order}{entry}"))
        for tag, kind, count, _ in struct.iter_unpack(f"{order}{entry}", packed):
            if kind not in BYTES and count > MOST_VALUES:
                raise ValueError(f"a TIFF with {count} values for the tag {tag}")
    file.seek(0)


def check_cost(image: ImageFile.ImageFile, file: BinaryIO) -> None:
    """Require that decoding a picture takes little memory and time, by its header; nothing is decoded.

    Args:
        image: as `PIL.Image.open` returns it.
        file: what it was opened from; it stands where it stood afterwards.

    Raises:
        Image.DecompressionBombError: more pixels than its argument.
        ValueError: more scans than a photograph of that size has, or too many pixels in a format that is slow.
    """
    pixels = image.width * image.height
    most = most_pixels() // (2 if image.format in TWICE else 1)
    if pixels > most:
        raise Image.DecompressionBombError(most)
    if pixels > MOST_IN_PYTHON and any(tile[0] in IN_PYTHON for tile in image.tile):
        raise ValueError(f"more than {MOST_IN_PYTHON} pixels in a format that is slow to decode")
    if image.format in ("JPEG", "MPO"):
        scans = _count(file, SCAN)
        if scans * pixels > MOST_SCANNED:
            raise ValueError(f"a JPEG of {scans} scans")


def _count(file: BinaryIO, word: bytes) -> int:
    """How often two bytes occur in a file, one after the other."""
    here, count, last = file.tell(), 0, b""
    file.seek(0)
    while chunk := file.read(CHUNK):
        count += (last + chunk).count(word)
        last = chunk[-1:]
    file.seek(here)
    return count
