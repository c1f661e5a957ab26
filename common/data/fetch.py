"""A picture from the web, got with care: a server may be slow, wrong or hostile."""

from __future__ import annotations

import io
import re
import threading
from http import HTTPStatus
from queue import Empty, SimpleQueue
from urllib.parse import urljoin, urlsplit

from PIL import Image

import common
from common.base.errors import InputError, root_cause
from common.data.images import open_image

TIMEOUTS = (10, 10)  # seconds to connect, and to wait for the next bytes
SECONDS = 60  # for all of it: a server that sends a byte now and then keeps to the timeouts
MOST_BYTES = 32 << 20
CHUNK = 1 << 16
REDIRECTS = 5
LETTERS = 200  # of what a server says, in an error
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")  # what browsers show; other decoders of Pillow's start programs
MOVED = {301, 302, 303, 307, 308}
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_url(source: object) -> bool:
    """Whether this is a web address, and not a path.

    Raises:
        InputError: an address of another kind, such as ``ftp://``.
    """
    if not ADDRESS.match(str(source)):
        return False
    if not _on_the_web(str(source)):
        raise InputError(f"{source}: pictures come from files and from addresses of http and https")
    return True


def _on_the_web(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def fetch_image(url: str) -> Image.Image:
    """The picture at a web address, upright, on white, as RGB. No cookies and no credentials are sent.

    Raises:
        InputError: no answer in time, an error of the server, more than five redirects or one to anything but the web,
            too many bytes or pixels, or no image.
    """
    content, kind = _in_time(url)
    try:
        return open_image(io.BytesIO(content), url, FORMATS)
    except InputError as error:
        said = kind.split(";")[0].strip()
        if said.removeprefix("image/").upper() in FORMATS:
            raise
        raise InputError(f"{error}: the server calls it {said!a}; a picture is {', '.join(FORMATS)}") from None


def _in_time(url: str) -> tuple[bytes, str]:
    """`_get` in a thread that is left behind when its time is over: nothing else bounds names, headers and bodies."""
    answers, given_up = SimpleQueue(), threading.Event()

    def work():
        try:
            answers.put((_get(url, given_up), None))
        except BaseException as error:
            answers.put((None, error))

    threading.Thread(target=work, daemon=True, name="fetch").start()
    try:
        answer, error = answers.get(timeout=SECONDS)
    except Empty:
        raise InputError(f"{url}: not here after {SECONDS:g} seconds; download it yourself and give the file") from None
    finally:
        given_up.set()
    if error is not None:
        raise error
    return answer


def _get(url: str, given_up: threading.Event) -> tuple[bytes, str]:
    """(contents, what kind the server says they are), after any redirects."""
    try:
        import requests
        from urllib3.exceptions import HTTPError
    except ModuleNotFoundError:
        raise InputError(
            "pictures from the web need requests, which is not installed: pip install 'googlenet[data]'"
        ) from None
    settings = {
        # Bytes as they are: those that are unpacked on their way can become any number.
        "headers": {"User-Agent": f"googlenet/{common.__version__}", "Accept-Encoding": "identity"},
        "auth": lambda request: request,  # else requests sends what ~/.netrc has for the host
        "allow_redirects": False,
        "stream": True,
        "timeout": TIMEOUTS,
    }
    here = url
    try:
        for _ in range(REDIRECTS + 1):
            with requests.get(here, **settings) as response:
                there = response.headers.get("Location")
                if response.status_code not in MOVED or there is None:
                    return _body(url, response, given_up), response.headers.get("Content-Type", "")
            here = urljoin(here, there.encode("latin-1").decode("utf-8", "replace"))  # headers come as Latin-1
            if not _on_the_web(here):
                raise InputError(f"{url}: the server sends on to {urlsplit(here).scheme[:20]!a}, which is not the web")
    except InputError:
        raise
    # OSError: certificates that are not where the environment says; ValueError: addresses that are none
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise InputError(f"{url}: cannot be fetched: {_reason(error)}") from None
    raise InputError(f"{url}: the server sends on from address to address, more than {REDIRECTS} times")


def _body(url: str, response, given_up: threading.Event) -> bytes:
    status = response.status_code
    if status != HTTPStatus.OK:
        known = f" {HTTPStatus(status).phrase}" if status in set(HTTPStatus) else ""
        raise InputError(f"{url}: the server says {status}{known}")
    too_large = InputError(f"{url}: larger than {MOST_BYTES >> 20} MiB; download it yourself and give the file")
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise too_large
    found = bytearray()
    for chunk in response.raw.stream(CHUNK, decode_content=False):
        found += chunk
        if len(found) > MOST_BYTES:
            raise too_large
        if given_up.is_set():
            break
    return bytes(found)


def _reason(error: BaseException) -> str:
    """What lies at the bottom of errors within errors, in few words."""
    error = root_cause(error)
    if isinstance(error, TimeoutError):
        return f"no answer within {max(TIMEOUTS):g} seconds"
    words = " ".join(str(getattr(error, "strerror", None) or error or type(error).__name__).split())
    return words if len(words) <= LETTERS else f"{words[:LETTERS]}…"
