"""``googlenet draw`` and `googlenet.draw`: where the files go, what is refused, and how they look."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from support.tables import small

import googlenet as g
from common import nets
from common.base.errors import InputError
from common.cli.show import drawings
from common.drawn import draw, drawing
from common.drawn.looks import KINDS

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "d2l.svg"


def test_it_is_printed_as_it_is_written_and_both_are_what_python_gets(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    drawn = g.draw("paper", theme="dark", image_size=224, aux=False, num_classes=7, fold=False, columns=2)
    arguments = ("draw", "paper", "--theme", "dark", "--image-size", "224", "--no-aux", "--num-classes", "7")
    arguments += ("--no-fold", "--columns", "2")
    assert run(*arguments) == (0, drawn.svg, "")
    assert run(*arguments, "--out", "net.svg", "--json", "net.json") == (0, "written: net.svg\n", "")
    assert (tmp_path / "net.svg").read_text() == drawn.svg == drawn._repr_svg_() == f"{drawn}\n"
    assert drawn.svg in drawn._repr_html_()
    report = json.loads((tmp_path / "net.json").read_text())
    assert report == {**drawn.to_dict(), "file": "net.svg"} and drawn.to_dict()["file"] is None
    assert (report["network"], report["input_shape"], report["theme"]) == ("paper", [3, 224, 224], "dark")
    assert "aux1" not in drawn.svg and "7 classes" in drawn.svg
    assert {part["kind"] for part in report["parts"]} == {"stage", "block", "path", "layer"}


def test_long_lines_of_a_drawing_are_printed_whole(run, tmp_path, monkeypatch):
    monkeypatch.setattr("common.drawn.labels.titled", lambda *others: "x" * 5000)
    assert "x" * 5000 in run("draw", "d2l")[1]


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_files_are_the_same_bytes_twice_and_have_the_size_of_the_drawing(run, tmp_path, suffix):
    for name in "ab":
        g.draw(small(), out=tmp_path / f"{name}.{suffix}")
    first, second = ((tmp_path / f"{name}.{suffix}").read_bytes() for name in "ab")
    assert first == second
    drawn = drawing(small())
    if suffix == "png":
        with Image.open(tmp_path / "a.png") as picture:
            assert picture.size == pytest.approx((2 * drawn.width, 2 * drawn.height), abs=2)
    else:
        assert first.startswith(b"%PDF")


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_a_png_has_the_colours_of_its_theme(tmp_path, theme):
    drawn = drawing(small())
    drawings.save(drawn, "", tmp_path / "net.png", theme)
    box = next(item for item in drawn.flat() if getattr(item, "kind", "") == "conv")
    with Image.open(tmp_path / "net.png") as picture:
        pixel = picture.convert("RGB").getpixel((round(2 * box.x) + 8, round(2 * box.y) + 8))
    kind = KINDS["conv"]
    fill = (kind.dark if theme == "dark" else kind.light).fill
    assert pixel == tuple(int(fill[i : i + 2], 16) for i in (1, 3, 5))


def test_a_drawing_too_large_for_a_png_is_told_of(tmp_path, monkeypatch):
    monkeypatch.setattr(drawings, "MOST", 10_000)
    with pytest.raises(InputError, match=r"too large for a PNG: write it as \.svg or \.pdf"):
        g.draw(small(), out=tmp_path / "net.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("d2l", "--out", "net.jpg"), "net.jpg: a figure is written as .png, .svg, .pdf"),
        (("d2l", "--theme", "drak"), "unknown theme 'drak': did you mean 'dark'?"),
        (("d2l", "--columns", "65"), "columns of a drawing are 1 to 64, not 65"),
        (("d3l",), "did you mean 'd2l'?"),
        (("d2l", "--aux"), "has no auxiliary heads"),
        (("alexnet", "--image-size", "32"), "takes images of"),
        (("d2l", "--out", "no such folder/net.svg"), "cannot be written: no such folder"),
        (("d2l", "--out", "no such folder/net.png"), "cannot be written: no such folder"),
    ],
)
def test_bad_input_is_one_line(run, arguments, words):
    code, out, err = run("draw", *arguments)
    assert (code, out) == (2, "") and words in err and err.count("\n") == 1


def test_drawing_as_svg_imports_no_framework_no_numpy_and_no_matplotlib():
    code = (
        "import sys; from common.drawn import draw; from common import nets; draw(nets.get('d2l'))\n"
        "assert not {'torch', 'tensorflow', 'keras', 'mxnet', 'numpy', 'matplotlib'} & {*sys.modules}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_picture_of_the_page_is_what_is_drawn():
    assert PICTURE.read_text() == draw(nets.get("d2l"))
