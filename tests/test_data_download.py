"""Downloads from a server in this process: tried again, gone on with, checked, and told in one line when they fail."""

import hashlib
import io
import logging
import socket
import tarfile
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from data_files import cifar_batches, cifar_binary, noise, refused, write_fashion

from common.data import cifar10, download, fashion_mnist, load
from common.data.download import fetch

CONTENTS = noise(3_000_000).tobytes()
SHA256 = f"sha256:{hashlib.sha256(CONTENTS).hexdigest()}"


def whole(count):
    """What is kept of so many bytes: whole chunks."""
    return count // download.CHUNK * download.CHUNK


HALF = whole(len(CONTENTS) // 2)


class Server(ThreadingHTTPServer):
    """Files by name; what was asked of it; and the ways in which it can fail, one for each request to come."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {"data.bin": CONTENTS}
        self.asked = []
        self.failures = []
        self.knows_ranges = True
        self.url = f"http://127.0.0.1:{self.server_port}/"

    def ranges(self):
        """Where each request wanted to begin."""
        return [headers.get("Range") for _, headers in self.asked]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.asked.append((self.path, dict(self.headers)))
        failure = server.failures.pop(0) if server.failures else None
        if isinstance(failure, bytes):
            return self.answer(200, failure)
        if failure == "busy" or self.path[1:] not in server.files:
            return self.answer(503 if failure == "busy" else 404, b"sorry")
        body = server.files[self.path[1:]]
        wanted = self.headers.get("Range") if server.knows_ranges else None
        if wanted is None:
            return self.answer(200, body, failure)
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(body):
            return self.answer(416, b"", **{"Content-Range": f"bytes */{len(body)}"})
        return self.answer(
            206, body[start:], failure, **{"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        )

    def answer(self, status, body, failure=None, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": len(body), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if failure == "hang":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.server.hanging.wait(20)
            self.close_connection = True
        elif failure == "cut":
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server() as made:
        made.hanging = threading.Event()
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.hanging.set()
        made.shutdown()
        thread.join()


@pytest.fixture
def waits(monkeypatch):
    """The seconds that would have been waited."""
    import pooch.core

    found = []
    monkeypatch.setattr(pooch.core.time, "sleep", found.append)
    return found


@pytest.fixture(autouse=True)
def downloads(tmp_path, monkeypatch):
    monkeypatch.setenv("GOOGLENET_CACHE", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "downloads"


def quiet(items, total):
    return items


def get(server, checksum=SHA256, name="data.bin"):
    return fetch(f"{server.url}{name}", checksum, quiet)


def test_a_file_is_downloaded_once(server, downloads):
    path = get(server)
    assert path.read_bytes() == CONTENTS
    assert path == downloads / "data.bin"
    assert get(server) == path
    assert len(server.asked) == 1
    assert [file.name for file in downloads.iterdir()] == ["data.bin"]
    md5 = f"md5:{hashlib.md5(CONTENTS).hexdigest()}"
    assert get(server, md5) == path
    assert server.asked[0][1]["Accept-Encoding"] == "identity"


def test_a_file_that_was_changed_is_downloaded_again(server, downloads):
    get(server).write_bytes(b"other")
    assert get(server).read_bytes() == CONTENTS


def test_progress_counts_what_comes(server):
    seen = []

    def progress(items, total):
        seen.append([total, 0])
        for item in items:
            seen[-1][1] += 1
            yield item

    fetch(f"{server.url}data.bin", SHA256, progress)
    ((total, count),) = seen
    assert total == count == -(-len(CONTENTS) // download.CHUNK) == 46


def test_a_connection_that_breaks_is_gone_on_with(server, waits):
    server.failures = ["cut", "cut"]
    assert get(server).read_bytes() == CONTENTS
    assert server.ranges() == [None, f"bytes={HALF}-", f"bytes={HALF + whole((len(CONTENTS) - HALF) // 2)}-"]
    assert waits == [1, 2]


def test_a_later_call_goes_on_too(server, waits, downloads):
    server.failures = ["cut"] + ["busy"] * 3
    refused(lambda: get(server), f"{server.url}data.bin", "503", "--data-dir")
    assert waits == [1, 2, 3]
    assert [file.name for file in downloads.iterdir()] == ["data.bin.part"]
    assert get(server).read_bytes() == CONTENTS
    assert server.ranges()[-1] == f"bytes={HALF}-"
    assert [file.name for file in downloads.iterdir()] == ["data.bin"]


def test_a_server_without_ranges_starts_anew(server, waits):
    server.knows_ranges = False
    server.failures = ["cut"]
    assert get(server).read_bytes() == CONTENTS
    assert server.ranges() == [None, f"bytes={HALF}-"]


def test_a_part_that_is_longer_than_the_file_is_thrown_away(server, waits, downloads):
    downloads.mkdir()
    (downloads / "data.bin.part").write_bytes(CONTENTS + b"more")
    assert get(server).read_bytes() == CONTENTS
    assert server.ranges() == [f"bytes={len(CONTENTS) + 4}-", None]


def test_a_part_of_something_else_is_thrown_away(server, waits, downloads):
    downloads.mkdir()
    (downloads / "data.bin.part").write_bytes(b"x" * 1000)
    assert get(server).read_bytes() == CONTENTS
    assert server.ranges() == ["bytes=1000-", None]


def test_a_server_that_stops_in_the_middle(server, waits, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUTS", (1, 0.2))
    server.failures = ["hang"]
    start = time.monotonic()
    assert get(server).read_bytes() == CONTENTS
    assert time.monotonic() - start < 10  # it would hang for 20 seconds
    assert server.ranges() == [None, f"bytes={HALF}-"]


def test_a_wrong_checksum(server, waits, downloads):
    server.files["data.bin"] = b"other contents"
    refused(lambda: get(server), f"{server.url}data.bin", f"not the checksum {SHA256}", "--data-dir")
    assert len(server.asked) == 4
    assert list(downloads.iterdir()) == []


def test_contents_that_were_wrong_once(server, waits):
    server.failures = [b"a page to log in"]
    assert get(server).read_bytes() == CONTENTS


def test_no_such_file(server, waits):
    refused(lambda: get(server, name="none.bin"), f"{server.url}none.bin", "404", "--data-dir")


def test_no_network(waits):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/data.bin"
    refused(lambda: fetch(url, SHA256, quiet), url, "cannot be downloaded", "--data-dir")
    assert waits == [1, 2, 3]


def test_a_disk_that_is_full(server, downloads):
    def full(items, total):
        raise OSError(28, "No space left on device")

    refused(lambda: fetch(f"{server.url}data.bin", SHA256, full), "cannot be kept", downloads, "No space left")


def test_pooch_says_nothing_and_keeps_its_level(server, waits, monkeypatch):
    """It logs each download and each new try to stderr, through which a progress bar goes."""
    import pooch

    logger, said = pooch.get_logger(), []
    monkeypatch.setattr(logger, "handle", said.append)
    before = logger.level
    logger.setLevel(logging.INFO)
    server.failures = ["cut"]
    get(server)
    assert (said, logger.level) == ([], logging.INFO)
    logger.setLevel(before)


def checksum(contents):
    return f"sha256:{hashlib.sha256(contents).hexdigest()}"


def test_fashion_mnist_is_fetched_file_by_file(server, tmp_path, monkeypatch):
    (tmp_path / "made").mkdir()
    write_fashion(tmp_path / "made")
    files = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    server.files = files
    monkeypatch.setattr(fashion_mnist, "HOST", server.url)
    sums = {name: checksum(files[f"{name}.gz"]) for name in fashion_mnist.CHECKSUMS}
    monkeypatch.setattr(fashion_mnist, "CHECKSUMS", sums)
    assert (len(load("fashion-mnist").train), len(load("fashion-mnist").test)) == (7, 5)
    assert len(server.asked) == 4


def test_cifar10_is_fetched_without_pickles(server, tmp_path, monkeypatch):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, batch in cifar_batches().items():
            info, contents = tarfile.TarInfo(f"cifar-10-batches-bin/{name}.bin"), cifar_binary(*batch)
            info.size = len(contents)
            archive.addfile(info, io.BytesIO(contents))
    server.files = {"cifar-10-binary.tar.gz": packed.getvalue()}
    monkeypatch.setattr(cifar10, "HOST", server.url)
    monkeypatch.setattr(cifar10, "BINARY", replace(cifar10.BINARY, checksum=checksum(packed.getvalue())))
    found = load("cifar10")
    assert (len(found.train), len(found.test)) == (15, 3)


def test_the_official_addresses_and_checksums():
    """As the publishers have them; a checksum that was copied wrongly would refuse every download."""
    assert fashion_mnist.HOST == "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    assert set(fashion_mnist.CHECKSUMS) == {
        f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
    }
    assert cifar10.HOST + cifar10.BINARY.archive == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    assert cifar10.BINARY.checksum == "md5:c32a1d4ab5d03f1284b67883e8d87530"
    assert cifar10.PYTHON.archive == "cifar-10-python.tar.gz"
