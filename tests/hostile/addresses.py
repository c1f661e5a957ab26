"""A server on this machine whose answers keep no rule, and predictions of what it serves."""

from __future__ import annotations

import gzip
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hostile.driver import EITHER, REFUSED, Case
from hostile.formats import picture
from hostile.mutation import mutated
from hostile.samples import Samples

OK = b"HTTP/1.1 200 OK\r\n"
Answer = Callable[[socket.socket], None]


def plain(data: bytes) -> Answer:
    """Send bytes and close."""
    return lambda client: client.sendall(data)


def endless(client: socket.socket) -> None:
    """A body without end."""
    client.sendall(OK + b"\r\n")
    while True:
        client.sendall(bytes(1 << 16))


def endless_header(client: socket.socket) -> None:
    """A header without end."""
    client.sendall(OK)
    while True:
        client.sendall(b"X-A: " + b"a" * 1000 + b"\r\n")


def silent(client: socket.socket) -> None:
    """No answer until the client goes."""
    client.recv(1)


def redirect(to: str) -> Answer:
    """An answer that the picture is elsewhere."""
    return plain(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode())


def body(data: bytes, *lines: bytes) -> Answer:
    """A whole answer with header lines of one's own."""
    return plain(OK + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + data)


def bomb(client: socket.socket) -> None:
    """A body of little that unpacks to 256 MiB."""
    packed = gzip.compress(bytes(1 << 28))
    body(packed, b"Content-Encoding: gzip", b"Content-Length: %d" % len(packed))(client)


ANSWERS: dict[str, Answer] = {
    "nothing": plain(b""),
    "no http": plain(b"hello\r\n"),
    "endless": endless,
    "endless header": endless_header,
    "status of letters": plain(b"HTTP/1.1 abc\r\n\r\n"),
    "status 999": plain(b"HTTP/1.1 999 X\r\n\r\n"),
    "404 in colour": plain(b"HTTP/1.1 404 \x1b[31mno\x1b[0m\r\nContent-Length: 0\r\n\r\n"),
    "500": plain(b"HTTP/1.1 500 no\r\nContent-Length: 0\r\n\r\n"),
    "too short": body(b"abc", b"Content-Length: 1000"),
    "length below zero": body(b"abc", b"Content-Length: -5"),
    "length of letters": body(b"abc", b"Content-Length: abc"),
    "length of 30 digits": body(b"abc", b"Content-Length: " + b"9" * 30),
    "zipped bomb": bomb,
    "broken gzip": body(b"\x1f\x8b" + b"x" * 50, b"Content-Encoding: gzip"),
    "broken chunks": body(b"zz\r\nabc\r\n", b"Transfer-Encoding: chunked"),
    "endless chunk": body(b"fffffffffffffff\r\nabc", b"Transfer-Encoding: chunked"),
    "html": body(b"<html>no</html>", b"Content-Type: text/html"),
    "to itself": redirect("/to%20itself"),
    "to a file": redirect("file:///etc/passwd"),
    "to ftp": redirect("ftp://127.0.0.1/x"),
    "to nowhere": redirect("http://127.0.0.1:1/x"),
    "to nonsense": redirect("http://[::1/x"),
    "to a name of 9000": redirect("/" + "a" * 9000),
}


@contextmanager
def served() -> Iterator[str]:
    """The address of the server, which answers a path by the name of an answer."""
    from urllib.parse import unquote

    listener = socket.create_server(("127.0.0.1", 0))
    changed = {f"picture{i}": mutated(picture("png"), random.Random(i))[1] for i in range(1000)}

    def answer(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(15)
            asked = client.recv(1 << 16).split(b" ")
            name = unquote(asked[1].decode()).strip("/").removesuffix(".png") if len(asked) > 1 else ""
            ANSWERS.get(name, body(changed.get(name, b"")))(client)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=listener.accept()[:1], daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


NO_ADDRESSES = (
    "http://",
    "http://[",
    "http://a b/x.png",
    "http://127.0.0.1:99999/x.png",
    "http://127.0.0.1:x/x.png",
    "http://\x00/x.png",
    "http://" + "a" * 5000 + "/x.png",
    "https://127.0.0.1:1/x.png",
    "http://user:secret@127.0.0.1:1/x.png",
    "HTTP://127.0.0.1:1",
    "ftp://127.0.0.1/x.png",
    "file:///etc/passwd",
    "http://\u202e.example/x.png",
    "http://127.0.0.1:1/\x1b[31m.png",
)


def cases(samples: Samples, address: str, seed: int, count: int) -> Iterator[Case]:
    """Every answer and every address that is none, then changed pictures."""
    rng = random.Random(seed)
    places = [*(f"{address}/{name.replace(' ', '%20')}.png" for name in ANSWERS), *NO_ADDRESSES]
    rng.shuffle(places)
    places = places[:count] + [f"{address}/picture{rng.randrange(1000)}.png" for _ in range(count - len(places))]
    for place in places:

        def prepare(folder: Path) -> None:
            samples.give(folder, "weights")

        codes = EITHER if "/picture" in place else REFUSED
        arguments = ("predict", "weights.safetensors", place, "--backend", "torch")
        yield Case(f"address {place[-40:]!r}", arguments, prepare, codes, seconds=25.0)
