"""``googlenet predict``: the classes of a picture are those that the weights make most probable, in every framework.

What cannot be used is refused in one line on stderr, with exit code 2, and nothing is written.
"""

import json
import re
from math import exp

import numpy as np
import pytest
from PIL import Image
from published_models import stirred, torch_models, torchvision

from common import bundle, nets
from common.bundle import Bundle
from common.errors import InputError
from common.predict import BATCH, predict, read_labels, softmax
from common.preprocessing import Preprocessing, plain
from common.reference import Reference
from common.sources import sources
from common.weights import probing, shapes

CLASSES = 19  # more than the 16 below which every sort is stable
TABLE = nets.get("d2l", num_classes=CLASSES)
SMALL = Preprocessing((40, 48), (33, 40), order="L", mean=(0.4,), std=(0.25,))


@pytest.fixture
def backend_in_use(backends_by_name):
    """One backend, for what does not depend on which."""
    return next(iter(backends_by_name))


def known(logits, table=TABLE, preprocessing=SMALL, dtype="float32"):
    """All weights 0 but for the last biases: every picture has these logits."""
    weights = {name: np.zeros(shape, dtype) for name, shape in shapes(table).items()}
    weights["fc.bias"] += np.asarray(logits, dtype)
    return Bundle(table, weights, preprocessing)


def picture(path, size=(50, 41), seed=0):
    """Noise of every size, saved without loss."""
    width, height = size
    rng = np.random.default_rng([seed, width, height])
    noise = rng.integers(0, 256, (3, 4, 3), np.uint8)  # what a network sees must not be one grey for all pictures
    coarse = Image.fromarray(noise).resize(size, Image.Resampling.NEAREST)
    fine = Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8))
    Image.blend(coarse, fine, 0.3).save(path)
    return path


def probabilities(image):
    """Class to its probability."""
    return {best["index"]: best["probability"] for best in image["top"]}


def expected(trained, path):
    """Class to its probability by the reference."""
    x = trained.preprocessing(Image.open(path).convert("RGB"))[None]
    logits = Reference(trained.network, trained.weights, x, aux=False).outputs["fc"][0]
    total = sum(exp(value - max(logits)) for value in logits)
    return {i: exp(value - max(logits)) / total for i, value in enumerate(logits)}


def assert_as_expected(image, trained, limit):
    found, wanted = probabilities(image), expected(trained, image["path"])
    assert list(found) == sorted(wanted, key=wanted.get, reverse=True)[: len(found)]
    assert max(abs(found[i] - wanted[i]) for i in found) <= limit
    assert max(wanted.values()) < 0.99  # or the limit would say little


def test_the_most_probable_classes_come_first_and_all_add_up_to_1(backend_name, tmp_path):
    logits = [0.25 * (7 * i % CLASSES) for i in range(CLASSES)]
    path = picture(tmp_path / "a.png")
    (image,) = predict(known(logits), [path], backend_name=backend_name, top=CLASSES)["images"]
    assert image["path"] == str(path)
    found = probabilities(image)
    assert list(found) == sorted(range(CLASSES), key=lambda i: -logits[i])
    assert sum(found.values()) == pytest.approx(1, abs=1e-12)
    for i, value in found.items():
        assert value == pytest.approx(exp(logits[i]) / sum(map(exp, logits)), rel=1e-12)
    (image,) = predict(known(logits), [path], backend_name=backend_name, top=3)["images"]
    assert probabilities(image) == dict(list(found.items())[:3])


def test_of_classes_equally_probable_the_first_comes_first(backend_name, tmp_path):
    table = nets.get("d2l", num_classes=1000)
    logits = [float(i % 3) for i in range(1000)]
    trained, path = known(logits, table), picture(tmp_path / "a.png")
    (image,) = predict(trained, [path], backend_name=backend_name, top=1000)["images"]
    assert list(probabilities(image)) == [i for rest in (2, 1, 0) for i in range(1000) if i % 3 == rest]


