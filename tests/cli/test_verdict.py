"""How a comparison is shown: every cell, and the last line, for each of the three verdicts and for backends that fail.

The reports are written by hand, as docs/json.md describes them; what is in a real one is tested in tests/compare.
"""

import re

import pytest

from common.cli.show.comparison import comparison
from common.cli.show.output import Output
from common.cli.show.steps import training


def row(name, limit=1e-14, **errors):
    """A row of ``gradients`` or ``statistics``."""
    return {
        "name": name,
        "limit": limit,
        "backends": {backend: {"rel_err": error} for backend, error in errors.items()},
    }


def stage(name, **errors):
    measured = {
        backend: {"shape": None if error == "none" else [8, 4, 4], "params": 9, "rel_err": error}
        for backend, error in errors.items()
    }
    for values in measured.values():
        values["rel_err"] = None if values["rel_err"] == "none" else values["rel_err"]
    return {"name": name, "shape": [8, 4, 4], "params": 9, "macs": 1234, "limit": 1e-14, "backends": measured}


def report(**changes):
    """Two backends that agree."""
    return {
        **{"net": "d2l", "mode": "training", "input_shape": [1, 96, 96], "images": 2, "dtype": "float64"},
        **{"backends": ["torch", "tf"], "frameworks": {"torch": "PyTorch 2", "tf": "Keras 3"}, "reference": "numpy"},
        "params": {"table": 1800, "torch": 1800, "tf": 1800},
        "stages": [stage("b1", torch=1e-15, tf=2e-15), stage("fc", torch=3e-15, tf=4e-15)],
        "gradients": [row("b1.a", torch=5e-15, tf=1e-16), row("b1.b", 1e-13, torch=6e-15, tf=7e-15)],
        **{"statistics": None, "heads_left_out": [], "moving": None, "recipe": None, "steps": None, "oblong": None},
        **{"verdict": "agree", "agree": True, "first_divergence": None, "divergences": []},
        **{"not_judged": [], "errors": {}, **changes},
    }


@pytest.fixture
def lines(capsys):
    """What is printed of a report."""

    def call(found):
        Output().print(training(found) if found["steps"] else comparison(found))
        return capsys.readouterr().out.splitlines()

    return call


def cells(lines, start):
    """The cells of the line that starts so."""
    (line,) = [line for line in lines if line.startswith(start)]
    return re.split(r"\s{2,}", line.strip())


def test_those_that_agree(lines):
    shown = lines(report())
    assert shown[0] == "d2l, 2 images of 1x96x96, float64, training: relative error"
    assert cells(shown, "fc ") == ["fc", "8x4x4", "9", "1,234", "3.0e-15", "4.0e-15"]
    assert "parameters: 1,800 in the table and in torch, tf" in shown
    # Beside its limit the first tensor is torch's largest, and the second Keras'.
    assert [cells(shown[6:], "b1 ")] == [["b1", "2", "5.0e-15", "7.0e-15", "b1.a"]]
    assert shown[-1] == (
        "AGREE: PyTorch 2, Keras 3 compute the same function as the NumPy reference "
        "(largest relative error 7.0e-15; limit 1.0e-14 to 1.0e-13)"
    )
    assert "✗" not in "".join(shown) and "?" not in "".join(shown)


def test_one_backend_alone(lines):
    alone = report(
        backends=["torch"], frameworks={"torch": "PyTorch 2"}, gradients=None, stages=[stage("b1", torch=0.0)]
    )
    last = "AGREE: PyTorch 2 computes the same function as the NumPy reference (largest relative error 0.0e+00;"
    assert lines(alone)[-1] == f"{last} limit 1.0e-14)"


def divergence(backend="tf", what="output", where="b1.a", rel_err=0.5, **more):
    stage = where and where.split(".")[0]
    return {"backend": backend, "stage": stage, "what": what, "where": where, "rel_err": rel_err, **more}


def test_one_that_diverges(lines):
    places = [divergence(), divergence("torch", "gradient", "b1.b", None)]
    shown = lines(report(verdict="diverge", agree=False, divergences=places, stages=[stage("b1", torch=1e-15, tf=0.5)]))
    assert cells(shown[:4], "b1 ")[-2:] == ["1.0e-15", "5.0e-01 ✗"]
    assert shown[-1] == (
        "DIVERGE: tf first in stage b1, output of b1.a, relative error 5.0e-01; "
        "torch first in stage b1, gradient of b1.b (limit 1.0e-14 to 1.0e-13)"
    )


def test_counts_that_differ_are_named(lines):
    shown = lines(report(params={"table": 1800, "torch": 1800, "tf": 1801}))
    assert "parameters: 1,800 in the table, but tf: 1,801" in shown


FAULT = {"phase": "forward", "where": "b1.a", "message": "RuntimeError: no kernel [/b]\x1b[31m"}


def failed(fault=FAULT, **changes):
    return report(
        **{"verdict": "diverge", "agree": False, "errors": {"tf": fault}, "gradients": None},
        divergences=[divergence(what="error", where=fault["where"], rel_err=None)],
        stages=[stage("b1", torch=1e-15, tf="none"), stage("fc", torch=3e-15, tf="none")],
        **changes,
    )


