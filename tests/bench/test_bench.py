"""A whole benchmark, with stubs in place of the processes: who has which turn, and what is told of who fails."""

import json
from dataclasses import replace

import pytest
from support.tables import tiny

import googlenet as g
from common import nets
from common.base.errors import InputError
from common.bench import asked, entrants, equality, groups, turns
from common.bench.jobs import Job
from common.cli.show.bench import _notes
from common.compare.reference import Reference
from common.compare.roundoff import tolerance
from common.contract import backend
from common.data.batches import AHEAD
from common.table.drawing import probing

LIMIT = 5.0  # seconds that a stub which hangs is waited for


@pytest.fixture
def plan(stubs):
    """A benchmark of the tiny table with stubs."""

    def call(backends=("torch", "tf"), **settings):
        settings = {"rounds": 5, "others": False, "limit": LIMIT, **settings}
        return asked.bench([tiny()], backends=backends, **settings)

    return call


def test_each_process_has_its_turn_in_every_round(stubs, plan):
    notes = stubs()
    plan(rounds=3)
    order = [(name, what) for name, what, _ in notes]
    names = ["torch plain", "torch fast", "tf plain", "tf fast"]
    assert order[:4] == [(name, "start") for name in names]
    assert order[-4:] == [(name, "end") for name in names]
    rounds = [name for name, what in order if what == "turn"]
    assert rounds == names * (len(rounds) // 4)
    assert len(rounds) // 4 == 6 + 3  # what is steady from the first turn is warm after twice three
    assert {name for name, what in order if what == "product"} == {"torch plain"}  # all have one library


def test_the_report_has_what_follows_from_the_seconds(stubs, plan):
    stubs()
    report = plan()
    assert (report["task"], report["dtype"], report["rounds"], report["ok"]) == ("inference", "float32", 5, True)
    assert report["conditions"]["threads"] == report["conditions"]["cores"] == 2
    (group,) = report["groups"]
    table = nets.get(tiny(), aux=False)
    assert group["macs"] == table.layers.totals().macs and group["batch"] == 2
    assert group["product"] == {
        **{"dtype": "float32", "size": 2048, "rates": {"stub": 2 * 2048**3 / 0.5}},
        **{"best": "stub", "rate": 2 * 2048**3 / 0.5},
    }
    row = group["rows"][0]
    assert (row["name"], row["calls"], row["rounds"]) == ("torch plain", 10, [8.0] * 5)  # two calls of 0.25 s a turn
    assert row["images_per_s"] == {"median": 8.0, "q25": 8.0, "q75": 8.0}
    assert row["latency_s"] == {"p50": 0.25, "p95": 0.25}
    assert row["fraction"] == pytest.approx(2 * group["macs"] * 8.0 / group["product"]["rate"])
    assert (row["import_s"], row["build_s"], row["first_s"], row["peak_memory"]) == (1.5, 0.25, 0.5, 1 << 20)
    assert row["warm_up"] == {"turns": 6, "steady": True} and row["rel_err"] == 0.0
    assert group["verdict"]["told"] is False  # all are equally fast
    assert json.loads(json.dumps(report)) == report


def test_a_step_of_training_counts_three_passes(stubs, plan):
    notes = stubs()
    report = plan(train=True, batch=[3])
    (group,) = report["groups"]
    assert [row["name"] for row in group["rows"]] == ["torch trainer", "torch loop", "tf trainer", "tf loop"]
    assert group["macs"] == tiny().layers.totals().macs  # with its head
    assert {row["macs"] for row in group["rows"]} == {3 * group["macs"]}
    assert {each["beside"] for each in group["beside"]} == {"torch loop", "tf loop"}
    assert notes[0][2]["batch"] == 3


def test_bfloat16_is_measured_beside_float32_and_tells_what_it_costs(stubs, plan, monkeypatch):
    """By a limit of its own: the stubs' logits are less exact than float32 is, but not less than bfloat16."""
    stubs()
    monkeypatch.setattr(groups, "truth", lambda job: [1.001, 2.0])
    (group,) = plan(dtype="bfloat16", backends=["torch"])["groups"]
    fast, reduced = group["rows"]
    assert (fast["name"], fast["failure"]["kind"], fast["errors"]) == ("torch fast", "differs", None)
    assert (reduced["name"], reduced["failure"]) == ("torch bfloat16", None)
    assert reduced["errors"] == {"b1.conv": 0.25, "b1": 0.5, "fc": 0.01}
    assert "error beside NumPy, of the largest number of each stage: b1 50.00%, fc 1.00%" in " ".join(
        _notes({"task": "inference"}, group)
    )
    monkeypatch.setattr(groups, "truth", lambda job: [1.0, 2.0])
    (group,) = plan(dtype="bfloat16", backends=["torch"])["groups"]
    assert [(each["name"], each["beside"]) for each in group["beside"]] == [("torch bfloat16", "torch fast")]


def test_what_a_run_costs_beside_its_steps_is_told(stubs):
    """For pictures, which have 1 or 3 channels."""
    notes = stubs()
    report = asked.bench(["d2l"], backends=["torch"], train=True, rounds=4, limit=LIMIT, image_size=(32, 32))
    (group,) = report["groups"]
    assert [row["name"] for row in group["rows"]] == ["torch trainer", "torch loop", "torch run"]
    (overhead,) = group["overheads"]
    seconds = {"median": 0.03, "q25": 0.02, "q75": 0.04}
    assert overhead == {"name": "torch run", "seconds": pytest.approx(seconds), "share": pytest.approx(0.12)}
    words = "loop, data and metrics alone take 30.0 ms (20.0 to 40.0 in the middle half), which is 12.0% of a step"
    assert f"torch run: {words}" in list(_notes(report, group))
    asked_without = [(name, message) for name, what, message in notes if what == "without"]
    assert asked_without == [("torch run", {"do": "without", "calls": 20, "untimed": 2 * AHEAD})] * 4


def test_compiled_paths_are_measured_beside_the_plain_call(stubs, plan):
    stubs()
    (group,) = plan(compiled=True)["groups"]
    assert [row["name"] for row in group["rows"]] == [
        "torch plain",
        "torch fast",
        "torch compiled",
        "tf plain",
        "tf fast",
    ]
    assert all(row["rel_err"] is not None for row in group["rows"])
    assert [(each["name"], each["beside"]) for each in group["beside"]] == [
        ("torch fast", "torch plain"),
        ("tf fast", "tf plain"),
        ("torch compiled", "torch plain"),
    ]


def test_who_fails_has_a_row_that_says_so_and_the_others_stand(stubs, plan):
    notes = stubs(torch_plain="crash", torch_fast="hang", tf_plain="missing", tf_fast="differ")
    report = plan(["torch", "tf", "mxnet"])
    assert not report["ok"]
    rows = {row["name"]: row for row in report["groups"][0]["rows"]}
    kinds = {name: row["failure"] and row["failure"]["kind"] for name, row in rows.items()}
    assert kinds == {
        **{"torch plain": "crashed", "torch fast": "hung", "tf plain": "missing", "tf fast": "differs"},
        **{"mxnet plain": None, "mxnet fast": None},
    }
    assert not [what for name, what, _ in notes if name == "tf fast" and what != "start"], "it is measured all the same"
    assert rows["torch plain"]["failure"]["message"] == "ended by SIGSEGV (in rounds): the last words"
    assert rows["torch fast"]["failure"]["message"] == "no answer within 5 s (in build)"
    assert rows["torch plain"]["images_per_s"] is None and rows["mxnet fast"]["rounds"] == [8.0] * 5
    assert rows["tf fast"]["failure"]["message"].startswith("its logits differ from NumPy's by 2.5e-01; the limit is ")
    assert report["groups"][0]["verdict"]["fastest"].startswith("mxnet")


def test_who_is_first_is_not_the_truth(stubs, plan):
    stubs(torch_plain="differ")
    rows = plan()["groups"][0]["rows"]
    assert [row["failure"] and row["failure"]["kind"] for row in rows] == ["differs", None, None, None]


def test_what_nobody_asked_for_by_name_may_be_missing(stubs, plan):
    stubs(mxnet_plain="missing", mxnet_fast="missing")
    assert plan(["torch", "mxnet"])["ok"] is False
    report = plan(None)
    assert report["ok"] is True
    assert [row["failure"] is None for row in report["groups"][0]["rows"]] == [True] * 4 + [False] * 2


def test_without_any_framework_it_is_said_how_to_get_one(stubs, plan):
    stubs(**{f"{name}_{way}": "missing" for name in ("torch", "tf", "mxnet") for way in ("plain", "fast")})
    with pytest.raises(InputError, match="no framework is installed"):
        plan(None)


def test_who_is_never_steady_is_measured_all_the_same_and_it_is_said(stubs, plan, monkeypatch):
    stubs()
    monkeypatch.setattr(turns, "steady", lambda seconds: False)
    row = plan(["torch"])["groups"][0]["rows"][0]
    assert row["warm_up"] == {"turns": turns.MOST_WARMING, "steady": False} and row["failure"] is None


def test_logits_are_compared_with_the_truth_by_the_limit_of_round_off():
    limit = tolerance(tiny(), "float32")
    logits = [[1.0, 4.0], [1.0, 4.0 * (1 + 0.9 * limit)], [1.0, 4.0 * (1 + 1.1 * limit)], [1.0, float("nan")], [4.0]]
    runners = [turns.Runner(entrants.Entrant("x", "plain", tiny())) for _ in logits]
    runners.append(turns.Runner(entrants.Entrant("x", "torchvision", tiny(), same=True)))  # with weights of its own
    for runner, told in zip(runners, [*logits, [9.0, 9.0]], strict=True):
        runner.ready = {"logits": told}
    equality.check(runners, [1.0, 4.0], tiny(), "float32")
    assert [runner.stands for runner in runners] == [True, True, False, False, False, True]
    assert runners[1].rel_err == pytest.approx(0.9 * limit) and runners[-1].rel_err is None


def test_the_truth_is_the_references(tmp_path):
    table = nets.get(tiny(), aux=False)
    job = Job("torch", "plain", table, table.input, 3, "float32", 1, str(tmp_path))
    images = job.images()
    logits = Reference(table, probing(table, job.seed, "float32"), images, aux=False).outputs["fc"]
    assert equality.truth(job) == pytest.approx(logits[0].tolist(), rel=1e-12)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"backends": ["jax"]}, "unknown backend 'jax'"),
        ({"backends": []}, "no backend to measure"),
        ({"dtype": "float16"}, "unknown dtype 'float16'"),
        ({"dtype": "bfloat16", "backends": ["mxnet"]}, "has no fast path in bfloat16"),
        ({"compiled": True, "backends": ["tf", "mxnet"]}, "has no compiled fast path: choose among torch"),
        ({"compiled": True, "train": True}, "compiled fast paths are for inference in float32"),
        ({"compiled": True, "dtype": "float64"}, "compiled fast paths are for inference in float32"),
        ({"dtype": "bfloat16", "train": True, "backends": ["mxnet"]}, "dtype to train in with mxnet"),
        ({"batch": [0]}, "must be numbers of images above 0"),
        ({"batch": []}, "must be numbers of images above 0"),
        ({"batch": [10**9]}, "need about"),
        ({"threads": 3}, "this process may use 2 processors"),
        ({"rounds": 0}, "rounds must be above 0"),
    ],
)
def test_what_cannot_be_is_refused_before_any_process_starts(stubs, plan, settings, words):
    notes = stubs()
    with pytest.raises(InputError, match=words):
        plan(**{"backends": ["torch"], **settings})
    assert notes == []


