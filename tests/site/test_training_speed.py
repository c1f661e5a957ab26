"""Curves and speeds on the page: from runs and benchmarks that are whole, as they say, and none made up."""

import base64
import json
import re
import shutil
from io import BytesIO

import pytest
from PIL import Image
from support.shown_pages import html, tree, words_of
from support.shown_runs import TOLD, UNTOLD, bench_report, bench_row, evaluated, foretold, image, lay_run

import googlenet as g
from common.base.errors import InputError
from common.site.answers import answers
from common.site.curves import panels, shown_runs, steps
from common.site.speeds import speeds


@pytest.fixture
def bench(tmp_path):
    """Write a benchmark, with some of its values changed."""

    def write(*groups, **changes):
        file = tmp_path / "speeds.json"
        file.write_text(json.dumps({**bench_report(*groups), **changes}))
        return file

    return write


def points(path):
    return [tuple(map(float, each.split())) for each in re.findall(r"[ML]([\d.]+ [\d.]+)", path)]


def test_curves_go_through_the_values_of_the_history(tmp_path):
    runs = shown_runs([lay_run(tmp_path / "a"), lay_run(tmp_path / "b", "tf", (0.5, 1.0))])
    assert [(run.backend, run.epochs, run.best, run.test) for run in runs] == [
        ("torch", 3, 0.875, 0.8),
        ("tf", 2, 1.0, 0.8),
    ]
    accuracy, loss = panels(runs)
    (first, middle, last), (_, highest) = map(points, accuracy.paths)
    at = {tick.text: tick.at for tick in accuracy.up}
    assert first[1] == at["50%"] and highest[1] == at["100%"] and first[1] > middle[1] > last[1]
    assert [x for x, _ in (first, middle, last)] == [tick.at for tick in accuracy.across] and highest[0] == middle[0]
    assert points(loss.paths[0])[0][1] < points(loss.paths[0])[-1][1]  # down the page is down


def test_a_long_history_is_thinned_and_its_last_epoch_stays(tmp_path):
    values = [0.5 + each / 4000 for each in range(1000)]
    accuracy, _ = panels(shown_runs([lay_run(tmp_path / "a", accuracies=values)]))
    assert len(points(accuracy.paths[0])) == 400 and points(accuracy.paths[0])[-1][0] == 548.0
    assert (accuracy.across[-1].text, accuracy.across[-1].at) == ("1000", 548.0)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.93, 1.0), (0, 2.3e-7), (0, 8e5), (0.5, 0.5)])
def test_ticks_are_round_and_within(low, high):
    ticks = steps(low, high)
    assert 1 <= len(ticks) <= 8 and all(low - 1e-12 <= tick <= high * (1 + 1e-9) for tick in ticks)


def test_runs_of_several_backends_in_one_folder_are_all_shown(tmp_path):
    for backend in ("torch", "tf", "mxnet"):
        lay_run(tmp_path / "all" / backend, backend)
    assert [run.backend for run in shown_runs([tmp_path / "all"])] == ["torch", "tf", "mxnet"]
    with pytest.raises(InputError, match="15 runs: a page shows 12 at most"):
        shown_runs([tmp_path / "all"] * 5)
    with pytest.raises(InputError, match="not the folder of a run"):
        shown_runs([tmp_path / "none"])


def test_a_confusion_is_shown_as_it_is_counted(tmp_path):
    page = tree(html(tmp_path / "p", "vgg11", runs=[evaluated(tmp_path / "a"), lay_run(tmp_path / "b")]))
    (table,) = (each for each in page.iter("table") if each.attrib["class"] == "grid confusion")
    cells = [(words_of(each), each.attrib["class"], each.attrib["style"]) for each in table.find("tbody").iter("td")]
    assert cells == [
        ("2", "number", "--share:0.6667"),
        ("1", "number wrong", "--share:0.3333"),
        ("0", "number wrong zero", "--share:0.0"),
        ("2", "number", "--share:1.0"),
    ]
    assert "4 of 5 images right (test)" in words_of(table)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"images": 6}, "not of its classes and images"),
        ({"correct": 3}, "another number of right answers"),
        ({"confusion": [[5]]}, "not of its classes and images"),
        ({"classes": [{}, {}]}, "'name' is missing"),
    ],
)
def test_an_evaluation_that_does_not_belong_together_is_refused(changes, says, tmp_path):
    with pytest.raises(InputError, match=says):
        shown_runs([evaluated(tmp_path / "a", **changes)])


