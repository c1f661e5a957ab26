"""``googlenet evaluate`` counts: every image once, in whole numbers, the same in every framework."""

import json
import re
import shutil
from math import exp, fsum, log

import numpy as np
import pytest
from PIL import Image
from support.data_files import noise, refused, write_classes
from support.small_runs import edit

from common import nets
from common.compare.reference import Reference
from common.contract.recipe import Recipe
from common.data import load
from common.data.dataset import ArrayImages, Dataset, Split, hold_out
from common.data.preprocessing import Preprocessing
from common.runs import evaluation as evaluate
from common.runs import folder as run_folder
from common.runs.run import Run
from common.table.drawing import probing
from common.weights import bundle
from common.weights.bundle import Bundle

PREPARED = Preprocessing((24, 32), None, order="L", mean=(0.4,), std=(0.3,))


def split(labels, seed=0):
    images = noise(len(labels), 6, 8, 1, seed=seed)
    return Split(ArrayImages(images), np.array(labels, np.int64))


@pytest.fixture
def counted(monkeypatch):
    """Count logits that are given instead of computed."""

    def call(logits, labels, batch=8, progress=lambda items, total: items):
        logits = np.asarray(logits, np.float32)
        rows = iter(logits)

        class Package:
            FRAMEWORK = "None 1.0"

            def build_net(self, network, weights, dtype):
                return "a net"

            def predict(self, net, x):
                assert (net, x.shape[1:], x.dtype) == ("a net", (1, 24, 32), np.float32)
                return np.stack([next(rows) for _ in x])

        monkeypatch.setattr(evaluate.backend, "load", lambda name: Package())
        count = logits.shape[1]
        table = nets.get("d2l", num_classes=count)
        weights = {"fc.bias": np.zeros(count, np.float32)}
        return evaluate.evaluate(
            *(Bundle(table, weights, PREPARED), split(labels), [f"class {i}" for i in range(count)]),
            **{"backend_name": "none", "batch": batch, "progress": progress},
        )

    return call


def by_hand(logits, labels):
    """What `evaluate` must find, image by image in plain Python."""
    count = len(logits[0])
    matrix = [[0] * count for _ in range(count)]
    among, losses = 0, []
    for row, label in zip(np.asarray(logits).tolist(), labels, strict=True):
        order = sorted(range(count), key=lambda i, row=row: (-row[i], i))
        matrix[label][order[0]] += 1
        among += label in order[:5]
        losses.append(log(fsum(exp(v - max(row)) for v in row)) + max(row) - row[label])
    return matrix, among, fsum(losses) / len(losses)


