"""What rank 0 does for a group, and what the others hear of it: bytes, arrays, and why it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from common.base.errors import InputError
from common.workers.group import Group, Refused

Result = TypeVar("Result")
PIECE = 1 << 22  # numbers of 64 bits in one exchange: each is made well within the time limit of the group


def tell(group: Group, data: bytes) -> bytes:
    """The bytes of rank 0, whatever the others give.

    A broadcast takes arrays of equal shape, so the length is told first.

    Raises:
        WorkerLost: a worker did not come.

    >>> from common.workers.group import Alone
    >>> tell(Alone(), b"settings")
    b'settings'
    """
    told = data if group.rank == 0 else b""
    length = int(group.broadcast(np.array([len(told)], np.int64)).item())
    numbers = np.zeros(-(-length // 8), np.int64)
    numbers.view(np.uint8)[: len(told)] = np.frombuffer(told, np.uint8)
    for start in range(0, len(numbers), PIECE):
        numbers[start : start + PIECE] = group.broadcast(numbers[start : start + PIECE])
    return numbers.tobytes()[:length]


def tell_arrays(group: Group, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of rank 0 by name, bit for bit, whatever the others give.

    Raises:
        WorkerLost: a worker did not come.

    >>> from common.workers.group import Alone
    >>> tell_arrays(Alone(), {"fc.bias": np.zeros(2)})
    {'fc.bias': array([0., 0.])}
    """
    kinds = json.dumps([(name, array.dtype.str, array.shape) for name, array in arrays.items()])
    found = {}
    for name, dtype, shape in json.loads(tell(group, kinds.encode())):
        own = np.ascontiguousarray(arrays[name]).tobytes() if group.rank == 0 else b""
        found[name] = np.frombuffer(bytearray(tell(group, own)), dtype).reshape(shape)
    return found


def led(group: Group, act: Callable[[], Result]) -> Result | None:
    """What rank 0 alone does; the others wait for it, and get None.

    Raises:
        InputError: rank 0 was refused; that is what it raises itself.
        Refused: the same, in the others.
        WorkerLost: a worker did not come.

    >>> from common.workers.group import Alone
    >>> led(Alone(), lambda: 7)
    7
    """
    found, refused = None, None
    if group.rank == 0:
        try:
            found = act()
        except InputError as error:
            refused = error
    if group.size > 1:
        line = tell(group, str(refused or "").encode()).decode()
        if line and refused is None:
            raise Refused(line)
    if refused is not None:
        raise refused
    return found