def test_others_take_part_where_they_are_the_same_kind_of_network():
    def names(net, backends, training=False, dtype="float32", others=True, size=None):
        table = nets.get(net, aux=False if nets.get(net).aux else None)
        shape = (table.input[0], *(size or table.input[1:]))
        chosen = entrants.entrants(table, shape, backends, training=training, dtype=dtype, others_too=others)
        return {row.name: row.same for row in chosen}

    d2l = names("d2l", ["torch"])
    assert d2l == {"torch plain": True, "torch fast": True, "onnxruntime export": True}
    v3 = names("inception_v3", ["torch", "tf", "mxnet"])
    assert v3["torch torchvision"] and v3["torch timm"] and v3["mxnet model_zoo"] and not v3["tf applications"]
    assert "mxnet model_zoo" not in names("inception_v3", ["mxnet"], size=(224, 224))
    assert names("imagenet_aux", ["torch"])["torch torchvision"] is False
    assert "torch torchvision" not in names("imagenet_aux", ["tf"])
    for alone in ({"others": False}, {"dtype": "float64"}, {"training": True}):
        assert not {"onnxruntime export", "torch torchvision"} & set(names("imagenet_aux", ["torch"], **alone))


def test_a_backend_is_measured_by_the_ways_that_it_declares(monkeypatch):
    able = backend.declared("torch")
    bare = replace(able, name="fake", fast=False, fast_in_bfloat16=False, fast_compiled=False, bench=False)
    monkeypatch.setattr(backend, "declared", lambda name: bare if name == "fake" else able)

    def names(training, backends=("torch", "fake"), dtype="float32", **asked):
        rows = entrants.entrants(
            tiny(), tiny().input, backends, training=training, dtype=dtype, others_too=not training, **asked
        )
        return [row.name for row in rows if row.provider in backends and row.way != "torchvision"]

    assert names(True) == ["torch trainer", "torch loop", "fake trainer"]
    assert names(False) == ["torch plain", "torch fast", "fake plain"]
    assert names(False, compiled=True) == ["torch plain", "torch fast", "torch compiled", "fake plain"]
    assert names(False, ["torch"], "bfloat16") == ["torch fast", "torch bfloat16"]
    assert names(True, ["torch"], "bfloat16") == ["torch trainer", "torch loop"]


