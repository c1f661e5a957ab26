"""Tables from outside: in a file that the user names, and by the entry points of other distributions."""

import json
import sys
from importlib.metadata import EntryPoint

import pytest
from support.small_network import NETWORK
from support.small_runs import TINY

from common import nets
from common.base.errors import InputError
from common.contract.recipe import named
from common.nets import outside
from common.runs.run import Run
from common.weights import bundle, canonical

TABLE = """
from support.small_network import NETWORK

NET = NETWORK
OTHER = 3
"""
TWO = """
from dataclasses import replace

B = replace(NET, name="b")
"""


@pytest.fixture(autouse=True)
def nothing_stays(monkeypatch):
    """What a test adds is forgotten."""
    monkeypatch.setattr(nets, "_added", {})


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Write a file in the working folder, and return its name."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="mytable.py"):
        (tmp_path / name).write_text(text)
        return name

    return write


@pytest.fixture
def plugins(monkeypatch):
    """Install entries of the group, name to place; nothing of them is kept."""

    def install(**places):
        points = [EntryPoint(name, place, outside.GROUP) for name, place in places.items()]
        monkeypatch.setattr(outside, "plugins", lambda: {point.name: point for point in points})
        outside.of_plugin.cache_clear()

    yield install
    outside.of_plugin.cache_clear()


@pytest.mark.parametrize("name", ["mytable.py:NET", "mytable.py", "./mytable.py:NET"])
def test_a_table_in_a_file_is_that_table(file, name):
    file(TABLE)
    table = nets.get(name, num_classes=7)
    assert (table.name, table.num_classes, table.input) == ("mynet", 7, NETWORK.input)
    assert nets.get("mynet").input == NETWORK.input  # by its name, from then on
    assert "mynet" not in nets.names()


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        ("", "nowhere.py:NET", "nowhere.py: no such Python file"),
        ("", "mytable.py:NET", "mytable.py: has no 'NET': it has no table"),
        (TABLE, "mytable.py:NETT", "mytable.py: has no 'NETT': its tables are NETWORK, NET"),
        (TABLE, "mytable.py:OTHER", "mytable.py: OTHER is no table, but of type 'int': its tables are"),
        ("", "mytable.py", "mytable.py: say which table after a colon, such as mytable.py:NET: it has no table"),
        (
            TABLE + TWO,
            "mytable.py",
            "say which table after a colon, such as mytable.py:NET: its tables are NETWORK, NET, B",
        ),
        ("x = 1\n\nx.y\n", "mytable.py:NET", "mytable.py, line 3: AttributeError: 'int' object has no attribute 'y'"),
        ("def f(:\n", "mytable.py:NET", "mytable.py, line 1: SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(7)\n", "mytable.py:NET", "mytable.py, line 2: SystemExit: 7"),
        ("import nowhere_at_all", "mytable.py:NET", "mytable.py, line 1: ModuleNotFoundError: No module named"),
        (
            "from common.table.spec import Conv\n\n\ndef f():\n    return Conv(0, 3)\n\n\nf()\n",
            "mytable.py:NET",
            "mytable.py, line 5: Conv: channels must be",
        ),
        ("x = '\0'", "mytable.py:NET", "mytable.py"),
    ],
    ids=str,
)
def test_a_file_without_the_table_is_one_line(file, text, name, says):
    file(text)
    with pytest.raises(InputError) as caught:
        nets.get(name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_may_import_its_neighbours_and_prints_nothing(file, capsys):
    file(TABLE, "neighbour_of_mine.py")
    file("print('hello')\nfrom neighbour_of_mine import NET")
    before = list(sys.path)
    assert nets.get("mytable.py").name == "mynet"
    assert sys.path == before
    assert capsys.readouterr().out == ""


def test_a_file_runs_once_until_it_is_changed(file):
    ran = []
    sys.modules["ran_here"] = ran
    file("import sys\nsys.modules['ran_here'].append(1)\n" + TABLE)
    assert nets.get("mytable.py:NET") is nets.get("mytable.py:NET")
    assert len(ran) == 1
    file(TABLE.replace("NET =", "MINE ="))
    assert nets.get("mytable.py:MINE").name == "mynet"


def test_our_own_names_come_first(file, plugins):
    file("from dataclasses import replace\n" + TABLE + "\nNET = replace(NET, name='d2l')\n")
    with pytest.raises(InputError, match=r"mytable\.py:NET: 'd2l' is the name of a table of ours"):
        nets.get("mytable.py:NET")
    plugins(d2l="support.small_network:NETWORK")
    assert nets.get("d2l").source != NETWORK.source
    assert [row["name"] for row in nets.listed()] == nets.names()


def test_a_plug_in_is_known_by_its_name(plugins, run):
    plugins(tiny="support.small_runs:TINY")
    assert nets.get("tiny").input == TINY.input
    code, out, _ = run("nets")
    assert code == 0 and f"tiny: {TINY.title}" in out


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("nowhere_at_all:NET", "cannot be imported: ModuleNotFoundError"),
        ("support.small_network:NOTHING", "cannot be imported: AttributeError"),
        ("support.small_network:STAGE", "is no table, but of type 'Stage'"),
        ("support.small_runs:TINY", "its table is called 'tiny'"),
    ],
)
def test_a_broken_plug_in_is_one_line_and_breaks_nothing(plugins, place, says):
    plugins(mynet=place)
    with pytest.raises(InputError, match=f"network 'mynet', of the plug-in {place}: .*{says}"):
        nets.get("mynet")
    lines = []
    assert [row["name"] for row in nets.listed(lines.append)] == nets.names()
    (line,) = lines
    assert line.startswith("left out: ") and says in line


