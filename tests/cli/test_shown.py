"""What the commands print of trained networks, conversions and tables: every number in its cell."""

import re

import pytest

from common.cli.show.conversion import conversion
from common.cli.show.evaluation import evaluation
from common.cli.show.output import Output
from common.cli.show.predictions import judged, predictions

CLASSES = ["ant", "bee", "cat"]
MATRIX = [[30, 10, 0], [0, 0, 0], [1, 2, 1000]]


@pytest.fixture
def lines(capsys):
    """What is printed of parts."""

    def call(parts):
        Output().print(parts)
        return capsys.readouterr().out.splitlines()

    return call


def cells(line):
    return re.split(r"\s{2,}", line.strip())


def evaluated(classes=CLASSES, matrix=MATRIX, **changes):
    images, right = sum(map(sum, matrix)), sum(matrix[i][i] for i in range(len(matrix)))
    rows = [
        {"name": name, "images": sum(row), "correct": row[i], "accuracy": row[i] / sum(row) if sum(row) else None}
        for i, (name, row) in enumerate(zip(classes, matrix, strict=True))
    ]
    return {
        **{"network": "d2l", "data": "animals", "split": "test", "framework": "PyTorch 2", "preprocessing": "plain"},
        **{"images": images, "correct": right, "loss": 0.25, "classes": rows, "confusion": matrix},
        "top": {"k": 2, "correct": right + 1},
        "confusions": [{"truth": "ant", "said": "bee", "images": 10}],
        **changes,
    }


def test_the_heading_has_the_network_the_data_and_the_share_of_right_answers(lines):
    shown = lines(evaluation(evaluated()))
    assert shown[0] == "d2l on animals, test: 1,030 of 1,043 (98.75%) right"
    assert shown[1] == "in PyTorch 2; plain"
    assert shown[2:4] == ["among the first 2: 1,031 of 1,043 (98.85%)", "mean cross-entropy: 0.2500"]


def test_every_class_has_its_counts_and_their_share(lines):
    shown = lines(evaluation(evaluated()))
    at = shown.index("by class")
    assert [cells(line) for line in shown[at + 1 : at + 5]] == [
        ["class", "images", "right", "accuracy"],
        ["ant", "40", "30", "75.00%"],
        ["bee", "0", "0", "-"],
        ["cat", "1,003", "1,000", "99.70%"],
    ]


def test_the_confusion_matrix_has_the_truth_in_its_rows(lines):
    shown = lines(evaluation(evaluated()))
    at = shown.index("rows: truth; columns: said")
    assert [cells(line) for line in shown[at + 1 : at + 5]] == [
        ["0", "1", "2"],
        ["0 ant", "30", "10", "·"],
        ["1 bee", "·", "·", "·"],
        ["2 cat", "1", "2", "1,000"],
    ]
    assert cells(shown[-1]) == ["ant", "bee", "10"]


@pytest.mark.parametrize(("count", "whole"), [(20, True), (21, False)])
def test_of_many_classes_the_matrix_is_left_out(count, whole, lines):
    matrix = [[int(i == j) for j in range(count)] for i in range(count)]
    shown = lines(evaluation(evaluated([f"c{i}" for i in range(count)], matrix, confusions=[])))
    assert ("rows: truth; columns: said" in shown) == whole
    assert "most often taken for another" not in shown


def pictures():
    top = [{"index": 3, "label": "cat", "probability": 0.75}, {"index": 0, "label": None, "probability": 0.25}]
    images = [{"path": "a.png", "top": top, "truth": "cat", "right": True}]
    images.append({"path": "b.png", "top": top[::-1], "truth": "ant", "right": False})
    return {"network": "d2l", "framework": "PyTorch 2", "preprocessing": "plain", "images": images, "right": 1}


def test_every_picture_has_its_classes_in_order(lines):
    shown = lines(predictions(pictures()))
    assert shown[0] == "d2l in PyTorch 2; plain"
    assert [cells(line) for line in shown[2:]] == [
        *(["a.png", "0.7500", "3", "cat"], ["0.2500", "0"]),
        *(["b.png", "0.2500", "0"], ["0.7500", "3", "cat"]),
    ]


def test_pictures_that_are_wrong_are_listed(lines):
    found = pictures()
    found["images"][1]["top"][0]["label"] = "bee"
    shown = lines(judged(found))
    assert shown[1] == "right: 1 of 2 (50.00%)"
    assert [cells(line) for line in shown[3:]] == [["b.png", "ant", "bee", "0.2500"]]


def converted(**changes):
    return {
        **{"in": "a.pth", "out": "b.safetensors", "format": "PyTorch", "source": "torchvision_googlenet"},
        **{"network": "torchvision", "in_channels": 3, "num_classes": 1000, "aux": ["aux1", "aux2"]},
        **{"tensors": 4, "numbers": 12345, "dtype": "float32", "constants": 0, "preprocessing": "plain"},
        **{"labels": None, "ignored": [], "also_fits": [], "heads_left_out": [], **changes},
    }


def test_a_conversion_has_a_line_for_each_thing_to_know(lines):
    assert [cells(line) for line in lines(conversion(converted()))] == [
        ["read", "a.pth (PyTorch, torchvision_googlenet)"],
        ["network", "torchvision, 3 channels, 1000 classes, heads aux1, aux2"],
        ["tensors", "4 of 12,345 numbers, float32"],
        ["images", "plain"],
        ["written", "b.safetensors"],
    ]
    assert dict(map(cells, lines(conversion(converted(labels=["ant", "bee", "cat"])))))["classes"] == "ant to cat"
    more = {"ignored": ["x", "y", "z"], "also_fits": ["timm_inception_v3"], "heads_left_out": ["aux1"], "constants": 3}
    shown = dict(cells(line) for line in lines(conversion(converted(**more, preprocessing=None))))
    assert shown["ignored"] == "3: x, y, ... (--json has all)"
    assert shown["also fits"] == "timm_inception_v3 (--source says which)"
    assert shown["left out"] == "aux1: they serve training"
    assert shown["tensors"].endswith("float32; 3 of them constants that the file leaves out")
    assert shown["images"] == "the file does not say how images are prepared"


HOSTILE = ["[/b]", "x\nAGREE: all", "\x1b[2J\x07", "\u202egnp", "W" * 10**6]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words)[:12])
def test_names_of_data_classes_labels_and_files_are_not_obeyed(words, lines):
    found = pictures()
    found["images"][1] |= {"path": words, "truth": words}
    found["images"][1]["top"][0]["label"] = words
    confusions = [{"truth": words, "said": words, "images": 1}]
    about = {"data": words, "preprocessing": words, "confusions": confusions}
    parts = [
        *evaluation(evaluated([words, "b", "c"], **about)),
        *predictions(found | {"preprocessing": words}),
        *judged(found),
        *conversion(converted(**{"in": words, "preprocessing": words, "out": words}, ignored=[words], aux=[words])),
    ]
    shown = lines(parts)
    assert not [line for line in shown if line.startswith("AGREE")]
    assert all(line.isprintable() and len(line) < 600 for line in shown)
