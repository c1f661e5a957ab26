"""Type and range checks for the fields of a dataclass, whose values may come from files or from the command line."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from common.base.errors import InputError

TAKEN = {int: (int,), float: (int, float), bool: (bool,), str: (str,)}  # by annotation; True is no number
MOST = {int: (1 << 31) - 1, float: 1e30}  # what the frameworks take
SMALLEST = 1e-30  # of numbers that are not 0: float32 has none much nearer to it


def check_fields(settings: Any, least: Mapping[str, float], below: Mapping[str, float] | None = None) -> None:
    """Require of a dataclass that its simple fields have the types of their annotations, and its numbers their ranges.

    Args:
        settings: fields annotated as ``int | None`` and the like may be None; those of other types are left alone.
        least: the smallest value of each number that has one other than 0.
        below: what numbers must be smaller than.

    Raises:
        InputError: names the field, and what it may be.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Crop:
    ...     size: int
    ...     share: float | None = None
    >>> check_fields(Crop(8), least={"size": 1}, below={"share": 1})
    >>> check_fields(Crop(8, share=1.5), least={"size": 1}, below={"share": 1})
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: share must be at least 0 and below 1, not 1.5
    """
    for name, (kind, optional) in _simple(cast(Hashable, type(settings))).items():
        value = getattr(settings, name)
        if value is None and optional:
            continue
        if type(value) not in TAKEN[kind]:
            raise InputError(f"{name} must be of type {kind.__name__}, not {value!r}")
        if kind in MOST:
            _check_range(name, value, least.get(name, 0), (below or {}).get(name), MOST[kind])


@cache
def _simple(dataclass: Any) -> dict[str, tuple[type, bool]]:
    """Name of each field of a simple type to that type, and to whether it may be None."""
    simple = {}
    hints = get_type_hints(dataclass)
    for field in fields(dataclass):
        kinds = get_args(hints[field.name]) if get_origin(hints[field.name]) in (Union, UnionType) else ()
        kinds = kinds or (hints[field.name],)
        kind, *others = [kind for kind in kinds if kind is not NoneType] or (NoneType,)
        if kind in TAKEN and not others:
            simple[field.name] = (kind, NoneType in kinds)
    return simple


def _check_range(name: str, value: float, low: float, high: float | None, most: float) -> None:
    if value > most:
        raise InputError(f"{name} must be at most {most:g}")
    if not value >= low or (high is not None and value >= high):  # NaN is neither
        below = f" and below {high:g}" if high is not None else ""
        raise InputError(f"{name} must be at least {low:g}{below}, not {_number(value)}")
    if 0 < value < SMALLEST:
        raise InputError(f"{name} must be 0 or at least {SMALLEST:g}, not {value:g}")


def _number(value: float) -> str:
    """A number as people write it; one of a thousand digits has no float."""
    try:
        return f"{value:g}"
    except OverflowError:
        return "a number of more than 300 digits"
