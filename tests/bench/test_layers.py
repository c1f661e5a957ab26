"""Where the time of a pass goes: each layer is watched in every framework, and the sums are of what it computes."""

import json
from contextlib import contextmanager
from importlib import import_module

import numpy as np
import pytest
from support.tables import small, tiny

import googlenet as g
from common import nets
from common.base.errors import InputError
from common.bench import copies, layers
from common.bench.stopwatch import Stopwatch
from common.bench.work import work
from common.contract import backend, watching

LIMIT = 5.0  # seconds that a stub which hangs is waited for


def watched(name, table, watch):
    """The logits of a net by ``predict``, watched; the seconds so far; and the logits without."""
    package = backend.load(name)
    own = import_module(f"{package.__name__}.bench")
    net = package.build_net(table, seed=0)
    x = np.random.default_rng(0).random((2, *table.input), "float32")
    with own.watching(net, watch):
        first = package.predict(net, x)
    return first, dict(watch.seconds), package.predict(net, x)


def test_every_layer_is_watched_and_the_net_is_as_before(backend_name):
    table = nets.get(small(), aux=False if small().aux else None)
    watch = Stopwatch()
    first, before, second = watched(backend_name, table, watch)
    np.testing.assert_allclose(first, second, rtol=1e-5, atol=1e-6)
    assert set(watching.watched_names(table)) <= set(watch.seconds)
    active = [name for name, layer in table.at(aux=False).items() if getattr(layer.node, "activation", None)]
    assert active and {f"{name}.activation" for name in active} <= set(watch.seconds)
    rest = set(watch.seconds) - set(watching.watched_names(table))
    assert {name.rpartition(".")[2] for name in rest} <= {"activation", "padding"}
    assert watch.seconds == before, "somebody still watches"
    assert all(seconds >= 0 for seconds in watch.seconds.values())


def test_padding_is_told_where_the_framework_cannot_pad_by_itself(backend_name):
    table = nets.get("d2l", num_classes=3) if backend_name == "tf" else nets.get("imagenet_aux", aux=False)
    watch = Stopwatch()
    package = backend.load(backend_name)
    own = import_module(f"{package.__name__}.bench")
    net = package.build_net(table, seed=0)
    with own.watching(net, watch):
        package.predict(net, np.zeros((1, table.input[0], 64, 64), "float32"))
    padded = [name for name in watch.seconds if name.endswith(".padding")]
    assert padded and not [name for name in padded if name.startswith("b3.3a.p1_1")]


def test_what_was_asked_for_before_counts_for_who_asked_for_it(backend_name):
    """MXNet computes behind the back of its caller: without waiting first, a convolution is counted as what follows."""
    order = []

    @contextmanager
    def watch(name):
        order.append(name)
        yield
        order.append(f"end {name}")

    watching.waiting(watch, lambda: order.append("wait"))("b1", lambda: order.append("compute"))()
    assert order == ["wait", "b1", "compute", "wait", "end b1"]


def test_what_is_inside_counts_once():
    now = iter([0.0, 1.0, 1.5, 2.5, 3.0, 3.5, 4.0, 10.0])
    watch = Stopwatch(lambda: next(now))
    with watch("b1"):
        with watch("b1.conv1"), watch("b1.conv1.norm"):
            pass
        with watch(".activation"):
            pass
    assert watch.seconds == {"b1.conv1.norm": 1.0, "b1.conv1": 1.0, "b1.activation": 0.5, "b1": 7.5}


def test_the_work_of_each_part_is_what_the_table_says():
    table = nets.get("d2l_residual")
    known = table.at(aux=False)
    conv = known["b1.conv1"]
    whole = work(known, "b1.conv1", 2, 4)
    numbers = 2 * (np.prod(conv.input) + np.prod(conv.output)) + conv.params
    assert (whole.kind, whole.macs, whole.bytes) == ("convolution", 2 * conv.macs, 4 * numbers)
    block = next(layer for name, layer in known.items() if type(layer.node).__name__ == "Residual")
    assert work(known, block.name, 1, 8).bytes == 8 * 3 * np.prod(block.output)
    pool = work(known, "b1.pool1", 1, 4)
    given = known["b1.pool1"]
    assert (pool.kind, pool.bytes) == ("pooling", 4 * (np.prod(given.input) + np.prod(given.output)))
    channels, h, w = given.input
    assert work(known, "b1.pool1.padding", 1, 4).bytes == 4 * channels * (h * w + (h + 2) * (w + 2))
    assert work(known, "b1.conv1.activation", 3, 4).bytes == 4 * 3 * 2 * np.prod(conv.output)
    sums = [work(known, name, 1, 4) for name in known]
    assert sum(one.macs for one in sums) == known.totals().macs


def test_a_copy_moves_every_byte_twice(monkeypatch):
    copied = []
    monkeypatch.setattr(copies.np, "copyto", lambda to, of: copied.append((to.nbytes, of.nbytes)))
    copies.copying(3, 16)()
    assert sum(map(sum, copied)) == copies.copied(3, 16) == 96


@pytest.fixture
def told(stubs, monkeypatch):
    """A benchmark layer by layer with stubs that tell these seconds."""

    def call(seconds=None, backends=("torch", "tf"), **settings):
        conv, pool = [name for name, layer in tiny().at(aux=False).items() if layer.leaf][:2]
        seconds = seconds or {conv: 0.125, f"{conv}.activation": 0.05, pool: 0.025}
        monkeypatch.setenv("STUB_LAYERS", json.dumps(seconds))
        return layers.layers([tiny()], backends=backends, batch=2, limit=LIMIT, **{"rounds": 5, **settings})

    return call


