"""Files that a library in C parses without checking everything: read in a process of their own, within limits.

HDF5's library follows whatever a damaged or crafted file says: it may crash, allocate gigabytes or never end. In a
process of its own that is one line about the file. That process sends what it read through a pipe.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from common.base.errors import InputError
from common.base.openers import check_file
from common.weights.budget import AGAIN, FLOOR, MIB, Budget, filled, limit
from common.weights.formats import hdf5, keras_file
from common.weights.formats.contents import Contents
from common.weights.formats.faults import require

READERS: dict[str, Callable[[Path], Contents]] = {"hdf5": hdf5.read, "keras": keras_file.read}
PROBLEMS = {"hdf5": hdf5.PROBLEM, "keras": keras_file.PROBLEM}
SECONDS = 8  # of computing
BYTES_A_SECOND = 25 * MIB  # more seconds for larger files


def read(kind: str, path: Path) -> Contents:
    """Read a file by the reader of its kind, in another process.

    Args:
        kind: hdf5 or keras.
        path: of the file.

    Raises:
        InputError: what the reader raises; or it took too much memory or time, or crashed; or h5py is not installed.
    """
    require("h5py", "h5py", "Keras files")
    size = check_file(path).st_size
    budget = Budget(path, size)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", __name__, kind, os.path.abspath(path)]
    # The pipe of the child's errors is nobody's: what HDF5 says about its insides helps no user.
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as child:
        try:
            assert child.stdout is not None
            return _receive(path, child.stdout, budget)
        except EOFError:
            child.wait()
            raise InputError(f"{path}: {PROBLEMS[kind]}: it is damaged: {AGAIN}") from None
        finally:
            child.kill()


def _receive(path: Path, pipe: IO[bytes], budget: Budget) -> Contents:
    """What `_send` sent."""
    header = json.loads(_bytes(pipe, struct.unpack("<Q", _bytes(pipe, 8))[0]))
    if "error" in header:
        raise InputError(header["error"].replace(os.path.abspath(path), str(path), 1))
    tensors = {}
    for name, dtype, shape in header["tensors"]:
        budget.tensor(name, shape, np.dtype(dtype).itemsize)
        array = np.empty(shape, dtype)
        if array.size and filled(array, pipe) != array.nbytes:
            raise EOFError
        tensors[name] = array
    return Contents(path, header["format"], tensors, layers={}, metadata=header["metadata"])


def _bytes(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _send(pipe: IO[bytes], contents: Contents) -> None:
    tensors = [[name, array.dtype.str, array.shape] for name, array in contents.tensors.items()]
    header = {"format": contents.format, "metadata": contents.metadata, "tensors": tensors}
    _send_header(pipe, header)
    for array in contents.tensors.values():
        pipe.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _send_header(pipe: IO[bytes], header: dict) -> None:
    text = json.dumps(header).encode()
    pipe.write(struct.pack("<Q", len(text)) + text)


def _limit(size: int) -> None:
    """Let this process have no more memory and time than a file of ``size`` bytes needs. Windows has no such limits."""
    try:
        import resource
    except ImportError:
        return
    seconds = SECONDS + size // BYTES_A_SECOND
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return  # a system that does not tell, and most of those do not limit it either
    most = used + 2 * limit(size) + size + 2 * FLOOR
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(kind: str, name: str) -> None:
    """Read the file called ``name``, and send what is in it, or what is wrong with it, to standard output."""
    path = Path(name)
    with open(1, "wb", closefd=False) as pipe:
        try:
            import h5py  # noqa: F401  (before the limits, so that they are about the file)

            _limit(path.stat().st_size)
            contents = READERS[kind](path)
        except InputError as error:
            _send_header(pipe, {"error": str(error)})
        else:
            _send(pipe, contents)


if __name__ == "__main__":
    main(*sys.argv[1:])
