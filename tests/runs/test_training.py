"""Training from outside: what a run leaves, what it chooses by, and what it refuses."""

import json
import re
import shutil

import numpy as np
import pytest
from support.backends import NAMES
from support.small_runs import ASKED, CLASSES, lines
from support.terminal import on_terminal

from common.contract import backend
from common.contract.loss import cross_entropy_sum
from common.contract.schedules import Cosine, Stepwise
from common.data.batches import Augment, Batches
from common.runs import checkpoint, planning, training
from common.runs import folder as run_folder
from common.runs import run as run_settings
from common.runs.history import read_history
from common.runs.sealed import SEAL, checksum
from common.table import drawing
from common.table.layers import walk_network
from common.table.spec import Dropout
from common.weights import canonical

pytestmark = pytest.mark.usefixtures("tiny")


def test_a_run_leaves_what_the_documentation_says(done):
    assert {path.name for path in done.iterdir()} == {
        *(
            "run.json",
            "metrics.jsonl",
            "times.jsonl",
            "best.safetensors",
            "best.json",
            "last.json",
            "curves.png",
            "curves.svg",
        ),
        *("last-00000006.safetensors", "last-00000006.velocities.safetensors"),
    }


def test_the_history_counts_every_step_and_every_image(done):
    steps, epochs = lines(done, "step"), lines(done, "epoch")
    assert [line["step"] for line in steps] == list(range(1, 7))
    assert [line["epoch"] for line in steps] == [0, 0, 0, 1, 1, 1]
    assert {line["of"] for line in steps} == {6}
    assert [line["step"] for line in epochs] == [3, 6]
    for epoch in epochs:
        own = [line for line in steps if line["epoch"] == epoch["epoch"]]
        assert epoch["loss"] == pytest.approx(np.mean([line["loss"] for line in own]))  # 24 images in batches of 8
        assert epoch["accuracy"] == pytest.approx(np.mean([line["accuracy"] for line in own]))


def test_sums_are_divided_once_where_the_last_batch_is_smaller(run, folder, tmp_path):
    out = tmp_path / "run"
    asked = [*ASKED, "--batch", 20, "--epochs", 1, "--data", folder, "--out", out]
    assert run("train", *asked)[0] == 0
    large, small = lines(out, "step")
    (epoch,) = lines(out, "epoch")
    assert epoch["loss"] == pytest.approx((20 * large["loss"] + 4 * small["loss"]) / 24)
    assert epoch["accuracy"] == pytest.approx((20 * large["accuracy"] + 4 * small["accuracy"]) / 24)


def test_validation_and_test_are_those_of_the_best_weights(done, folder):
    from common import data

    opened = run_folder.open_run(done)
    package, dataset = backend.load(NAMES[0]), data.load(str(folder))
    best = opened.best()
    net = package.build_net(best.table, weights=best.weights)
    held = planning.parts(dataset, opened.recipe, opened.seed)[1]
    assert len(held) == 6
    about = json.loads((done / "best.json").read_text())
    for split, found in ((held, about), (dataset.test, lines(done, "test")[0])):
        logits, labels = [], []
        for x, y in Batches(split, opened.preprocessing, batch=4, seed=0).in_order():
            logits, labels = [*logits, *package.predict(net, x)], [*labels, *y]
        logits, labels = np.array(logits), np.array(labels)
        key = "validation_" if split is held else ""
        assert found[f"{key}accuracy"] == np.mean(logits.argmax(1) == labels)
        assert found[f"{key}loss"] == pytest.approx(cross_entropy_sum(logits, labels) / len(labels), rel=1e-5)


@pytest.mark.parametrize(("patience", "epochs"), [(1, 3), (2, 4), (3, 5), (4, 6)])
def test_a_run_ends_when_its_patience_does(patience, epochs, run, folder, tmp_path, monkeypatch):
    """Also one that was stopped in between. The best epoch is the second; of equals the first counts."""
    said = iter([(1.0, accuracy) for accuracy in (0.25, 0.75, 0.75, 0.5, 0.25, 0.0, 0.0, 0.0)])
    monkeypatch.setattr(training, "judge", lambda package, net, batches: next(said))
    out = tmp_path / "run"
    asked = [*ASKED, "--epochs", 6, "--patience", patience, "--data", folder, "--out", out]
    run("train", *asked, "--steps", 7)
    assert run("train", "--resume", out)[0] == 0
    assert len(lines(out, "epoch")) == epochs
    assert lines(out, "test")[0]["epoch"] == 1
    code, printed, _ = run("train", "--resume", out, "--json", "-")
    assert code == 0 and json.loads(printed)["finished"] is True


