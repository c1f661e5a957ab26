"""Names of any characters: a line stays a line, a terminal keeps its colours, and no encoding ends a command."""

import json
import os
import subprocess
import sys

import pytest
from support.pictures import CLASSES, NAMES, TABLE, known, picture

from common.base.errors import InputError
from common.base.printable import as_line, printable
from common.runs.prediction import read_labels
from common.weights import bundle


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Äpfel, 日本 🍎 a\u00a0b", "Äpfel, 日本 🍎 a\u00a0b"),
        ("n01440764\ttench", "n01440764 tench"),
        ("a\nb\r\x1b[31m\x00", r"a\nb\r\x1b[31m\x00"),
        ("\u2028\u2029\u202e\ufffe\udcff", r"\u2028\u2029\u202e\ufffe\udcff"),
        (r"C:\new", r"C:\new"),
    ],
)
def test_what_is_no_letter_sign_or_space_is_written_out(words, found):
    assert printable(words) == found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("no such file:\n  a.png\t", "no such file: a.png"),
        (f"unknown table {'x' * 500!r}: d2l", f"unknown table '{'x' * 60}…{'x' * 59}': d2l"),
        (f"{'a/' * 300}b.png: no image", f"{'a/' * 30}…{'a/' * 27}b.png: no image"),
        (f'label "{"two words " * 100}" is', f'label "{"two words " * 6}…{("two words " * 6)[1:]}" is'),
        ("it isn't" + " so" * 60 + " and can't be", "it isn't" + " so" * 60 + " and can't be"),
    ],
)
def test_what_is_quoted_is_cut(text, line):
    """A name of 120 characters, and of a longer one the beginning and the end; our own words stay."""
    assert as_line(text) == line == as_line(line)
    assert str(InputError(text)) == line


@pytest.mark.parametrize("text", ["x" * 10**7, "x y " * 10**6, "'" * 10**6, "' " * 10**6, "\x1b" * 10**6])
def test_a_line_is_short_whatever_is_quoted(text):
    assert len(as_line(text)) <= 900


@pytest.fixture
def weights(tmp_path):
    bundle.save(tmp_path / "w.safetensors", known(range(CLASSES)))
    return tmp_path / "w.safetensors"


def labelled(folder, *names):
    path = folder / "labels.txt"
    path.write_text("\n".join([*names, *NAMES[len(names) :]]), encoding="utf-8")
    return path


def test_labels_and_file_names_stay_in_their_row(run, weights, backends_by_name, tmp_path):
    path = picture(tmp_path / "b\nad.png")
    names = ["n01440764\ttench", "\x1b[31mred\x0cder", "Katze\u2028猫"]
    labels, found = labelled(tmp_path, *names), tmp_path / "found.json"
    assert read_labels(labels, TABLE)[:3] == names
    asked = ("predict", weights, path, "--labels", labels, "--top", CLASSES, "--json", found)
    code, out, _ = run(*asked, "--backend", next(iter(backends_by_name)))
    assert code == 0
    lines = [line.rstrip() for line in out.splitlines()]
    assert lines[2].startswith(rf"{tmp_path}/b\nad.png ")
    for name in ("   n01440764 tench", r"   \x1b[31mred\x0cder", r"   Katze\u2028猫"):
        assert sum(line.endswith(name) for line in lines) == 1
    assert {best["label"] for best in json.loads(found.read_text())["images"][0]["top"]} > set(names)


def test_letters_that_an_output_does_not_know(weights, backends_by_name, tmp_path):
    """As in a shell without a locale, or of a file name that is not UTF-8."""
    path = os.fsencode(tmp_path) + b"/\xff.png"
    os.rename(picture(tmp_path / "a.png"), path)
    code = "import sys; from common import cli; sys.argv[0] = 'googlenet'; cli.main()"
    asked = ["predict", weights, path, "--labels", labelled(tmp_path, *["猫"] * CLASSES)]
    done = subprocess.run(
        [sys.executable, "-c", code, *asked, "--backend", next(iter(backends_by_name))],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
    )
    assert done.returncode == 0, done.stderr
    assert rb"\u732b" in done.stdout and rb"/\udcff.png" in done.stdout