def test_pictures_are_shown_with_what_was_said_of_them(tmp_path):
    Image.new("RGB", (300, 150), (200, 0, 0)).save(tmp_path / "a.png")
    images = [
        image(tmp_path / "a.png", truth="cat", right=True),
        image("https://example.org/b.png", truth="dog", right=False),
        image("c.png", label=None),
    ]
    page = tree(html(tmp_path / "p", "vgg11", runs=[foretold(tmp_path / "a", *images), lay_run(tmp_path / "b")]))
    (shown,) = (each for each in page.iter("ul") if each.attrib.get("class") == "samples")
    right, wrong, unknown = (" ".join(words_of(each).split()) for each in shown.iter("li"))
    assert right == "cat 75% ✓ right"
    assert wrong == "The picture is not there any more. cat 75% ✕ it is dog"
    assert unknown == "The picture is not there any more. 3 75%"
    assert [each.attrib.get("class") for each in shown.iter("li")] == [None, "wrong", None]
    (picture,) = shown.iter("img")
    kind, data = picture.attrib["src"].split(",")
    small = Image.open(BytesIO(base64.b64decode(data)))
    assert (kind, picture.attrib["alt"]) == ("data:image/jpeg;base64", "a.png")
    assert small.size == (112, 56) and small.getpixel((5, 5))[0] > 180 > 20 > small.getpixel((5, 5))[2]


def test_predictions_of_a_run_are_what_the_page_shows(finished_run, class_folders, tmp_path):
    folder = shutil.copytree(finished_run, tmp_path / "run")
    said = g.predict(folder, sorted((class_folders / "test").iterdir()), truth=True)
    (folder / "predictions.json").write_text(json.dumps(said.to_dict()))
    (run,) = shown_runs([folder])
    first = said.to_dict()["images"][:8]
    assert len(run.samples) == min(8, len(said)) >= 6
    assert [(each.said, each.right, each.truth) for each in run.samples] == [
        (each["top"][0]["label"], each["right"], each["truth"]) for each in first
    ]
    assert all(each.picture for each in run.samples)


@pytest.mark.parametrize(
    ("images", "says"),
    [
        ([image(truth="dog", right=True)], "is not in itself"),
        ([image(truth="cat", right=False)], "is not in itself"),
        ([image(probability=0.1)], "is not in itself"),
        ([image(probability=1.5)], "probability"),
        ([{"path": "a.png", "top": []}], "nothing is said"),
        ([{"path": "a.png"}], "'top' is missing"),
        ([3], "is missing"),
    ],
)
def test_predictions_that_do_not_belong_together_are_refused(images, says, tmp_path):
    with pytest.raises(InputError, match=says):
        shown_runs([foretold(tmp_path / "a", *images)])
    (tmp_path / "a" / "predictions.json").write_text("[]")
    with pytest.raises(InputError, match="no report of googlenet predict"):
        shown_runs([tmp_path / "a"])


def test_of_many_pictures_the_first_are_shown(tmp_path):
    (run,) = shown_runs([foretold(tmp_path / "a", *(image(f"{each}.png") for each in range(9)))])
    assert [each.name for each in run.samples] == [f"{each}.png" for each in range(8)]


def test_classes_that_are_too_many_are_not_shown(tmp_path):
    many = {"classes": [{"name": str(each)} for each in range(21)], "images": 3, "correct": 3}
    many["confusion"] = [[3 * (row == column == 0) for column in range(21)] for row in range(21)]
    (run,) = shown_runs([evaluated(tmp_path / "a", **many)])
    assert run.confusion.rows is None
    assert "Its 21 classes are too many" in html(tmp_path / "p", "vgg11", runs=[tmp_path / "a"])


