"""JSON files of a run that carry their own checksum, so that an edit or damage does not pass for what was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from common.base import strict_json
from common.base.errors import InputError
from common.base.files import replacing
from common.base.openers import read_file

SEAL = "sha256_of_this"  # the key of the checksum
MOST_BYTES = 1 << 24  # of such a file: names of a million classes


def checksum(data: Mapping[str, Any]) -> str:
    """The sha256 of what an object says, in hexadecimal; the order of its keys does not matter.

    >>> checksum({"seed": 1, "dtype": "float32"}) == checksum({"dtype": "float32", "seed": 1})
    True
    """
    return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def write(path: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all.

    Raises:
        InputError: it cannot be written, as on a full disk.
    """
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(data, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_sealed(path: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON file that ends with its own checksum, whole or not at all.

    Raises:
        InputError: it cannot be written, as on a full disk.
    """
    write(path, {**data, SEAL: checksum(data)})


def read(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        InputError: no regular file, not to be read, too large, no JSON, or no object.
    """
    try:
        data = strict_json.parse(read_file(path, MOST_BYTES).decode("utf-8"))
        if not isinstance(data, dict):
            raise ValueError("it holds no object")
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{path}: damaged: {error}") from None
    return data


def check_seal(path: Path, data: dict[str, Any]) -> None:
    """Require the checksum of an object that was read from a file, and take it out.

    Raises:
        InputError: it has none, or another one.
    """
    seal = data.pop(SEAL, None)
    if seal is None:
        raise InputError(f"{path}: has no {SEAL}: it was altered, or is of an older version: begin a new run")
    if seal != checksum(data):
        raise InputError(f"{path}: does not match its own sha256: it was altered or damaged: bring it back")
