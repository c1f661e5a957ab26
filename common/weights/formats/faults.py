"""What stands between a file and its tensors: a library that is missing, or damage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

from common.base.errors import InputError


def library(module: str, package: str, files: str) -> ModuleType:
    """Import a library that only some files need.

    Raises:
        InputError: ``package`` is not installed; says which extra has it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise InputError(
            f"reading {files} needs {package}, which is not installed: pip install 'googlenet[convert]'"
        ) from None


@contextmanager
def blaming(path: Path, what: str) -> Iterator[None]:
    """Turn whatever a library raises inside into one line about the file.

    Parsers that are fed a damaged file raise nearly anything: h5py alone OSError, RuntimeError, KeyError, TypeError.

    Raises:
        InputError: ``what``, such as "not a whole ONNX file", and the first line of what the library said.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0].strip() or type(error).__name__
        raise InputError(f"{path}: {what}: cut short or damaged, get it again ({reason})") from None