def test_recipes_that_people_ask_for_arrive(run, folder, tmp_path):
    """A warm-up in front of a schedule, or that of a cosine; Adam; cuts that are resized."""

    def asked(*options):
        shutil.rmtree(tmp_path / "run", ignore_errors=True)
        code, _, error = run("train", *ASKED, "--data", folder, "--out", tmp_path / "run", "--steps", 1, *options)
        return (code, error) if code == 2 else run_folder.open_run(tmp_path / "run").recipe

    assert asked("--warmup", 0.5).schedule == Cosine(warmup=0.5)
    stepwise = asked("--warmup", 0.5, "--schedule", "step")
    assert (stepwise.warmup, stepwise.schedule) == (0.5, Stepwise())
    adam = asked("--recipe", "adamw", "--beta2", 0.9, "--resized-crop", 0.25)
    assert (adam.optimizer, adam.beta2, adam.resized_crop) == ("adamw", 0.9, 0.25)
    for options, says in (
        (("--optimizer", "adam"), "nesterov is for the optimizer sgd"),
        (("--resized-crop", 1.5), "resized_crop must be above 0 and at most 1, not 1.5"),
        (("--resized-crop", 0.5, "--pad", 2), "two ways to cut at random"),
        (("--patience", 2, "--validation", 0), "patience is for the validation accuracy"),
    ):
        code, error = asked(*options)
        assert code == 2 and says in error and error.count("\n") == 1


def test_the_best_epoch_is_the_best_by_validation_and_the_first_of_equals(run, folder, tmp_path, monkeypatch):
    # What the validation images say, epoch by epoch, and at last the test images, which must not matter.
    said = iter([(2.0, 0.5), (1.0, 0.75), (0.5, 0.75), (0.4, 0.25), (9.0, 1.0)])
    monkeypatch.setattr(training, "judge", lambda package, net, batches: next(said))
    out = tmp_path / "run"
    assert run("train", *ASKED, "--epochs", 4, "--data", folder, "--out", out)[0] == 0
    assert json.loads((out / "best.json").read_text())["epoch"] == 1
    assert lines(out, "test") == [{"kind": "test", "epoch": 1, "images": 9, "loss": 9.0, "accuracy": 1.0}]
    last = json.loads((out / "last.json").read_text())
    assert last["losses"] == [2.0, 1.0, 0.5, 0.4]
    assert not np.array_equal(
        canonical.load(out / last["weights"], run_folder.open_run(out).table)["fc.weight"],
        run_folder.open_run(out).best().weights["fc.weight"],
    )


def test_the_plateau_follows_the_validation_losses(run, folder, tmp_path, monkeypatch):
    said = iter([(1.0, 0.5)] * 6)
    monkeypatch.setattr(training, "judge", lambda package, net, batches: next(said))
    out = tmp_path / "run"
    asked = [*ASKED, "--epochs", 5, "--batch", 24, "--lr", 0.01, "--schedule", "plateau"]
    assert run("train", *asked, "--data", folder, "--out", out)[0] == 0
    # Patience is 2: the third epoch that is not better is one too many.
    assert [line["lr"] for line in lines(out, "step")] == [0.01, 0.01, 0.01, 0.01, pytest.approx(0.001)]


def test_without_validation_images_the_last_epoch_is_the_best(run, folder, tmp_path):
    out = tmp_path / "run"
    assert run("train", *ASKED, "--validation", 0, "--data", folder, "--out", out)[0] == 0
    assert json.loads((out / "best.json").read_text()) == {
        "epoch": 1,
        "step": 8,
        "validation_loss": None,
        "validation_accuracy": None,
    }


def test_the_training_sees_no_validation_and_no_test_image(run, folder, tmp_path, monkeypatch):
    seen = {}

    def noting(split, *args, augment=None, **kwargs):
        seen.setdefault("train" if augment else "judge", []).append({split.images.name(i) for i in range(len(split))})
        return Batches(split, *args, augment=augment, **kwargs)

    monkeypatch.setattr(training, "Batches", noting)
    assert run("train", *ASKED, "--epochs", 1, "--data", folder, "--out", tmp_path / "run")[0] == 0
    (trained,), (held, test) = seen["train"], seen["judge"]
    assert (len(trained), len(held), len(test)) == (24, 6, 9)
    assert not trained & held and not trained & test and not held & test


