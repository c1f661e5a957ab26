"""Libraries that a process never uses, and that a framework imports all the same where they are installed.

Keras and MXNet import scikit-learn, Keras Matplotlib, and MXNet SciPy's statistics, for functions that no command of
ours takes: about a fifth of the time that the three frameworks need. Only who owns the whole process may say so, which
the command line does; for a program that imports a package of ours everything is as the frameworks have it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

BY_US = ("matplotlib", "scipy", "sklearn")  # in a process that does nothing but a command of ours
_UNUSED: list[str] = []


@contextmanager
def unused(*libraries: str) -> Iterator[None]:
    """Nothing in this process uses these libraries, until the end.

    >>> with unused("fractions"):
    ...     _UNUSED
    ['fractions']
    >>> _UNUSED
    []
    """
    before = list(_UNUSED)
    _UNUSED.extend(libraries)
    try:
        yield
    finally:
        _UNUSED[:] = before


@contextmanager
def hidden() -> Iterator[None]:
    """What is `unused` and was not imported before cannot be imported, until the end; afterwards it can.

    >>> with unused("lib2to3"), hidden():
    ...     import lib2to3
    Traceback (most recent call last):
        ...
    ModuleNotFoundError: import of lib2to3 halted; None in sys.modules
    """
    names = [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
