"""The curves of runs: what they are called, and that no run ends for want of them."""

import sys

import pytest
from support.backends import NAMES

from common import nets
from common.cli import pictures
from common.cli.show import curves as drawing
from common.contract.recipe import named
from common.runs.folder import open_run

QUICK = ("train", "tiny", "--image-size", 32, "--epochs", 1, "--batch", 8, "--dropout", 0, "--backend", NAMES[0])


@pytest.mark.parametrize(
    ("net", "changes", "words"),
    [
        ("d2l", {}, ""),
        ("d2l", {"label_smoothing": 0.1}, "label smoothing 0.1"),
        ("paper", {"aux_weight": 0.2}, "heads x 0.2"),
        ("paper", {"aux_weight": 0.0}, ""),
    ],
)
def test_the_loss_of_training_is_named_where_it_is_no_cross_entropy(net, changes, words):
    recipe = named("quick").changed(**{"label_smoothing": 0.0, **changes})
    assert pictures.objective(recipe, recipe.applied(nets.get(net))) == words


@pytest.mark.usefixtures("tiny")
def test_a_picture_has_a_title_and_its_loss_a_name(class_folders, run, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(pictures, "curves", lambda histories, *words: asked.append((list(histories), *words)))
    out = tmp_path / "out"
    code, _, error = run(*QUICK, "--data", class_folders, "--out", out)
    assert code == 0, error
    ((names, stem, title, objective),) = asked
    assert (names, stem, objective) == ([NAMES[0]], out / "curves", "heads x 0.3")
    assert title.startswith(f"tiny on {class_folders.name}, float32: ")
    assert pictures.titled(open_run(out)) == f"tiny on {class_folders.name}, float32"


@pytest.mark.usefixtures("tiny")
def test_without_matplotlib_a_run_trains_and_a_line_says_why_there_are_no_curves(
    class_folders, run, tmp_path, monkeypatch
):
    monkeypatch.setattr(pictures, "curves", drawing.curves)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    out = tmp_path / "out"
    code, printed, error = run(*QUICK, "--data", class_folders, "--out", out)
    assert code == 0, error
    assert "no curves: drawing needs Matplotlib, which is not installed: pip install matplotlib" in printed.splitlines()
    assert (out / "best.safetensors").exists() and not (out / "curves.png").exists()