def test_the_report_has_what_follows_from_the_seconds_of_layers(stubs, told):
    notes = stubs()
    report = told()
    assert (report["task"], report["ok"]) == ("layers", True) and json.loads(json.dumps(report)) == report
    (group,) = report["groups"]
    assert group["machine"] == {"rate": 2 * 2048**3 / 0.5, "bytes_per_s": 1000 / 0.25}
    one = group["layers"][0]
    assert (one["provider"], one["whole_s"]) == ("torch", 0.25)
    assert one["layers_s"] == pytest.approx(0.2) and one["explained"] == pytest.approx(0.8)
    assert [kind["kind"] for kind in one["kinds"]][:2] == ["convolution", "activation"]
    assert [kind["share"] for kind in one["kinds"]] == pytest.approx([0.625, 0.25, 0.125])
    for parts in (one["kinds"], one["stages"]):
        assert sum(each["seconds"] for each in parts) == pytest.approx(0.2)
        assert sum(each["bytes"] for each in parts) == sum(each["bytes"] for each in one["parts"])
    conv, relu = one["parts"][0], one["parts"][1]
    assert conv["intensity"] == 2 * conv["macs"] / conv["bytes"] and relu["bound"] == "memory"
    assert relu["least_s"] == relu["bytes"] / 4000
    assert {each["memory_bound_s"] for each in one["kinds"] if each["kind"] == "activation"} == {0.05}
    asked = [name for name, what, _ in notes if what == "layers"]
    assert asked == ["torch layers"] * 2 + ["tf layers"] * 2 + ["torch layers", "tf layers"] * 4
    assert {name for name, what, _ in notes if what == "copy"} == {"torch layers"}


def test_what_bounds_a_part_is_decided_by_both_rates():
    machine = {"rate": 100.0, "bytes_per_s": 10.0}
    much, little = layers._numbers(9.0, 500, 90, machine), layers._numbers(9.0, 500, 110, machine)
    assert (much["bound"], much["least_s"]) == ("arithmetic", 10.0)
    assert (little["bound"], little["least_s"]) == ("memory", 11.0)
    assert layers._numbers(1.0, 5, 5, {"rate": None, "bytes_per_s": 1.0})["bound"] is None


def test_a_framework_that_fails_has_no_layers_and_the_others_stand(stubs, told):
    stubs(torch_layers="crash", tf_fast="hang", mxnet_layers="differ")
    report = told(backends=("torch", "tf", "mxnet"))
    (group,) = report["groups"]
    kinds = {row["name"]: row["failure"] and row["failure"]["kind"] for row in group["rows"]}
    assert kinds == {
        **{"torch layers": "crashed", "torch fast": None, "tf layers": None, "tf fast": "hung"},
        **{"mxnet layers": "differs", "mxnet fast": None},
    }
    assert not report["ok"] and [each["provider"] for each in group["layers"]] == ["tf"]


def test_a_backend_that_tells_nothing_of_its_layers_is_refused(told, stubs, monkeypatch):
    from dataclasses import replace

    bare = replace(backend.declared("torch"), bench=False)
    monkeypatch.setattr(layers.backend, "declared", lambda name: bare)
    with pytest.raises(InputError, match="torch: does not tell of its layers"):
        told(backends=("torch",))


def test_the_command_draws_and_tells(stubs, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUB_LAYERS", json.dumps({"b1.conv1": 0.125, "b1.conv1.activation": 0.05}))
    stubs(tf_layers="leave")
    options = ["--layers", "--backends", "torch,tf", "--image-size", 32, "--batch", 2, "--rounds", 5]
    code, out, err = run("bench", "d2l", *options, "--json", "report.json", "--out", "roof.svg")
    assert (code, err) == (1, "")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["task"] == "layers" and report["groups"][0]["layers"][0]["explained"] == pytest.approx(0.7)
    assert out.splitlines()[0] == "written: roof.svg"
    assert "torch: the layers are 70% of a whole call of 250 ms" in " ".join(out.split())
    assert "tf layers: crashed: ended with exit code 7" in out
    drawing = (tmp_path / "roof.svg").read_text()
    assert "convolution" in drawing and "GFLOP/s" in drawing
    result = g.bench("d2l", layers=True, backends=["torch", "tf"], image_size=32, batch=2, rounds=5)
    assert result.to_dict()["groups"] == report["groups"] and not result.ok
    assert result.seconds == {("d2l", "torch"): {"b1.conv1": 0.125, "b1.conv1.activation": 0.05}}
    assert repr(result) == "<Layers of d2l at batch 2, torch: convolution 71%, activation 29%>"
    assert str(type(result)(report)) == "\n".join(out.splitlines()[1:])
    assert result.plot()._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--layers", "--train"], "--layers and --train exclude each other"),
        (["--layers", "--compiled"], "--layers does not measure compiled fast paths: leave --compiled out"),
        (["--layers", "--batch", "1,2"], "--layers measures one size of batch"),
        (["--layers", "--dtype", "bfloat16"], "unknown dtype 'bfloat16'"),
        (["--layers", "--batch", "999999999"], "need about"),
    ],
)
def test_what_cannot_be_measured_is_one_line(stubs, run, options, words):
    notes = stubs()
    code, out, err = run("bench", *options)
    assert (code, out, err.count("\n"), notes) == (2, "", 1, []) and words in err