@pytest.mark.parametrize("batch", [1, 4, 10, 29, 64])
def test_every_image_counts_once_whatever_the_batches(batch, counted):
    """29 images: the last batch is smaller than the others, and its images are not worth more."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 7, 29)
    logits = 5 * rng.normal(size=(29, 7)) + 4 * np.eye(7)[labels] * (np.arange(29) < 20)[:, None]
    logits = logits.astype(np.float32)
    matrix, among, loss = by_hand(logits, labels)
    found = counted(logits, labels, batch)
    correct = sum(matrix[i][i] for i in range(7))
    assert found["confusion"] == matrix
    assert (found["images"], found["correct"], found["accuracy"]) == (29, correct, correct / 29)
    assert found["top"] == {"k": 5, "correct": among, "accuracy": among / 29}
    assert found["loss"] == pytest.approx(loss, rel=1e-12)
    assert 3 < correct < among < 29  # else the numbers would be told apart by little
    for i, row in enumerate(found["classes"]):
        images = sum(matrix[i])
        assert row == {
            **{"name": f"class {i}", "images": images, "correct": matrix[i][i]},
            "accuracy": matrix[i][i] / images,
        }
    json.dumps(found, allow_nan=False)


def test_a_class_without_images_has_no_accuracy(counted):
    found = counted(np.eye(4), [0, 1, 1, 3])
    assert found["classes"][2] == {"name": "class 2", "images": 0, "correct": 0, "accuracy": None}
    assert found["confusion"] == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1]]
    assert found["accuracy"] == 3 / 4


def test_of_few_classes_all_are_among_the_first(counted):
    assert counted(np.eye(3), [2, 1, 0])["top"] == {"k": 3, "correct": 3, "accuracy": 1.0}


def test_of_equal_logits_the_first_class_is_said(counted):
    found = counted(np.zeros((20, 20)), range(20))
    assert [row[0] for row in found["confusion"]] == [1] * 20
    assert found["top"]["correct"] == 5
    assert found["loss"] == pytest.approx(log(20), rel=1e-12)


def test_the_most_frequent_confusions_come_first(counted):
    said = {(0, 1): 3, (2, 0): 5, (1, 1): 9, (1, 2): 3}
    pairs = [pair for pair, count in said.items() for _ in range(count)]
    found = counted(np.eye(3)[[pair[1] for pair in pairs]], [pair[0] for pair in pairs])
    assert found["confusions"] == [
        {"truth": "class 2", "said": "class 0", "images": 5},
        {"truth": "class 0", "said": "class 1", "images": 3},
        {"truth": "class 1", "said": "class 2", "images": 3},
    ]
    many = counted(np.eye(8)[np.repeat([1, 0], [7, 8])], [0, 2, 3, 4, 5, 6, 7, *range(8)])
    assert len(many["confusions"]) == 10


def test_progress_is_told_of_batches(counted):
    told = []
    counted(np.eye(4)[[0, 1, 2, 3, 0]], [0] * 5, 2, lambda items, total: told.append(total) or items)
    assert told == [3]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite(value, counted):
    logits = np.eye(4)[[0, 1, 2, 3, 0]]
    logits[3, 1] = value
    refused(lambda: counted(logits, [0] * 5, 2), "image 3: the logits are not finite")


TABLE = nets.get("d2l_bn", num_classes=4)
CLASSES = {"ant": 4, "bee": 3, "cat": 5, "dog": 2}
SPREAD = Preprocessing((24, 32), None, order="L", mean=(0.45,), std=(0.25,))


def weights(seed=0):
    """In which every image has a class of its own liking: the bias takes away what all have in common."""
    made = probing(TABLE, seed=seed)
    made["fc.bias"] -= logits_of(made, [data(noise(6, 8, 3, seed=s)) for s in range(6)]).mean(0)
    return made


def data(pixels):
    return SPREAD(Image.fromarray(pixels))


def logits_of(weights, arrays):
    return Reference(TABLE, weights, np.stack(arrays), aux=False).outputs["fc"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Weights and a run with them, whose data has training and test images."""
    folder = tmp_path_factory.mktemp("evaluate")
    write_classes(folder / "animals" / "train", dict.fromkeys(CLASSES, 5), (8, 6))
    write_classes(folder / "animals" / "test", CLASSES, (8, 6), seed=1000)
    trained = Bundle(TABLE, weights(), SPREAD)
    bundle.save(folder / "w.safetensors", trained)
    run = Run(
        **{"folder": folder / "run", "table": TABLE, "recipe": Recipe(validation=0.4), "preprocessing": SPREAD},
        **{"data": str(folder / "animals"), "data_dir": None, "classes": tuple(CLASSES), "backend": "torch"},
        **{"images": load(folder / "animals").counts, "dtype": "float64", "seed": 7},
    )
    run_folder.create(run)
    run.keep_best(trained.weights, {"epoch": 0})
    return folder


def expected(made, chosen):
    """By the reference, of a split."""
    arrays = [SPREAD(chosen.images.picture(i)) for i in range(len(chosen))]
    arrays = [array.astype(np.float32).astype(np.float64) for array in arrays]
    matrix, _, loss = by_hand(logits_of(bundle.load(made / "w.safetensors").weights, arrays), chosen.labels)
    return matrix, loss


def test_a_run_of_one_framework_has_the_same_numbers_in_every_other(made, run, backend_name):
    """Against the reference: 14 test images of four classes in batches of four."""
    matrix, loss = expected(made, load(made / "animals").test)
    code, out, err = run("evaluate", made / "run", "--backend", backend_name, "--batch", 4, "--json", "-")
    assert code == 0, err
    found = json.loads(out)
    assert found["confusion"] == matrix
    assert np.count_nonzero(np.sum(matrix, 0)) > 1  # more than one class is said
    assert found["loss"] == pytest.approx(loss, rel=1e-9)
    assert (found["backend"], found["split"], found["data"]) == (backend_name, "test", "animals")
    assert [row["images"] for row in found["classes"]] == list(CLASSES.values())