def test_a_backend_that_fails_is_named_and_the_other_stands(lines):
    shown = lines(failed())
    assert cells(shown, "fc ")[-2:] == ["3.0e-15", "failed ✗"]
    words = r"tf failed in the forward pass at b1.a: RuntimeError: no kernel [/b]\x1b[31m"
    assert words in shown
    assert shown[-1] == f"DIVERGE: {words} (limit 1.0e-14)"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"phase": "build", "where": None}, "tf failed while it was built: E: x"),
        ({"phase": "gradients", "where": "b1.a"}, "tf failed in the backward pass at b1.a: E: x"),
        ({"phase": "step", "where": None, "step": 3}, "tf failed in step 3: E: x"),
        ({"phase": "step", "where": None}, "tf failed when its training began: E: x"),
    ],
)
def test_when_a_backend_has_failed(fault, words, lines):
    shown = lines(failed({**fault, "message": "E: x"}, params={"table": 1800, "torch": 1800, "tf": 0}))
    assert words in shown and words in shown[-1]
    built = "parameters: 1,800 in the table and in torch" in shown
    assert built == (fault["phase"] == "build")  # its count says nothing then


def unjudged(**more):
    place = {"backend": "tf", "what": "gradient", "where": "b1.b", "rel_err": 0.03, "limit": 1e-13, "round_off": 0.04}
    return {**place, **more}


def test_what_cannot_be_judged_is_no_agreement(lines):
    gradients = [row("b1.b", 1e-13, torch=5e-15, tf=0.03)]
    places = [unjudged(), unjudged(backend="torch", where="b1.c")]
    shown = lines(report(verdict="not judged", agree=False, not_judged=places, gradients=gradients))
    assert [cells(shown[6:], "b1 ")] == [["b1", "1", "5.0e-15", "3.0e-02 ?", "b1.b"]]
    assert shown[-1] == (
        "NOT JUDGED: 2 errors of tf, torch may be round-off or a fault, first gradient of b1.b in tf: relative error "
        "3.0e-02 is above the limit 1.0e-13, but round-off alone explains 4.0e-02; "
        "give more images, or more varied ones"
    )
    assert "AGREE" not in "".join(shown)


def test_only_the_cell_that_is_not_judged_has_a_question_mark(lines):
    """The same tensor of the other backend diverges."""
    gradients = [row("b1.b", 1e-13, torch=0.03, tf=0.03)]
    shown = lines(report(verdict="diverge", not_judged=[unjudged()], gradients=gradients, divergences=[divergence()]))
    assert cells(shown[6:], "b1 ") == ["b1", "1", "3.0e-02 ✗", "3.0e-02 ?", "b1.b"]


def test_what_oblong_images_show_is_said_with_their_size(lines):
    oblong = report(input_shape=[1, 96, 75], stages=[stage("b1", torch=1e-15, tf=0.5)], gradients=None)
    places = [divergence(input_shape=[1, 96, 75])]
    shown = lines(report(oblong=oblong, verdict="diverge", agree=False, divergences=places))
    at = shown.index("the same on 2 images of 1x96x75: relative error")
    assert cells(shown[at:], "b1 ")[-1] == "5.0e-01 ✗"
    assert "relative error 5.0e-01, on images of 1x96x75 (limit" in shown[-1]
    oblong["stages"][0]["backends"]["tf"]["rel_err"] = 9e-15
    assert "(largest relative error 9.0e-15;" in lines(report(oblong=oblong))[-1]


def step(number, **losses):
    measured = {kind: {"rel_err": number * 1e-15, "where": "b1.a"} for kind in ("loss", "parameter")}
    return {
        **{"step": number, "lr": 0.1 / number, "loss": {"numpy": 2.5, **losses}},
        "limits": {"loss": 1e-9, "parameter": 1e-8},
        "backends": dict.fromkeys(losses, measured),
        "across": [],
    }


RECIPE = {"lr": 0.1, "schedule": {"name": "step"}, "momentum": 0.0, "nesterov": False, "weight_decay": 5e-4}
RECIPE |= {"label_smoothing": 0.0, "clip": None, "aux_weight": None}


def test_steps_have_a_row_each_and_the_largest_errors_in_the_last_line(lines):
    shown = lines(report(steps=[step(1, torch=2.5, tf=2.25), step(2, torch=1.5, tf=1.25)], recipe=RECIPE))
    assert cells(shown, "   2 ")[:5] == ["2", "0.05", "2.500000000000", "1.500000000000", "1.250000000000"]
    assert shown[-1] == (
        "AGREE: PyTorch 2, Keras 3 train as the NumPy reference does, 2 steps; largest relative errors: "
        "losses 2.0e-15 (limit 1.0e-09), parameters 2.0e-15 (limit 1.0e-08)"
    )


def test_a_backend_that_fails_at_a_step_has_no_losses_from_there(lines):
    fault = {"phase": "step", "where": None, "message": "E: x", "step": 2}
    steps = [step(1, torch=2.5, tf=2.25), step(2, torch=1.5)]
    shown = lines(failed(fault, steps=steps, recipe=RECIPE))
    assert cells(shown, "   2 ")[3:5] == ["1.500000000000", "-"]
    assert shown[-1] == "DIVERGE: tf failed in step 2: E: x"


@pytest.mark.parametrize("words", ["[/b]", "x\nAGREE: all", "\x1b[2J", "\u202e", "W" * 10**5])
def test_names_of_backends_and_tensors_are_not_obeyed(words, lines):
    places = [divergence(words, where=f"b1.{words}")]
    found = report(
        **{"verdict": "diverge", "divergences": places, "backends": ["torch", words]},
        frameworks={"torch": "PyTorch", words: words},
        params={"table": 1, "torch": 1, words: 2},
        stages=[stage("b1", **{"torch": 0.0, words: 0.5})],
        gradients=[row(f"b1.{words}", **{"torch": 0.0, words: 0.5})],
    )
    shown = lines(found)
    assert shown[-1].startswith("DIVERGE: ")
    assert not [line for line in shown if line.startswith("AGREE")]
    assert all(line.isprintable() and len(line) < 1000 for line in shown)
