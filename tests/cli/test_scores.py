"""``googlenet fid``: its lines, its JSON, and that bad input is one line and leaves nothing behind."""

import json
from inspect import signature

import numpy as np
import pytest
from PIL import Image
from support.backends import NAMES
from support.small_runs import TINY, add_tiny
from support.small_sets import folder, trained

from common.cli import scores as command
from common.cli.show.scores import scores
from common.features.extraction import BATCH
from common.scores.draws import LIMITS, Draws
from common.scores.scoring import fid
from common.scores.statistics import Statistics
from common.weights import bundle


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with two sets, and weights of a small network that is known by its name meanwhile."""
    home = tmp_path_factory.mktemp("fid")
    folder(home / "a", 20)
    folder(home / "b", 18, 100)
    bundle.save(home / "w.safetensors", trained())
    known = add_tiny()
    yield home
    del known[TINY.name]


@pytest.fixture
def asked(home, run, monkeypatch):
    """Run ``googlenet fid`` in the folder; the exit code and what was printed."""
    monkeypatch.chdir(home)
    return lambda *arguments: run("fid", *arguments)


def test_the_scores_are_printed_and_written(asked, home):
    code, out, err = asked(
        *("a", "b", "--weights", "w.safetensors", "--backend", NAMES[0], "--splits", 3, "--json", "found.json")
    )
    assert (code, err) == (0, "")
    found = json.loads((home / "found.json").read_text())
    own = fid(home / "a", home / "b", weights=trained(), backend=NAMES[0], draws=Draws(splits=3))
    for key in ("fid", "kid", "features", "layer", "dtype"):
        assert found[key] == own[key], key
    lines = out.splitlines()
    assert lines[0].startswith("16 features of tiny behind b3, in ")
    assert f"FID: {own['fid']:.6g}" in lines
    assert f"KID: {own['kid']['mean']:.4e}, spread {own['kid']['std']:.1e} over 100 x 18" in lines
    for name, row in zip("ab", own["sets"], strict=True):
        score = row["inception_score"]
        line = next(line for line in lines if line.startswith(f"{name} "))
        assert line.split() == [name, "images", str(row["images"]), f"{score['mean']:.6g}", f"{score['std']:.2g}"]
    assert sum(line.startswith("note: ") for line in lines) == len(own["notes"]) == 2


def test_statistics_are_saved_and_taken_again(asked, home):
    code, out, _ = asked(*("a", "--weights", "w.safetensors", "--backend", NAMES[0], "--save-statistics", "a.npz"))
    assert code == 0 and out.splitlines()[-1] == "written: a.npz" and "FID" not in out.split("note:")[0]
    code, out, _ = asked("a.npz", "a.npz")
    assert code == 0 and "16 features of tiny behind b3" in out and "KID:" not in out
    with np.load(home / "a.npz") as file:
        assert set(file.files) == {"mu", "sigma", "count", "network", "layer", "weights", "preprocessing"}


def test_variants_are_explained_in_a_table_and_a_picture(asked, home):
    code, out, _ = asked(
        *("a", "b", "--weights", "w.safetensors", "--backend", NAMES[0], "--explain", "--figure", "e.png"),
        *("--json", "explained.json"),
    )
    assert code == 0 and out.splitlines()[-1] == "written: e.png"
    rows = json.loads((home / "explained.json").read_text())["variants"]
    assert [row["name"] for row in rows][-1] == "the second set as JPEG" and len(rows) == 4
    for row in rows:
        line = next(line for line in out.splitlines() if line.startswith(row["name"]))
        for cell in (row["first_difference"], f"{row['features_moved']:.2%}", f"{row['fid']:.6g}", row["had_by"]):
            assert cell in line
    with Image.open(home / "e.png") as picture:
        assert min(picture.size) > 300


def test_the_options_have_the_defaults_of_the_function():
    options = {name: parameter.default for name, parameter in signature(command.fid).parameters.items()}
    assert {name: options[name] for name in LIMITS} == vars(Draws())
    assert options["batch"] == BATCH


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a", "b"), "images need a network that makes features of them: give its --weights"),
        (("a", "none", "--weights", "w.safetensors"), "none: no such folder, archive or file of statistics"),
        (("none.npz", "a"), "none.npz: no such file of statistics"),
        (("wide.npz", "a", "--weights", "w.safetensors"), "wide.npz: the two sets have 17 and 16 features"),
        (
            ("bad.npz", "a", "--weights", "w.safetensors"),
            "bad.npz: no covariance: it has the eigenvalue -1, and the largest is 1",
        ),
        (("a", "b", "--weights", "none.safetensors"), "none.safetensors: no such file"),
        (("a", "b", "--weights", "w.safetensors", "--preprocessing", "fidd"), "unknown preprocessing 'fidd'"),
        (("a", "b", "--weights", "w.safetensors", "--seed", str(1 << 32)), "'--seed'"),
        (("a", "b", "--weights", "w.safetensors", "--subset-size", "1"), "'--subset-size'"),
        (("a", "b", "--weights", "w.safetensors", "--batch", "0"), "'--batch'"),
        (("a", "b", "--explain", "--figure", "e.bmp"), "e.bmp: a figure is written as .png, .svg, .pdf"),
        (("a", "b", "--figure", "e.png"), "e.png: the figure is of what --explain tells: give both"),
        (("a", "--weights", "w.safetensors", "--explain"), "variants are explained on the pictures of two sets"),
        (("a", "--save-statistics", "none/a.npz"), "none/a.npz: cannot be written: no such folder"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(arguments, message, asked, home):
    Statistics(np.zeros(17), np.eye(17)).save(home / "wide.npz")
    Statistics(np.zeros(17), np.diag([-1.0] + [1.0] * 16)).save(home / "bad.npz")
    code, out, err = asked(*arguments, "--json", "left.json")
    assert (code, out) == (2, "") and message in err and err.count("\n") == 1
    assert not (home / "left.json").exists()


def test_long_and_hostile_paths_stay_on_their_line():
    path = "x\n\x1b[31m" * 500
    row = {"path": path, "kind": "statistics", "images": None, "singular": False, "inception_score": None}
    report = {
        **{"network": path, "layer": path, "features": 4, "framework": None, "dtype": None, "preprocessing": None},
        **{"sets": [row], "fid": 1.0, "kid": None, "notes": [f"{path}: a note"], "variants": None},
    }
    *_, note = scores(report)
    assert len(note.plain) < 200 and note.plain.isprintable() and note.plain.endswith(": a note")
