"""How the values of a dataset are stored in an HDF5 file: whole, and in pieces that become no more than they say."""

from __future__ import annotations

import zlib
from math import prod
from pathlib import Path
from typing import Any

from common.base.errors import InputError
from common.weights.budget import AGAIN

GZIP = 1
HARMLESS = (2, 3)  # shuffling bytes, and a checksum: neither makes more of them
CHUNKS = 100_000


def check(path: Path, said: str, dataset: Any) -> None:
    """Require that all values of an ``h5py.Dataset`` are in the file, and become as many as its shape has.

    Args:
        path: for messages.
        said: what the dataset is, such as "tensor 'fc'".
        dataset: with a shape.

    Raises:
        InputError: values that were never written, filters that Keras does not use, or pieces that become more.
    """
    filters = dataset.id.get_create_plist()
    kinds = [filters.get_filter(i)[0] for i in range(filters.get_nfilters())]
    if any(kind != GZIP and kind not in HARMLESS for kind in kinds) or kinds.count(GZIP) > 1:
        raise InputError(f"{path}: {said} is compressed in a way that Keras does not use: save it with gzip")
    if dataset.chunks is None:
        if dataset.nbytes > dataset.id.get_storage_size():  # HDF5 makes up values that were never written
            raise _incomplete(path, said)
        return
    pieces = dataset.id.get_num_chunks()
    wanted = prod(-(-size // piece) for size, piece in zip(dataset.shape, dataset.chunks, strict=True))
    if wanted > CHUNKS:
        raise InputError(f"{path}: {said} is in more than {CHUNKS:,} pieces: {AGAIN}")
    if pieces != wanted:
        raise _incomplete(path, said)
    size = prod(dataset.chunks) * dataset.dtype.itemsize
    if size > 2 ** len(dataset.shape) * max(dataset.nbytes, 1 << 20):
        raise InputError(f"{path}: {said} is in pieces that are larger than itself: {AGAIN}")
    for i in range(pieces if GZIP in kinds else 0):
        place = dataset.id.get_chunk_info(i).chunk_offset
        mask, stored = dataset.id.read_direct_chunk(place)
        inflated = zlib.decompressobj()
        if mask or len(inflated.decompress(stored, size + 1)) != size:
            raise InputError(f"{path}: {said} has a piece of another size than it says: {AGAIN}")


def _incomplete(path: Path, said: str) -> InputError:
    return InputError(f"{path}: {said} has a shape, but not its values: it was not saved whole; {AGAIN}")
