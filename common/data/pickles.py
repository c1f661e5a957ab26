"""The pickled dicts of CIFAR-10's Python layout, read without running anything that a pickle can name.

A pickle is a program. This one may make the containers and strings of Python and three things by name, which NumPy's
arrays are made of; what stands behind the names here only takes down what it is given, and NumPy never sees it.
"""

import io
import pickle
import pickletools
from math import prod

import numpy as np

from common.base.errors import InputError


class _Dtype:
    """What is pickled as ``numpy.dtype``: its name, such as ``u1``."""

    def __init__(self, name=None, *_):
        self.name = name.decode("latin-1") if isinstance(name, bytes) else name

    def __setstate__(self, state):
        """The order of the bytes and the fields, neither of which single bytes have."""


class _Array:
    """What is pickled as ``numpy.ndarray``: (version, shape, dtype, Fortran's order or not, values)."""

    def __setstate__(self, state):
        _, self.shape, self.dtype, self.fortran, self.values = state


def _reconstruct(*_):
    return _Array()


KNOWN = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,  # NumPy 2
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            return KNOWN[module, name]
        except KeyError:
            asked = f"{module}.{name}"
            raise pickle.UnpicklingError(f"it asks for {asked!r}, and CIFAR-10 has arrays only") from None

    def persistent_load(self, pid):
        raise pickle.UnpicklingError("it refers to something that is not in the file")


def loads(contents: bytes, where: str) -> dict:
    """The dict; strings of Python 2, and so its keys, are bytes, and arrays are for `array`.

    Raises:
        InputError: not a pickle, not of a dict, or one that asks for anything else than arrays.
    """
    try:
        _check_memory(contents)
        made = _Unpickler(io.BytesIO(contents), encoding="bytes").load()
    except Exception as error:  # a broken pickle can raise anything, and quote itself in it
        said = str(error) or type(error).__name__
        raise InputError(
            f"{where}: cannot be read as a pickle: {said if said.isprintable() else ascii(said)}"
        ) from None
    if not isinstance(made, dict):
        raise InputError(f"{where}: a pickle of {type(made).__name__}, not of a dict")
    return made


def _check_memory(contents: bytes) -> None:
    """Two kinds of instructions make Python take memory before it sees how little there is to put in it.

    They are an array of bytes of a length, and the place in a list where to remember a value; pickles that Python
    has written remember one after the other.
    """
    for number, (instruction, argument, _) in enumerate(pickletools.genops(contents)):
        if instruction.name == "BYTEARRAY8" or ("PUT" in instruction.name and argument > number):
            raise pickle.UnpicklingError(f"the instruction {instruction.name} for more memory than it can fill")


def array(pickled, where: str) -> np.ndarray:
    """An array of unsigned bytes, as it was pickled.

    Raises:
        InputError: it is none, is of another type, has another number of values than its shape says, or a shape that
            no array can have.
    """
    if not isinstance(pickled, _Array) or not hasattr(pickled, "values"):
        raise InputError(f"{where}: not an array")
    name = getattr(pickled.dtype, "name", None)
    if name != "u1":
        said = name if isinstance(name, str) else type(name).__name__  # a number can be too long to be written
        raise InputError(f"{where}: an array of type {said!r}, not of unsigned bytes ('u1')")
    shape, values = pickled.shape, pickled.values
    whole = isinstance(shape, tuple) and all(type(side) is int and side >= 0 for side in shape)
    if not whole or not isinstance(values, bytes) or prod(shape) != len(values):
        raise InputError(f"{where}: an array whose values do not fill its shape")
    try:
        return np.frombuffer(values, np.uint8).reshape(shape, order="F" if pickled.fortran else "C")
    except (ValueError, OverflowError):
        raise InputError(f"{where}: an array of a shape that no array can have") from None