def test_a_plug_in_that_takes_no_square_image_is_listed_with_the_sizes_it_takes(plugins, run):
    plugins(mynet="support.small_network:NETWORK")
    row = nets.listed()[-1]
    assert (row["name"], row["smallest_input"], row["largest_input"]) == ("mynet", [8, 9], [8, 9])
    code, out, _ = run("nets")
    assert code == 0 and "smallest image 8x9 px; less: fc: takes 144 inputs, not 128 (2x8x8)" in out


def test_an_unknown_name_says_all_there_are(plugins):
    plugins(theirs="support.small_network:NETWORK")
    with pytest.raises(InputError, match=r"unknown network 'thers': did you mean 'theirs'\?.*or a table of your own"):
        nets.get("thers")


def trap(file):
    """The name of a table in a file that must not be run."""
    file("raise AssertionError('somebody ran this')")
    return "mytable.py:NET"


def test_weights_that_name_a_file_do_not_run_it(file):
    metadata = {**canonical.table_metadata(nets.get("d2l")), "network": trap(file)}
    with pytest.raises(InputError, match=r"unknown network 'mytable\.py:NET'"):
        bundle.table_of(metadata, "w.safetensors")


def test_a_run_that_names_a_file_does_not_run_it(file, tmp_path):
    settings = dict.fromkeys(("data_dir",))
    settings |= {"format_version": 1, "network": trap(file), "in_channels": 1, "num_classes": 2, "aux": False}
    settings |= {"data": "digits", "classes": ["a", "b"], "images": {}, "backend": "torch", "dtype": "float32"}
    settings |= {"seed": 0, "recipe": named("quick").described(), "preprocessing": {}}
    with pytest.raises(InputError, match=r"unknown network 'mytable\.py:NET'"):
        Run.from_settings(tmp_path, json.loads(json.dumps(settings)))


@pytest.mark.only("tf")
def test_a_keras_file_that_names_a_file_does_not_run_it(file):
    from googlenet_tf.net import Net

    with pytest.raises(InputError, match=r"unknown network 'mytable\.py:NET'"):
        Net.from_config({"network": trap(file), "in_channels": 1, "num_classes": 2, "aux": False, "dtype": "float32"})


def test_onnx_that_names_a_file_does_not_run_it(file, tmp_path):
    from common.weights.formats.contents import Contents
    from common.weights.sources import native

    contents = Contents(tmp_path, "onnx", {}, {}, {"network": trap(file)})
    with pytest.raises(InputError, match=r"unknown network 'mytable\.py:NET'"):
        native.candidates(contents)


def test_what_is_no_python_file(tmp_path):
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(InputError, match="a folder, not a Python file"):
        nets.get(f"{tmp_path}/folder.py:NET")