def test_large_logits_do_not_overflow():
    found = softmax(np.array([[1000, 0, -1000], [-1000, -1000, -1e30]], np.float32))
    assert np.array_equal(found, [[1, 0, 0], [0.5, 0.5, 0]])
    assert found.dtype == np.float64


@pytest.mark.parametrize(("dtype", "limit"), [("float64", 1e-12), ("float32", 1e-4)])
def test_random_weights_give_the_probabilities_of_the_reference(dtype, limit, backend_name, tmp_path):
    """More pictures than are worked on at once: each has its own path and its own answer."""
    weights = probing(TABLE, dtype=dtype)
    weights["fc.weight"] *= 0.2  # so that no class takes it all
    trained = Bundle(TABLE, weights, SMALL)
    sizes = [(50, 41), (40, 33), (64, 80)]
    paths = [picture(tmp_path / f"{99 - i}.png", sizes[i % 3], i) for i in range(2 * BATCH + 1)]
    told = []

    def progress(items, total):
        for item in items:
            told.append((item, total))
            yield item

    found = predict(trained, paths, backend_name=backend_name, top=4, progress=progress)["images"]
    assert [image["path"] for image in found] == [str(path) for path in paths]
    assert told == [(path, len(paths)) for path in paths]
    for image in found:
        assert_as_expected(image, trained, limit)
    assert len({tuple(probabilities(image)) for image in found}) > 1


def test_a_colour_network_takes_grey_pictures_and_pictures_with_alpha(backend_in_use, tmp_path):
    table = nets.get("d2l", in_channels=3, num_classes=CLASSES)
    weights = probing(table)
    weights["fc.weight"] *= 0.2
    prepared = Preprocessing((40, 48), (33, 40), order="BGR", scale=1.0, mean=(104.0, 117.0, 123.0), std=(60.0,) * 3)
    trained = Bundle(table, weights, prepared)
    grey, alpha, colour = tmp_path / "grey.png", tmp_path / "alpha.png", picture(tmp_path / "colour.png")
    Image.open(colour).convert("L").save(grey)
    Image.open(colour).convert("RGBA").save(alpha)  # opaque
    found = predict(trained, [colour, grey, alpha], backend_name=backend_in_use, top=CLASSES)["images"]
    for image in found:
        assert_as_expected(image, trained, 1e-12)
    same, other = probabilities(found[2]), probabilities(found[1])
    assert probabilities(found[0]) == pytest.approx(same, rel=1e-12)
    assert probabilities(found[0]) != pytest.approx(other, rel=1e-3)


def test_pictures_may_keep_their_own_shapes_where_the_weights_say_so(backend_in_use, tmp_path):
    weights = probing(TABLE)
    weights["fc.weight"] *= 0.2
    trained = Bundle(TABLE, weights, Preprocessing(40, None, order="L", mean=(0.4,), std=(0.25,)))
    paths = [picture(tmp_path / f"{size[0]}.png", size) for size in ((50, 41), (40, 60), (70, 40))]
    for image in predict(trained, paths, backend_name=backend_in_use)["images"]:
        assert_as_expected(image, trained, 1e-12)