def test_what_is_asked_for_reaches_the_images_the_first_weights_the_table_and_the_trainer(
    run, folder, tmp_path, monkeypatch
):
    seen = {}
    package = backend.load(NAMES[0])

    def noting(key, make, of):
        return lambda *args, **settings: (seen.setdefault(key, of(*args, **settings)), make(*args, **settings))[1]

    monkeypatch.setattr(training, "Batches", noting("augment", Batches, lambda *_, augment=None, **__: augment))
    monkeypatch.setattr(run_settings, "initial", noting("initial", drawing.initial, lambda _, *rest: rest))
    dtypes = backend.declared(NAMES[0]).trains_in
    monkeypatch.setattr(package, "Trainer", noting("trainer", package.Trainer, lambda net, _, **how: (net, how)))
    asked = ["--pad", 3, "--flip", "--initial", "xavier", "--dropout", 0.125, "--seed", 9, "--epochs", 1, "--lr", 0.01]
    how = ["--dtype", "bfloat16"] if "bfloat16" in dtypes else []
    asked = ["cifar10_bn", "--batch", 8, "--backend", NAMES[0], *asked, *how]
    assert run("train", *asked, "--data", folder, "--out", tmp_path / "run")[0] == 0
    assert seen["augment"] == Augment(pad=3, flip=True)
    assert seen["initial"] == (9, "float32", "xavier")
    net, settings = seen["trainer"]
    dropouts = [layer.node.p for layer in walk_network(net.table) if isinstance(layer.node, Dropout)]
    assert set(dropouts) == {0.125}
    assert settings == {"bfloat16": bool(how)}


def test_what_is_printed_is_what_the_history_says(run, folder, tmp_path):
    out = tmp_path / "run"
    _, printed, _ = run("train", *ASKED, "--data", folder, "--out", out)
    found = [line.split() for line in printed.splitlines()]
    for epoch, words in zip(lines(out, "epoch"), found[1:3], strict=True):
        assert words[:4] == ["epoch", str(epoch["epoch"] + 1), "of", "2"]
        assert words[5:7] == [f"{epoch['loss']:.4f}", f"{epoch['accuracy']:.2%}"]
        assert words[8:10] == [f"{epoch['validation_loss']:.4f}", f"{epoch['validation_accuracy']:.2%}"]
    (test,) = lines(out, "test")
    right, best = round(9 * test["accuracy"]), test["epoch"] + 1
    assert " ".join(found[3]) == f"test {test['accuracy']:.2%}: {right} of 9 images, by the weights of epoch {best}"


def test_all_backends_start_alike_see_the_same_and_learn_alike(run, folder, tmp_path, backends_by_name, tiny):
    if len(backends_by_name) < 2:
        pytest.skip("one backend is under test")
    out = tmp_path / "all"
    asked = [tiny, "--dropout", 0, "--epochs", 1, "--batch", 8, "--dtype", "float64", "--lr", 0.001]
    code, printed, _ = run("train", *asked, "--backend", "all", "--data", folder, "--out", out)
    assert code == 0
    losses = [[line["loss"] for line in lines(out / name, "step")] for name in backends_by_name]
    assert all(len(row) == 4 for row in losses)
    np.testing.assert_allclose(losses, [losses[0]] * len(losses), rtol=1e-9)
    assert {"curves.png", "curves.svg", *backends_by_name} == {path.name for path in out.iterdir()}
    assert all(package.FRAMEWORK in printed for package in backends_by_name.values())
    assert run("train", "--resume", out)[0] == 0


