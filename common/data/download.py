"""Official files, fetched once: checked by their checksum, tried again, and gone on with where they broke off."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from math import ceil
from pathlib import Path
from tempfile import gettempprefix
from typing import Any

from common.base.errors import InputError, root_cause
from common.base.locks import lock
from common.base.progress import Progress
from common.data import cache
from common.data.within import TooSlow, within

TRIES_AGAIN = 3  # after 1, 2 and 3 seconds
TIMEOUTS = (15, 60)  # seconds to connect, and to wait for the next bytes
CHUNK = 1 << 16
STALL = 60  # seconds for a chunk: a server that sends a byte now and then keeps to the timeouts
SECONDS = 3600  # for all chunks of one try
MOST_BYTES = 1 << 30  # six times the largest official file
LETTERS = 120  # of what a server says, in an error
DIGITS = 16  # of a length; a number of more is none


def fetch(url: str, checksum: str, progress: Progress) -> Path:
    """The file of an address, in the cache; it is downloaded if it is not there or not whole.

    One process at a time downloads; the others wait, and then have the file. A download has at most a gigabyte and an
    hour, in which 64 KiB come each minute; the next call goes on where it broke off.

    Args:
        url: where it is.
        checksum: as pooch takes it: ``sha256:...`` or ``md5:...``.
        progress: shows how far the download has come.

    Raises:
        InputError: no network, no such file, no place to keep it, or another checksum.
    """
    pooch = cache.pooch()
    home = cache.folder("downloads")
    host, name = url.rsplit("/", 1)
    files = pooch.create(home, f"{host}/", registry={name: checksum}, retry_if_failed=TRIES_AGAIN)
    from requests import RequestException

    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with lock(home) as alone:
            if alone:
                _remove_temporaries(home)
            return Path(files.fetch(name, downloader=_Resuming(home / f"{name}.part", progress)))
    except RequestException as error:
        reason = f"cannot be downloaded: {_reason(error)}"
    except OSError as error:
        reason = f"cannot be kept in {home}: {error.strerror or error}"
    except ValueError:  # of pooch, when the checksum is another: `_Resuming` has none
        reason = f"what came has not the checksum {checksum}"
    finally:
        logger.setLevel(level)
    raise InputError(f"{url}: {reason}; with the official files already in a folder, give it as --data-dir")


def _remove_temporaries(home: Path) -> None:
    """Remove what pooch wrote to in processes that were killed; with the folder locked nobody writes to it."""
    for file in home.glob(f"{gettempprefix()}????????"):  # as tempfile names them
        with suppress(OSError):
            file.unlink()


class _Resuming:
    """What pooch downloads with. The bytes go to ``part``, which survives a failure and is gone on with.

    pooch gives a temporary file to write to, and deletes it if its checksum is wrong; so a wrong part goes too.
    """

    def __init__(self, part: Path, progress: Progress):
        self.part, self.progress = part, progress

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        try:
            self._download(url)
        except RequestException:
            raise
        except (ValueError, HTTPError) as error:  # such as a server that sends on to an address that is none
            raise RequestException(error) from error
        os.replace(self.part, output_file)

    def _download(self, url: str) -> None:
        """Get what is left of the file.

        Raises:
            requests.RequestException: it is too large, comes too slowly, or what requests says.
        """
        from requests import RequestException

        stream = within(lambda given_up: self._chunks(url), each=STALL, total=SECONDS, name="download")
        with suppress(TooSlow):
            had, chunks = next(stream)
            with open(self.part, "ab" if had else "wb") as file:
                for chunk in self.progress(stream, chunks):
                    file.write(chunk)
                    had += len(chunk)
                    if had > MOST_BYTES:
                        self.part.unlink()
                        raise RequestException(f"more than {MOST_BYTES} bytes")
            return
        raise RequestException(f"too slow: {CHUNK} bytes take {STALL} seconds, or all of them {SECONDS}")

    def _chunks(self, url: str) -> Iterator[Any]:
        """First (bytes had of a file that goes on, how many chunks are to come or None); then the chunks."""
        import requests

        had = self.part.stat().st_size if self.part.exists() else 0
        # Bytes as they are: a range of bytes compressed on their way is a range of something else, and may be a bomb.
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={had}-"} if had else {})}
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                self.part.unlink()  # it is longer than the file: the next try starts anew
            response.raise_for_status()
            goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {had}-")
            length = response.headers.get("Content-Length", "")
            chunks = ceil(int(length) / CHUNK) if length.isdecimal() and len(length) < DIGITS else None
            yield had if goes_on else 0, chunks or None
            yield from response.raw.stream(CHUNK, decode_content=False)


def _reason(error: Exception) -> str:
    """What the server says, or else what lies at the bottom of errors within errors, in few words."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server says {response.status_code} {response.reason}"
    cause = root_cause(error)
    said = str(getattr(cause, "strerror", None) or cause) or type(cause).__name__
    return " ".join(said.split())[:LETTERS]
