"""Bad input: one line on stderr that says what, where and what to do; exit 2; no traceback, nothing written."""

import os
import subprocess
import sys
import threading

import pytest

from common import cli, nets
from common.table.drawing import initial
from common.weights.canonical import save


@pytest.fixture
def backends(backends_by_name):
    """The names of the backends under test."""
    return list(backends_by_name)


@pytest.fixture
def refused(monkeypatch, capsys, tmp_path):
    """Run ``googlenet``, require a clean refusal, and return the line."""

    def call(*arguments):
        target = tmp_path / "out" / "result.json"
        target.parent.mkdir(exist_ok=True)
        monkeypatch.setattr(sys, "argv", ["googlenet", *map(str, arguments)])
        if arguments[0] in ("summary", "compare"):
            sys.argv += ["--json", str(target)]
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capsys.readouterr()
        assert ended.value.code == 2
        assert captured.out == ""
        assert captured.err.startswith("googlenet: ")
        assert len(captured.err.strip().splitlines()) == 1
        assert "Traceback" not in captured.err
        assert list(target.parent.iterdir()) == []
        return captured.err

    return call


@pytest.mark.parametrize("command", ["summary", "compare"])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["d2i"], ["'d2i'", "did you mean 'd2l'"]),
        (["caffe", "--image-size", "30"], ["30x30", "too small for caffe", "31", "b4.pool4"]),
        (["caffe", "--image-size", "30x200"], ["30x200", "too small"]),
        (["d2l", "--image-size", "0"], ["'0'", "96x128"]),
        (["d2l", "--image-size", "1x2x3"], ["'1x2x3'"]),
        (["d2l", "--image-size", "big"], ["'big'"]),
        (["d2l", "--in-channels", "0"], ["in_channels", "0"]),
        (["d2l", "--num-classes", "-3"], ["num_classes", "-3"]),
        (["d2l", "--in-channels", "many"], ["--in-channels", "integer"]),
        (["d2l", "--no-such-option"], ["--no-such-option"]),
    ],
)
def test_a_table_or_a_size_that_does_not_exist(refused, command, arguments, words):
    line = refused(command, *arguments)
    assert all(word in line for word in words), line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["d2l", "--backends", "torhc"], ["'torhc'", "did you mean 'torch'"]),
        (["d2l", "--backends", "torch,"], ["''", "torch, tf, mxnet"]),
        (["d2l", "--dtype", "float16"], ["'float16'", "float32, float64"]),
        (["d2l", "--batch", "0"], ["--batch", "1"]),
        (["d2l", "--seed", "-1"], ["--seed", "0"]),
        (["caffe", "--training", "--image-size", "96"], ["223 to 270", "aux1.fc1", "2048"]),
        (["d2l", "--images", "no_such.png"], ["no_such.png", "no such image"]),
        (["d2l", "--in-channels", "2", "--images", "digits"], ["1 or 3 channels", "2"]),
    ],
)
def test_what_cannot_be_compared(refused, arguments, words):
    line = refused("compare", *arguments)
    assert all(word in line for word in words), line


def test_one_value_per_channel_cannot_be_normalised(refused, backends):
    line = refused("compare", "d2l_bn", "--training", "--image-size", 32, "--batch", 1, "--backends", backends[0])
    assert "b5.5a.p1_1.norm" in line
    assert "more or larger images" in line


def test_files_that_are_no_images(refused, tmp_path):
    text = tmp_path / "text.png"
    text.write_text("hello")
    assert "text.png: not an image" in refused("compare", "d2l", "--images", text)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no images in this folder" in refused("compare", "d2l", "--images", empty)


@pytest.fixture
def d2l_file(tmp_path):
    """A good file of weights for d2l."""
    table, path = nets.get("d2l"), tmp_path / "d2l.safetensors"
    save(path, initial(table, seed=0), table)
    return path


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["d2l_same"], ["weights of d2l, not of d2l_same"]),
        (["d2l", "--num-classes", "7"], ["tensor 'fc.weight' of d2l is for 10 classes, not 7"]),
        (["--in-channels", "3"], ["tensor 'b1.conv1.weight' of d2l is for 1 channels, not 3"]),
    ],
)
def test_weights_of_another_network(refused, d2l_file, arguments, words):
    line = refused("compare", *arguments, "--weights", d2l_file)
    assert all(word in line for word in ["d2l.safetensors", *words]), line


@pytest.mark.parametrize("keep", [0, 4, 1000, 100_000, -1])
def test_a_truncated_file_of_weights(refused, d2l_file, keep):
    d2l_file.write_bytes(d2l_file.read_bytes()[:keep])
    assert "d2l.safetensors: " in refused("compare", "d2l", "--weights", d2l_file)


def test_a_file_of_weights_in_which_one_bit_was_changed(refused, d2l_file):
    data = bytearray(d2l_file.read_bytes())
    data[-1000] ^= 1
    d2l_file.write_bytes(data)
    assert "d2l.safetensors" in refused("compare", "d2l", "--weights", d2l_file)


def test_a_file_of_weights_that_is_missing(refused, tmp_path):
    assert "no such file" in refused("compare", "d2l", "--weights", tmp_path / "none.safetensors")


def test_a_command_that_does_not_exist(refused):
    assert "sumary" in refused("sumary")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no/where.json", "where.json: cannot be written: no such folder"),
        ("", "cannot be written: it is a folder"),
        ("a" * 300, "cannot be written: File name too long"),
        ("x\ud800", "cannot be written: 'utf-8' codec can't encode"),
    ],
    ids=["no folder", "folder", "long", "surrogate"],
)
def test_json_that_cannot_be_written_is_told_before_anything_is_done(refused, tmp_path, name, said):
    assert said in refused("nets", "--json", tmp_path / name)


def test_a_pipe_that_nobody_reads_is_not_waited_for(run, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    # Whoever waits gets a reader at last, and then has waited, rather than to hang for ever.
    late = threading.Timer(20, (tmp_path / "pipe").read_text)
    late.start()
    code, out, error = run("summary", "d2l", "--json", tmp_path / "pipe")
    late.cancel()
    assert (code, error) == (2, f"googlenet: {tmp_path / 'pipe'}: cannot be written: nobody reads this pipe\n")
    assert out


@pytest.mark.parametrize(
    ("name", "root", "extra"), [("torch", "torch", "torch"), ("tf", "keras", "tf"), ("mxnet", "mxnet", "mxnet")]
)
def test_a_framework_that_is_not_installed_is_named_with_its_extra(name, root, extra):
    """In a process of its own, in which the framework cannot be found."""
    code = (
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] == {root!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name.split('.')[0])\n"
        "sys.meta_path.insert(0, Missing())\n"
        "from common import cli\n"
        f"sys.argv = ['googlenet', 'compare', '--backends', {name!r}]\n"
        "cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    assert f"pip install 'googlenet[{extra}]'" in lines[0]


@pytest.mark.parametrize(
    "arguments", [["--backends="], ["--backends", ""], ["--dtype", ""], ["--images", "a.png", "--recipe="]]
)
def test_an_empty_value_is_told_by_its_option(refused, arguments):
    line = refused("compare", "d2l", *arguments)
    assert arguments[-1].rstrip("=") in line or arguments[0] in line
    assert "has an empty value" in line
