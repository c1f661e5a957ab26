"""How the cost grows: which points are measured in which order, within the time, and what is concluded of them."""

import json
from dataclasses import replace
from math import log

import pytest
from support.tables import tiny

import googlenet as g
from common import nets
from common.base.errors import InputError
from common.bench import exponent, scale

LIMIT = 5.0  # seconds that a stub which hangs is waited for


@pytest.fixture
def few(monkeypatch):
    """Two or three points of each axis."""
    monkeypatch.setattr(scale, "BATCHES", (1, 2, 4))
    monkeypatch.setattr(scale, "TRAINED", (4, 8))
    monkeypatch.setattr(scale, "SIDES", (8, 16))


@pytest.fixture
def grown(stubs, few):
    """How it grows, with stubs."""

    def call(backends=("torch", "tf"), **settings):
        return scale.scale([tiny()], backends=backends, limit=LIMIT, **{"rounds": 2, **settings})

    return call


def test_every_point_is_measured_with_its_own_batch_size_and_threads(stubs, grown):
    notes = stubs()
    report = grown()
    assert (report["task"], report["ok"], report["left_out"]) == ("scale", True, [])
    assert json.loads(json.dumps(report)) == report
    jobs = [message for _, what, message in notes if what == "start"]
    seen = {(job["provider"], job["way"], job["batch"], tuple(job["shape"]), job["threads"]) for job in jobs}
    own = tuple(tiny().input)
    for provider in ("torch", "tf"):
        assert {(provider, "fast", count, own, 2) for count in (1, 2, 4)} <= seen
        assert {(provider, "fast", 8, (2, side, side), 2) for side in (8, 16)} <= seen
        assert {(provider, "fast", 8, own, count) for count in (1, 2)} <= seen
        assert {(provider, "trainer", count, own, 2) for count in (4, 8)} <= seen
    assert len(seen) == 2 * (3 + 2 + 2 + 2)
    trained = [group for group in report["groups"] if group["axis"] == "training_memory"]
    assert {row["macs"] for group in trained for row in group["rows"]} == {3 * trained[0]["macs"]}  # with its head
    assert trained[0]["macs"] == tiny().layers.totals().macs and {len(g["rows"][0]["rounds"]) for g in trained} == {1}
    by_axis = {(curve["axis"], curve["provider"]): curve for curve in report["curves"]}
    assert by_axis["batch", "tf"]["points"] == [[1, 0.25], [2, 0.25], [4, 0.25]]
    assert by_axis["batch", "tf"]["exponent"] == 0 and by_axis["batch", "tf"]["linear"] is None
    assert by_axis["image_size", "tf"]["points"] == [[64, 0.25], [256, 0.25]]
    assert by_axis["training_memory", "torch"]["points"] == [[4, 1 << 20], [8, 1 << 20]]
    assert by_axis["training_memory", "torch"]["line"] == {"at_0": 1 << 20, "each": 0.0}


def test_no_point_is_begun_after_the_time_and_each_curve_has_its_turn(stubs, grown):
    stubs()
    now = iter([0.0, *(100.0 * number for number in range(1000))])
    report = grown(backends=("torch",), budget=450.0, clock=lambda: next(now))
    assert [(group["axis"], group["value"]) for group in report["groups"]] == [
        *(("batch", 1), ("image_size", 64), ("threads", 1), ("training_memory", 4)),
        ("batch", 4),
    ]
    left = [(point["axis"], point["value"], point["reason"]) for point in report["left_out"]]
    assert ("batch", 2, "no time was left") in left and len(left) == 9 - 5
    assert report["budget"] == 450.0 and report["ok"]


def test_who_hangs_is_waited_for_once_and_the_others_stand(stubs, grown):
    notes = stubs(torch_fast="hang")
    report = grown()
    assert not report["ok"]
    starts = [name for name, what, _ in notes if what == "start" and name.startswith("torch")]
    assert starts == ["torch fast"]
    assert {curve["provider"] for curve in report["curves"]} == {"tf"}
    assert report["groups"][0]["rows"][0]["failure"]["kind"] == "hung"


def test_who_crashes_has_no_point_and_is_tried_again(stubs, grown):
    notes = stubs(torch_fast="crash")
    report = grown()
    starts = [name for name, what, _ in notes if what == "start"]
    assert starts.count("torch fast") == 7 and starts.count("torch trainer") == 2
    assert not report["ok"]
    assert {curve["axis"] for curve in report["curves"] if curve["provider"] == "torch"} == {"training_memory"}


def test_a_process_is_not_waited_for_longer_than_there_is_time():
    point = scale.Point("batch", 1, (1, 8, 8), 1, 1)
    plan = scale.planned(("torch",), "float32", 5, 1, False, False, 300.0)
    assert scale._plan_at(plan, point, 120.0).limit == 120.0
    assert scale._plan_at(plan, point, 1.0).limit == scale.LEAST
    assert scale._plan_at(replace(plan, limit=5.0), point, 120.0).limit == 5.0


