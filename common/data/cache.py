"""Where downloads and unpacked archives are kept."""

import os
from pathlib import Path

from common.base.errors import InputError

VARIABLE = "GOOGLENET_CACHE"


def folder(name: str) -> Path:
    """A folder of the cache, made if there is none: below $GOOGLENET_CACHE, or in the user's own cache.

    Raises:
        InputError: pooch is not installed, or the folder cannot be made.
    """
    path = Path(os.environ.get(VARIABLE) or pooch().os_cache("googlenet")) / name
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be made: {error.strerror}; set {VARIABLE} to a folder for data") from None
    return path


def pooch():
    """The package that knows caches and checksums.

    Raises:
        InputError: it is not installed.
    """
    try:
        import pooch
    except ModuleNotFoundError:
        raise InputError("fetching data needs pooch, which is not installed: pip install 'googlenet[data]'") from None
    return pooch
