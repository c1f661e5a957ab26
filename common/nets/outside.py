"""Tables from outside: in a Python file that the user names, or in a distribution that adds them.

A file is run, as Python runs a file that it is given: only a user's own words may name one, never what a file of
weights or a run says. A distribution adds its tables by the entry point group ``googlenet.nets``; the name of an entry
is that of the network, and its value is the place of the table, such as ``theirs.tables:NET``.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, redirect_stdout
from functools import cache, lru_cache
from io import StringIO
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from common.base.errors import InputError
from common.base.machine import out_of_memory
from common.base.openers import check_file, read_file
from common.table.spec import Network

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

GROUP = "googlenet.nets"
SUFFIX = ".py"
MOST = 1 << 24  # bytes of a file


def is_file(name: str) -> bool:
    """Whether a name says a file, as ``mytable.py:NET`` does; without a name behind it, its only table is meant.

    >>> is_file("mytable.py:NET"), is_file("mytable.py"), is_file("inception_v3:keras")
    (True, True, False)
    """
    return _parts(name)[0].endswith(SUFFIX)


def _parts(name: str) -> tuple[str, str]:
    """(path, name within the file) of ``mytable.py:NET``; the second may be empty."""
    if name.endswith(SUFFIX):
        return name, ""
    path, _, variable = name.rpartition(":")
    return path, variable


def of_file(name: str) -> Network:
    """The table that ``mytable.py:NET`` names; runs the file, once.

    Raises:
        InputError: no such file, a file that raises, with its error and line; no such name in it, or no table.
    """
    path, variable = _parts(name)
    status = check_file(path, "Python file")
    values = _values(os.path.realpath(path), path, (status.st_mtime_ns, status.st_size))
    tables = {key: value for key, value in values.items() if isinstance(value, Network)}
    there = f"its tables are {', '.join(tables)}" if tables else "it has no table (`common.table.spec.Network`)"
    if variable in tables:
        return tables[variable]
    if variable in values:
        raise InputError(f"{path}: {variable} is no table, but of type {type(values[variable]).__name__!r}: {there}")
    if variable:
        raise InputError(f"{path}: has no {variable!r}: {there}")
    if len({id(table) for table in tables.values()}) != 1:  # one may have two names
        raise InputError(f"{path}: say which table after a colon, such as {path}:NET: {there}")
    return next(iter(tables.values()))


@lru_cache(maxsize=64)
def _values(real: str, path: str, state: tuple[int, int]) -> dict[str, Any]:
    """What a file defines, by name.

    Args:
        real: its path without links.
        path: as the user has named it, for messages.
        state: when it was changed, and its size: a file that was changed is run again.
    """
    source = read_file(path, MOST, "Python file")
    module = ModuleType(real)
    module.__file__ = real
    try:
        _run(compile(source, real, "exec"), module)
    except (Exception, SystemExit) as error:
        if out_of_memory(error):
            raise
        line = _line(error, real)
        raise InputError(f"{path}{f', line {line}' if line else ''}: {_said(error)}") from error
    return vars(module)


def _run(code: CodeType, module: ModuleType) -> None:
    """Run the code of a file, whose neighbours it can import. What it prints is not shown: it is asked for a table."""
    sys.modules[module.__name__] = module  # where dataclasses look for it
    with _importing_from(os.path.dirname(module.__name__)), redirect_stdout(StringIO()):
        exec(code, vars(module))


@contextmanager
def _importing_from(folder: str) -> Iterator[None]:
    """In it, modules in the folder can be imported."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def _line(error: BaseException, real: str) -> int | None:
    """The line of a file in which an error was raised, or from which something was called that raised it."""
    number = error.lineno if isinstance(error, SyntaxError) and error.filename == real else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == real:
            number = trace.tb_lineno
        trace = trace.tb_next
    return number


def _said(error: BaseException) -> str:
    """What an error says: our own words as they are, others with the type of the error."""
    if isinstance(error, InputError):
        return str(error)
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"


@cache
def plugins() -> dict[str, EntryPoint]:
    """The entries of installed distributions, by the name of their network; of two alike, the first by its place."""
    from importlib.metadata import entry_points  # takes longer to import than the rest of this file

    points = sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value), reverse=True)
    return {point.name: point for point in reversed({point.name: point for point in points}.values())}


@cache
def of_plugin(name: str) -> Network:
    """The table of an installed distribution.

    Args:
        name: one of `plugins`.

    Raises:
        InputError: it cannot be imported, is no table, or is called otherwise than its entry.
    """
    point = plugins()[name]
    where = f"network {name!r}, of the plug-in {point.value}"
    try:
        network = point.load()
    except (Exception, SystemExit) as error:
        if out_of_memory(error):
            raise
        raise InputError(f"{where}: cannot be imported: {_said(error)}") from error
    if not isinstance(network, Network):
        raise InputError(f"{where}: is no table, but of type {type(network).__name__!r}")
    if network.name != name:
        raise InputError(f"{where}: its table is called {network.name!r}")
    return network