def test_folders_are_sorted_and_stand_where_they_are_named(backend_in_use, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("b.png", "a.PNG", "c.jpeg", "10.png"):
        picture(folder / name if name != "a.PNG" else folder / "a.png")
    (folder / "a.png").rename(folder / "a.PNG")
    (folder / "notes.txt").write_text("no picture")
    z, y = picture(tmp_path / "z.png"), picture(tmp_path / "y.png")
    found = predict(known(range(CLASSES)), [z, folder, y, z], backend_name=backend_in_use)["images"]
    inside = [folder / name for name in ("10.png", "a.PNG", "b.png", "c.jpeg")]
    assert [image["path"] for image in found] == [str(path) for path in (z, *inside, y, z)]


# Labels.

NAMES = [f"class {i}" for i in range(CLASSES)]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(NAMES),
        "\n".join(NAMES) + "\n",
        "\n".join(NAMES) + "\n\n  \n\n",
        "\r\n".join(NAMES) + "\r\n",
        "\ufeff" + "\n".join(NAMES) + "\n",
        "".join(f"  {name}\t\n" for name in NAMES),
    ],
    ids=["bare", "newline", "blank lines", "Windows", "BOM", "spaces"],
)
def test_labels_are_lines(text, tmp_path):
    (tmp_path / "labels.txt").write_bytes(text.encode())
    assert read_labels(tmp_path / "labels.txt", TABLE) == NAMES


def test_a_blank_line_between_labels_counts(tmp_path):
    (tmp_path / "labels.txt").write_text("\n".join(["", *NAMES[1:9], "", *NAMES[10:]]))
    found = read_labels(tmp_path / "labels.txt", TABLE)
    assert (found[0], found[8], found[9], found[10]) == ("", "class 8", "", "class 10")


def test_each_class_has_its_own_label(backend_in_use, tmp_path):
    names = ["Äpfel, rote", *NAMES[1:]]
    path = picture(tmp_path / "a.png")
    logits = [5, 3, *(0,) * (CLASSES - 3), 4]
    (image,) = predict(known(logits), [path], backend_name=backend_in_use, labels=names, top=3)["images"]
    assert [best["label"] for best in image["top"]] == ["Äpfel, rote", "class 18", "class 1"]
    (image,) = predict(known(logits), [path], backend_name=backend_in_use, top=3)["images"]
    assert [best["label"] for best in image["top"]] == [None] * 3


# The command.


@pytest.fixture
def files(tmp_path):
    """Weights with a known answer, a picture and labels."""
    bundle.save(tmp_path / "w.safetensors", known([5, 3, *(0,) * (CLASSES - 3), 4]))
    (tmp_path / "labels.txt").write_text("\n".join(["Äpfel, rote", *NAMES[1:]]), encoding="utf-8")
    return tmp_path / "w.safetensors", picture(tmp_path / "a.png"), tmp_path / "labels.txt"


def test_the_command_prints_a_row_for_each_class(run, backend_name, files):
    weights, path, labels = files
    code, out, _ = run("predict", weights, path, "--labels", labels, "--backend", backend_name, "--top", 3)
    assert code == 0
    title, head, *rows = out.splitlines()
    assert title.startswith("d2l in ")
    assert title.rstrip().endswith(f"; {SMALL}")
    assert head.split() == ["image", "probability", "class", "label"]
    total = exp(5) + exp(4) + exp(3) + CLASSES - 3
    assert [re.split(r"\s{2,}", row.strip()) for row in rows] == [
        [str(path), f"{exp(5) / total:.4f}", "0", "Äpfel, rote"],
        [f"{exp(4) / total:.4f}", "18", "class 18"],
        [f"{exp(3) / total:.4f}", "1", "class 1"],
    ]


def test_json_goes_to_stdout_alone_and_has_everything(run, backend_name, files):
    weights, path, labels = files
    code, out, err = run("predict", weights, path, "--labels", labels, "--backend", backend_name, "--json", "-")
    assert code == 0
    assert "Äpfel, rote" in err
    found = json.loads(out)
    trained, names = bundle.load(weights), read_labels(labels, TABLE)
    assert found == {
        "weights": str(weights),
        **predict(trained, [path], backend_name=backend_name, labels=names),
    }
    assert set(found) == {"weights", "network", "backend", "framework", "preprocessing", "images"}
    assert (found["network"], found["backend"], found["preprocessing"]) == ("d2l", backend_name, str(SMALL))
    assert {"torch": "PyTorch", "tf": "Keras", "mxnet": "MXNet"}[backend_name] in found["framework"]
    assert len(found["images"]) == 1
    assert len(found["images"][0]["top"]) == 5
    assert set(found["images"][0]["top"][0]) == {"index", "label", "probability"}


