"""What a process computes: each way with each framework, here in the process of the tests, on a tiny table."""

import json
from importlib import import_module

import numpy as np
import pytest
from support.backends import NAMES
from support.plugin import install
from support.small_runs import TINY, lines
from support.tables import small, tiny

from common import nets
from common.base.errors import InputError, MissingBackend
from common.bench import calls, conditions, worker
from common.bench.calls import PLAN
from common.bench.equality import relative, truth
from common.bench.jobs import Job
from common.bench.process import Process
from common.bench.running import STEPS
from common.compare.roundoff import reduced_tolerance, tolerance
from common.contract import backend

INFERENCE, TRAINING = ("plain", "fast"), ("trainer", "loop")


@pytest.fixture(autouse=True)
def all_processors(monkeypatch):
    """The process of the tests keeps its own."""
    monkeypatch.setattr(conditions, "keep_to", lambda threads: None)


def job(provider, way, table, folder, *, batch=2, dtype="float32", shape=None):
    return Job(provider, way, table, shape or table.input, batch, dtype, 1, str(folder), product=4)


def served(work, *requests):
    """What a worker answers: (the phases, what it was ready with, its other answers)."""
    answers = []
    worker.serve([json.dumps(line) for line in (work.to_json(), *requests)], answers.append)
    phases = [answer["phase"] for answer in answers if "phase" in answer]
    ready, *others = [answer for answer in answers if "phase" not in answer]
    return phases, ready["ready"], others


@pytest.mark.parametrize("way", (*INFERENCE, *TRAINING))
def test_every_way_of_every_framework_computes(backend_name, way, tmp_path):
    table = small() if way in TRAINING else nets.get(small(), aux=False if small().aux else None)
    requests = [{"do": "turn", "calls": 2, "untimed": 1}, {"do": "product"}, {"do": "end"}]
    phases, ready, answers = served(job(backend_name, way, table, tmp_path), *requests)
    assert phases[:2] == ["import", "build"] and phases[-1] == "first"
    assert ready["framework"] == backend.load(backend_name).FRAMEWORK and ready["library"] == backend_name
    assert all(ready[f"{phase}_s"] > 0 for phase in ("import", "build", "first"))
    turn, product, end = answers
    assert len(turn["seconds"]) == 2 and all(seconds > 0 for seconds in turn["seconds"])
    assert len(product["seconds"]) == 1 and end["peak_memory"] > 1 << 20
    assert (ready["logits"] is None) == (way in TRAINING)


def test_all_ways_compute_one_function(backend_name, tmp_path):
    from common.compare.reference import Reference
    from common.table.drawing import probing

    table = nets.get("d2l", num_classes=3)
    work = job(backend_name, "plain", table, tmp_path, shape=(1, 32, 32))
    images = work.images()
    truth = Reference(table, probing(table, 0, "float32"), images, aux=False).outputs["fc"][0]
    ways = [("onnxruntime", "export"), *((backend_name, way) for way in INFERENCE)]
    for provider, way in ways:
        _, ready, _ = served(job(provider, way, table, tmp_path, shape=(1, 32, 32)))
        error = np.abs(ready["logits"] - truth).max() / np.abs(truth).max()
        assert error <= tolerance(table, "float32"), (provider, way)


def test_the_loop_of_a_user_learns_as_the_trainer_does(backend_name, tmp_path):
    """Without dropout the loss of each step is that of the trainer: both descend by the rate with momentum."""
    losses = {}
    for way in TRAINING:
        work = job(backend_name, way, small(), tmp_path, batch=4, dtype="float64")
        call = calls.prepare(work, calls.Clock(lambda phase: None)).call
        values = [call() for _ in range(4)]
        losses[way] = [value if way == "loop" else value[0] for value in values]
    assert losses["loop"] == pytest.approx(losses["trainer"], rel=1e-6)  # Keras tells it in float32
    assert losses["loop"][-1] < losses["loop"][0]


@pytest.mark.parametrize("way", (*INFERENCE, *TRAINING))
def test_a_call_ends_when_all_is_computed(backend_name, way, tmp_path, monkeypatch):
    """A step of MXNet returns its loss before it has learned: the rest would be counted for nobody."""
    own = import_module(f"{backend.load(backend_name).__name__}.bench")
    waited, wait = [], own.wait
    monkeypatch.setattr(own, "wait", lambda: waited.append(wait()))
    table = small() if way in TRAINING else nets.get(small(), aux=False)
    call = calls.prepare(job(backend_name, way, table, tmp_path, batch=4), calls.Clock(lambda phase: None)).call
    for number in (1, 2):
        call()
        assert len(waited) == number


@pytest.mark.only("torch")
def test_torchvision_computes_in_its_own_way(tmp_path):
    table = nets.get("torchvision", num_classes=7, aux=False)
    _, ready, _ = served(job("torch", "torchvision", table, tmp_path, batch=1, shape=(3, 64, 64)))
    assert len(ready["logits"]) == 7 and ready["build_s"] > 0


@pytest.mark.long
@pytest.mark.parametrize("other", ["tf applications inception_v3:keras", "torch timm inception_v3"])
def test_others_compute_too(other, tmp_path):
    provider, way, name = other.split()
    table = nets.get(name, num_classes=7, aux=False if nets.get(name).aux else None)
    _, ready, _ = served(job(provider, way, table, tmp_path, batch=1, shape=(3, 96, 96)))
    assert len(ready["logits"]) == 7


