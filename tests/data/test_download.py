"""Downloads from a server in this process: tried again, gone on with, checked, and told in one line when they fail."""

import gzip
import hashlib
import io
import logging
import socket
import tarfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.data_files import cifar_batches, cifar_binary, noise, refused, write_fashion

from common.data import cifar10, download, fashion_mnist, load
from common.data.download import fetch

CONTENTS = noise(3_000_000).tobytes()
SHA256 = f"sha256:{hashlib.sha256(CONTENTS).hexdigest()}"


HALF = len(CONTENTS) // 2
CHUNKS = HALF // download.CHUNK * download.CHUNK  # whole ones: what is kept where the connection stays open


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
    length = sends_on = None  # what it says is the length, if not the truth; another place

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
        self.send_response(302 if self.sends_on else status)
        if self.sends_on:
            headers["Location"] = self.sends_on
        for name, value in {"Content-Length": len(body) if self.length is None else self.length, **headers}.items():
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


def kept(downloads):
    return sorted(file.name for file in downloads.iterdir())


def test_a_file_is_downloaded_once(server, downloads):
    path = get(server)
    assert path.read_bytes() == CONTENTS
    assert path == downloads / "data.bin"
    assert get(server) == path
    assert len(server.asked) == 1
    assert kept(downloads) == ["data.bin"]
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
    first, *rest = server.ranges()
    second, third = (int(asked.removeprefix("bytes=").removesuffix("-")) for asked in rest)
    # How much of what was sent has come by then is up to the network; it is kept, and no more.
    assert first is None and 0 < second <= HALF
    assert second < third <= second + (len(CONTENTS) - second) // 2
    assert waits == [1, 2]


def test_a_later_call_goes_on_too(server, waits, downloads):
    server.failures = ["cut"] + ["busy"] * 3
    refused(lambda: get(server), f"{server.url}data.bin", "503", "--data-dir")
    assert waits == [1, 2, 3]
    assert kept(downloads) == ["data.bin.part"]
    assert get(server).read_bytes() == CONTENTS
    assert server.ranges()[-1] == f"bytes={HALF}-"
    assert kept(downloads) == ["data.bin"]


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
    assert server.ranges() == [None, f"bytes={CHUNKS}-"]


