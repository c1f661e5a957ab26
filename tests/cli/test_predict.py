"""``googlenet predict``: the classes of a picture are those that the weights make most probable, in every framework."""

import json
import re
from math import exp

import numpy as np
import pytest
from PIL import Image
from support.pictures import CLASSES, NAMES, SMALL, TABLE, assert_as_expected, known, picture, probabilities
from support.published_models import stirred, torch_models, torchvision

from common import nets
from common.data.preprocessing import Preprocessing, plain
from common.runs.prediction import BATCH, predict, read_labels, softmax
from common.table.drawing import probing
from common.weights import bundle
from common.weights.bundle import Bundle
from common.weights.sources import sources


@pytest.fixture
def backend_in_use(backends_by_name):
    """One backend, for what does not depend on which."""
    return next(iter(backends_by_name))


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


def test_classes_whose_probabilities_are_too_small_for_a_number_keep_their_order(backend_in_use, tmp_path):
    logits = [-2000.0] * (CLASSES - 3) + [-900, -800, 0]
    path = picture(tmp_path / "a.png")
    (image,) = predict(known(logits), [path], backend_name=backend_in_use)["images"]
    assert list(probabilities(image)) == [18, 17, 16, 0, 1]


def test_large_logits_do_not_overflow():
    found = softmax(np.array([[1000, 0, -1000], [-1000, -1000, -1e30]], np.float32))
    assert np.array_equal(found, [[1, 0, 0], [0.5, 0.5, 0]])
    assert found.dtype == np.float64


@pytest.mark.parametrize(
    ("dtype", "limit"), [("float64", 1e-12), pytest.param("float32", 1e-4, marks=pytest.mark.long)]
)
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
    assert set(found) == {"weights", "network", "backend", "framework", "preprocessing", "fast", "images"}
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
    from common.contract import backend

    last = list(backends_by_name)[-1]
    monkeypatch.setattr(backend, "OWN", ("googlenet_of_nothing", backend.packages()[last]))
    code, out, _ = run("predict", *files[:2], "--json", "-")
    assert code == 0
    assert json.loads(out)["backend"] == last


@pytest.mark.parametrize("name", ["plain", "torchvision_googlenet", "keras_inception_v3"])
def test_the_command_can_be_told_how_images_are_prepared(name, run, backend_in_use, tmp_path):
    table = nets.get("d2l", in_channels=3, num_classes=CLASSES)
    weights = probing(table, dtype="float32")
    weights["fc.weight"] *= 0.2
    prepared = plain(table) if name == "plain" else sources()[name].preprocessing
    found = []
    for path, said in ((tmp_path / "none.safetensors", None), (tmp_path / "other.safetensors", SMALL)):
        bundle.save(path, Bundle(table, weights, said))
        code, out, err = run(
            *("predict", path, picture(tmp_path / "a.png", (130, 101))),
            *("--backend", backend_in_use, "--preprocessing", name, "--json", "-"),
        )
        assert code == 0, err
        found.append(json.loads(out))
    assert found[0]["preprocessing"] == str(prepared)
    assert_as_expected(found[0]["images"][0], Bundle(table, weights, prepared), 1e-4)
    assert found[1] == {**found[0], "weights": str(tmp_path / "other.safetensors")}


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
def test_a_photo_has_the_classes_that_torchvisions_own_googlenet_sees(run, backend_name, published):
    """Weights straight from torchvision's file."""
    weights, photos, labels, theirs = published
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


@pytest.mark.only("torch")
def test_converted_weights_see_the_same_in_a_photo(run, backend_in_use, published, tmp_path):
    weights, photos, _, _ = published
    assert run("convert", weights, tmp_path / "w.safetensors")[0] == 0
    asked = photos[0], "--backend", backend_in_use, "--top", CLASSES, "--json", "-"
    direct, converted = (json.loads(run("predict", file, *asked)[1]) for file in (weights, tmp_path / "w.safetensors"))
    assert {**converted, "weights": str(weights)} == direct
