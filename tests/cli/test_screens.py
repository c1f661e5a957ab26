"""What is seen on terminals of 80 and 120 columns: nothing wider, no number cut, no column empty, and nothing lost."""

import re

import pytest
from rich.text import Text
from support.screens import SCREENS

from common.cli.show import columns, output
from common.cli.show.output import MOST, PROSE, Output
from common.cli.show.plain import table

WIDTHS = (80, 120)
NUMBER = re.compile(r"(?<![\w.])[\d,]*\d(?:\.\d+)?(?:e[-+]\d+)?(?![\w.])")
LEFT_OUT = "left out, for the terminal is narrow: "


@pytest.fixture
def screen(capsys, monkeypatch):
    """The lines of parts on a terminal of so many columns; None is a pipe."""

    def call(parts, width):
        if width is None:
            monkeypatch.delenv("COLUMNS", raising=False)
        else:
            monkeypatch.setenv("COLUMNS", str(width))
        Output().print(parts)
        return capsys.readouterr().out.splitlines()

    return call


def numbers(lines):
    return set(NUMBER.findall("\n".join(lines)))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_fits_and_has_every_number_whole(name, width, screen):
    parts = SCREENS[name]()
    shown, whole = screen(parts, width), screen(parts, None)
    assert max(map(len, shown)) <= width
    assert not numbers(shown) - numbers(whole), "a number is cut"
    if not any(LEFT_OUT in line for line in shown):
        assert numbers(whole) == numbers(shown), "a number is lost, and nothing says so"
    assert all(line == line.rstrip() and line.isprintable() for line in shown)


def test_what_is_left_out_is_said_and_only_what_may_be(screen):
    parts = SCREENS["nets"]()
    (line,) = [line for line in screen(parts, 80) if LEFT_OUT in line]
    assert line == f"{LEFT_OUT}padding, smallest, of heads"
    assert not [line for line in screen(parts, 120) + screen(parts, None) if LEFT_OUT in line]
    whole, narrow = screen(parts, None)[0].split(), screen(parts, 80)[0].split()
    assert narrow == whole[:5] == ["name", "parameters", "MACs", "depth", "input"]


def test_the_last_of_what_may_be_left_out_goes_first_and_no_more_than_must(screen):
    rows = table("name", "?>one", ">two", "?>three")
    rows.add_row("alpha", "1,111,111", "2,222,222", "3,333,333")
    shown = screen([rows], 27)
    assert shown[:2] == ["name         one        two", "alpha  1,111,111  2,222,222"]
    assert " ".join(map(str.strip, shown[2:])) == f"{LEFT_OUT}three"
    assert screen([rows], 20)[0].split() == ["name", "two"]


def column_of(*cells, head="of heads"):
    """A table of one column between two others."""
    rows = table("name", f">{head}", "kind")
    for number, cell in enumerate(cells):
        rows.add_row(f"row {number}", cell, "conv")
    return [rows]


def test_a_column_without_anything_vanishes_at_every_width(screen):
    for width in (None, 30, 120):
        assert screen(column_of("", ""), width)[0].split() == ["name", "kind"]
        assert screen(column_of("", "0"), width)[0].split() == ["name", "of", "heads", "kind"]
    rows = table("name", "empty", "?too")
    assert screen([rows], None) == ["name   empty   too"]  # without rows no column is empty


def test_gaps_become_narrower_before_anything_is_folded(screen):
    rows = table("name", ">size", "words")
    rows.add_row("a", "1", "two words")
    assert screen([rows], 23)[1] == "a         1   two words"
    assert screen([rows], 22)[1] == "a        1  two words"
    rows = table("name", "?words", "more words than that")
    rows.add_row("a", "two words here", "and some others here")
    assert screen([rows], 42) == [
        "name  words           more words than that",
        "a     two words here  and some others here",
    ]


def test_heads_of_numbers_are_folded_at_spaces_only(screen):
    rows = table("name", ">receptive field", ">of the heads")
    rows.add_row("a", "7", "1,234,567")
    assert screen([rows], 26) == [
        "name  receptive     of the",
        "          field      heads",
        "a             7  1,234,567",
    ]


