"""``predict --fast`` and ``evaluate --fast``: the same answers by the fast path of a framework, which they name."""

from dataclasses import replace

import numpy as np
import pytest
from support.small_network import network_of

from common import nets
from common.base.errors import InputError
from common.contract import backend
from common.data.dataset import ArrayImages, Split
from common.data.preprocessing import Preprocessing
from common.runs import asked
from common.runs.evaluation import evaluate
from common.runs.opened import computing
from common.runs.prediction import predict
from common.table.drawing import probing
from common.table.spec import Conv, GlobalAvgPool, Stage
from common.weights.bundle import Bundle

TABLE = nets.get(network_of("small", (3, 9, 8), 4, {"b1": Stage(conv=Conv(6, 3, stride=2), pool=GlobalAvgPool())}))
PICTURES = np.random.default_rng(0).integers(0, 256, (5, 3, 20, 30), np.uint8)


def trained(preprocessing=None):
    weights = {name: array.astype(np.float64) for name, array in probing(TABLE).items()}
    return Bundle(TABLE, weights, preprocessing or Preprocessing((11, 12), None))


@pytest.fixture
def made(backend_name, monkeypatch):
    """What predictors the package was asked for."""
    package, asked = backend.load(backend_name), []
    own = package.predictor
    monkeypatch.setattr(package, "predictor", lambda net, **given: asked.append(given) or own(net, **given))
    return asked


def test_predictions_are_those_of_predict(backend_name, made):
    plain = predict(trained(), PICTURES, backend_name=backend_name)
    assert plain["fast"] is None and not made
    fast = predict(trained(), PICTURES, backend_name=backend_name, fast=True)
    assert made == [{"image_size": (11, 12), "batch": 5}]
    assert "folded" in fast["fast"] or "frozen" in fast["fast"]
    for one, other in zip(plain["images"], fast["images"], strict=True):
        assert [row["index"] for row in one["top"]] == [row["index"] for row in other["top"]]
        for row, same in zip(one["top"], other["top"], strict=True):
            assert same["probability"] == pytest.approx(row["probability"], rel=1e-12)


def test_counts_are_those_of_evaluate(backend_name, made):
    split = Split(ArrayImages(PICTURES.transpose(0, 2, 3, 1)), np.array([0, 1, 2, 3, 0]))
    plain, fast = (
        evaluate(trained(), split, list("abcd"), backend_name=backend_name, batch=2, fast=fast)
        for fast in (False, True)
    )
    assert made == [{"image_size": (11, 12), "batch": 2}]
    assert plain.pop("fast") is None and fast.pop("fast")
    assert fast.pop("loss") == pytest.approx(plain.pop("loss"), rel=1e-12)
    assert fast == plain


def test_a_fast_path_is_seen_to_be_made(backend_name, made):
    seen = []

    def progress(items, total):
        for item in items:
            seen.append((total, len(made)))
            yield item

    predict(trained(), PICTURES, backend_name=backend_name, fast=True, progress=progress)
    assert seen[0] == (1, 1) and {total for total, _ in seen[1:]} == {5}


def test_bfloat16_is_asked_of_the_predictor(backend_name, made):
    single = replace(trained(), weights={name: array.astype(np.float32) for name, array in trained().weights.items()})
    if not backend.declared(backend_name).fast_in_bfloat16:
        with pytest.raises(InputError, match=r"has no fast path in bfloat16: choose among torch, tf$"):
            computing(backend_name, None, "float32", fast="bfloat16")
        return
    assert computing(backend_name, None, "float32", fast="bfloat16") == backend_name
    told = predict(single, PICTURES, backend_name=backend_name, fast="bfloat16")
    assert made == [{"image_size": (11, 12), "batch": 5, "bfloat16": True}]
    assert told["fast"].startswith("bfloat16, ")


def test_the_compiled_path_is_asked_of_the_predictor(backend_name, monkeypatch):
    single = replace(trained(), weights={name: array.astype(np.float32) for name, array in trained().weights.items()})
    if not backend.declared(backend_name).fast_compiled:
        with pytest.raises(InputError, match=r"has no compiled fast path: choose among torch$"):
            computing(backend_name, None, "float32", fast="compiled")
        return
    package, told = backend.load(backend_name), []
    own = package.predictor
    monkeypatch.setattr(package, "predictor", lambda net, compiled, **given: told.append(compiled) or own(net, **given))
    assert computing(backend_name, None, "float32", fast="compiled") == backend_name
    assert predict(single, PICTURES, backend_name=backend_name, fast="compiled")["fast"] and told == [True]


@pytest.mark.parametrize(
    "command", [["predict", "w.pth", "cat.jpg"], ["evaluate", "w.pth"]], ids=lambda words: words[0]
)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "asked for False"),
        (["--fast"], "asked for True"),
        (["--bfloat16"], "asked for 'bfloat16'"),
        (["--fast", "--compiled"], "asked for 'compiled'"),
        (["--bfloat16", "--compiled"], "--bfloat16 and --compiled are two fast paths: choose one of them"),
    ],
)
def test_commands_ask_for_a_fast_path(run, monkeypatch, command, options, words):
    def told(*_, fast, **__):
        raise InputError(f"asked for {fast!r}")

    monkeypatch.setattr(asked, command[0], told)
    code, out, err = run(*command, *options)
    assert (code, out) == (2, "") and words in " ".join(err.split())


def test_another_fast_path_is_refused(backend_name):
    with pytest.raises(InputError, match=r"^unknown fast 'float16'"):
        computing(backend_name, None, "float32", fast="float16")


def test_pictures_of_their_own_sizes_have_no_fast_path(backend_name):
    with pytest.raises(InputError, match=r"^pictures of different sizes have no fast path: leave out --fast"):
        predict(trained(Preprocessing(11, None)), PICTURES, backend_name=backend_name, fast=True)


def test_a_backend_without_a_fast_path_is_refused(monkeypatch):
    known = backend.declarations()
    first = next(iter(known))
    monkeypatch.setattr(
        backend,
        "declared",
        {**known, first: replace(known[first], fast=False, fast_in_bfloat16=False, fast_compiled=False)}.__getitem__,
    )
    assert computing(first, None, "float32") == first
    with pytest.raises(InputError, match=rf"^backend '{first}' .* has no fast path: choose among "):
        computing(first, None, "float32", fast=True)
