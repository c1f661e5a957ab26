"""The functions of `googlenet`: what they return is what the commands print, and nothing is printed."""

import json
import subprocess
import sys

import numpy as np
import pytest
from support.backends import NAMES
from support.small_runs import CLASSES, TINY

import googlenet as g
from common import nets
from common.cli.show.plain import table
from googlenet.arguments import in_words_of_python
from googlenet.html import TALL, html

FIRST = NAMES[0]


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch):
    """A table that a test adds is forgotten."""
    monkeypatch.setattr(nets, "_added", {})


def told(run, *arguments):
    """What a command writes with ``--json -``, and what it prints then."""
    code, out, err = run(*arguments, "--json", "-")
    assert code == 0, err
    return json.loads(out), err.rstrip("\n")


def drawn(figure):
    """Whether a figure shows itself as a picture where a notebook asks for one."""
    return figure._repr_png_().startswith(b"\x89PNG")


def test_nothing_is_imported_before_it_is_used():
    code = (
        "import sys, googlenet\n"
        "assert 'compare' in dir(googlenet) and not hasattr(googlenet, 'no_such')\n"
        "slow = {'numpy', 'rich', 'matplotlib', 'torch', 'tensorflow', 'keras', 'mxnet', 'typer'}\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)\n"
        "sys.argv = ['googlenet', '--version']\n"
        "import runpy; runpy.run_module('googlenet', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"googlenet {g.__version__}"


@pytest.mark.parametrize(
    ("result", "arguments"),
    [
        (lambda: g.nets(), ["nets"]),
        (lambda: g.summary("d2l", image_size=(64, 65)), ["summary", "d2l", "--image-size", "64x65"]),
        (lambda: g.summary("d2l", against="nin"), ["summary", "d2l", "--against", "nin"]),
        (
            lambda: g.compare("d2l", backends=FIRST, image_size=16, gradients=True, num_classes=3),
            ["compare", "d2l", "--backends", FIRST, "--image-size", 16, "--gradients", "--num-classes", 3],
        ),
    ],
    ids=["nets", "summary", "against", "compare"],
)
def test_a_result_is_what_the_command_says(run, capsys, result, arguments):
    found = result()
    assert capsys.readouterr() == ("", "")
    said, printed = told(run, *arguments)
    assert found.to_dict() == said
    assert str(found) == printed
    assert repr(found).startswith(f"<{type(found).__name__} of ") and "\n" not in repr(found)


def test_a_result_is_not_changed_by_who_takes_it():
    found = g.summary("d2l")
    found.to_dict()["layers"].clear()
    found.layers.clear()
    assert len(found.layers) > 50
    with pytest.raises(AttributeError):
        found.report = {}


@pytest.fixture(scope="module")
def steps():
    """A comparison of two steps of training."""
    return g.compare(TINY, backends=FIRST, steps=2, batch=4)


def test_a_comparison_of_a_table_of_ones_own(steps):
    assert steps.agree and steps.verdict == "agree" and steps.first_divergence is None
    assert repr(steps).startswith("<Comparison of tiny: AGREE: ")
    assert [stage["name"] for stage in steps.stages] == ["b1", "b2", "b3", "fc", "aux1"]
    assert len(steps.to_dict()["steps"]) == 2


def test_the_picture_of_a_comparison_has_each_error_beside_its_limit(steps):
    figure = steps.plot()
    outputs, training = figure.axes
    (line,) = [line for line in outputs.lines if line.get_label() == FIRST]
    expected = [stage["backends"][FIRST]["rel_err"] / stage["limit"] for stage in steps.stages]
    assert np.allclose(line.get_ydata(), np.maximum(expected, 1e-4), rtol=1e-12)
    assert [label.get_text() for label in outputs.get_xticklabels()] == ["b1", "b2", "b3", "fc", "aux1"]
    (line,) = [line for line in training.lines if line.get_label() == FIRST]
    for value, row in zip(line.get_ydata(), steps.to_dict()["steps"], strict=True):
        kinds = row["backends"][FIRST]
        assert value == max(1e-4, *(kinds[kind]["rel_err"] / row["limits"][kind] for kind in kinds))
    assert drawn(figure)


def test_the_groups_of_several_workers_are_drawn_too(steps):
    from googlenet.comparing import Comparison

    report, several = steps.to_dict(), f"{FIRST} x2"
    report["frameworks"][several] = "two workers"
    for row in report["steps"]:
        row["backends"][several] = {"loss": {"rel_err": 2 * row["limits"]["loss"], "where": "loss"}}
    figure = Comparison(report).plot()
    outputs, training = ({line.get_label(): line for line in axes.lines} for axes in figure.axes)
    assert several not in outputs
    assert training[several].get_ydata().tolist() == [2.0] * len(report["steps"])
    assert training[several].get_color() not in [training[name].get_color() for name in report["backends"]]
    assert [text.get_text() for text in figure.legends[0].texts] == [*report["backends"], "limit", several]


def test_training_in_python_is_alone(monkeypatch, tmp_path):
    for name, text in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"}.items():
        monkeypatch.setenv(name, text)
    with pytest.raises(g.InputError, match=r"^this is one of 2 workers .* googlenet train in its place"):
        g.train("d2l", backend=FIRST, out=tmp_path / "run", steps=1)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("WORLD_SIZE", "1")
    with pytest.raises(g.InputError, match="unknown data"):
        g.train("d2l", "nothing", backend=FIRST, out=tmp_path / "run")


def test_an_infinite_error_is_drawn_at_the_top(steps):
    from googlenet.comparing import Comparison

    report = steps.to_dict()
    report["stages"][1]["backends"][FIRST]["rel_err"] = None
    line = next(line for line in Comparison(report).plot().axes[0].lines if line.get_label() == FIRST)
    assert line.get_ydata()[1] == 1e16


def test_images_in_an_array_are_those_that_are_compared():
    x = np.random.default_rng(0).normal(size=(3, 3, 20, 21))
    found = g.compare(TINY, backends=[FIRST], images=x).to_dict()
    assert (found["images"], found["input_shape"], found["oblong"]) == (3, [3, 20, 21], None)
    for wrong in (x[0], x[:0]):
        with pytest.raises(g.InputError, match="N x C x H x W"):
            g.compare(TINY, images=wrong)
    with pytest.raises(g.InputError, match="the images are of 20 x 21 pixels"):
        g.compare(TINY, images=x, image_size=8)


def test_bars_of_sizes_and_shares():
    for result, key in ((g.summary("d2l", against=["nin", "vgg11"]), "networks"), (g.summary("paper"), "layers")):
        rows = [row for row in result.to_dict()[key] if "." not in row["name"]]
        figure = result.plot()
        for panel, name in zip(figure.axes, ("params", "macs"), strict=True):
            assert [bar.get_width() for bar in panel.patches] == [row[name] for row in rows]
        assert drawn(figure)


def test_errors_speak_of_arguments():
    with pytest.raises(g.InputError) as caught:
        g.compare("d2l", recipe="paper")
    assert str(caught.value) == "recipe= is for the training of steps=: give steps= too, such as steps=20"
    with pytest.raises(ValueError, match="unknown network 'd3l'"):
        g.summary("d3l")
    assert in_words_of_python("a - b -- c --d") == "a - b -- c d="
    for size in ("96", 0, (1, 2, 3), (True, 4), -3):
        with pytest.raises(g.InputError, match="image_size is a number of pixels"):
            g.summary("d2l", image_size=size)


def test_a_notebook_gets_tables_and_words_of_others_are_only_words():
    rows = table("name", ">number", "empty")
    for i in range(3):
        rows.add_row(f"<script>{i}", str(i), "")
    text = html([rows])
    assert "<script>" not in text and "&lt;script&gt;2" in text
    assert text.count("<tr>") == 4 and "empty" not in text
    assert TALL > 10


def test_what_a_notebook_gets_of_a_result():
    text = g.summary("d2l", against="nin")._repr_html_()
    assert "5,977,530" in text and "1,992,166" in text and text.count("<table") == 1
    assert "color" in g.compare(TINY, backends=FIRST)._repr_html_()


@pytest.fixture
def small(class_folders, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return class_folders


def test_a_run_from_the_first_step_to_its_predictions(run, small, capsys, tmp_path):
    """Of a table of one's own: what Python has begun, Python goes on with."""
    asked = {"image_size": 32, "batch": 8, "validation": 0.2, "backend": FIRST}
    begun = g.train(TINY, small, epochs=2, steps=2, out=tmp_path / "run", **asked)
    assert not begun.finished and begun.folder == tmp_path / "run"
    trained = g.train(TINY, resume=begun)
    assert trained.finished and set(trained.test) == {FIRST} and len(trained.epochs[FIRST]) == 2
    judged = g.evaluate(trained, split="test")
    assert trained.test[FIRST] == judged.accuracy == judged.confusion.trace() / judged.confusion.sum()
    assert list(judged.by_class) == list(CLASSES)
    said = g.predict(trained, small / "test" / "owl", top=2)
    assert len(said) == 3 and set(said.best) <= set(CLASSES)
    assert capsys.readouterr() == ("", "")
    assert judged.to_dict() == told(run, "evaluate", trained.folder)[0]
    assert said.to_dict() == told(run, "predict", trained.folder, small / "test" / "owl", "--top", 2)[0]
    for result in (trained, judged, said):
        assert drawn(result.plot()) and "<table" in result._repr_html_() and str(result)
    assert "validation" in str(trained) and "finished after 2 epochs" in repr(trained)


def test_features_and_scores_are_those_of_the_commands(run, small, finished_run, capsys, tmp_path):
    from common.scores.draws import Draws

    found = g.features([small / "test" / "owl", small / "test" / "cat"], finished_run, layer="b2")
    assert found.array.shape[0] == len(found.paths) == 6
    asked = ("features", finished_run, small / "test" / "owl", small / "test" / "cat", "--layer", "b2")
    assert run(*asked, "--out", tmp_path / "f.npz")[0] == 0
    with np.load(tmp_path / "f.npz") as saved:
        assert any(np.array_equal(saved[name], found.array) for name in saved.files)
    two = small / "train" / "owl", small / "train" / "cat"
    scored = g.fid(*two, weights=finished_run, layer="b2", draws=Draws(subsets=2, subset_size=4, splits=2))
    assert capsys.readouterr().err == ""
    options = ("--layer", "b2", "--subsets", 2, "--subset-size", 4, "--splits", 2)
    assert scored.to_dict() == told(run, "fid", *two, "--weights", finished_run, *options)[0]
    assert repr(scored).startswith("<Scores of ") and "FID" in str(scored)
