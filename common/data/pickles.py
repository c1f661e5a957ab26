"""The pickled dicts of CIFAR-10's Python layout, read without running anything that a pickle can name.

A pickle is a program. This one may make the containers, numbers and strings of Python, and three things by name, which
NumPy's arrays are made of. What stands behind these names here only takes down what it is given; NumPy never sees it.
Of the instructions of pickles only those run that such dicts are made of, and no more than a file of CIFAR-10 has.
"""

import io
import pickle
import pickletools
from collections.abc import Callable
from math import prod
from typing import Any, ClassVar

import numpy as np

from common.base.errors import InputError

MOST_INSTRUCTIONS = 250_000  # a file of the official archive has 30,000 to 60,000
MOST_AXES = 8
BITS = 63  # of a length or a label
NEVER = {  # of Python's instructions
    *("PERSID", "BINPERSID", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"),
    *("BYTEARRAY8", "NEXT_BUFFER", "READONLY_BUFFER", "EMPTY_SET", "ADDITEMS", "FROZENSET"),
    *("DUP", "DICT"),
    *("INT", "LONG", "FLOAT", "STRING", "UNICODE"),  # as text, which protocol 2 and later do not write
}


class _Dtype:
    """What is pickled as ``numpy.dtype``: its name, such as ``u1``."""

    def __init__(self, name: Any = None, *_: Any):
        self.name = name.decode("latin-1") if isinstance(name, bytes) else name

    def __setstate__(self, state: Any) -> None:
        """The order of the bytes and the fields, neither of which single bytes have."""


class _Array:
    """What is pickled as ``numpy.ndarray``: (version, shape, dtype, Fortran's order or not, values)."""

    def __setstate__(self, state: Any) -> None:
        _, self.shape, self.dtype, self.fortran, self.values = state


def _reconstruct(*_: Any) -> _Array:
    return _Array()


KNOWN = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,  # NumPy 2
}


class _Unpickler(pickle._Unpickler):
    """Python's own unpickler, in Python, so that what an instruction does can be replaced."""

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(pickle._Unpickler.dispatch)  # by instruction
    stack: list[Any]
    pop_mark: Callable[[], list[Any]]

    def find_class(self, module: str, name: str) -> Any:
        try:
            return KNOWN[module, name]
        except KeyError:
            asked = f"{module}.{name}"[:80]
            raise pickle.UnpicklingError(f"it asks for {asked!r}, and CIFAR-10 has arrays only") from None

    def _fill(self, items: list[Any]) -> None:
        """Put keys and values into the dict below them. A key that is a tuple of tuples could take for ever to hash."""
        filled = self.stack[-1]
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(filled, dict) or not isinstance(key, bytes | str | int):
                raise pickle.UnpicklingError("a dict whose keys are no names")
            filled[key] = value

    def _setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._fill([key, value])

    def _setitems(self) -> None:
        self._fill(self.pop_mark())

    def _build(self) -> None:
        """Give an array or the type of one its state; nothing else has any."""
        state = self.stack.pop()
        if not isinstance(self.stack[-1], _Dtype | _Array):
            raise pickle.UnpicklingError("a state of something that is no array")
        self.stack[-1].__setstate__(state)

    dispatch[pickle.SETITEM[0]] = _setitem
    dispatch[pickle.SETITEMS[0]] = _setitems
    dispatch[pickle.BUILD[0]] = _build


def loads(contents: bytes, where: str) -> dict[Any, Any]:
    """The dict in a pickle; strings of Python 2, and so its keys, are bytes, and arrays are for `array`.

    Args:
        contents: the pickle.
        where: what errors call it.

    Raises:
        InputError: not a pickle, not of a dict, one that asks for anything else than arrays, or one with other or more
            instructions than such a dict needs.

    >>> loads(pickle.dumps({b"labels": [1, 2]}), "test_batch")
    {b'labels': [1, 2]}
    >>> loads(pickle.dumps(print), "test_batch")
    Traceback (most recent call last):
    common.base.errors.InputError: test_batch: cannot be read as a pickle: it asks for 'builtins.print', and ...
    """
    try:
        _check_instructions(contents)
        value = _Unpickler(io.BytesIO(contents), encoding="bytes").load()
    except Exception as error:  # a broken pickle can raise anything, and quote itself in it
        said = (str(error) or type(error).__name__)[:120]
        raise InputError(
            f"{where}: cannot be read as a pickle: {said if said.isprintable() else ascii(said)}"
        ) from None
    if not isinstance(value, dict):
        raise InputError(f"{where}: a pickle of {type(value).__name__}, not of a dict")
    return value


def _check_instructions(contents: bytes) -> None:
    """Require that a pickle has such instructions only, and not so many, that little memory and time runs them.

    Raises:
        pickle.UnpicklingError: an instruction that is not allowed.
        ValueError: these are not the instructions of a pickle.
    """
    for number, (instruction, argument, _) in enumerate(pickletools.genops(contents)):
        if instruction.name in NEVER or number >= MOST_INSTRUCTIONS:
            raise pickle.UnpicklingError(f"the instruction {instruction.name}, which is number {number} of it")
        if "PUT" in instruction.name and int(argument or 0) > number:  # Python remembers one after the other
            raise pickle.UnpicklingError(f"the instruction {instruction.name} for more memory than it can fill")


def array(pickled: Any, where: str) -> np.ndarray:
    """An array of unsigned bytes, as it was pickled.

    Args:
        pickled: a value of what `loads` returned.
        where: what errors call it.

    Returns:
        uint8, of the shape that the pickle says.

    Raises:
        InputError: it is none, is of another type, has another number of values than its shape says, or a shape that
            no array can have.
    """
    if not isinstance(pickled, _Array) or not hasattr(pickled, "values"):
        raise InputError(f"{where}: not an array")
    name = getattr(pickled.dtype, "name", None)
    if name != "u1":
        said = name[:20] if isinstance(name, str) else type(name).__name__  # a number can be too long to be written
        raise InputError(f"{where}: an array of type {said!r}, not of unsigned bytes ('u1')")
    shape, values = pickled.shape, pickled.values
    whole = isinstance(shape, tuple) and all(type(side) is int and side >= 0 for side in shape)
    if whole and (len(shape) > MOST_AXES or any(side.bit_length() > BITS for side in shape)):
        raise InputError(f"{where}: an array of a shape that no array can have")
    if not whole or not isinstance(values, bytes) or prod(shape) != len(values):
        raise InputError(f"{where}: an array whose values do not fill its shape")
    try:
        return np.frombuffer(values, np.uint8).reshape(shape, order="F" if pickled.fortran else "C")
    except (ValueError, OverflowError):
        raise InputError(f"{where}: an array of a shape that no array can have") from None
