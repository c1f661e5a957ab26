"""Official files, fetched once: checked by their checksum, tried again, and gone on with where they broke off."""

import logging
import os
from contextlib import suppress
from math import ceil
from pathlib import Path

from common.base.errors import InputError, root_cause
from common.base.locks import lock
from common.base.progress import Progress
from common.data import cache

TRIES_AGAIN = 3  # after 1, 2 and 3 seconds
TIMEOUTS = (15, 60)  # seconds to connect, and to wait for the next bytes
CHUNK = 1 << 16


def fetch(url: str, checksum: str, progress: Progress) -> Path:
    """The file of an address, in the cache; it is downloaded if it is not there or not whole.

    Of processes that want it at once one downloads it, and the others wait by means of a hidden empty file beside it.

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
    waiting = home / f".{name}.lock"
    with suppress(OSError):  # of a cache that can only be read
        waiting.touch()
    try:
        with lock(waiting):
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


class _Resuming:
    """What pooch downloads with. The bytes go to ``part``, which survives a failure and is gone on with.

    pooch gives a temporary file to write to, and deletes it if its checksum is wrong; so a wrong part goes too.
    """

    def __init__(self, part: Path, progress: Progress):
        self.part, self.progress = part, progress

    def __call__(self, url, output_file, pooch):
        from requests import RequestException
        from urllib3.exceptions import HTTPError

        try:
            self._download(url)
        except RequestException:
            raise
        except (ValueError, HTTPError) as error:  # such as a server that sends on to an address that is none
            raise RequestException(error) from error
        os.replace(self.part, output_file)

    def _download(self, url):
        import requests

        had = self.part.stat().st_size if self.part.exists() else 0
        # Bytes as they are: a range of bytes compressed on their way is a range of something else.
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={had}-"} if had else {})}
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                self.part.unlink()  # it is longer than the file: the next try starts anew
            response.raise_for_status()
            goes_on = response.headers.get("Content-Range", "").startswith(f"bytes {had}-")
            length = response.headers.get("Content-Length", "")
            chunks = ceil(int(length) / CHUNK) if length.isdecimal() else None
            with open(self.part, "ab" if goes_on else "wb") as file:
                for chunk in self.progress(response.iter_content(CHUNK), chunks or None):
                    file.write(chunk)


def _reason(error: Exception) -> str:
    """What the server says, or else what lies at the bottom of errors within errors, in few words."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"the server says {response.status_code} {response.reason}"
    error = root_cause(error)
    said = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return " ".join(said.split())
