"""Valid files of weights, edited: a number, a piece, or the end."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from support.hostile_weights.hostile import Hostile, contents

EXTREMES = [
    b"\xff" * 8,
    b"\xff" * 4,
    b"\0" * 8,
    struct.pack("<q", 1 << 40),
    struct.pack("<i", 1 << 30),
    b"\xff\xff\xff\x7f",
]


def edited(data: bytes, rng: np.random.Generator) -> bytes:
    """One edit: an extreme number in place of bytes, a piece left out or doubled, or the end missing."""
    place, width = int(rng.integers(len(data))), int(rng.integers(1, 64))
    match int(rng.integers(4)):
        case 0:
            number = EXTREMES[rng.integers(len(EXTREMES))]
            place = min(place & ~3, len(data) - 8)
            return data[:place] + number + data[place + len(number) :]
        case 1:
            return data[:place] + data[place + width :]
        case 2:
            return data[:place] + data[place : place + width] + data[place:]
        case _:
            return data[:place]


def of_edits(valid: dict[str, bytes], seed: int, count: int) -> Iterator[Hostile]:
    """``count`` edits of each valid file, by the name of its format."""
    for kind, data in valid.items():
        rng = np.random.default_rng([seed, zlib.crc32(kind.encode())])
        for i in range(count):
            yield Hostile(kind, f"edit-{seed}-{i}", contents(edited(data, rng)), None)