def test_what_does_not_fit_goes_below_beside_the_same_first_column(screen):
    rows = table("name", ">one", ">two", ">three")
    rows.add_row("alpha", "1,111,111", "2,222,222", "3,333,333")
    rows.add_row("beta", "4,444,444", "5,555,555", "6,666,666")
    shown = screen([rows], 27)
    assert shown == [
        *("name         one        two", "alpha  1,111,111  2,222,222", "beta   4,444,444  5,555,555", ""),
        *("name        three", "alpha   3,333,333", "beta    6,666,666"),
    ]  # fmt: skip


def test_lines_are_folded_at_spaces_and_what_goes_on_is_indented(screen):
    """So that no name of others begins a line of its own, and passes for a verdict."""
    words = "  - " + "a name AGREE: all well " * 8
    shown = screen([Text(words), Text("x" * 250)], 40)
    assert all(len(line) <= 40 for line in shown)
    assert shown[0].startswith("  - a name") and all(line.startswith("    ") for line in shown[1:6])
    assert not [line for line in shown if line.startswith("AGREE")]
    assert "".join(line.strip() for line in shown[-7:]).endswith("x" * 250)


def test_a_folded_cell_of_the_first_column_is_indented_too(screen):
    rows = table("image", ">probability")
    rows.add_row("a b c d e f g h i j k l m n o AGREE: all of them", "0.5")
    shown = screen([rows], 44)
    assert len(shown) == 3 and shown[2].startswith("  ") and max(map(len, shown)) <= 44


def test_prose_is_not_wider_than_people_read_and_a_pipe_gets_whole_lines(screen):
    words = Text("word " * 100)
    assert max(map(len, screen([words], 300))) <= PROSE
    (line,) = screen([words], None)
    assert len(line) > 300


def test_a_command_to_copy_is_not_broken(screen):
    (line,) = screen([Text("googlenet train --resume " + "x" * 90, no_wrap=True)], 40)
    assert line.endswith("x" * 90)


@pytest.mark.parametrize("said", ["", "0", "-5", "wide", "٣", "9" * 30])
def test_a_width_that_is_none_is_not_taken(said, monkeypatch):
    monkeypatch.setenv("COLUMNS", said)
    assert Output().console.width == MOST  # the tests' standard output is no terminal


def test_wide_letters_count_as_the_two_columns_that_they_take():
    lines = columns.folded(Text("猫" * 30), 20)
    assert lines[0].cell_len == 20 and all(line.cell_len <= 20 for line in lines)


def test_neither_a_number_nor_a_part_of_one_is_left_alone_where_a_name_is_folded():
    """Not behind a sign, a comma or a slash, and not within digits, where there is another way."""
    for words in ("limit 1.0e-13", "of 1,234,567", "Conv 3x3/2", "IMG_20190704", "x" * 9 + "20190704"):
        for width in range(11, 14):
            lines = [line.plain.strip() for line in columns.folded(Text(words), width)]
            number = re.search(r"[\d,.e/x-]*\d$", words)[0].lstrip("x")
            assert any(number in line for line in lines), lines


def test_a_hostile_command_to_copy_is_not_broken_either(screen):
    (line,) = screen([Text("googlenet train --resume '\x1b[2J\n" + "x" * 90, no_wrap=True)], 40)
    assert line.startswith("googlenet train --resume '\\x1b[2J\\n") and line.endswith("x" * 90)


def test_a_terminal_says_how_wide_it_is(monkeypatch, tmp_path):
    import os
    import pty
    import struct
    from fcntl import ioctl
    from termios import TIOCSWINSZ

    monkeypatch.delenv("COLUMNS", raising=False)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        for columns, width in ((93, 93), (0, MOST)):  # some terminals do not know
            ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            assert output._width(terminal) == width
    os.close(ours)
    with open(tmp_path / "file", "w") as file:
        assert output._width(file) == MOST