def test_a_step_of_a_run_is_recorded(backend_name, tmp_path):
    """As `googlenet train` makes it: 2 + 1 + 1 steps on all images of the job, with their labels."""
    work = job(backend_name, "run", nets.get(TINY), tmp_path, batch=3)
    _, ready, (turn,) = served(work, {"do": "turn", "calls": 2, "untimed": 1})
    assert ready["logits"] is None and len(turn["seconds"]) == 2
    told = lines(tmp_path, "step")
    assert [line["step"] for line in told] == [1, 2, 3, 4] and all(line["of"] == STEPS for line in told)
    assert {line["lr"] for line in told} == {PLAN.lr} and len({line["loss"] for line in told}) == 4


def test_a_step_without_the_learning_changes_no_weight(backend_name, tmp_path, monkeypatch):
    """All else of it is a step: the batch is prepared, and the loss recorded. The next whole step learns again."""
    steps, trainer = [], backend.load(backend_name).Trainer
    monkeypatch.setattr(trainer, "step", lambda self, *args, **settings: steps.append(args) or (2.0, 1))
    work = job(backend_name, "run", nets.get(TINY), tmp_path, batch=3)
    turn = {"do": "turn", "calls": 1, "untimed": 0}
    *_, answers = served(work, turn, {"do": "without", "calls": 3, "untimed": 2}, turn)
    assert [len(answer["seconds"]) for answer in answers] == [1, 3, 1]
    assert [line["loss"] for line in lines(tmp_path, "step")] == [2.0, 2.0, *[1.0] * 5, 2.0]
    assert len(steps) == 3


def test_bfloat16_is_what_products_are_computed_in(backend_name, tmp_path):
    for way in TRAINING:
        work = job(backend_name, way, tiny(), tmp_path, batch=4, dtype="bfloat16")
        if "bfloat16" in backend.declared(backend_name).trains_in:
            assert served(work)[1]["first_s"] > 0
        else:
            with pytest.raises(InputError, match="does not train in bfloat16"):
                served(work)


@pytest.mark.parametrize("name", [name for name in NAMES if backend.declared(name).fast_compiled])
def test_a_compiled_path_is_asked_of_the_predictor(name, tmp_path, monkeypatch):
    package, told = backend.load(name), []
    own = package.predictor
    monkeypatch.setattr(package, "predictor", lambda net, compiled, **given: told.append(compiled) or own(net, **given))
    work = job(name, "compiled", tiny(), tmp_path)
    _, ready, answers = served(work, {"do": "turn", "calls": 1, "untimed": 0})
    assert told == [True] and relative(ready["logits"], truth(work)) < 1e-5 and len(answers[0]["seconds"]) == 1


@pytest.mark.parametrize("name", [name for name in NAMES if backend.declared(name).fast_in_bfloat16])
def test_inference_in_bfloat16_tells_the_error_of_each_layer(name, tmp_path):
    work = job(name, "bfloat16", tiny(), tmp_path, dtype="bfloat16")
    _, ready, answers = served(work, {"do": "errors"}, {"do": "turn", "calls": 1, "untimed": 0})
    errors = answers[0]["errors"]
    assert list(errors) == list(tiny().at(work.shape, aux=False)) and errors["fc"] > 1e-5
    assert 1e-4 < max(errors.values()) < reduced_tolerance(tiny())
    assert 1e-5 < relative(ready["logits"], truth(work)) < reduced_tolerance(tiny())
    assert len(answers[1]["seconds"]) == 1


def test_a_plug_in_is_measured_in_a_fresh_process(tmp_path, monkeypatch):
    """It prints, which is no answer; and it has no product of its own."""
    from support.plugin import PACKAGE

    folder = install(tmp_path / "plug-ins", package=f"print('welcome')\n{PACKAGE}")
    monkeypatch.syspath_prepend(str(folder))
    (work_folder := tmp_path / "work").mkdir()
    work = job("fake", "plain", nets.get(small(), aux=False if small().aux else None), work_folder)
    process = Process(str(work_folder), conditions.with_threads(1), 120)
    try:
        ready = process.ask(work.to_json())["ready"]
        assert ready["framework"] == "Fake 1.0" and ready["library"] == "numpy"
        assert len(process.ask({"do": "turn", "calls": 2, "untimed": 0})["seconds"]) == 2
        assert len(process.ask({"do": "product"})["seconds"]) == 1
        assert process.ask({"do": "end"})["peak_memory"] > 1 << 20
    finally:
        process.close()


def test_how_errors_are_told():
    assert worker._told(MissingBackend("no such")) == {"kind": "missing", "message": "no such"}
    assert worker._told(RuntimeError("std::bad_alloc"))["kind"] == "memory"
    assert worker._told(ValueError("a line\nor two")) == {"kind": "error", "message": "a line or two"}
    assert worker._told(KeyError("b1")) == {"kind": "error", "message": "KeyError: 'b1'"}


def test_a_job_goes_through_json_and_back(tmp_path):
    work = job("torch", "plain", tiny(), tmp_path)
    again = Job.from_json(json.loads(json.dumps(work.to_json())))
    assert again == work and again.table.layers.totals() == tiny().layers.totals()
    assert work.images().dtype == np.float32 and (work.images() == again.images()).all()
    assert set(work.labels()) <= set(range(tiny().num_classes))