def test_what_is_told_is_told_and_what_is_not_is_not(bench, tmp_path):
    page = tree(html(tmp_path / "p", "vgg11", bench=bench(TOLD, UNTOLD), runs=[lay_run(tmp_path / "a")]))
    races = [words_of(each) for each in page.iter("div") if each.attrib.get("class") == "race"]
    assert "torch fast is the fastest: 1.50 times tf fast" in races[0] and "not measured: hung" in races[0]
    assert re.search("Cannot be told: torch fast is 1.0. times tf fast", races[1]) and "is the fastest" not in races[1]
    (speed,) = (words_of(each) for each in page.iter("section") if each.attrib.get("id") == "speed")
    assert "float32, 2 threads on 2 cores, 6 rounds." in speed and "a processor, a system, 2026-01-01, A 1" in speed
    (training,) = (each for each in page.iter("section") if each.attrib.get("id") == "training")
    assert len([each for each in training.iter() if each.tag.endswith("path") and each.attrib["d"] != "M0 4H36"]) == 2
    assert "87.50%" in words_of(training) and "80.00%" in words_of(training)


def test_bars_are_as_long_as_rates_and_the_fastest_comes_first(bench):
    (group,) = speeds(bench((bench_row("tf fast", 10.0), bench_row("torch fast", 40.0, 0.0))))["groups"]
    assert [(bar.name, bar.share) for bar in group["bars"]] == [("torch fast", 1.0), ("tf fast", 0.25)]
    assert group["bars"][1].low < 0.25 < group["bars"][1].high


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"task": "running"}, "'task' must be"),
        ({"conditions": {}}, "'cpu' is missing"),
        ({"groups": [{"net": "d2l"}]}, "'input_shape' is missing"),
        ({"groups": [{**bench_report(TOLD)["groups"][0], "verdict": None}]}, "not that of its rounds"),
        ({"groups": [{**bench_report(TOLD)["groups"][0], "rows": TOLD[::-1][:1]}]}, "not that of its rounds"),
        ({"groups": [{**bench_report(TOLD)["groups"][0], "rows": [{**TOLD[0], "rounds": []}]}]}, "neither a speed"),
    ],
)
def test_a_benchmark_that_is_none_or_was_edited_is_refused(changes, says, bench):
    with pytest.raises(InputError, match=says) as refused:
        speeds(bench(TOLD, **changes))
    assert "speeds.json" in str(refused.value) and "\n" not in str(refused.value)


def test_other_files_are_no_benchmark(tmp_path):
    (tmp_path / "a.json").write_text("[1]")
    with pytest.raises(InputError, match="no report of googlenet bench"):
        speeds(tmp_path / "a.json")
    with pytest.raises(InputError, match="no such benchmark"):
        speeds(tmp_path / "b.json")


class Said:
    """A proof that says something."""

    def __init__(self, verdict, net="d2l", names=("PyTorch", "Keras")):
        self.names = names
        self.report, self.largest = {"verdict": verdict, "net": net}, type("Cell", (), {"error": 1e-15, "text": "1"})


def test_the_first_answers_are_what_was_measured():
    def same(*verdicts):
        return answers(9, [Said(verdict, f"net{i}") for i, verdict in enumerate(verdicts)], None)[0][2:]

    assert same("agree", "diverge")[1]["names"] == "net1" and same("agree", "diverge")[0] == "same.diverge"
    assert same("agree", "not judged") == ("same.unjudged", {"count": 2, "networks": 9, "agree": 1})
    two = [Said("agree"), Said("agree", names=("Keras", "MXNet Gluon"))]
    assert answers(9, two, None)[0][2:] == (
        "same.agree",
        {"count": 2, "networks": 9, "frameworks": "Keras", "largest": "1"},
    )
    fast = [answers(9, [], bench_report(*groups))[4][2] for groups in ([UNTOLD], [UNTOLD, TOLD], [TOLD[2:]])]
    assert fast == ["fast.untold", "fast.told", "fast.none"]
