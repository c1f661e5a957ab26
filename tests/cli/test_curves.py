"""Plots of training: what is drawn is what the metrics say, and the same metrics are the same bytes."""

import json
import subprocess
import sys
from contextlib import contextmanager
from math import isnan
from xml.dom import minidom
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from support.data_files import refused

from common.cli.show import curves as drawing
from common.cli.show import figures
from common.cli.show.curves import POINTS, curves
from common.runs.history import read_metrics


def history(epochs=3, steps=4, offset=0.0, validated=True, tested=True):
    """Rows of metrics in which every number is another one."""
    rows, step = [], 0
    for epoch in range(epochs):
        for _ in range(steps):
            step += 1
            rows.append({"kind": "step", "step": step, "epoch": epoch, "lr": 0.1 / step, "loss": 2 / step + offset})
            rows[-1]["accuracy"] = 1 - 0.9 / step
        row = {"kind": "epoch", "epoch": epoch, "step": step, "loss": 3 / step + offset, "accuracy": 1 - 0.8 / step}
        row["validation_loss"] = 4 / step + offset if validated else None
        row["validation_accuracy"] = 1 - 0.7 / step if validated else None
        rows.append(row)
    if tested:
        rows.append({"kind": "test", "epoch": 1, "images": 9, "loss": 0.33, "accuracy": 0.77})
    return rows


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Draw, and return the figure instead of writing it."""

    def call(runs, **settings):
        kept = []
        monkeypatch.setattr(figures, "save", lambda figure, *paths: kept.append(figure))
        curves(runs, tmp_path / "curves", **settings)
        return kept[0]

    return call


def points(line):
    return [(x, y) for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True) if not isnan(y)]


def rows_of(rows, kind, name):
    return [(row["step"], row[name]) for row in rows if row["kind"] == kind]


def assert_panels(panels, rows, at=0):
    """The lines of the run ``at``: single steps, means of epochs, validation, test; learning rate."""
    for panel, name in zip(panels, ("loss", "accuracy"), strict=False):
        steps, means, validation, test = panel.lines[4 * at : 4 * at + 4]
        assert points(steps) == rows_of(rows, "step", name)
        assert points(means) == rows_of(rows, "epoch", name)
        assert points(validation) == rows_of(rows, "epoch", f"validation_{name}")
        assert points(test) == [(8, {"loss": 0.33, "accuracy": 0.77}[name])]  # where the epoch 1 ends
    assert points(panels[2].lines[at]) == rows_of(rows, "step", "lr")


def legend(figure):
    (found,) = figure.legends
    return [text.get_text() for text in found.get_texts()]


def test_all_numbers_are_drawn_where_they_belong(drawn):
    rows = history()
    figure = drawn({"torch": rows}, title="d2l on digits")
    assert figure.get_suptitle() == "d2l on digits"
    assert [panel.get_ylabel() for panel in figure.axes] == [
        *("loss (cross-entropy)", "accuracy (share of images)", "learning rate")
    ]
    assert figure.axes[-1].get_xlabel() == "epoch (of 4 steps)"
    assert_panels(figure.axes, rows)
    assert legend(figure) == ["training, steps", "training, mean of an epoch", "validation", "test"]


def style(line):
    """What tells kinds of lines apart."""
    return line.get_linestyle(), line.get_marker(), line.get_markerfacecolor() == "white", line.get_alpha()


def test_a_line_looks_like_its_sample_in_the_legend(drawn):
    """Training is not drawn as validation, nor validation as test, in either panel."""
    figure = drawn({"torch": history()})
    samples = list(map(style, figure.legends[0].legend_handles))
    assert len(set(samples)) == 4
    for panel in figure.axes[:2]:
        assert list(map(style, panel.lines)) == samples


def test_every_panel_has_its_own_values_whatever_a_run_is_called(drawn):
    """A run called like a kind of line has its own place in the legend."""
    figure = drawn({"validation": history(), "test": history(offset=1.0)})
    assert legend(figure)[2:] == ["validation", "test", "validation", "test"]
    assert_panels(figure.axes, history(), 0)
    assert figure.axes[2].lines[0].get_drawstyle() == "steps-post"


def test_several_runs_have_a_colour_and_a_marker_each_and_none_hides_another(drawn):
    """Lines are equally wide. The markers of those below are larger, so that runs that agree are all seen."""
    runs = {"torch": history(), "tf": history(offset=0.5), "mxnet": history(offset=1.0)}
    figure = drawn(runs)
    for at, rows in enumerate(runs.values()):
        assert_panels(figure.axes, rows, at)
    lines = [line for at in range(3) for line in figure.axes[0].lines[4 * at + 1 : 4 * at + 3]]
    for kind in (lines[::2], lines[1::2]):
        assert len({line.get_color() for line in kind}) == len({line.get_marker() for line in kind}) == 3
        sizes = [line.get_markersize() for line in kind]
        assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3
    assert len({line.get_linewidth() for line in (*lines, *figure.axes[2].lines)}) == 1
    assert legend(figure)[-3:] == ["torch", "tf", "mxnet"]
    handles = figure.legends[0].legend_handles[-3:]
    for looks in ("get_color", "get_marker", "get_markersize"):
        assert [getattr(handle, looks)() for handle in handles] == [getattr(line, looks)() for line in lines[::2]]


def test_rates_that_are_all_the_same_are_no_runs_own(drawn):
    rates = drawn({"torch": history(), "tf": history(offset=0.5)}).axes[2].lines
    assert {line.get_color() for line in rates} == {drawing.GREY}
    slower = [{**row, "lr": 0.01} if "lr" in row else row for row in history()]
    rates = drawn({"torch": history(), "tf": slower}).axes[2].lines
    assert [line.get_color() for line in rates] == list(figures.COLOURS[:2])
    assert drawn({"torch": history()}).axes[2].lines[0].get_color() == figures.COLOURS[0]


def test_a_loss_of_training_of_another_kind_has_a_panel_of_its_own(drawn):
    """With label smoothing and heads it is no cross-entropy, and lies above that of validation for this alone."""
    rows, words = history(), "label smoothing 0.1"
    training, validation, accuracy, _ = drawn({"torch": rows}, objective=words).axes
    assert training.get_ylabel() == f"loss of training\n({words})"
    assert [points(line) for line in training.lines] == [rows_of(rows, kind, "loss") for kind in ("step", "epoch")]
    assert validation.get_ylabel() == "loss (cross-entropy)"
    assert [points(line) for line in validation.lines] == [rows_of(rows, "epoch", "validation_loss"), [(8, 0.33)]]
    assert len(accuracy.lines) == 4


def test_what_there_is_not_is_not_in_the_legend(drawn):
    figure = drawn({"torch": history(validated=False, tested=False)})
    assert legend(figure) == ["training, steps", "training, mean of an epoch"]
    assert points(figure.axes[0].lines[2]) == points(figure.axes[0].lines[3]) == []
    figure = drawn({"torch": []})  # stopped before its first step
    low, high = figure.axes[0].get_ylim()
    assert (legend(figure), low) == ([], 0)
    assert high > 0


def test_a_validation_far_off_does_not_flatten_the_rest(drawn):
    rows = history()
    assert drawn({"torch": rows}).axes[0].get_ylim() == (0, pytest.approx(2, abs=0.2))
    rows[4]["validation_loss"] = 25.0
    panel = drawn({"torch": rows}).axes[0]
    assert panel.get_ylim() == (0, 4)
    assert (4, 25) in points(panel.lines[2])


def test_many_steps_become_means(drawn):
    rows = history(epochs=2, steps=POINTS + 50)
    steps = points(drawn({"torch": rows}).axes[0].lines[0])
    assert len(steps) == -(-2 * (POINTS + 50) // 3) <= POINTS
    assert steps[0] == (2, pytest.approx((2 + 1 + 2 / 3) / 3))
    assert points(drawn({"torch": history(epochs=1, steps=POINTS)}).axes[0].lines[0])[-1] == (POINTS, 2 / POINTS)


def epochs(figure):
    """The labels of the lowest axis, by the steps where they stand."""
    axis = figure.axes[-1].xaxis
    return dict(zip(axis.get_majorticklocs(), (text.get_text() for text in axis.get_ticklabels()), strict=True))


def test_whole_epochs_stand_below(drawn):
    figure = drawn({"torch": history(), "tf": history()})
    assert figure.axes[-1].get_xlabel() == "epoch (of 4 steps)"
    assert epochs(figure) == {0: "0", 4: "1", 8: "2", 12: "3"}
    many = epochs(drawn({"torch": history(epochs=90, steps=2)}))
    assert 5 <= len(many) <= 12
    assert all(label.isdigit() and step == 2 * int(label) for step, label in many.items())


def test_runs_with_epochs_of_different_length_have_no_common_epochs(drawn):
    for runs in ({"a": history(steps=4), "b": history(steps=5)}, {"a": history(epochs=0, tested=False)}):
        assert drawn(runs).axes[-1].get_xlabel() == "step (batches)"


def falling(lowest):
    """A history whose losses fall to ``lowest``."""
    rows = history(epochs=3)
    for row in rows:
        if row["kind"] == "epoch" and row["epoch"] == 2:
            row["loss"] = lowest
    return rows


def test_losses_that_fall_very_low_have_a_logarithmic_axis(drawn):
    panel, accuracy, rates = drawn({"torch": falling(0.01)}).axes
    assert panel.get_yscale() == "log" and panel.get_ylim() == (pytest.approx(0.007), pytest.approx(2, rel=0.1))
    figure = panel.figure
    figure.draw_without_rendering()
    labels = {text.get_text() for text in panel.get_yticklabels()}
    assert {"0.01", "0.05", "0.1", "1"} <= labels and all(float(label) for label in labels)
    assert accuracy.get_yscale() == rates.get_yscale() == "linear"
    assert drawn({"torch": falling(0.2)}).axes[0].get_yscale() == "linear"
    for odd in (0.0, None):  # nothing that has a logarithm
        assert drawn({"torch": falling(odd)}).axes[0].get_ylim()[0] == 0


def test_both_files_are_written_and_the_same_metrics_are_the_same_bytes(tmp_path):
    import matplotlib

    first = curves({"torch": history()}, tmp_path / "a.b", "d2l")
    assert first == (tmp_path / "a.b.png", tmp_path / "a.b.svg")
    assert Image.open(first[0]).size[0] == 900
    assert ElementTree.parse(first[1]).getroot().tag.endswith("svg")
    with matplotlib.rc_context({"axes.facecolor": "red", "savefig.dpi": 30, "font.size": 30}):
        second = curves({"torch": history()}, tmp_path / "other", "d2l")
        assert matplotlib.rcParams["axes.facecolor"] == "red"
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.b.png", "a.b.svg", "other.png", "other.svg"]


def test_a_file_that_cannot_be_drawn_leaves_the_earlier_one(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    curves({"torch": history()}, tmp_path / "curves")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(self, path, **settings):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", full)
    refused(lambda: curves({"torch": history(5)}, tmp_path / "curves"), "curves.png", "No space left on device")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_names_that_are_hostile_are_cut_and_the_svg_can_be_read(tmp_path, drawn):
    hostile = {"\x1b[31m\x00\udcff": history(), "\u202etab": history(), "W" * 10**6: history()}
    curves(hostile, tmp_path / "c", "\x1b[31m\n" + "W" * 10**6)
    assert r"\x1b[31m" in minidom.parse(str(tmp_path / "c.svg")).toxml()
    figure = drawn(hostile, title="\x1b[31m\n" + "W" * 10**6)
    for words in (*legend(figure), figure.get_suptitle()):
        assert words.isprintable() and len(words) <= drawing.TITLE


def test_names_are_drawn_as_they_are(tmp_path, recwarn):
    """A dollar begins a formula in Matplotlib; and not every letter is in its font."""
    curves({r"$\frac{$": history(), "猫": history()}, tmp_path / "curves", r"$x_1 \alpha")
    assert [str(warning.message) for warning in recwarn] == []


def test_without_matplotlib_a_line_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    refused(
        lambda: curves({"torch": history()}, tmp_path / "c"),
        "Matplotlib, which is not installed",
        "pip install matplotlib",
    )
    assert list(tmp_path.iterdir()) == []


def test_matplotlib_comes_late_and_without_a_screen(tmp_path):
    code = (
        "import sys, pkgutil, common\n"
        "for info in pkgutil.walk_packages(common.__path__, 'common.'): __import__(info.name)\n"
        "print(*{'matplotlib', 'requests', 'pooch'} & set(sys.modules))\n"
        f"from common.cli.show.curves import curves; curves({{}}, {str(tmp_path / 'c')!r})\n"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "\nFalse\n", done.stderr


@contextmanager
def written(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines))
    yield path


def test_metrics_are_read_as_they_were_written(tmp_path):
    with written(tmp_path / "m.jsonl", map(json.dumps, history(validated=False))) as path:
        assert read_metrics(path) == history(validated=False)
    with written(path, []):
        assert read_metrics(path) == []


def test_the_metrics_of_a_run_are_read(tmp_path):
    """Those that `common.runs.training` writes have more in them."""
    from common.runs.history import Metrics

    metrics = Metrics(tmp_path / "m.jsonl", 0)
    for row in history():
        metrics.write({**row, "seconds": 1.5})
    metrics.close()
    assert [row["kind"] for row in read_metrics(tmp_path / "m.jsonl")] == [row["kind"] for row in history()]


STEP = json.dumps(history()[0])


@pytest.mark.parametrize(
    "line",
    [
        *(STEP[:-9], "", "[1]", "17", "null", '{"kind": "step"}', '{"kind": "nap"}', '{"kind": ["step"]}'),
        *(STEP.replace('"step": 1', '"step": "1"'), STEP.replace('"step": 1', '"step": true'), "[" * 100_000),
    ],
)
def test_a_line_that_is_no_metrics_is_named(line, tmp_path):
    with written(tmp_path / "m.jsonl", [STEP, line]) as path:
        refused(lambda: read_metrics(path), f"{path}: line 2 is cut off or no metrics")


def test_metrics_that_are_no_text(tmp_path):
    refused(lambda: read_metrics(tmp_path / "none.jsonl"), "none.jsonl: no such file")
    (tmp_path / "m.jsonl").write_bytes(b"\xff\xfe")
    refused(lambda: read_metrics(tmp_path / "m.jsonl"), f"{tmp_path / 'm.jsonl'}: line 1 is cut off")
    refused(lambda: read_metrics(tmp_path), f"{tmp_path}: a folder")


def test_groups_of_steps_are_means():
    steps, values = drawing._thinned(np.arange(1, 2 * POINTS, dtype=float), np.arange(2 * POINTS - 1.0))
    assert (steps[0], values[0]) == (1.5, 0.5)
    assert (steps[-1], values[-1]) == (2 * POINTS - 1, 2 * POINTS - 2)  # one is left over, and is its own mean
