"""What a file of torch.save asks for, found out without PyTorch and without unpickling anything.

``torch.load(weights_only=True)`` runs no code of a file, but it believes its sizes, and hashes what the file makes keys
of. So the containers and pickles are looked through first, opcode by opcode.
"""

from __future__ import annotations

import io
import os
import pickletools
import zipfile
from typing import BinaryIO

from common.base.errors import InputError
from common.weights.budget import AGAIN, DIRECTORY, Budget, cut
from common.weights.formats.faults import CutShort, reported_for
from common.weights.formats.zipped import opened_zip

PROBLEM = "not a whole file of torch.save"
PICKLES = 5  # of a file before PyTorch 1.6: magic number, protocol, system, the object, the keys of its storages
OPERATIONS = 150_000  # in a pickle: thirty for each tensor of the largest network, and an optimizer's state
VALUES = 4 * DIRECTORY  # in a pickle, counted again wherever they are referred to


def check(path: str | os.PathLike, file: BinaryIO) -> None:
    """Require that reading the file takes no more than its size allows. The file is left at its beginning.

    Raises:
        InputError: cut short, damaged, compressed, or of pickles that become much more than they are.
    """
    file.seek(0)
    with reported_for(path, PROBLEM):
        if file.read(4) == b"PK\x03\x04":
            _check_zip(path, file)
        else:
            file.seek(0)
            for _ in range(PICKLES):
                _check_pickle(path, file)
    file.seek(0)


def _check_zip(path: str | os.PathLike, file: BinaryIO) -> None:
    budget = Budget(path, os.fstat(file.fileno()).st_size)
    with opened_zip(path, file) as archive:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED:
                raise InputError(
                    f"{path}: {cut(member.filename)} in it is compressed, as torch.save never does: {AGAIN}"
                )
            budget.unpacked(cut(member.filename), member.file_size)
            if member.filename.endswith(".pkl"):
                with archive.open(member) as pickled:
                    _check_pickle(path, io.BytesIO(pickled.read(DIRECTORY + 1)))
        damaged = archive.testzip()  # torch.load checks no checksums
        if damaged is not None:
            raise InputError(f"{path}: {cut(damaged)} in it does not match its checksum: it is damaged: {AGAIN}")


def _check_pickle(path: str | os.PathLike, file: BinaryIO) -> None:
    """Require that a pickle has its end, is short, and makes no value that is far larger than itself.

    A tuple of a tuple twice, of a tuple twice, and so on, is short, and takes for ever to hash or to show.
    """
    stack: list[int | None] = []  # how many values there are in each; None is a mark
    memo: dict[object, int] = {}
    start = file.tell()
    for i, (opcode, argument, position) in enumerate(_operations(file)):
        if position - start > DIRECTORY or i > OPERATIONS:
            raise InputError(f"{path}: its pickle is longer than the names and shapes of any network: {AGAIN}")
        if opcode.name in ("BINPUT", "LONG_BINPUT", "PUT"):
            memo[argument] = stack[-1] or 0
        elif opcode.name == "MEMOIZE":
            memo[len(memo)] = stack[-1] or 0
        elif opcode.name in ("BINGET", "LONG_BINGET", "GET"):
            stack.append(memo[argument])
        elif opcode.name == "MARK":
            stack.append(None)
        else:
            values = 1 + _take(stack, opcode)
            if values > VALUES:
                raise InputError(f"{path}: its pickle makes far more of itself than weights are: {AGAIN}")
            stack.extend([values] * len(opcode.stack_after))


def _operations(file):
    try:
        yield from pickletools.genops(file)
    except ValueError:
        if file.read(1):
            raise
        raise CutShort from None


def _take(stack: list[int | None], opcode: pickletools.OpcodeInfo) -> int:
    """Take what an opcode takes from the stack, and count the values in it."""
    values = 0
    if pickletools.markobject in opcode.stack_before:
        while (top := stack.pop()) is not None:
            values += top
        beneath = opcode.stack_before.index(pickletools.markobject)
    else:
        beneath = len(opcode.stack_before)
    for _ in range(beneath):
        values += stack.pop() or 0
    return values