def test_json_has_the_settings_the_epochs_and_the_test(run, folder, tmp_path):
    out, to = tmp_path / "run", tmp_path / "found.json"
    asked = [*ASKED, "--epochs", 1, "--label-smoothing", 0.2, "--no-nesterov", "--seed", 5]
    assert run("train", *asked, "--data", folder, "--out", out, "--json", to)[0] == 0
    found = json.loads(to.read_text())
    (one,) = found["runs"]
    assert found["finished"] and one["finished"] and one["run"] == str(out)
    assert {**one["settings"], SEAL: checksum(one["settings"])} == json.loads((out / "run.json").read_text())
    assert one["settings"]["recipe"]["label_smoothing"] == 0.2
    assert one["settings"]["recipe"]["nesterov"] is False
    assert (one["settings"]["seed"], one["settings"]["classes"]) == (5, list(CLASSES))
    assert one["epochs"] == [line for line in read_history(out) if line["kind"] == "epoch"]
    assert one["epochs"][0]["seconds"] > 0 and [one["test"]] == lines(out, "test")


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_checkpoint(run, folder, tmp_path):
    out = tmp_path / "run"
    asked = ["d2l", "--image-size", 32, "--epochs", 9, "--batch", 8, "--lr", 1e6, "--schedule", "constant"]
    asked += ["--backend", NAMES[0], "--checkpoint-every", 1, "--momentum", 0, "--no-nesterov"]
    code, _, error = run("train", *asked, "--data", folder, "--out", out)
    assert code == 2
    assert error.count("\n") == 1 and "--lr" in error
    assert re.search("the loss of step .* is |is not finite after step", error)  # whichever a framework comes to first
    kept = checkpoint.load(run_folder.open_run(out))
    assert kept is None or all(np.isfinite(array).all() for array in kept[1].values())


@pytest.mark.parametrize(
    ("rate", "said"), [(1e30, "the validation loss after step 2 is nan"), (1e300, "is not finite after step 2")]
)
def test_a_step_that_spoils_the_weights_leaves_what_was_kept(rate, said, run, folder, tmp_path, monkeypatch):
    """The loss of that very step is still a number."""
    monkeypatch.setattr(training.Training, "rate", lambda self: rate if self.state.epoch else 1e-3)
    out = tmp_path / "run"
    asked = ["d2l", "--image-size", 32, "--epochs", 3, "--batch", 24, "--validation", 0.2, "--backend", NAMES[0]]
    code, _, error = run("train", *asked, "--data", folder, "--out", out)
    assert code == 2
    assert error.count("\n") == 1 and said in error and f"{out} holds this one as it was after step 1" in error
    assert (out / "curves.png").exists()  # to look at how it came to that
    stopped = run_folder.open_run(out)
    state, kept, _ = checkpoint.load(stopped)
    assert (state.step, state.best["epoch"], json.loads((out / "best.json").read_text())["epoch"]) == (1, 0, 0)
    for found in (kept, stopped.best().weights):
        assert all(np.isfinite(array).all() for array in found.values())


def test_a_test_loss_that_is_no_number_is_told(run, folder, tmp_path, monkeypatch):
    answers = iter([(1.0, 0.5), (np.inf, 0.5)])
    monkeypatch.setattr(training, "judge", lambda *args: next(answers))
    code, _, error = run("train", *ASKED, "--epochs", 1, "--data", folder, "--out", tmp_path / "run")
    assert code == 2 and error.count("\n") == 1 and "the test loss after step 3 is inf" in error


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--batch", 23, "--image-size", 4], "choose another batch size"),
        (["--batch", 0], "batch must be at least 1"),
        (["--epochs", 0], "epochs must be at least 1"),
        (["--lr", "nan"], "lr must be at least 0"),
        (["--schedule", "cosin"], "did you mean 'cosine'?"),
        (["--recipe", "quik"], "did you mean 'quick'?"),
        (["--initial", "xaver"], "did you mean 'xavier'?"),
        (["--dtype", "float16"], f"unknown dtype to train in with {NAMES[0]} 'float16'"),
        (["--backend", "jax"], "unknown backend 'jax'"),
        (["--image-size", 0], "image_size must be at least 1"),
        (["--validation", 1], "validation must be at least 0 and below 1"),
        (["--data", "digit"], "did you mean 'digits'?"),
        (["--data-dir", "/nowhere"], "is for fashion-mnist and cifar10"),
        (["--momentum", 0, "--nesterov"], "nesterov looks ahead"),
        (["--schedule", "plateau", "--validation", 0], "a plateau is one of the validation loss"),
        (["--pad", 33, "--image-size", 32], "pad must be at most the size of an image, 32, not 33"),
        (["--weight-decay", 1e39], "weight_decay must be at most 1e+30"),
    ],
)
def test_bad_settings_are_one_line_and_leave_no_folder(run, folder, tmp_path, asked, said):
    out = tmp_path / "run"
    code, _, error = run("train", *ASKED, "--image-size", 16, "--data", folder, "--out", out, *asked)
    assert code == 2
    assert error.count("\n") == 1 and said in error
    assert not out.exists()


