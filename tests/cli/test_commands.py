"""The command line: what it prints, its JSON, its exit codes. Bad input is in test_bad_input.py."""

import json
import os
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from support.terminal import on_terminal

from common import nets
from common.cli.arguments import spread
from common.weights.canonical import save

FRAMEWORKS = ("torch", "tensorflow", "keras", "mxnet")


@pytest.fixture
def backends(backends_by_name):
    """The names of the backends under test."""
    return list(backends_by_name)


def test_help_of_every_command_has_an_example_and_imports_no_framework():
    commands = (
        "nets",
        "summary",
        "compare",
        "convert",
        "predict",
        "train",
        "evaluate",
        "features",
        "fid",
        "write",
        "draw",
        "bench",
        "page",
    )
    code = (
        "import sys; from common import cli\n"
        f"for command in {('', *commands)}:\n"
        "    sys.argv = ['googlenet', *command.split(), '--help']\n"
        "    try: cli.main()\n"
        "    except SystemExit as end: assert not end.code\n"
        f"loaded = [m for m in {(*FRAMEWORKS, 'numpy')} if m in sys.modules]\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for command in commands:
        assert f"Example: googlenet {command}" in done.stdout
    assert not re.search(r"googlenet \w.*  (googlenet|torchrun)", done.stdout)  # each example has a line of its own


def test_nets_and_summary_import_no_framework():
    code = (
        "import sys; from common import cli\n"
        "for arguments in (['nets'], ['summary', 'd2l']):\n"
        "    sys.argv = ['googlenet', *arguments]\n"
        "    try: cli.main()\n"
        "    except SystemExit as end: assert not end.code\n"
        f"loaded = [m for m in {FRAMEWORKS} if m in sys.modules]\n"
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("to", ["found.json", "-"])
def test_a_reader_who_leaves_early_ends_nothing(tmp_path, to):
    """As behind ``| head``: the exit code stays, and what was asked for is still written."""
    unread, pipe = os.pipe()
    os.close(unread)
    code = "import sys; from common import cli; sys.argv[0] = 'googlenet'; cli.main()"
    asked = [sys.executable, "-c", code, "summary", "d2l", "--json", to]
    done = subprocess.run(asked, stdout=pipe, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    os.close(pipe)
    assert done.returncode == 0 and "Error" not in done.stderr
    assert to == "-" or json.loads((tmp_path / to).read_text())["params"]


def test_on_a_narrow_terminal_no_line_is_wider_and_no_number_is_cut(run):
    """It gets colours, and is told what does not fit; a pipe gets all."""
    shown = on_terminal("summary", "d2l", columns=60)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert "\n".join(plain) != shown.replace("\r\n", "\n").strip()
    assert max(map(len, plain)) <= 60 and "left out, for the terminal is narrow: receptive field, depth" in plain
    whole = run("summary", "d2l")[1]
    assert "receptive field" in whole and "narrow" not in whole
    assert set(re.findall(r"[\d,]{5,}", "\n".join(plain))) == set(re.findall(r"[\d,]{5,}", whole))


def test_no_arguments_is_a_call_for_help(run):
    code, out, _ = run()
    assert code == 0
    assert "compare" in out


def test_nets_lists_every_table_with_its_numbers_source_and_departures(run):
    code, out, _ = run("nets")
    assert code == 0
    for name in nets.names():
        assert re.search(rf"^{name} ", out, re.M)
        assert re.search(rf"^{name}: .*\n  source: .*\n(  smallest image .* px; less: .*\n)?  - ", out, re.M)
    assert "  smallest image 75 px; less: b5.7a.p1_2: a 3x3 window does not fit a 2x2 map\n" in out
    for number in ("5,977,530", "5,984,810", "6,998,552", "6,379,728", "1,582,671,872", "276,066,304", "55,843,464"):
        assert number in out


def test_nets_as_json_goes_to_stdout_alone(run):
    code, out, err = run("nets", "--json", "-")
    found = {net["name"]: net for net in json.loads(out)}
    assert code == 0
    assert "BVLC GoogLeNet" in err
    assert found["caffe"]["smallest_input"] == 31
    assert found["caffe"]["smallest_input_reason"].startswith("b4.pool4")
    assert found["caffe"]["training_input"] == [223, 270]
    assert found["d2l"]["training_input"] == [1, None]


def test_json_goes_where_a_link_or_a_pipe_leads(run, tmp_path):
    (tmp_path / "there.json").write_text("before")
    (tmp_path / "link.json").symlink_to("there.json")
    assert run("nets", "--json", tmp_path / "link.json")[0] == 0
    assert (tmp_path / "link.json").is_symlink()
    wanted = (tmp_path / "there.json").read_text()
    assert len(json.loads(wanted)) == len(nets.names())
    pipe, found = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()), daemon=True)
    reader.start()
    assert run("nets", "--json", pipe)[0] == 0
    reader.join(10)
    assert found == [wanted]


def test_summary_lists_layers_blocks_and_stages_with_their_sums(run, tmp_path):
    code, out, _ = run("summary", "d2l", "--in-channels", 3, "--num-classes", 1000, "--json", tmp_path / "s.json")
    found = json.loads((tmp_path / "s.json").read_text())
    rows = {row["name"]: row for row in found["layers"]}
    assert code == 0
    assert re.search(r"^b1 +Stage +64x24x24 +9,472", out, re.M)
    assert re.search(r"^    b3.3a.p3_2 +Conv 5x5 ", out, re.M)
    assert rows["b3.3a"]["params"] == 163_696
    assert rows["fc"]["output"] == [1000]
    assert rows["b1.conv1"]["receptive_field"] == [7, 7]
    assert rows["b5.pool5"]["receptive_field"] is None
    assert found["total"]["params"] == 6_998_552


def test_summary_of_the_paper_marks_its_disagreements(run):
    _, out, _ = run("summary", "paper")
    assert re.search(r"^b1.conv1 +9.2K +2.7K +✗ +118.0M +34M +✗", out, re.M)
    assert re.search(r"^b3.3a +159.5K +159K +128.0M +128M", out, re.M)


def test_summary_leaves_out_heads_that_do_not_take_the_image(run):
    _, out, _ = run("summary", "caffe", "--image-size", "96x128")
    assert "left out at this size: aux1, aux2" in out
    assert "aux1.fc1" not in out


def test_compare_says_agree_in_the_last_line_and_exits_with_0(run, backends):
    code, out, err = run("compare", "d2l", "--image-size", "33x40", "--gradients", "--backends", ",".join(backends))
    assert code == 0, out
    assert out.strip().splitlines()[-1].startswith("AGREE: ")
    assert err == ""
    assert re.search(r"^b1 +64x9x10 +3,200", out, re.M)


def test_compare_json_keeps_the_contract(run, tmp_path, backends):
    target = tmp_path / "c.json"
    code, out, _ = run(
        "compare", "d2l_bn", "--image-size", 64, "--training", "--backends", ",".join(backends), "--json", target
    )
    found = json.loads(target.read_text())
    assert code == 0, out
    assert (found["net"], found["input_shape"], found["dtype"]) == ("d2l_bn", [1, 64, 64], "float64")
    assert found["backends"] == list(backends)
    assert found["reference"] == "numpy"
    assert found["params"] == {"table": 5_984_810, **dict.fromkeys(backends, 5_984_810)}
    assert [stage["name"] for stage in found["stages"]] == ["b1", "b2", "b3", "b4", "b5", "fc"]
    assert found["stages"][1]["shape"] == [192, 8, 8]
    for stage in found["stages"]:
        for name in backends:
            assert stage["backends"][name]["shape"] == stage["shape"]
            assert stage["backends"][name]["params"] == stage["params"]
            assert 0 <= stage["backends"][name]["rel_err"] <= stage["limit"]
    assert len(found["statistics"]) == 2 * 57
    assert found["gradients"] is None
    assert found["steps"] is None
    assert found["agree"] is True
    assert found["first_divergence"] is None


def test_compare_says_where_a_backend_diverges_and_exits_with_1(run, backends, monkeypatch):
    """A backend whose second stage is off by a millionth."""
    from common.contract import backend

    broken = backend.load(backends[-1])
    whole = broken.layer_outputs

    def off(net, x, **mode):
        outputs = whole(net, x, **mode)
        outputs["b2.conv2"] = outputs["b2.conv2"] * (1 + 1e-6)
        return outputs

    monkeypatch.setattr(broken, "layer_outputs", off)
    code, out, _ = run("compare", "d2l", "--image-size", 32, "--backends", ",".join(backends))
    last = out.strip().splitlines()[-1]
    assert code == 1
    assert last.startswith(f"DIVERGE: {backends[-1]} first in stage b2, output of b2.conv2, relative error 1.0e-06")


def test_compare_runs_on_the_bundled_samples(run, backends):
    code, out, _ = run("compare", "d2l", "--image-size", 40, "--images", "digits", "photos", "--backends", backends[0])
    assert code == 0
    assert "12 images of 1x40x40" in out


def test_compare_uses_the_weights_of_a_file(run, backends, tmp_path):
    """All weights 0 but for the last biases: the logits of every image are just these."""
    table, path = nets.get("d2l", num_classes=3), tmp_path / "w.safetensors"
    weights = {name: np.zeros(shape) for name, shape in table.shapes.items()}
    weights["fc.bias"] += [1.0, 2.0, 3.0]
    save(path, weights, table)
    code, out, _ = run(
        *("compare", "--weights", path),
        *("--image-size", 32, "--backends", ",".join(backends)),
    )
    assert code == 0, out
    assert "largest relative error 0.0e+00" in out


def test_images_take_several_paths_at_once():
    arguments = ["compare", "caffe", "--images", "a.jpg", "b.jpg", "--dtype", "float32"]
    assert spread(arguments) == [
        *("compare", "caffe", "--images", "a.jpg", "--images", "b.jpg"),
        *("--dtype", "float32"),
    ]
