"""What ``googlenet predict`` cannot use is refused in one line on stderr, with exit code 2, and nothing is written."""

import os
import tracemalloc
from pathlib import Path
from socket import AF_UNIX, socket

import numpy as np
import pytest
from PIL import Image
from support.pictures import CLASSES, NAMES, TABLE, known, picture

from common import nets
from common.base.errors import InputError
from common.base.printable import as_line
from common.data.preprocessing import Preprocessing, plain
from common.runs.prediction import predict
from common.weights import bundle


@pytest.fixture
def backend_in_use(backends_by_name):
    """One backend, for what does not depend on which."""
    return next(iter(backends_by_name))


@pytest.fixture
def files(tmp_path):
    """Weights with a known answer, a picture and labels."""
    bundle.save(tmp_path / "w.safetensors", known([5, 3, *(0,) * (CLASSES - 3), 4]))
    (tmp_path / "labels.txt").write_text("\n".join(["Äpfel, rote", *NAMES[1:]]), encoding="utf-8")
    return tmp_path / "w.safetensors", picture(tmp_path / "a.png"), tmp_path / "labels.txt"


@pytest.fixture
def refused(run, backend_in_use, files, tmp_path):
    """Run ``googlenet predict``, require a clean refusal, and return the line.

    By default with good weights, a good picture and a backend that is there.
    """

    def call(*options, weights=files[0], images=files[1:2], backend=backend_in_use):
        target = tmp_path / "out" / "result.json"
        target.parent.mkdir(exist_ok=True)
        code, out, err = run("predict", weights, *images, "--backend", backend, "--json", target, *options)
        assert (code, out) == (2, "")
        line = err.strip()
        assert line.startswith("googlenet: ")
        assert len(line.splitlines()) == 1, err
        assert list(target.parent.iterdir()) == []
        return line

    return call


@pytest.mark.parametrize(
    "kind", ["missing", "text", "broken", "empty file", "empty folder", "folder of text", "long name"]
)
def test_a_picture_that_is_none(kind, refused, files, tmp_path):
    """The good picture before it must not be printed either."""
    path = tmp_path / ("x" * 300 if kind == "long name" else "odd.png")
    if kind == "text":
        path.write_text("hello")
    elif kind == "broken":
        path.write_bytes(files[1].read_bytes()[:-1000])
    elif kind == "empty file":
        path.touch()
    elif kind.endswith(("folder", "of text")):
        path.mkdir()
        (path / "a.txt").write_text("hello") if kind == "folder of text" else None
    words = {
        **{
            "missing": "no such image",
            "text": "not an image",
            "broken": "a broken image",
            "empty file": "not an image",
        },
        **{"empty folder": "no images in this folder", "folder of text": "no images in this folder"},
        "long name": "File name too long",
    }
    assert as_line(f"{path}: {words[kind]}") in refused(images=(files[1], path))


def test_stderr_has_nothing_but_the_line(run, backend_in_use, files, tmp_path):
    (tmp_path / "text.png").write_text("hello")
    code, _, err = run("predict", files[0], tmp_path / "text.png", "--backend", backend_in_use)
    assert (code, err) == (2, f"googlenet: {tmp_path / 'text.png'}: not an image\n")


