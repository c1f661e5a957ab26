"""Changes of valid bytes: blind ones, and ones that know where lengths and texts usually stand."""

from __future__ import annotations

import random
import struct

EXTREMES = (0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)


def cut(data: bytearray, rng: random.Random) -> None:
    """Keep only the beginning."""
    del data[rng.randrange(len(data)) :]


def flip(data: bytearray, rng: random.Random) -> None:
    """Turn some bits over."""
    for _ in range(rng.choice((1, 1, 4, 64))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def number(data: bytearray, rng: random.Random) -> None:
    """Write an extreme number of 1 to 8 bytes over what stands there, in either order of bytes, mostly near an end."""
    size = rng.choice((1, 2, 4, 8))
    near = min(len(data), 200)
    at = rng.choice((rng.randrange(near), len(data) - 1 - rng.randrange(near), rng.randrange(len(data))))
    order = rng.choice("<>")
    kind = {1: "B", 2: "H", 4: "I", 8: "Q"}[size]
    data[at : at + size] = struct.pack(order + kind, rng.choice(EXTREMES) % 2 ** (8 * size))


def repeat(data: bytearray, rng: random.Random) -> None:
    """Write a piece of the data many times over."""
    start = rng.randrange(len(data))
    piece = bytes(data[start : start + rng.choice((1, 16, 512))])
    data[start:start] = piece * rng.choice((1, 100, 10_000))


def swap(data: bytearray, rng: random.Random) -> None:
    """Exchange two pieces."""
    size = rng.choice((1, 4, 32))
    a, b = sorted(rng.randrange(len(data)) for _ in range(2))
    data[a : a + size], data[b : b + size] = data[b : b + size], data[a : a + size]


def digits(data: bytearray, rng: random.Random) -> None:
    """Put a long number in place of a decimal digit, as in JSON."""
    places = [i for i, byte in enumerate(data[:4000]) if chr(byte).isdigit()]
    if places:
        at = rng.choice(places)
        data[at : at + 1] = rng.choice((b"99999999999999999999", b"-1", b"1e999", b"NaN", b"null", b'"x"', b"[" * 3000))


def noise(data: bytearray, rng: random.Random) -> None:
    """Put noise in place of a piece."""
    at, size = rng.randrange(len(data)), rng.choice((1, 8, 64, 1024))
    data[at : at + size] = rng.randbytes(size)


CHANGES = (cut, flip, number, repeat, swap, digits, noise)


def mutated(data: bytes, rng: random.Random) -> tuple[str, bytes]:
    """(how, the bytes changed by one to three changes)."""
    changed, how = bytearray(data), []
    for _ in range(rng.choice((1, 1, 2, 3))):
        change = rng.choice(CHANGES)
        if changed:
            change(changed, rng)
            how.append(change.__name__)
    return "+".join(how), bytes(changed)