def test_json_goes_to_a_file(run, backend_in_use, files, tmp_path):
    weights, path, _ = files
    code, out, _ = run("predict", weights, path, path, "--backend", backend_in_use, "--json", tmp_path / "p.json")
    assert code == 0
    assert out.count(str(path)) == 2
    found = json.loads((tmp_path / "p.json").read_text())
    assert [image["path"] for image in found["images"]] == [str(path)] * 2
    assert found["images"][0]["top"][0]["label"] is None


def test_without_a_backend_the_first_that_is_installed_is_taken(run, backends_by_name, files, monkeypatch):
    from common import backend

    last = list(backends_by_name)[-1]
    missing = {"none": "googlenet_of_nothing"}
    monkeypatch.setattr(backend, "PACKAGES", {**missing, last: backend.PACKAGES[last]})
    code, out, _ = run("predict", *files[:2], "--json", "-")
    assert code == 0
    assert json.loads(out)["backend"] == last


@pytest.mark.parametrize("name", ["plain", "torchvision_googlenet", "keras_inception_v3"])
def test_the_command_can_be_told_how_images_are_prepared(name, run, backend_in_use, tmp_path):
    table = nets.get("d2l", in_channels=3, num_classes=CLASSES)
    weights = probing(table, dtype="float32")
    weights["fc.weight"] *= 0.2
    prepared = plain(table) if name == "plain" else sources()[name].preprocessing
    for path, said in ((tmp_path / "none.safetensors", None), (tmp_path / "other.safetensors", SMALL)):
        bundle.save(path, Bundle(table, weights, said))
        code, out, err = run(
            *("predict", path, picture(tmp_path / "a.png", (130, 101))),
            *("--backend", backend_in_use, "--preprocessing", name, "--json", "-"),
        )
        assert code == 0, err
        found = json.loads(out)
        assert found["preprocessing"] == str(prepared)
        assert_as_expected(found["images"][0], Bundle(table, weights, prepared), 1e-4)


def test_plain_of_a_grey_network_is_grey(run, backend_in_use, tmp_path):
    weights = probing(TABLE)
    weights["fc.weight"] *= 0.2
    bundle.save(tmp_path / "w.safetensors", Bundle(TABLE, weights))
    _, out, _ = run(
        *("predict", tmp_path / "w.safetensors", picture(tmp_path / "a.png", (130, 101)), "--json", "-"),
        *("--backend", backend_in_use, "--preprocessing", "plain", "--top", CLASSES),
    )
    found = json.loads(out)
    assert "96x96, L, " in found["preprocessing"]
    assert_as_expected(found["images"][0], Bundle(TABLE, weights, plain(TABLE)), 1e-12)


@pytest.mark.parametrize("label", ["[bold]cat[/bold]", "[/b]", ":smile:"])
def test_labels_and_paths_are_printed_as_they_are(label, run, backend_in_use, files, tmp_path):
    weights, _, labels = files
    folder = tmp_path / "[red]"
    folder.mkdir()
    path = picture(folder / "a.png")
    labels.write_text("\n".join([label, *NAMES[1:]]))
    code, out, _ = run("predict", weights, path, "--labels", labels, "--backend", backend_in_use)
    assert code == 0
    assert str(path) in out
    assert label in out


def test_a_network_of_few_classes_needs_no_top(run, backend_in_use, tmp_path):
    bundle.save(tmp_path / "w.safetensors", known([3, 1, 2], nets.get("d2l", num_classes=3)))
    path = picture(tmp_path / "a.png")
    code, out, err = run("predict", tmp_path / "w.safetensors", path, "--backend", backend_in_use, "--json", "-")
    assert code == 0, err
    assert list(probabilities(json.loads(out)["images"][0])) == [0, 2, 1]