@pytest.mark.parametrize(
    ("asked", "said"), [("--dropout", "d2l_bn has no dropout"), ("--aux-weight", "d2l_bn has no auxiliary heads")]
)
def test_settings_of_what_the_network_has_not(run, folder, tmp_path, asked, said):
    out = tmp_path / "run"
    code, _, error = run("train", "d2l_bn", "--image-size", 32, "--data", folder, "--out", out, asked, 0.3)
    assert code == 2
    assert error.count("\n") == 1 and said in error
    assert not out.exists()


@pytest.mark.only("mxnet")
def test_mxnet_does_not_train_in_bfloat16(run, folder, tmp_path):
    asked = ["d2l_bn", "--data", folder, "--backend", "mxnet", "--dtype", "bfloat16", "--out", tmp_path / "run"]
    code, _, error = run("train", *asked)
    assert code == 2 and error.count("\n") == 1 and "the choices are float32, float64" in error
    assert not (tmp_path / "run").exists()


def test_images_that_the_heads_do_not_take(run, folder, tmp_path):
    code, _, error = run("train", "paper", "--image-size", 64, "--data", folder, "--out", tmp_path / "run")
    assert code == 2 and error.count("\n") == 1 and "with its auxiliary heads takes images of" in error
    assert not (tmp_path / "run").exists()


def test_a_run_within_its_data_would_be_taken_for_a_class(run, folder, tmp_path, monkeypatch):
    copy = tmp_path / "data"
    shutil.copytree(folder / "train", copy)
    before = sorted(copy.rglob("*"))
    monkeypatch.chdir(copy)
    for data, out in ((copy, ["--out", copy / "cat" / "run"]), (".", []), (copy, ["--out", copy])):
        code, _, error = run("train", *ASKED, "--data", data, *out)
        assert code == 2 and error.count("\n") == 1 and "is within the data" in error
    assert sorted(copy.rglob("*")) == before


def test_runs_of_all_backends_are_made_together_or_not_at_all(run, folder, done, tmp_path, backends_by_name):
    asked = [*ASKED[:-1], "all", "--data", folder, "--out"]
    (tmp_path / "all" / NAMES[-1]).mkdir(parents=True)
    (tmp_path / "all" / NAMES[-1] / "mine.txt").touch()
    code, _, error = run("train", *asked, tmp_path / "all")
    assert code == 2 and f"{tmp_path / 'all' / NAMES[-1]}: not empty" in error
    assert [path.name for path in (tmp_path / "all").iterdir()] == [NAMES[-1]]
    code, _, error = run("train", *asked, done)
    assert code == 2 and f"{done}: is a run itself: choose another --out" in error


def test_runs_that_were_not_begun_together_are_not_gone_on_with_together(run, folder, tmp_path):
    for name, seed in (("one", 1), ("two", 2)):
        asked = [*ASKED, "--seed", seed, "--steps", 1, "--data", folder, "--out", tmp_path / name]
        assert run("train", *asked)[0] == 0
    code, _, error = run("train", "--resume", tmp_path)
    assert code == 2 and error.count("\n") == 1
    assert f"name one of {tmp_path / 'one'}, {tmp_path / 'two'}" in error


def test_an_empty_name_of_a_run_begins_no_new_one(run, tmp_path, monkeypatch):
    """As of a variable of the shell that is not set."""
    monkeypatch.chdir(tmp_path)
    code, _, error = run("train", "--resume", "")
    assert code == 2 and "--resume has an empty value" in error
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_epochs_stand_above_the_live_line(folder, tmp_path):
    asked = ("d2l_bn", *ASKED[1:], "--image-size", 16)  # another process knows no networks of tests
    shown = on_terminal("train", *asked, "--data", folder, "--out", tmp_path / "run", columns=60)
    assert re.search(r"epoch 1/2  step \d", shown)
    erased = r"(^|\n|\x1b\[2K)(\x1b\[\d*m)*"  # nothing stands in the line any more
    for line in ("epoch 1 of 2  ", "epoch 2 of 2  ", "test "):
        assert re.search(erased + line, shown), line
