"""Numbers that are kept in files and come back: of the type and in the range that they were made for."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from common.base.errors import InputError

TYPES = {"int": (int,), "float": (int, float), "bool": (bool,), "str": (str,)}
MOST = {"int": 1 << 31, "float": 1e30}  # what the frameworks take; and numbers nearer to 0 than 1e-30 they do not


def check(settings: Any, least: dict[str, float], below: dict[str, float] | None = None) -> None:
    """Require of a dataclass that its simple fields are what their annotations say, and its numbers in their ranges.

    Args:
        settings: fields annotated as ``int | None`` and the like may be None; those of other types are left alone.
        least: the smallest value of each number that has one.
        below: what numbers must be smaller than.

    Raises:
        InputError: names the field, and what it may be.
    """
    for field in fields(settings):
        kind, _, optional = field.type.partition(" | ")
        value = getattr(settings, field.name)
        if kind not in TYPES or (value is None and optional):
            continue
        if type(value) not in TYPES[kind]:
            raise InputError(f"{field.name} must be of type {kind}, not {value!r}")
        if kind in MOST:
            _check_range(field.name, value, least.get(field.name, 0), (below or {}).get(field.name), MOST[kind])


def _check_range(name: str, value: float, low: float, high: float | None, most: float) -> None:
    if value > most:
        raise InputError(f"{name} must be at most {most:g}")
    if not value >= low or (high is not None and value >= high):  # NaN is neither
        below = f" and below {high:g}" if high is not None else ""
        raise InputError(f"{name} must be at least {low:g}{below}, not {value:g}")
    if 0 < value < 1 / MOST["float"]:
        raise InputError(f"{name} must be 0 or at least {1 / MOST['float']:g}, not {value:g}")
