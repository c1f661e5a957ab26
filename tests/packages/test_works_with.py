"""docs/works-with.md: each cell of its table names tests, and these are there, for the framework of the column."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "works-with.md").read_text()
COLUMNS = ("pytorch", "keras", "gluon")
SHARED = "test_nets_as_models.py"


def names_in(file):
    """The names of the tests of a file, without those that are never run."""
    tree = ast.parse((ROOT / "tests" / "packages" / file).read_text())
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not any("skip" in ast.unparse(mark) for mark in node.decorator_list)
    }


def rows():
    """(task, cells) of each row of the table."""
    lines = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    return [(line[0], line[1:]) for line in lines[1:]]


def test_each_cell_names_a_test_of_its_framework():
    there = {column: names_in(f"test_works_with_{column}.py") | names_in(SHARED) for column in COLUMNS}
    there["keras"] |= names_in("test_works_with_keras_copies.py")
    assert len(rows()) > 15
    for task, cells in rows():
        assert len(cells) == len(COLUMNS), task
        assert any(cell != "-" for cell in cells), task
        for column, cell in zip(COLUMNS, cells, strict=True):
            named = re.findall(r"`(test_\w+)`", cell)
            assert named or cell == "-", (task, column)
            assert set(named) <= there[column], (task, column, set(named) - there[column])


def test_each_test_of_a_framework_is_named():
    """What a net can do is on the page; errors need not be."""
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    for column in COLUMNS:
        unnamed = names_in(f"test_works_with_{column}.py") - named
        assert all(re.search("refused|error|page|written|writes", name) for name in unnamed), unnamed
