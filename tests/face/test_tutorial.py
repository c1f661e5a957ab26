"""docs/tutorial.md: every block of every framework is run, and prints what the page shows; so do the commands."""

import shlex
from contextlib import redirect_stdout
from io import StringIO

import pytest
from support.pages import FRAMEWORKS, blocks, commands, execute, prints, write_files

PAGE = "docs/tutorial.md"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files of the page, to work in."""
    monkeypatch.chdir(tmp_path)
    write_files(PAGE, tmp_path)
    return tmp_path


def test_the_blocks_of_a_framework_print_what_the_page_shows(backend_name, backend, folder):
    framework, program, printed, ran = FRAMEWORKS[backend_name], {"__name__": "__main__"}, StringIO(), 0
    for block in (block for block in blocks(PAGE) if block.is_for(framework)):
        if block.language == "python":
            with redirect_stdout(printed):
                execute(PAGE, block, program)
            ran += 1
        elif block.language == "output":
            assert prints(block.text, printed.getvalue()), f"line {block.line}: {printed.getvalue()}"
            printed = StringIO()
    assert ran >= 10
    assert not printed.getvalue(), "what is printed is shown"


@pytest.mark.only("torch")
def test_the_commands_print_what_the_page_shows(folder, run):
    """An error is shown too: its line begins with the name of the command, and its exit code is 2."""
    shown = [found for block in blocks(PAGE) if block.language == "console" for found in commands(block)]
    assert len(shown) >= 8
    for command, expected in shown:
        program, *arguments = shlex.split(command)
        assert program == "googlenet"
        code, out, error = run(*arguments)
        assert code == (2 if expected.startswith("googlenet: ") else 0), command
        assert prints(expected, out + error), f"{command}\n{out}{error}"


def test_every_block_is_of_a_kind_that_is_run():
    """What has no language are commands, which the test of links looks at."""
    for block in blocks(PAGE):
        assert block.file or set(block.words) <= set(FRAMEWORKS.values()), block
        assert block.language in ("python", "output", "console") or (
            block.language == "" and all(line.startswith(("googlenet ", "pip ")) for line in block.text.splitlines())
        ), block


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a 1.4e-15 b\n", "a 2.2e-16 b", True),
        ("a 1.4e-15 b\n", "a 0.0 b", False),
        ("first\n...\nlast\n", "first\n1\n2\nlast\n", True),
        ("first\n...\nlast\n", "first\nlast", False),
        ("AGREE: ... (...)", "DIVERGE: x (y)", False),
        ("1,234 ", "1,234\n", True),
        ("1.234", "1,234", False),
        ("", "something", False),
    ],
)
def test_what_is_printed_is_held_to_what_is_shown(expected, printed, same):
    assert prints(expected, printed) == same
