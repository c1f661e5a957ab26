"""What the fields of a table may be: rules, and the class that holds every node of the vocabulary to its own.

A class says in ``rules`` what each of its fields may be. `Checked` asks them whenever an object is made, also by
`dataclasses.replace`, and `common.table.network.Network` asks every node of a table again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from common.base.errors import InputError

LARGEST = 2**31 - 1  # whole numbers: the frameworks count rows, columns and channels with 32 bits
FARTHEST = 1e30  # other numbers, and one over it the nearest to 0: float32 holds little more
LONGEST = 60  # characters of a wrong value that a message shows


@dataclass(frozen=True)
class Rule:
    """What a value may be: ``needed`` in words, and ``holds``, which says whether a value is so.

    >>> size = whole(1) | only("classes")
    >>> size.needed, size.holds(3), size.holds(0), size.holds("classes")
    ("a whole number of at least 1 or 'classes'", True, False, True)
    """

    needed: str
    holds: Callable[[Any], bool]

    def __or__(self, other: Rule) -> Rule:
        return Rule(f"{self.needed} or {other.needed}", lambda value: self.holds(value) or other.holds(value))


Rules = Mapping[str, Rule]


def whole(least: int) -> Rule:
    """A whole number of at least ``least``, which is not a bool.

    >>> whole(1).holds(1), whole(1).holds(True), whole(1).holds(1.0)
    (True, False, False)
    """
    return Rule(f"a whole number of at least {least}", lambda value: type(value) is int and least <= value <= LARGEST)


def real(
    least: float | None = None, most: float | None = None, *, above: float | None = None, below: float | None = None
) -> Rule:
    """A finite number within bounds, of which ``above`` and ``below`` are not reached; it is not a bool.

    >>> share = real(0, below=1)
    >>> share.needed, share.holds(0), share.holds(1), share.holds(float("nan"))
    ('a number that float32 holds, at least 0, below 1', True, False, False)
    """
    bounds = {"at least": least, "above": above, "at most": most, "below": below}
    words = [f"{word} {bound}" for word, bound in bounds.items() if bound is not None]

    def holds(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float) or not (value == 0 or held(value)):
            return False
        return (
            (least is None or value >= least)
            and (above is None or value > above)
            and (most is None or value <= most)
            and (below is None or value < below)
        )

    return Rule(", ".join(["a number that float32 holds", *words]), holds)


def held(value: float) -> bool:
    """Whether float32 holds a number well enough to compute with it; not NaN, which is no number.

    >>> held(1e-3), held(1e-40), held(float("inf")), held(float("nan"))
    (True, False, False, False)
    """
    return 1 / FARTHEST <= abs(value) <= FARTHEST


def only(*values: Any) -> Rule:
    """One of a few values, and nothing that merely equals one of them.

    >>> only(None, "relu").needed, only(True, False).holds(1)
    ("None or 'relu'", False)
    """
    kinds, allowed = {type(value) for value in values}, {(type(value), value) for value in values}
    return Rule(
        " or ".join([", ".join(map(repr, values[:-1])), repr(values[-1])] if values[1:] else map(repr, values)),
        lambda value: type(value) in kinds and (type(value), value) in allowed,
    )


def instance(*kinds: type) -> Rule:
    """An object of one of the classes, or of a class below them.

    >>> instance(str).needed
    'of type str'
    """
    return Rule(f"of type {' or '.join(kind.__name__ for kind in kinds)}", lambda value: isinstance(value, kinds))


def row(rule: Rule, length: int | None = None) -> Rule:
    """A tuple of values that a rule holds of; of any number of them if ``length`` is None.

    >>> row(whole(0), 2).holds((3, 0)), row(whole(0), 2).holds((3,)), row(instance(str)).holds(())
    (True, False, True)
    """
    return Rule(
        f"a tuple of {'values' if length is None else length}, each {rule.needed}",
        lambda value: (
            isinstance(value, tuple) and length in (None, len(value)) and all(rule.holds(part) for part in value)
        ),
    )


def mapping(rule: Rule) -> Rule:
    """A dict whose values a rule holds of.

    >>> mapping(whole(0)).holds({"a": 1})
    True
    """
    return Rule(
        f"a dict, each of its values {rule.needed}",
        lambda value: isinstance(value, dict) and all(rule.holds(part) for part in value.values()),
    )


FLAG = only(True, False)
TEXT = instance(str)


def shown(value: object) -> str:
    """A wrong value as a message shows it: cut short, and only its type where it cannot be written.

    >>> shown("relu6"), shown([0] * 1000)[-8:]
    ("'relu6'", ' 0, 0, …')
    """
    try:
        text = repr(value)
    except Exception:  # of an object that nobody knows: whatever it raises, the message is about something else
        return f"an object of type {type(value).__name__}"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def require(where: str, value: object, rule: Rule) -> None:
    """Require a value to be as a rule says.

    Raises:
        InputError: says ``where``, what is needed, and what the value is.

    >>> require("LRN: size", 0, whole(1))
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: LRN: size must be a whole number of at least 1, not 0
    """
    if not rule.holds(value):
        raise InputError(f"{where} must be {rule.needed}, not {shown(value)}")


@contextmanager
def within(where: str) -> Iterator[None]:
    """Errors of what is wrong with an input begin with ``where`` it is wrong.

    >>> with within("mynet: b1"):
    ...     require("LRN: size", 0, whole(1))
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: mynet: b1: LRN: size must be a whole number of at least 1, not 0
    """
    try:
        yield
    except InputError as error:
        raise type(error)(f"{where}: {error}") from None


class Checked:
    """A part of a table that is never made with a field that breaks its ``rules``."""

    rules: ClassVar[Rules] = {}

    def __post_init__(self) -> None:
        self.check()

    def check(self) -> None:
        """Require every field to be as the rules say.

        Raises:
            InputError: names the class, the field and its value.
        """
        for field, rule in self.rules.items():
            value = getattr(self, field)
            if not rule.holds(value):
                require(f"{type(self).__name__}: {field}", value, rule)
