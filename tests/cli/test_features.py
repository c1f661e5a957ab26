"""The command ``features`` writes a file, says what is in it, and leaves nothing behind where it fails."""

import json

import numpy as np
import pytest
from PIL import Image
from support.backends import NAMES

from common import nets
from common.data.preprocessing import plain
from common.table.drawing import probing
from common.weights import bundle


@pytest.fixture
def given(tmp_path, monkeypatch):
    """A folder with weights, and with three pictures in it."""
    monkeypatch.chdir(tmp_path)
    table = nets.get("d2l", in_channels=3, num_classes=4)
    bundle.save("w.safetensors", bundle.Bundle(table, probing(table, dtype="float32"), plain(table)))
    (tmp_path / "photos").mkdir()
    for i in range(3):
        Image.new("RGB", (96, 96), (80 * i, 9, 200)).save(tmp_path / f"photos/{i}.png")
    return tmp_path


def test_features_of_a_folder_are_written_and_told(given, run):
    asked = ("features", "w.safetensors", "photos", "--layer", "b3.3a", "--backend", NAMES[0], "--batch", "2")
    code, out, err = run(*asked, "--out", "f.npz", "--json", "f.json")
    assert (code, err) == (0, "")
    assert "3 images, 256 numbers each in float32: layer b3.3a of d2l in " in out and "written: f.npz" in out
    said = json.loads((given / "f.json").read_text())
    with np.load("f.npz") as found:
        assert found["features"].shape == (3, 256)
        assert found["paths"].tolist() == said["images"] == [f"photos/{i}.png" for i in range(3)]
        metadata = json.loads(str(found["metadata"]))
    assert {key: said[key] for key in ("from", "out", "shape", "layer", "maps", "weights")} == {
        **{"from": "w.safetensors", "out": "f.npz", "shape": [3, 256], "layer": "b3.3a", "maps": False},
        "weights": metadata["weights"],
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["photos", "--out", "f.csv"], "f.csv: features are written as .npz or .safetensors"),
        (["photos", "--out", "nowhere/f.npz"], "nowhere/f.npz: cannot be written: no such folder"),
        (["photos/9.png", "--out", "f.npz"], "photos/9.png: no such image"),
        (["empty", "--out", "f.npz"], "empty: no images in this folder"),
        (["photos", "--out", "f.npz", "--layer", "2048"], "d2l has no layer '2048'"),
        (["photos", "--out", "f.npz", "--dtype", "half"], "unknown dtype 'half'"),
        (["photos", "broken.png", "--out", "f.npz"], "broken.png: a broken image"),
    ],
)
def test_what_is_wrong_is_one_line_and_no_file(arguments, words, given, run):
    (given / "empty").mkdir()
    (given / "broken.png").write_bytes((given / "photos/0.png").read_bytes()[:60])
    (given / "f.npz").write_text("before")
    code, out, err = run("features", "w.safetensors", *arguments, "--backend", NAMES[0])
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert (given / "f.npz").read_text() == "before"
    assert {path.name for path in given.iterdir()} == {"w.safetensors", "photos", "empty", "broken.png", "f.npz"}