@pytest.fixture
def backend_in_use(backends_by_name):
    """One backend, for what does not depend on which."""
    return next(iter(backends_by_name))


@pytest.fixture
def evaluated(made, run, backend_in_use):
    """Run ``googlenet evaluate --json`` and return what it found."""

    def call(*arguments):
        code, out, err = run("evaluate", *arguments, "--backend", backend_in_use, "--json", "-")
        assert code == 0, err
        return json.loads(out)

    return call


def test_a_run_knows_which_images_it_held_out(made, evaluated, monkeypatch):
    """However the folder is called that it was trained on."""
    rest, held = hold_out(load(made / "animals").train, 0.4, 7)
    assert (len(rest), len(held)) == (12, 8)
    for name, chosen in (("validation", held), ("train", rest)):
        matrix, loss = expected(made, chosen)
        found = evaluated(made / "run", "--split", name)
        assert (found["confusion"], found["split"]) == (matrix, name)
        assert found["loss"] == pytest.approx(loss, rel=1e-6)
    monkeypatch.chdir(made)
    for name in (made / "animals", f"{made / 'animals'}/", "animals"):
        named = evaluated(made / "run", "--split", "validation", "--data", name)
        assert named["confusion"] == expected(made, held)[0]


def test_weights_in_a_file_are_told_which_data(made, evaluated):
    found = evaluated(made / "w.safetensors", "--data", made / "animals", "--split", "train")
    assert found["images"] == 20
    assert found["confusion"] == expected(made, load(made / "animals").train)[0]
    assert found["weights"] == str(made / "w.safetensors")


def test_a_run_is_evaluated_where_it_was_trained(made, run, tmp_path):
    """Unless it is told otherwise: here its framework is one that nobody has."""
    shutil.copytree(made / "run", tmp_path / "run")
    edit(tmp_path / "run" / "run.json", lambda settings: settings.update(backend="abacus"))
    code, _, err = run("evaluate", tmp_path / "run")
    assert code == 2
    assert "unknown backend 'abacus'" in err


def test_the_command_prints_counts_classes_and_confusions(made, run, backend_in_use):
    found_matrix, _ = expected(made, load(made / "animals").test)
    code, out, _ = run("evaluate", made / "run", "--backend", backend_in_use)
    assert code == 0
    correct = sum(found_matrix[i][i] for i in range(4))
    assert re.search(rf"^d2l_bn on animals, test: {correct} of 14 \({correct / 14:.2%}\) right$", out, re.M)
    assert "among the first 4: 14 of 14 (100.00%)" in out
    ants = found_matrix[0][0]
    assert re.search(rf"^ant +4 +{ants} +{ants / 4:.2%}$", out, re.M)
    for i, (name, row) in enumerate(zip(CLASSES, found_matrix, strict=True)):
        cells = " +".join(str(value) if value else "·" for value in row)
        assert re.search(rf"^{i} {name} +{cells}$", out, re.M)
    worst = max((found_matrix[i][j], -i, -j) for i in range(4) for j in range(4) if i != j)
    names = list(CLASSES)
    assert re.search(rf"^truth +said +images\n{names[-worst[1]]} +{names[-worst[2]]} +{worst[0]}$", out, re.M)


def test_thousands_are_told_apart():
    from common.cli.show.plain import share

    assert share(9012, 10000) == "9,012 of 10,000 (90.12%)"


def test_pictures_of_the_confusions_go_to_a_folder_that_is_made(made, run, backend_in_use, tmp_path):
    for target in (tmp_path / "new" / "folder", tmp_path):
        code, out, _ = run("evaluate", made / "run", "--backend", backend_in_use, "--out", target)
        assert code == 0
        assert f"written: {target / 'confusion.png'}, {target / 'confusion.svg'}" in out
        assert Image.open(target / "confusion.png").size == (636, 536)
        assert b"<svg" in (target / "confusion.svg").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"new", "confusion.png", "confusion.svg"}


@pytest.fixture
def line(made, run, backend_in_use, tmp_path):
    """Require a clean refusal of ``googlenet evaluate``, and return its line."""

    def call(*arguments):
        target = tmp_path / "found.json"
        code, out, err = run("evaluate", "--backend", backend_in_use, "--json", target, *arguments)
        assert (code, out, len(err.splitlines())) == (2, "", 1), err
        assert not target.exists()
        return err

    return call


