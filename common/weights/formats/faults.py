"""What stands between a file and its tensors: a library that is missing, or damage."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from common.base.errors import InputError
from common.weights.budget import AGAIN


class CutShort(Exception):
    """The end of a file comes before that of something in it."""


def library(module: str, package: str, files: str) -> ModuleType:
    """Import a library that only some files need.

    Args:
        module: what to import.
        package: what to install for it.
        files: what needs it, for the message.

    Raises:
        InputError: ``package`` is not installed; says which extra has it.

    >>> library("no_such_module", "nothing", "files of nobody")
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: reading files of nobody needs nothing, which is not installed: \
pip install 'googlenet[convert]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise _missing(package, files) from None


def require(module: str, package: str, files: str) -> None:
    """Require a library as `library` does, without importing it here.

    Raises:
        InputError: ``package`` is not installed; says which extra has it.
    """
    if find_spec(module) is None:
        raise _missing(package, files)


def _missing(package: str, files: str) -> InputError:
    return InputError(f"reading {files} needs {package}, which is not installed: pip install 'googlenet[convert]'")


@contextmanager
def reported_for(path: str | os.PathLike, problem: str) -> Iterator[None]:
    """Turn whatever a library raises inside into one line about the file.

    Parsers that are fed a damaged file raise nearly anything: h5py alone OSError, RuntimeError, KeyError, TypeError.
    What they say is about their own insides, so it is not passed on.

    Raises:
        InputError: ``problem``, such as "not a whole ONNX file", and what to do. An `InputError` is left as it is.

    >>> with reported_for("w.onnx", "not a whole ONNX file"):
    ...     raise CutShort
    Traceback (most recent call last):
        ...
    common.base.errors.InputError: w.onnx: not a whole ONNX file: it is cut short: get it again from its publisher
    """
    try:
        yield
    except InputError:
        raise
    except (CutShort, EOFError):
        raise InputError(f"{path}: {problem}: it is cut short: {AGAIN}") from None
    except MemoryError:
        raise InputError(f"{path}: {problem}: reading it takes more memory than such a file may: {AGAIN}") from None
    except Exception:
        raise InputError(f"{path}: {problem}: it is damaged: {AGAIN}") from None