# From the published file to the answer.


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """torchvision's GoogLeNet with its state dict in a file, photos, labels, and its probabilities of the photos."""
    import torch

    folder = tmp_path_factory.mktemp("published")
    model = stirred(torch_models()["torchvision_googlenet"](CLASSES))
    with torch.no_grad():
        model.fc.weight *= 0.5  # so that no class takes it all
    torch.save(model.state_dict(), folder / "googlenet.pth")
    model.transform_input = True  # as torchvision sets it where weights are published
    transforms = torchvision().models.GoogLeNet_Weights.IMAGENET1K_V1.transforms()
    photos = [picture(folder / f"{i}.jpg", size) for i, size in enumerate([(403, 300), (281, 500)])]
    x = torch.stack([transforms(Image.open(photo)) for photo in photos])
    with torch.no_grad():
        found = torch.softmax(model.double()(x.double()), 1).numpy()
    (folder / "labels.txt").write_text("\n".join(NAMES) + "\n")
    return folder / "googlenet.pth", photos, folder / "labels.txt", found


@pytest.mark.only("torch")
@pytest.mark.parametrize("converted", [True, False], ids=["converted", "direct"])
def test_a_photo_has_the_classes_that_torchvisions_own_googlenet_sees(
    converted, run, backend_name, published, tmp_path
):
    weights, photos, labels, theirs = published
    if converted:
        assert run("convert", weights, tmp_path / "w.safetensors")[0] == 0
        weights = tmp_path / "w.safetensors"
    code, out, err = run(
        *("predict", weights, *photos, "--labels", labels),
        *("--backend", backend_name, "--top", CLASSES, "--json", "-"),
    )
    assert code == 0, err
    for image, row in zip(json.loads(out)["images"], theirs, strict=True):
        assert [best["label"] for best in image["top"]] == [NAMES[best["index"]] for best in image["top"]]
        values = probabilities(image)
        assert list(values) == [int(i) for i in np.argsort(-row)]
        assert max(abs(values[i] - row[i]) for i in range(CLASSES)) <= 1e-5
        assert 0.1 < row.max() < 0.9
    assert np.abs(theirs[0] - theirs[1]).max() > 0.01  # the photos differ


# What cannot be used.


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
    assert f"{path}: {words[kind]}" in refused(images=(files[1], path))


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
    from common import backend

    def missing(module):
        raise ModuleNotFoundError("No module named 'framework'", name="framework")

    monkeypatch.setattr(backend, "import_module", missing)
    line = refused()
    assert f"backend {backend_in_use!r} needs 'framework', which is not installed: pip install" in line
    assert f"googlenet[{backend_in_use}]" in line


def test_no_framework_at_all(run, files, monkeypatch):
    from common import backend

    monkeypatch.setattr(backend, "PACKAGES", {"none": "googlenet_of_nothing"})
    code, out, err = run("predict", *files[:2])
    assert (code, out) == (2, "")
    assert err.startswith("googlenet: no framework is installed: pip install 'googlenet[torch]'")


@pytest.mark.parametrize("count", [CLASSES - 1, CLASSES + 1, 0])
def test_labels_of_another_number(count, refused, files):
    files[2].write_text("a\n" * count)
    assert f"{files[2]}: {count} labels, but d2l has {CLASSES} classes" in refused("--labels", files[2])


@pytest.mark.parametrize("kind", ["missing", "folder", "picture", "latin"])
def test_labels_that_are_no_text(kind, refused, files, tmp_path):
    labels = {"missing": tmp_path / "none.txt", "folder": tmp_path, "picture": files[1], "latin": files[2]}[kind]
    if kind == "latin":
        labels.write_bytes("Äpfel\n".encode("latin-1") * CLASSES)
    words = "no such file" if kind == "missing" else "not a text file with a label in each line"
    assert f"{labels}: {words}" in refused("--labels", labels)


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
