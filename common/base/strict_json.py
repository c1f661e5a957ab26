"""JSON that others wrote: what the standard allows and no more, in bounds."""

from __future__ import annotations

import json
import os
from math import isfinite
from typing import Any

from common.base.errors import InputError
from common.base.openers import read_file

DEPTH = 32  # lists and objects within each other
DIGITS = 30  # of a whole number; no count, seed or size has more


def parse(text: str) -> Any:
    """The value of a JSON text (RFC 8259).

    Python's own parser also takes ``NaN`` and ``Infinity``, makes infinity of ``1e999``, and keeps the last of two
    equal names. None of that is taken here.

    Raises:
        ValueError: one short line that says what is wrong with the text.

    >>> parse('{"lr": 0.1}')
    {'lr': 0.1}
    >>> parse('{"lr": 0.1, "lr": 0.2}')
    Traceback (most recent call last):
        ...
    ValueError: it has 'lr' twice in one object
    """
    try:
        value = json.loads(
            text, parse_constant=_constant, parse_float=_number, parse_int=_whole, object_pairs_hook=_object
        )
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check_depth(value)
    return value


def read(path: str | os.PathLike, most: int, kind: str = "file") -> Any:
    """The value of a JSON file.

    Args:
        most: bytes.
        kind: what the file is, in a word.

    Raises:
        InputError: no regular file, not to be read, too large, or no JSON; names the file.
    """
    data = read_file(path, most, kind)
    try:
        return parse(data.decode("utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: no JSON: {error}") from None


_TOO_DEEP = f"it nests lists or objects more than {DEPTH} deep"


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _number(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError(f"{text:.20} is beyond all numbers")
    return value


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"it has a whole number of {len(text):,} digits")
    return int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in values if names.count(name) > 1)
        raise ValueError(f"it has {twice[:40]!r} twice in one object")
    return values


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEPTH + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise ValueError(_TOO_DEEP)