def test_the_command_and_the_function_tell_the_same(stubs, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stubs(tf_plain="leave")
    how = {"backends": ["torch", "tf"], "others": False, "image_size": 32, "batch": 2, "rounds": 5}
    result = g.bench("d2l", **how)
    options = ["--backends", "torch,tf", "--no-others", "--image-size", 32, "--batch", 2, "--rounds", 5]
    code, out, err = run("bench", "d2l", *options, "--json", "report.json", "--out", "speeds.svg")
    assert (code, err) == (1, "")
    report = json.loads((tmp_path / "report.json").read_text())
    ours = result.to_dict()
    assert report["groups"] == ours["groups"] and report.keys() == ours.keys() and not result.ok
    assert result.images_per_s[("d2l", 2, "torch fast")] == 8.0
    assert out.splitlines()[0] == "written: speeds.svg"
    assert out.splitlines()[-1] == f"d2l, 2 images of 1x32x32: {result.verdicts[0]}"
    assert "tf plain: crashed: ended with exit code 7 (in build): last of all" in out
    assert "crashed" in (tmp_path / "speeds.svg").read_text()
    assert str(result).splitlines()[-1] == out.splitlines()[-1]
    assert result.plot()._repr_png_().startswith(b"\x89PNG")


def test_the_command_and_the_function_measure_steps_of_training_where_they_are_asked_for(stubs, run, tmp_path):
    stubs()
    options = ["--backends", "torch", "--image-size", 32, "--batch", 2, "--rounds", 5, "--json", tmp_path / "told.json"]
    code, out, err = run("bench", "d2l", "--train", *options)
    assert (code, err) == (0, "") and "training" in out.splitlines()[0]
    report = json.loads((tmp_path / "told.json").read_text())
    result = g.bench("d2l", train=True, backends="torch", image_size=32, batch=2, rounds=5)
    assert report["task"] == result.to_dict()["task"] == "training"
    assert ("d2l", 2, "torch trainer") in result.images_per_s


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--batch", "1,x"], "--batch '1,x': give whole numbers above 0"),
        (["--batch", "0"], "--batch '0': give whole numbers above 0"),
        (["--batch", "1,,2"], "give whole numbers above 0"),
        (["--out", "speeds.txt"], "a figure is written as .png, .svg, .pdf"),
        (["--threads", "99999"], "this process may use 2 processors"),
        (["caffe", "--image-size", "8"], "caffe"),
        (["d3l"], "did you mean 'd2l'?"),
    ],
)
def test_bad_options_are_one_line(stubs, run, options, words):
    stubs()
    code, out, err = run("bench", *options)
    assert (code, out, err.count("\n")) == (2, "", 1) and words in err
