"""docs/googlenet.ipynb runs from top to bottom, and shows what is stored in it: tables, drawings, plots."""

import ast
import json

import pytest
from support.syntax import ROOT

CELLS = json.loads((ROOT / "docs" / "googlenet.ipynb").read_text(encoding="utf-8"))["cells"]
CODE = [cell for cell in CELLS if cell["cell_type"] == "code"]
KINDS = {"_repr_html_": "text/html", "_repr_svg_": "image/svg+xml", "savefig": "image/png"}


def run(source, program):
    """Run one cell; the value of its last line, if that is an expression."""
    tree = ast.parse(source)
    *body, last = tree.body
    if not isinstance(last, ast.Expr):
        body, last = tree.body, None
    exec(compile(ast.Module(body, []), "cell", "exec"), program)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), program) if last else None


def stored(cell):
    """The kinds in which a cell's value is shown in the file, and what the cell printed."""
    kinds, printed = set(), ""
    for output in cell["outputs"]:
        assert output["output_type"] in ("stream", "execute_result"), output
        kinds |= set(output.get("data", ()))
        printed += "".join(output.get("text", ""))
    return kinds, printed


def shown(value):
    """The kinds in which a notebook would show a value."""
    return (
        {"text/plain"} | {kind for name, kind in KINDS.items() if hasattr(value, name)} if value is not None else set()
    )


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """The names that the cells share, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    yield {"__name__": "__main__"}
    import matplotlib.pyplot as plt

    plt.close("all")


def test_every_cell_runs_and_shows_what_is_stored(shared, capsys):
    for cell in CODE:
        value, (kinds, printed) = run("".join(cell["source"]), shared), stored(cell)
        assert kinds <= shown(value), cell["source"]
        assert bool(kinds) == (value is not None), cell["source"]
        assert capsys.readouterr().out == printed, cell["source"]
    assert shared["same"].agree
    one, *others = shared["judged"].values()
    assert one.accuracy > 0.8
    assert all((other.confusion == one.confusion).all() for other in others)


def test_every_cell_was_run_in_order_before_it_was_stored():
    assert [cell["execution_count"] for cell in CODE] == list(range(1, len(CODE) + 1))


def test_it_is_small():
    assert (ROOT / "docs" / "googlenet.ipynb").stat().st_size < 300_000
