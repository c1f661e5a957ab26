"""What a file that is wrong on purpose is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HUGE = (1 << 31, 1 << 40, (1 << 63) - 1)


@dataclass(frozen=True)
class Hostile:
    """A file that is wrong.

    Attributes:
        format: of `support.hostile_weights.FORMATS`.
        name: says what is wrong.
        write: writes it to a path.
        says: what must be in its refusal; None where it may also be read, if that costs little.
    """

    format: str
    name: str
    write: Callable[[Path], object]
    says: str | None = ""


def contents(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)
