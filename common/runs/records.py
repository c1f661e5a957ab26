"""What the files of a run may say: the type and the range of every value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, NamedTuple

from common.base.errors import InputError

MOST = 1 << 53  # of a count: JSON readers keep whole numbers exactly up to here


class Rule(NamedTuple):
    """What a value may be.

    Attributes:
        words: the same for a reader, as in "must be a whole number from 0 on".
        holds: whether a value is such.
    """

    words: str
    holds: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    """Whether it can be a name, a path or an option: a text without NUL, in whole characters."""
    return type(value) is str and "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def _is_number(value: Any) -> bool:
    return (type(value) is float and isfinite(value)) or (type(value) is int and abs(value) <= MOST)


def optional(rule: Rule) -> Rule:
    """The rule for a value that may also be null.

    >>> optional(NUMBER).holds(None), NUMBER.holds(None)
    (True, False)
    """
    return Rule(f"{rule.words}, or null", lambda value: value is None or rule.holds(value))


def list_of(rule: Rule) -> Rule:
    """The rule for a list whose every item keeps ``rule``.

    >>> list_of(COUNT).holds([1, 2]), list_of(COUNT).holds([1, 2.5]), list_of(COUNT).holds(1)
    (True, False, False)
    """
    return Rule(
        f"a list, each item {rule.words}", lambda value: type(value) is list and all(rule.holds(item) for item in value)
    )


def one_of(*values: str) -> Rule:
    """The rule for one of some texts.

    >>> one_of("float32", "float64").holds("float16")
    False
    """
    return Rule(" or ".join(map(repr, values)), lambda value: type(value) is str and value in values)


COUNT = Rule("a whole number from 0 on", lambda value: type(value) is int and 0 <= value <= MOST)
POSITIVE = Rule("a whole number from 1 on", lambda value: type(value) is int and 1 <= value <= MOST)
SEED = Rule("a whole number from 0 on, below 2^64", lambda value: type(value) is int and 0 <= value < 1 << 64)
NUMBER = Rule("a finite number", _is_number)
SHARE = Rule("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1)
BOOL = Rule("true or false", lambda value: type(value) is bool)
TEXT = Rule("text", _is_text)
OBJECT = Rule("an object", lambda value: type(value) is dict)


def check(record: Mapping[str, Any], rules: Mapping[str, Rule], where: str, *, exactly: bool = True) -> None:
    """Require that a record has the values that the rules are about, each as its rule says.

    Args:
        rules: name of a value to its rule.
        where: what the record is or where it comes from, for the message.
        exactly: refuse values that no rule is about.

    Raises:
        InputError: names the first value that is missing, not known, or not as its rule says.

    >>> check({"step": -1}, {"step": COUNT}, "last.json")
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: last.json: 'step' must be a whole number from 0 on, not -1
    """
    for name, rule in rules.items():
        if name not in record:
            raise InputError(f"{where}: {name!r} is missing")
        if not rule.holds(record[name]):
            raise InputError(f"{where}: {name!r} must be {rule.words}, not {short(record[name])}")
    for name in record if exactly else ():
        if name not in rules:
            raise InputError(f"{where}: {short(name)} is not known")


def short(value: Any) -> str:
    """A value as a message shows it: its first 60 characters.

    >>> short([1.5, "x"])
    "[1.5, 'x']"
    """
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
