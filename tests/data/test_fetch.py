"""Pictures from the web: a server that is slow, wrong or hostile costs a line and a little time, and no more."""

import io
import json
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import requests
from PIL import Image
from support.data_files import noise, refused
from support.pictures import CLASSES, known

from common.data import fetch
from common.data.fetch import fetch_image, is_url
from common.weights import bundle

PIXELS = noise(30, 40, 3)


def encoded(suffix="png", pixels=PIXELS):
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, suffix)
    return made.getvalue()


class Handler(BaseHTTPRequestHandler):
    """Answers as the test says: `routes` has a function for each path."""

    def do_GET(self):
        self.seen.append((self.path, dict(self.headers)))
        with suppress(ConnectionError):  # the client has had enough
            self.routes[self.path](self)

    def answer(self, status, content=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words):
        pass


@pytest.fixture
def server(monkeypatch):
    """A function that gives a path an answer and returns the address; with the requests that came as `seen`."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(fetch, "TIMEOUTS", (5, 5))
    monkeypatch.setattr(Handler, "routes", {}, raising=False)
    monkeypatch.setattr(Handler, "seen", [], raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        serving.daemon_threads, serving.block_on_close = True, False
        threading.Thread(target=serving.serve_forever, args=[0.01], daemon=True).start()

        def serve(path, answer):
            Handler.routes[path] = answer
            return f"http://127.0.0.1:{serving.server_port}{path}"

        serve.seen = Handler.seen
        yield serve
        serving.shutdown()


def content(data, kind="image/png", **headers):
    return lambda handler: handler.answer(200, data, Content_Type=kind, **{"Content_Length": str(len(data)), **headers})


def leads(to, status=302):
    return lambda handler: handler.answer(status, Location=to, Content_Length="0")


@pytest.mark.parametrize("suffix", ["png", "bmp", "gif", "jpeg", "webp"])
def test_a_picture_comes_as_it_is(suffix, server):
    data = encoded(suffix)
    found = fetch_image(server("/a", content(data, f"image/{suffix}")))
    assert np.array_equal(np.asarray(found), np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


def test_what_it_is_called_does_not_matter(server):
    for kind in ("text/html", "application/octet-stream", ""):
        assert fetch_image(server("/page.html", content(encoded(), kind))).size == (40, 30)


def test_it_is_turned_and_laid_on_white_as_files_are(server):
    exif = Image.Exif()
    exif[0x0112] = 6
    made = io.BytesIO()
    Image.new("RGBA", (4, 9), (0, 0, 0, 0)).save(made, "png", exif=exif)
    found = fetch_image(server("/a.png", content(made.getvalue())))
    assert (found.mode, found.size, found.getpixel((0, 0))) == ("RGB", (9, 4), (255, 255, 255))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_few_redirects_are_followed(status, server):
    server("/5", content(encoded()))
    for i in range(1, 5):
        server(f"/{i}", leads(f"/{i + 1}", status))  # relative to where it stands
    start = server("/0", lambda handler: None)
    server("/0", leads(start.replace("/0", "/1"), status))
    assert fetch_image(start).size == (40, 30)


def test_more_redirects_are_not(server):
    server("/6", content(encoded()))
    for i in range(6):
        url = server(f"/{5 - i}", leads(f"/{6 - i}"))
    refused(lambda: fetch_image(url), f"{url}: the server sends on from address to address, more than 5 times")
    url = server("/round", leads("/round"))
    refused(lambda: fetch_image(url), f"{url}: the server sends on")
    assert len(server.seen) == 12


@pytest.mark.parametrize("there", ["file:///etc/hostname", "ftp://example.org/a.png", "data:image/png;base64,aaaa"])
def test_a_redirect_to_anything_but_the_web(there, server):
    url = server("/a.png", leads(there))
    refused(lambda: fetch_image(url), f"{url}: the server sends on to '{there.split(':')[0]}', which is not the web")


def test_no_cookies_and_no_credentials_are_sent(server, monkeypatch):
    monkeypatch.setattr(requests.sessions, "get_netrc_auth", lambda url: ("me", "secret"))
    server("/b", content(encoded()))
    url = server("/a", lambda h: h.answer(302, Location="/b", Set_Cookie="a=b; Path=/", Content_Length="0"))
    assert fetch_image(url).size == (40, 30)
    assert [path for path, _ in server.seen] == ["/a", "/b"]
    for _, headers in server.seen:
        assert {"Cookie", "Authorization"}.isdisjoint(headers)
        assert headers["User-Agent"].startswith("googlenet/")


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "404 Not Found"), (403, "403 Forbidden"), (500, "500 Internal Server Error"), (799, "799"), (204, "204")],
)
def test_an_error_of_the_server(status, words, server):
    url = server("/a.png", lambda handler: handler.answer(status, b"", Content_Length="0"))
    assert refused(lambda: fetch_image(url)).startswith(f"{url}: the server says {words}")


@pytest.mark.parametrize("there", ["http://[::1/a.png", "http://a..b/", "http:///", "http://\xff/"])
def test_a_redirect_to_an_address_that_is_none(there, server):
    url = server("/a.png", leads(there))
    refused(lambda: fetch_image(url), f"{url}: cannot be fetched: ")


def test_a_redirect_to_nowhere_is_an_error_of_the_server(server):
    url = server("/a.png", lambda handler: handler.answer(302, Content_Length="0"))
    refused(lambda: fetch_image(url), f"{url}: the server says 302 Found")


def slowly(handler, pieces, pause):
    for piece in pieces:
        handler.wfile.write(piece)
        handler.wfile.flush()
        time.sleep(pause)


def in_time(call, *parts, seconds=3):
    """Require an error that comes soon enough."""
    start = time.monotonic()
    line = refused(call, *parts)
    assert time.monotonic() - start < seconds
    return line


def test_a_server_that_says_nothing(server, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUTS", (0.3, 0.3))
    url = server("/a.png", lambda handler: time.sleep(4))
    in_time(lambda: fetch_image(url), f"{url}: cannot be fetched: no answer within 0.3 seconds")


def test_a_server_that_stops_in_the_middle(server, monkeypatch):
    monkeypatch.setattr(fetch, "TIMEOUTS", (0.3, 0.3))
    head = b"HTTP/1.0 200 OK\r\nContent-Length: 9999\r\n\r\n"
    url = server("/a.png", lambda handler: slowly(handler, [head + encoded()[:50], b""], 2))
    in_time(lambda: fetch_image(url), f"{url}: cannot be fetched: no answer within 0.3 seconds")


HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: image/png\r\n\r\n"


@pytest.mark.parametrize("first", [HEAD, b"HTTP/1.0 200 OK\r\nX-Slow: "], ids=["body", "header"])
def test_a_server_that_drips(first, server, monkeypatch):
    """Every byte comes within the time for one; all of them would never be here."""
    monkeypatch.setattr(fetch, "SECONDS", 0.6)
    url = server("/a.png", lambda handler: slowly(handler, [first, *[b"."] * 400], 0.05))
    in_time(lambda: fetch_image(url), f"{url}: not here after 0.6 seconds; download it yourself and give the file")


def test_what_is_given_up_ends(server, monkeypatch):
    """The thread that reads goes too, when the next bytes come."""
    monkeypatch.setattr(fetch, "SECONDS", 0.3)
    monkeypatch.setattr(fetch, "CHUNK", 10)
    url = server("/a.png", lambda handler: slowly(handler, [HEAD, *[b"0123456789"] * 400], 0.05))
    before = set(threading.enumerate())
    refused(lambda: fetch_image(url), "not here after 0.3 seconds")
    (reading,) = (thread for thread in set(threading.enumerate()) - before if thread.name == "fetch")
    reading.join(3)
    assert not reading.is_alive()


def test_a_length_that_is_too_large_is_not_waited_for(server, monkeypatch):
    monkeypatch.setattr(fetch, "MOST_BYTES", 1 << 20)
    head = b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % ((1 << 20) + 1)
    url = server("/a.png", lambda handler: slowly(handler, [head, b""], 2))
    in_time(lambda: fetch_image(url), f"{url}: larger than 1 MiB; download it yourself", seconds=1.5)


@pytest.mark.parametrize("said", [None, "10", "many"])
def test_bytes_without_end_are_cut_off(said, server, monkeypatch):
    """Without a length, or with one that is none; where one is said that is too small, the rest is not read."""
    monkeypatch.setattr(fetch, "MOST_BYTES", 1 << 20)
    head = HEAD if said is None else HEAD[:-2] + f"Content-Length: {said}\r\n\r\n".encode()

    def answer(handler):
        handler.wfile.write(head)
        for _ in range(10_000):  # 640 MB
            handler.wfile.write(bytes(1 << 16))

    url = server("/a.png", answer)
    in_time(lambda: fetch_image(url), f"{url}: not an image" if said == "10" else f"{url}: larger than 1 MiB")


def test_a_picture_as_large_as_may_be(server, monkeypatch):
    monkeypatch.setattr(fetch, "MOST_BYTES", len(encoded()))
    assert fetch_image(server("/a.png", content(encoded()))).size == (40, 30)
    monkeypatch.setattr(fetch, "MOST_BYTES", len(encoded()) - 1)
    refused(lambda: fetch_image(server("/a.png", content(encoded()))), "larger than")


def test_packed_bytes_are_not_unpacked(server):
    """A few kilobytes of gzip can be gigabytes of anything."""
    import gzip

    data = gzip.compress(encoded())
    url = server("/a.png", content(data, Content_Encoding="gzip"))
    refused(lambda: fetch_image(url), f"{url}: not an image")
    assert server.seen[0][1]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"<html>hello</html>", "text/html; charset=utf-8", "not an image: the server calls it 'text/html'"),
        (b"<svg/>", "image/svg+xml", "not an image: the server calls it 'image/svg+xml'; a picture is BMP, GIF, JPEG"),
        (b"hello", "\x1b[31mred\xff", "not an image: the server calls it '\\x1b[31mred\\xff'"),
        (b"", "image/png", "not an image"),
        (encoded("tiff"), "image/tiff", "not an image: the server calls it 'image/tiff'"),
        (encoded()[:-500], "image/png", "a broken image: "),
    ],
)
def test_what_is_no_picture(data, kind, words, server):
    url = server("/a.png", content(data, kind))
    assert refused(lambda: fetch_image(url)).startswith(f"{url}: {words}")


def test_a_program_for_printers_is_not_run(server, monkeypatch):
    """Pillow hands PostScript to Ghostscript."""
    from PIL import EpsImagePlugin

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *arguments, **options: pytest.fail("it was run"))
    url = server("/a.png", content(encoded("eps"), "image/png"))
    refused(lambda: fetch_image(url), f"{url}: not an image")


@pytest.mark.parametrize("limit", [1000, 500])
def test_a_picture_of_too_many_pixels(limit, server, monkeypatch):
    url = server("/a.png", content(encoded()))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    refused(lambda: fetch_image(url), f"{url}: more than {limit} pixels")


def test_fewer_bytes_than_announced(server):
    data = encoded()
    url = server("/a.png", content(data, Content_Length=str(len(data) + 1)))
    refused(lambda: fetch_image(url), f"{url}: cannot be fetched: ", "IncompleteRead")


def test_an_answer_that_is_no_http(server):
    url = server("/a.png", lambda handler: handler.wfile.write(b"hello\r\n\r\n" + bytes(100)))
    refused(lambda: fetch_image(url), f"{url}: cannot be fetched: ")


def test_nobody_there(server):
    with socket.socket() as taken:  # bound and not listening: no one else gets the port
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/a.png"
        assert refused(lambda: fetch_image(url)) == f"{url}: cannot be fetched: Connection refused"


def test_an_unknown_host(server, monkeypatch):
    def unknown(*arguments, **options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    url = "http://nowhere.invalid/a.png"
    assert refused(lambda: fetch_image(url)) == f"{url}: cannot be fetched: Name or service not known"


def test_who_does_not_speak_tls(server):
    url = server("/a.png", content(encoded())).replace("http:", "https:")
    refused(lambda: fetch_image(url), f"{url}: cannot be fetched: ")


def test_a_certificate_that_nobody_knows(server):
    url = server("/a.png", content(encoded()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).parent.parent / "support" / "self_signed.pem")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
        threading.Thread(target=serving.serve_forever, args=[0.01], daemon=True).start()
        url = f"https://127.0.0.1:{serving.server_port}/a.png"
        refused(lambda: fetch_image(url), f"{url}: cannot be fetched: ", "certificate verify failed")
        serving.shutdown()
    assert not server.seen


def test_certificates_that_are_not_where_the_environment_says(server, monkeypatch, tmp_path):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    refused(lambda: fetch_image("https://127.0.0.1/a.png"), "cannot be fetched: ", "none.pem")


def test_a_redirect_in_another_alphabet(server):
    server("/%C3%BC.png", content(encoded()))
    url = server("/a.png", leads("/\u00fc.png".encode().decode("latin-1")))
    assert fetch_image(url).size == (40, 30)


def test_what_a_server_says_is_cut_and_cannot_colour_a_terminal(server, run, weights, backends_by_name):
    loud = server(
        "/a.png", lambda handler: handler.wfile.write(b"\x1b[31mred\x1b]0;mine\x07" + bytes(60_000) + b"\r\n")
    )
    for url in (loud, server("/b.png", leads("a" * 60_000 + ":x"))):
        code, out, err = run("predict", weights, url, "--backend", next(iter(backends_by_name)))
        assert (code, out) == (2, "")
        assert len(err) < 1500 and err[:-1].isprintable()


@pytest.mark.parametrize("rest", ["", "/a.png", "[::1/a", "a..b/", f"{'a' * 70}.org/"])
def test_an_address_that_is_none(rest, server):
    url = f"http://{rest}"
    refused(lambda: fetch_image(url), f"{url}: cannot be fetched: ")


def test_addresses_are_told_from_paths():
    assert is_url("http://a.org/b.png")
    assert is_url("HTTPS://a.org/b.png")
    for path in ("a.png", "http/a.png", "http:a.png", "C:\\a.png", "a/b://c", "://a"):
        assert not is_url(path), path
    for url in ("ftp://a.org/b.png", "file:///etc/hostname", "s3://bucket/a.png"):
        refused(lambda url=url: is_url(url), f"{url}: pictures come from files and from addresses of http and https")


@pytest.fixture
def weights(tmp_path):
    """Weights with a known answer."""
    bundle.save(tmp_path / "w.safetensors", known(range(CLASSES)))
    return tmp_path / "w.safetensors"


def test_predict_takes_addresses_between_files(server, run, weights, backends_by_name, tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    url = server("/photo.png?size=40", content(encoded()))
    code, out, err = run(
        *("predict", weights, tmp_path / "a.png", url, tmp_path / "a.png"),
        *("--backend", next(iter(backends_by_name)), "--json", "-"),
    )
    assert code == 0, err
    found = json.loads(out)["images"]
    assert [image["path"] for image in found] == [str(tmp_path / "a.png"), url, str(tmp_path / "a.png")]
    assert found[0]["top"] == found[1]["top"]
    assert len(server.seen) == 1


def test_predict_tells_of_an_address_in_one_line(server, run, weights, backends_by_name):
    url = server("/a.png", content(b"hello", "text/html"))
    code, out, err = run("predict", weights, url, "--backend", next(iter(backends_by_name)))
    assert (code, out) == (2, "")
    assert err.startswith(f"googlenet: {url}: not an image: the server calls it 'text/html'")
    assert len(err.splitlines()) == 1
    code, out, err = run("predict", weights, "file:///etc/hostname")
    assert (code, out) == (2, "")
    assert err.startswith("googlenet: file:///etc/hostname: pictures come from files and from addresses of http")


def test_without_requests_a_line_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "requests", None)
    refused(lambda: fetch_image("http://127.0.0.1/a.png"), "requests, which is not installed", "googlenet[data]")