def test_weights_need_data(made, line):
    assert f"{made / 'w.safetensors'}: these weights do not say what to try them on: give --data" in line(
        made / "w.safetensors"
    )


def test_data_without_that_part_name_those_they_have(made, line, tmp_path):
    write_classes(tmp_path / "plain", CLASSES)
    for name in ("test", "validation"):
        said = line(made / "w.safetensors", "--data", tmp_path / "plain", "--split", name)
        assert f"plain: has no {name} images: take --split train\n" in said
    said = line(made / "w.safetensors", "--data", made / "animals", "--split", "validation")
    assert "animals: has no validation images: take --split test or --split train\n" in said
    said = line(made / "run", "--data", tmp_path / "plain", "--split", "validation")
    assert "plain: has no validation images" in said
    assert "unknown split 'tset': did you mean 'test'?" in line(made / "run", "--split", "tset")


def test_a_run_without_test_images_names_those_it_held_out():
    chosen = Dataset("few", ("a", "b"), 1, split([0, 1] * 10))
    table = nets.get("d2l_bn", num_classes=2)
    about = {"table": table, "preprocessing": SPREAD, "data": "few", "data_dir": None, "classes": ("a", "b")}
    about |= {"images": chosen.counts, "backend": "torch", "dtype": "float32", "seed": 0}
    run = Run("r", recipe=Recipe(validation=0.2), **about)
    refused(lambda: evaluate.split_of(chosen, "test", run), "take --split validation or --split train")
    assert len(evaluate.split_of(chosen, "validation", run)) == 4
    more = Dataset("few", ("a", "b"), 1, split([0, 1] * 11))
    refused(lambda: evaluate.split_of(more, "validation", run), "r: begun on 20 train images, of which few has 22 now")
    run = Run("r", recipe=Recipe(validation=0.0), **about)
    refused(lambda: evaluate.split_of(chosen, "validation", run), "few: has no validation images: take --split train")


def test_data_of_other_classes(made, line, tmp_path):
    write_classes(tmp_path / "five" / "train", {**CLASSES, "eel": 1})
    write_classes(tmp_path / "other" / "train", {"ant": 1, "bee": 1, "cow": 1, "dog": 1})
    said = line(made / "run", "--data", tmp_path / "five", "--split", "train")
    assert "five: has 5 classes, but these weights of d2l_bn tell 4 apart" in said
    said = line(made / "run", "--data", tmp_path / "other", "--split", "train")
    assert "other: its class 2 is 'cow', which is 'cat' to these weights" in said


def test_what_is_no_run_and_no_weights(made, line, tmp_path):
    assert f"{tmp_path}: not the folder of a run" in line(tmp_path)
    assert "no such file" in line(tmp_path / "none.safetensors", "--data", made / "animals")
    said = line(made / "run", "--preprocessing", "plain")
    assert "a run has its own network and preprocessing: leave out --preprocessing" in said
    bundle.save(tmp_path / "w.safetensors", Bundle(TABLE, {n: np.zeros(s) for n, s in TABLE.shapes.items()}))
    said = line(tmp_path / "w.safetensors", "--data", made / "animals")
    assert f"{tmp_path / 'w.safetensors'}: these weights of d2l_bn do not say how images are prepared" in said


def test_several_runs_in_a_folder_are_named(made, line, tmp_path):
    settings = (made / "run" / "run.json").read_text()
    for name in ("mxnet", "torch"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(settings)
    said = line(tmp_path)
    assert f"{tmp_path}: holds several runs: name one of {tmp_path / 'mxnet'}, {tmp_path / 'torch'}" in said
    assert f"{tmp_path / 'torch'}/best.safetensors: not there: no epoch of this run is over yet" in line(
        tmp_path / "torch"
    )


def test_a_broken_image_among_the_data(made, line, tmp_path):
    write_classes(tmp_path / "animals" / "test", CLASSES)
    write_classes(tmp_path / "animals" / "train", CLASSES)
    broken = tmp_path / "animals" / "test" / "cat" / "2.png"
    broken.write_bytes(broken.read_bytes()[:60])
    assert f"{broken}: " in line(made / "w.safetensors", "--data", tmp_path / "animals", "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_place_for_pictures_that_is_none(made, line):
    assert "w.safetensors is not a folder" in line(made / "run", "--out", made / "w.safetensors")
