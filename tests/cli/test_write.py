"""``googlenet write`` and `googlenet.write`: where the files go, what is refused, and how the code looks."""

import ast
import json
import re
import subprocess
import sys

import pytest
from support.random_tables import tables
from support.tables import small
from support.written_tables import ODD

import googlenet as g
from common import nets
from common.base.errors import InputError
from common.written.file import written
from common.written.layout import WIDTH
from common.written.style import STYLES

BACKENDS = tuple(STYLES)


def test_it_is_printed_as_it_is_written_and_both_are_what_python_gets(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = g.write("paper", backend="keras", aux=False, num_classes=7).code["tf"]
    arguments = ("write", "paper", "--backend", "keras", "--no-aux", "--num-classes", "7")
    assert run(*arguments) == (0, code, "")
    assert run(*arguments, "--out", "net.py", "--json", "net.json") == (0, "written: net.py\n", "")
    assert (tmp_path / "net.py").read_text() == code
    report = json.loads((tmp_path / "net.json").read_text())
    assert (report["network"], report["class"]) == ("paper", "GoogLeNet")
    assert report["files"] == [{"backend": "tf", "file": "net.py", "lines": code.count("\n"), "code": code}]
    assert "num_classes=7" in code and "aux1" not in code.split('"""')[2]


def test_all_are_written_together_or_none(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("write", "d2l", "--backend", "all", "--out", "net.py")[0] == 0
    assert {path.name for path in tmp_path.iterdir()} == {"net_torch.py", "net_tf.py", "net_mxnet.py"}
    for path in tmp_path.iterdir():
        path.unlink()
    (tmp_path / "net_mxnet.py").mkdir()
    code, out, err = run("write", "d2l", "--backend", "all", "--out", "net.py")
    assert (code, out) == (2, "") and "net_mxnet.py: cannot be written: it is a folder" in err
    assert [path.name for path in tmp_path.iterdir()] == ["net_mxnet.py"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("d2l", "--backend", "all"), "several files are written, not printed: say where with --out FILE"),
        (("d2l", "--backend", "jax"), "unknown backend 'jax'"),
        (("d3l",), "did you mean 'd2l'?"),
        (("d2l", "--aux"), "has no auxiliary heads"),
        (("d2l", "--out", "no such folder/net.py"), "cannot be written: no such folder"),
    ],
)
def test_bad_input_is_one_line(run, arguments, words):
    code, out, err = run("write", *arguments)
    assert (code, out) == (2, "") and words in err and err.count("\n") == 1


def test_a_plug_in_without_templates_is_told_of(monkeypatch):
    from common.written import asked

    monkeypatch.setattr(asked, "name_of", lambda name, *others: name)
    with pytest.raises(InputError, match="backend 'mine' has no templates of code here: what can be written is torch"):
        asked.chosen("mine")


def test_writing_imports_no_framework_and_no_numpy_but_ours():
    code = (
        "import sys; from common import cli; sys.argv = ['googlenet', 'write', 'd2l']\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'tensorflow', 'keras', 'mxnet'} & {*sys.modules}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def all_tables():
    return [*(nets.get(name) for name in nets.names()), *ODD, small()]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Every table in every framework, in one folder."""
    folder = tmp_path_factory.mktemp("written")
    for number, table in enumerate(all_tables()):
        for backend in BACKENDS:
            (folder / f"n{number}_{backend}.py").write_text(written(table, backend), encoding="utf-8")
    return folder


def test_every_file_is_clean_and_formatted_for_a_book(files):
    settings = ["--isolated", "--line-length", str(WIDTH), "--target-version", "py310", files]
    select = ["--select", "E,F,I,UP,B,SIM,C4,RUF"]
    for arguments in (["check", *select, *settings], ["format", "--check", *settings]):
        done = subprocess.run([sys.executable, "-m", "ruff", *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert all(len(line) <= WIDTH for path in files.iterdir() for line in path.read_text().splitlines())


def test_a_file_imports_the_framework_and_nothing_of_ours(files):
    allowed = {"torch": {"torch"}, "tf": {"keras", "numpy"}, "mxnet": {"mxnet", "numpy"}}
    for path in files.iterdir():
        tree = ast.parse(path.read_text())
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        backend = path.stem.partition("_")[2]
        assert {module.split(".")[0] for module in modules} <= {"math", "operator", *allowed[backend]}, path


def own_classes(code):
    """The classes of blocks and the names of layers, in their order."""
    kinds = "Inception|Residual|Reduction|Branches|Split|GoogLeNet"
    names = re.findall(rf"^class ((?:{kinds})\w*)", code, re.M)
    return names, re.findall(r'^            \*?\(+f?"([\w{}]+)",', code, re.M)


@pytest.mark.parametrize("name", nets.names())
def test_the_files_of_a_table_align(name):
    """The same classes and layers in the same order, but for what a framework needs to pad, flatten or rectify."""
    aligned = []
    for backend in BACKENDS:
        classes, layers = own_classes(written(nets.get(name), backend))
        aligned.append((classes, [layer for layer in layers if not layer.endswith(("_pad", "_flat", "_relu"))]))
    assert aligned[0] == aligned[1] == aligned[2] and aligned[0][1]


def lines_of_code(code):
    """Lines that are neither empty, nor a comment, nor of a docstring."""
    return re.findall(r"^ *[^# \n].*$", re.sub(r'"""[\s\S]*?"""', "", code), re.M)


def test_the_books_network_is_about_as_long_as_in_the_book():
    lengths = {backend: len(lines_of_code(written(nets.get("d2l"), backend))) for backend in BACKENDS}
    assert lengths["torch"] <= 70 and max(lengths.values()) <= 100, lengths


@pytest.mark.parametrize("backend", BACKENDS)
def test_hostile_words_of_a_table_stay_words(backend):
    words = 'a """\n import os \\N{no} \x1b[31m' + "x" * 500
    table = nets.get(small().__class__(**{**vars(small()), "title": words, "source": words, "departures": (words,)}))
    code = written(table, backend)
    assert isinstance(ast.parse(code).body[0].value.value, str) and "\x1b" not in code
    assert not [line for line in code.splitlines() if line.startswith(" import os") or len(line) > WIDTH]


def test_random_tables_are_python():
    from hypothesis import HealthCheck, Phase, given, settings

    @settings(
        max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(tables())
    def check(table):
        for backend in BACKENDS:
            ast.parse(written(table, backend))

    check()
