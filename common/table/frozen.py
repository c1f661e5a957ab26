"""A dict that does not change: tables are shared by all who ask for them."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Frozen(dict[K, V]):
    """A dict that refuses to be changed. It compares, prints, copies and pickles like any other.

    >>> stages = Frozen(b1=1)
    >>> stages["b2"] = 2
    Traceback (most recent call last):
    TypeError: a table never changes: make another one, for instance with dataclasses.replace
    >>> {**stages, "b2": 2}
    {'b1': 1, 'b2': 2}
    """

    def _refuse(self, *args: Any, **settings: Any) -> NoReturn:
        raise TypeError("a table never changes: make another one, for instance with dataclasses.replace")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)