def test_what_needs_more_memory_than_there_is_is_left_out_with_the_reason(stubs, grown, monkeypatch):
    stubs()
    allowed = scale.require_possible

    def refuse(table, shape, count, *others):
        if count > 2:
            raise InputError("4 images need about 9 GiB")
        allowed(table, shape, count, *others)

    monkeypatch.setattr(scale, "require_possible", refuse)
    report = grown(backends=("torch",))
    assert {"axis": "batch", "value": 4, "reason": "4 images need about 9 GiB"} in report["left_out"]
    assert [group["value"] for group in report["groups"]] == [1, 2]


def test_sizes_are_those_that_the_network_takes():
    table = nets.get("inception_v3", aux=False)
    sides = {point.shape[1] for point in scale.points(table, (3, 299, 299), 4) if point.axis == "image_size"}
    assert 32 not in sides and {96, 224, 448} <= sides


def test_the_ends_come_first_and_no_point_twice():
    every = scale.points(nets.get("d2l"), (1, 96, 96), 6)
    order = scale.spread_out(every)
    assert sorted(map(str, order)) == sorted(map(str, every))
    first = [(point.axis, point.value) for point in order[:8]]
    assert first[0] == ("batch", 1) and first[4] == ("batch", 64)
    assert first[1] == ("image_size", 32 * 32) and first[5] == ("image_size", 448 * 448)


def test_an_exponent_is_that_of_a_power_whatever_the_factor():
    for power in (-1.0, 0.5, 1.0, 2.0):
        assert exponent.exponent([(n, 7 * n**power) for n in (1, 3, 8, 20)]) == pytest.approx(power)
    steep = exponent.exponent([(1, 1.0), (2, 2.0), (4, 8.0)])
    assert steep == pytest.approx((log(8) - log(1)) / log(4), rel=1e-6)


def test_linear_is_the_longest_part_near_the_expected_exponent():
    pairs = [(1, 10.0), (2, 10.5), (4, 21.0), (8, 42.0), (16, 84.0), (32, 300.0), (64, 600.0)]
    assert exponent.linear(pairs, 1.0) == (2, 16)
    assert exponent.linear([(1, 8.0), (2, 4.0), (4, 3.9)], -1.0) == (1, 2)
    assert exponent.linear([(1, 1.0), (2, 1.0)], 1.0) is None
    edge = 2 ** (1 + exponent.NEAR)
    assert exponent.linear([(1, 1.0), (2, edge * 0.999)], 1.0) and not exponent.linear([(1, 1.0), (2, edge * 1.001)], 1)


def test_the_command_draws_and_tells(stubs, few, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scale, "SIDES", (32, 64))
    stubs(tf_trainer="leave")
    options = ["--scale", "--backends", "torch,tf", "--image-size", 32, "--rounds", 1]
    code, out, err = run("bench", "d2l", *options, "--json", "report.json", "--out", "scale.svg")
    assert (code, err) == (1, "")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["task"] == "scale"
    assert out.splitlines()[0] == "written: scale.svg"
    assert "torch: grows with the power 0.00 of the pixels; nowhere linear" in out
    assert "tf trainer: crashed: ended with exit code 7" in out
    drawing = (tmp_path / "scale.svg").read_text()
    assert "power 0.00" in drawing and "64 px" in drawing
    result = g.bench("d2l", scale=True, backends=["torch", "tf"], image_size=32, rounds=1)
    assert result.to_dict()["curves"] == report["curves"] and not result.ok
    assert result.exponents["image_size", "torch fast"] == 0.0
    assert ("training_memory", "tf trainer") not in result.exponents
    assert repr(result).startswith("<Growth of d2l: torch fast to the 0.00 of batch; tf fast to the 0.00 of batch;")
    assert str(type(result)(report)) == "\n".join(out.splitlines()[1:])
    assert len(result.plot().axes) == len({axis for axis, _ in result.exponents}) and report["curves"]
    assert result.plot()._repr_png_().startswith(b"\x89PNG")


def test_two_tasks_exclude_each_other_in_python_too():
    with pytest.raises(InputError, match=r"^layers= and scale= exclude each other: give one of them$"):
        g.bench("d2l", layers=True, scale=True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--scale", "--layers"], "--layers and --scale exclude each other"),
        (["--scale", "--compiled"], "--scale does not measure compiled fast paths: leave --compiled out"),
        (["--scale", "--batch", "4"], "--scale chooses the batches"),
        (["d2l", "nin", "--scale"], "--scale measures one network, not 2"),
        (["--scale", "--budget", "0"], "budget"),
        (["--scale", "--threads", "3"], "this process may use 2 processors"),
    ],
)
def test_what_cannot_be_measured_is_one_line(stubs, run, options, words):
    notes = stubs()
    code, out, err = run("bench", *options)
    assert (code, out, err.count("\n"), notes) == (2, "", 1, []) and words in err
