"""What is printed: text of others is shown as it is, one line each, and never obeyed by the terminal or by Rich."""

import json
from functools import partial
from io import StringIO

import pytest
from rich.console import Console
from rich.text import Text

from common.base.errors import InputError
from common.cli.show import output
from common.cli.show.output import Output
from common.cli.show.plain import LETTERS, fit, table, written

HOSTILE = [
    "[/b]",  # Rich takes it for the end of what never began, and raises
    "[bold red]x[/]",
    ":smile:",
    "two\nlines",
    "\r\x1b[2Kall well",
    "\x1b]0;title\x07",
    "\u202egnp.tac",
    "\u2028separator",
    "\ud800",
    "\u0301" * 5000,
    "W" * 10**6,
    "[" * 10**5,
]


@pytest.fixture
def terminal(monkeypatch):
    """What a terminal of 100 columns gets."""
    screen = StringIO()

    terminal = partial(Console, file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(output, "Console", lambda **settings: terminal())
    return screen


def shown(words):
    """The part of hostile words that must be seen."""
    return fit(words)[:30].rstrip("…")


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words)[:20])
def test_a_cell_is_one_line_that_is_cut_and_not_obeyed(words, capsys):
    rows = table("name", words, ">size")
    rows.add_row(words, "b", "1")
    rows.add_row("second", "b", "2")
    Output().print([rows])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.isprintable() and len(line) <= 2 * LETTERS + 40 for line in lines)
    assert shown(words) in lines[0] and shown(words) in lines[1]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words)[:20])
def test_a_line_is_one_line(words, capsys):
    Output().print([Text(f"data {words} AGREE"), *written([words])])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.isprintable() and len(line) <= output.LONGEST for line in lines)
    assert lines[0].startswith("data ")
    assert shown(words) in lines[2]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: ascii(words)[:20])
def test_what_is_being_done_is_not_obeyed_either(words, terminal):
    """On a terminal, where Rich would read markup in it."""
    with Output().progress() as progress:
        progress(words)
    with Output().bar(words) as bar:
        assert list(bar([1, 2], 2)) == [1, 2]
    assert shown(words)[:20] in terminal.getvalue()
    assert "\x1b]0;" not in terminal.getvalue() and "\x07" not in terminal.getvalue()


def test_json_has_everything_whole(capsys):
    Output("-").json({"label": HOSTILE})
    assert json.loads(capsys.readouterr().out) == {"label": HOSTILE}


def test_json_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    target = tmp_path / "result.json"
    target.write_text("before")
    out = Output(str(target))
    with pytest.raises(ValueError):
        out.json({"error": float("nan")})
    monkeypatch.setattr("os.replace", lambda *paths: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(InputError, match=r"result.json: cannot be written: No space left on device"):
        out.json({"a": 1})
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