@pytest.mark.parametrize("limit", [8000, 4000])
def test_a_picture_of_too_many_pixels(limit, refused, tmp_path, monkeypatch):
    """Of 9000 pixels: beyond the limit Pillow warns, and beyond twice as many it refuses."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    path = picture(tmp_path / "large.png", (100, 90))
    assert f"{path}: more than {limit} pixels" in refused(images=(path,))


def test_a_thin_picture_that_would_become_huge(refused, tmp_path, monkeypatch):
    bundle.save(tmp_path / "w.safetensors", known(range(CLASSES), preprocessing=plain(TABLE)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 96 * 1000)
    line = refused(images=(picture(tmp_path / "thin.png", (200, 4)),))
    assert f"{tmp_path / 'thin.png'}: a picture of 4x200 is resized to more than 96000 pixels" in line


def test_a_picture_smaller_than_the_part_to_cut(refused, tmp_path):
    prepared = Preprocessing(48, (48, 60), order="L", mean=(0.5,), std=(0.5,))
    bundle.save(tmp_path / "w.safetensors", known(range(CLASSES), preprocessing=prepared))
    images = [picture(tmp_path / "wide.png", (64, 48)), picture(tmp_path / "high.png", (48, 64))]
    line = refused(images=images)
    assert f"{tmp_path / 'high.png'}: a picture of 64x48 is smaller than the 48x60 to cut" in line


def test_a_picture_smaller_than_the_network_takes(refused, tmp_path):
    table = nets.get("caffe", num_classes=CLASSES, aux=False)
    trained = known(range(CLASSES), table, Preprocessing((30, 40), None))
    bundle.save(tmp_path / "w.safetensors", trained)
    line = refused()
    assert f"{tmp_path / 'a.png'}: an image of 30x40 is too small for caffe, whose smallest is 31" in line


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--top", "0"], ["--top"]),
        (["--top", "-1"], ["--top"]),
        (["--top", "few"], ["--top", "integer"]),
        (["--top", str(CLASSES + 1)], [f"top must be from 1 to {CLASSES}", str(CLASSES + 1)]),
        (["--preprocessing", "plane"], ["'plane'", "did you mean 'plain'"]),
        (["--preprocessing", "keras_inception_v3"], ["d2l takes 1 channels", "gives RGB"]),
        (["--net", "d2i"], ["'d2i'", "did you mean 'd2l'"]),
        (["--net", "d2l_same"], ["w.safetensors: weights of d2l, not of d2l_same"]),
        (["--lables", "x.txt"], ["--lables"]),
    ],
)
def test_an_option_of_no_use(options, words, refused):
    line = refused(*options)
    assert all(word in line for word in words), line


@pytest.mark.parametrize("top", [-1, 0, CLASSES + 1])
def test_as_many_classes_as_there_are_can_be_asked_for(top, backend_in_use, files):
    with pytest.raises(InputError, match=f"^top must be from 1 to {CLASSES}, the number of classes, not {top}$"):
        predict(known(range(CLASSES)), files[1:2], backend_name=backend_in_use, top=top)


def test_an_unknown_backend(refused):
    line = refused(backend="torhc")
    assert "unknown backend 'torhc': did you mean 'torch'" in line


def test_a_backend_whose_framework_is_missing(refused, backend_in_use, monkeypatch):
    from common.contract import backend

    def missing(module):
        raise ModuleNotFoundError("No module named 'framework'", name="framework")

    monkeypatch.setattr(backend, "import_module", missing)
    line = refused()
    assert f"backend {backend_in_use!r} needs 'framework', which is not installed: pip install" in line
    assert f"googlenet[{backend_in_use}]" in line


def test_no_framework_at_all(run, files, monkeypatch):
    from common.contract import backend

    def missing(module):
        raise ModuleNotFoundError("No module named 'framework'", name="framework")

    monkeypatch.setattr(backend, "import_module", missing)
    code, out, err = run("predict", *files[:2])
    assert (code, out) == (2, "")
    assert err.startswith("googlenet: no framework is installed: pip install 'googlenet[torch]', or ")


@pytest.mark.parametrize("count", [CLASSES - 1, CLASSES + 1, 0])
def test_labels_of_another_number(count, refused, files):
    files[2].write_text("a\n" * count)
    assert f"{files[2]}: {count} labels, but d2l has {CLASSES} classes" in refused("--labels", files[2])


@pytest.mark.parametrize("kind", ["missing", "folder", "picture", "latin", "pipe", "endless", "socket"])
def test_labels_that_are_no_text(kind, refused, files, tmp_path):
    """A pipe has no writer here, and a device no end: neither is waited for."""
    labels = {"picture": files[1], "latin": files[2], "endless": Path("/dev/zero")}.get(kind, tmp_path / "none")
    if kind == "latin":
        labels.write_bytes("Äpfel\n".encode("latin-1") * CLASSES)
    elif kind == "folder":
        labels.mkdir()
    elif kind == "pipe":
        os.mkfifo(labels)
    elif kind == "socket":
        with socket(AF_UNIX) as listening:
            listening.bind(str(labels))
    words = {"missing": "no such file", "folder": "a folder, not", "pipe": "a named pipe, not"}
    words |= {"endless": "a device, not", "socket": "a socket, not"}
    line = refused("--labels", labels)
    assert f"{labels}: {words.get(kind, 'not a text file with a label in each line')}" in line


@pytest.mark.parametrize("kind", ["one line", "many lines", "zeros"])
def test_labels_without_end_are_not_read_to_their_end(kind, refused, files):
    """Files of 1 GB, of which the disk has next to nothing."""
    start = {"one line": b"W" * 10**6, "many lines": b"a\n" * 10**6, "zeros": b""}[kind]
    with open(files[2], "wb") as file:
        file.write(start)
        file.truncate(10**9)
    tracemalloc.start()
    line = refused("--labels", files[2])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"{files[2]}: more than " in line
    assert peak < 1 << 26


def test_weights_that_do_not_say_how_images_are_prepared(refused, tmp_path):
    bundle.save(tmp_path / "w.safetensors", known(range(CLASSES), preprocessing=None))
    line = refused()
    assert "weights of d2l do not say how images are prepared: say it with --preprocessing" in line


@pytest.mark.parametrize("name", ["plain", "caffe_googlenet"])
def test_a_network_of_two_channels_takes_no_pictures(name, refused, tmp_path):
    table = nets.get("d2l", in_channels=2, num_classes=CLASSES)
    bundle.save(tmp_path / "w.safetensors", known(range(CLASSES), table, None))
    line = refused("--preprocessing", name)
    assert "d2l takes images of 2 channels" in line if name == "plain" else "d2l takes 2 channels" in line


@pytest.mark.parametrize("kind", ["missing", "empty", "short", "one bit", "text", "folder"])
def test_weights_that_are_damaged(kind, refused, files, tmp_path):
    weights, data = files[0], bytearray(files[0].read_bytes())
    data[-1000] ^= kind == "one bit"
    if kind == "missing":
        weights.unlink()
    elif kind == "folder":
        weights = tmp_path
    else:
        kept = {"empty": b"", "short": data[:-1], "one bit": data, "text": b"hello"}[kind]
        weights.write_bytes(kept)
    line = refused(weights=weights)
    assert line.startswith(f"googlenet: {weights}: ")
    assert kind != "one bit" or "altered or damaged" in line


def test_weights_whose_preprocessing_cannot_be_used(refused, files):
    from safetensors import safe_open
    from safetensors.numpy import load_file, save_file

    with safe_open(files[0], framework="numpy") as file:
        metadata = file.metadata()
    metadata["preprocessing"] = metadata["preprocessing"].replace("0.25", "0.0")
    save_file(load_file(files[0]), files[0], metadata)
    assert f"{files[0]}: the preprocessing " in refused()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(value, refused, files):
    bundle.save(files[0], known([1, value, *(0,) * (CLASSES - 2)]))
    assert "not finite: these weights are of no use" in refused()