def drip(handler, *_, **__):
    """Every byte comes within the time for one; a chunk of them would take an hour."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b".")
        handler.wfile.flush()
        time.sleep(0.05)


@pytest.mark.parametrize("limit", ["STALL", "SECONDS"])
def test_a_server_that_drips(server, monkeypatch, limit):
    monkeypatch.setattr(download, limit, 0.3)
    monkeypatch.setattr(download, "TRIES_AGAIN", 0)
    monkeypatch.setattr(Handler, "answer", drip)
    start = time.monotonic()
    refused(lambda: get(server), "cannot be downloaded: too slow", "--data-dir")
    assert time.monotonic() - start < 5


def test_bytes_without_end_are_cut_off(server, waits, monkeypatch, downloads):
    monkeypatch.setattr(download, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(download, "TRIES_AGAIN", 0)
    refused(lambda: get(server), f"more than {1 << 20} bytes", "--data-dir")
    assert kept(downloads) == []


def test_packed_bytes_are_not_unpacked(server, waits, monkeypatch, downloads):
    """A few kilobytes of gzip can be gigabytes of anything; what came is not what the checksum is of."""
    packed, real, came = gzip.compress(bytes(10_000_000)), Handler.answer, []
    server.files["data.bin"] = packed
    monkeypatch.setattr(download, "TRIES_AGAIN", 0)
    monkeypatch.setattr(Handler, "answer", lambda *arguments: real(*arguments, **{"Content-Encoding": "gzip"}))
    count = lambda items, total: (came.append(len(item)) or item for item in items)  # noqa: E731
    refused(lambda: fetch(f"{server.url}data.bin", SHA256, count), "not the checksum")
    assert sum(came) == len(packed)


def test_a_redirect_to_a_file_of_this_machine(server, waits, tmp_path, monkeypatch):
    (tmp_path / "secret").write_bytes(CONTENTS)
    monkeypatch.setattr(download, "TRIES_AGAIN", 0)
    monkeypatch.setattr(Handler, "sends_on", f"file://{tmp_path / 'secret'}")
    refused(lambda: get(server), "cannot be downloaded", "--data-dir")


def test_what_killed_downloads_left_is_removed(server, downloads):
    downloads.mkdir()
    for name in ("tmpabcd_123", "other.part", "tmp.bin"):
        (downloads / name).write_bytes(b"x")
    get(server)
    assert kept(downloads) == ["data.bin", "other.part", "tmp.bin"]


def test_a_wrong_checksum(server, waits, downloads):
    server.files["data.bin"] = b"other contents"
    refused(lambda: get(server), f"{server.url}data.bin", f"not the checksum {SHA256}", "--data-dir")
    assert len(server.asked) == 4
    assert kept(downloads) == []


def test_contents_that_were_wrong_once(server, waits):
    server.failures = [b"a page to log in"]
    assert get(server).read_bytes() == CONTENTS


def test_no_such_file(server, waits):
    refused(lambda: get(server, name="none.bin"), f"{server.url}none.bin", "404", "--data-dir")


def test_no_network(waits):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/data.bin"
    line = refused(lambda: fetch(url, SHA256, quiet), url, "cannot be downloaded: Connection refused;", "--data-dir")
    assert len(line) < 200
    assert waits == [1, 2, 3]


def test_of_two_at_once_one_downloads_and_the_other_waits(server):
    begun, found = threading.Event(), []

    def slowly(items, total):
        for item in items:
            if not begun.is_set():
                begun.set()
                time.sleep(0.5)
            yield item

    first = threading.Thread(target=lambda: found.append(fetch(f"{server.url}data.bin", SHA256, slowly)))
    first.start()
    assert begun.wait(20)
    found.append(get(server))
    first.join()
    assert found[0] == found[1]
    assert found[0].read_bytes() == CONTENTS
    assert server.ranges() == [None]


def test_a_file_in_a_cache_that_can_only_be_read(server, downloads, monkeypatch):
    path = get(server)

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", denied)
    monkeypatch.setattr(Path, "unlink", denied)
    assert get(server) == path
    assert len(server.asked) == 1


@pytest.mark.parametrize("length", ["abc", "-5", ""])
def test_a_length_that_is_no_number_is_not_needed(server, length, monkeypatch):
    monkeypatch.setattr(Handler, "length", length)
    assert get(server).read_bytes() == CONTENTS


@pytest.mark.parametrize("place", ["http://[::bad", "http://" + "a" * 70 + "/", "ftp://example.org/data.bin"])
def test_a_server_that_sends_on_to_an_address_that_is_none(server, waits, place, monkeypatch):
    monkeypatch.setattr(Handler, "sends_on", place)
    line = refused(lambda: get(server), f"{server.url}data.bin: cannot be downloaded: ", "--data-dir")
    assert "checksum" not in line


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
    monkeypatch.setattr(cifar10, "CHECKSUM", checksum(packed.getvalue()))
    found = load("cifar10")
    assert (len(found.train), len(found.test)) == (15, 3)


def test_the_official_addresses_and_checksums():
    """As the publishers have them; a checksum that was copied wrongly would refuse every download."""
    sha256 = {
        "train-images-idx3-ubyte": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "train-labels-idx1-ubyte": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "t10k-images-idx3-ubyte": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "t10k-labels-idx1-ubyte": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    }
    assert fashion_mnist.HOST == "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    assert {name: f"sha256:{digits}" for name, digits in sha256.items()} == fashion_mnist.CHECKSUMS
    assert cifar10.HOST + cifar10.BINARY.archive == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    assert cifar10.CHECKSUM == "md5:c32a1d4ab5d03f1284b67883e8d87530"
    assert cifar10.PYTHON.archive == "cifar-10-python.tar.gz"
