"""The folder of a run: written whole or not at all, and refused in one line where it was damaged."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from support.small_runs import ASKED, edit, lines

from common.base import files
from common.runs import checkpoint
from common.runs import folder as run_folder
from common.runs import history as metrics
from common.table import tensors
from common.weights import canonical, safetensors_file

pytestmark = pytest.mark.usefixtures("tiny")


def test_a_full_disk_in_mid_checkpoint_leaves_the_one_before(run, folder, done, tmp_path, monkeypatch):
    out = tmp_path / "run"
    asked = [*ASKED, "--checkpoint-every", 1, "--data", folder, "--out", out]
    save = safetensors_file.save_file
    calls = []

    def full(tensors, path, metadata):
        calls.extend([path] if "velocities" in path.name else [])
        if len(calls) == 3:
            path.write_bytes(b"half of it")
            raise OSError(28, "No space left on device")
        save(tensors, path, metadata)

    monkeypatch.setattr(safetensors_file, "save_file", full)
    code, _, error = run("train", *asked)
    assert code == 2 and error.count("\n") == 1 and "No space left on device" in error
    state, kept, velocities = checkpoint.load(run_folder.open_run(out))
    assert state.step == 2 and set(velocities) == set(tensors.parameters(kept))
    stem = "last-00000002"
    assert {f"{stem}.safetensors", f"{stem}.velocities.safetensors"} == {path.name for path in out.glob("*last-*")}
    monkeypatch.undo()
    assert run("train", "--resume", out)[0] == 0
    assert [line["loss"] for line in lines(out, "step")] == [line["loss"] for line in lines(done, "step")]


def test_a_folder_that_holds_something_is_left_alone(run, folder, done, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    code, _, error = run("train", *ASKED, "--data", folder, "--out", tmp_path)
    assert code == 2 and "not empty" in error and "another --out" in error
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    code, _, error = run("train", *ASKED, "--data", folder, "--out", done)
    assert code == 2 and f"--resume {done}" in error


def test_a_resumed_run_has_its_own_settings(run, done):
    code, _, error = run("train", "--resume", done, "--lr", 0.1)
    assert code == 2 and error.count("\n") == 1 and error.endswith("leave out --lr\n")


def _edit(name, change):
    return lambda run: edit(run / name, change)


def _run(**values):
    return _edit("run.json", lambda data: data.update(values))


def _raw(name, old, new):
    """An edit that leaves the checksum as it is."""

    def change(run):
        text = (run / name).read_text()
        assert text.count(old) == 1
        (run / name).write_text(text.replace(old, new))

    return change


def _pipe(name):
    def change(run):
        (run / name).unlink()
        os.mkfifo(run / name)

    return change


def _velocities(change):
    def edit(run):
        path = run / "last-00000006.velocities.safetensors"
        tensors = load_file(path)
        change(tensors)
        save_file(tensors, path)

    return edit


def _last_bit(tensors):
    tensors["fc.weight"] = tensors["fc.weight"].copy()
    tensors["fc.weight"].view(np.uint32)[0, 0] ^= 1


def _weights_of_another_step(run):
    table, path = run_folder.open_run(run).table, run / "last-00000006.safetensors"
    weights = canonical.load(path, table)
    canonical.save(path, {name: 2 * array for name, array in weights.items()}, table)


def _cut(count):
    def cut(run):
        path = run / "metrics.jsonl"
        path.write_bytes(path.read_bytes()[:-count])

    return cut


def _spoil(run):
    path = run / "metrics.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"loss"', b'"lo\x00s"', 1))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_run(format_version=2), "format version 2; this reads 1"),
        (_raw("run.json", '"seed": 0', '"seed": 1'), "does not match its own sha256"),
        (_raw("run.json", "sha256_of_this", "sha256_of_that"), "has no sha256_of_this"),
        (_run(seed=1), "of a run with other settings than"),
        (_run(backend="abacus"), "unknown backend 'abacus'"),
        (_run(classes=["a", "b", "c"]), "begun on the classes a, b, c, which"),
        (_edit("run.json", lambda data: data["images"].update(train=29)), "begun on 29 train images, of which"),
        (_edit("run.json", lambda data: data["images"].update(test=None)), "begun on no test images, of which"),
        (lambda run: (run / "run.json").write_text("{"), "damaged"),
        (lambda run: (run / "run.json").unlink(), "not the folder of a run"),
        (_pipe("run.json"), "not the folder of a run"),
        (_edit("last.json", lambda data: data.update(format_version=2)), "another format version"),
        (_raw("last.json", '"step": 6,\n  "epoch": 2', '"step": 6,\n  "epoch": 1'), "does not match its own sha256"),
        (_edit("last.json", lambda data: data.pop("step")), "'step' is missing"),
        (_edit("last.json", lambda data: data.update(epoch=1)), "no run of 2 epochs of 3 steps stands at step 6"),
        (_pipe("last.json"), "last.json: a named pipe, not a file"),
        (_pipe("metrics.jsonl"), "metrics.jsonl: a named pipe, not a file"),
        (lambda run: (run / "last-00000006.velocities.safetensors").write_bytes(b"x"), "it is cut short"),
        (_velocities(_last_bit), "not the velocities that last.json stands for"),
        (_velocities(lambda tensors: tensors.pop("fc.weight")), "not the velocities that last.json stands for"),
        (lambda run: (run / "last-00000006.safetensors").write_bytes(b"x"), "not a whole safetensors file"),
        (lambda run: (run / "last-00000006.safetensors").unlink(), "no such file"),
        (_weights_of_another_step, "not the weights that last.json stands for"),
        (lambda run: (run / "best.safetensors").unlink(), "best.safetensors: not there"),
        (lambda run: (run / "best.safetensors").write_bytes(b"x"), "best.safetensors: not a"),
        (_cut(400), "bytes of the history are missing"),
        (_spoil, "line 1 is cut off or no metrics"),
    ],
)
def test_damaged_runs_are_one_line_and_stay_as_they_are(run, done, tmp_path, damage, said):
    copy = tmp_path / "copy"
    shutil.copytree(done, copy)
    damage(copy)
    before = {path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()}
    code, _, error = run("train", "--resume", copy)
    assert code == 2
    assert error.count("\n") == 1 and said in error
    after = {path.name: path.read_bytes() for path in copy.iterdir() if path.is_file()}
    assert before.pop("metrics.jsonl", b"").startswith(after.pop("metrics.jsonl", b"")[:400])
    assert before == after


def test_no_such_run(run, tmp_path):
    code, _, error = run("train", "--resume", tmp_path / "nowhere")
    assert code == 2 and "not the folder of a run" in error


def test_what_is_not_the_runs_own_stays_in_its_folder(run, folder, tmp_path):
    out = tmp_path / "run"
    asked = [*ASKED, "--data", folder, "--out", out]
    assert run("train", *asked, "--steps", 2)[0] == 0
    (out / "last-backup").mkdir()
    for name in ("last-notes.txt", "last-epoch-copy.safetensors", ".best-of-all"):
        (out / name).write_text("mine")
    assert run("train", "--resume", out)[0] == 0
    assert {"last-backup", "last-notes.txt", "last-epoch-copy.safetensors", ".best-of-all"} < {
        path.name for path in out.iterdir()
    }


def test_a_checkpoint_is_on_the_disk_before_it_is_named_and_the_one_before_is_removed(
    run, folder, tmp_path, monkeypatch
):
    """Or a power cut would leave names of empty files."""
    done = []

    def noting(of, name, what):
        call = getattr(of, name)
        monkeypatch.setattr(of, name, lambda *args, **how: (done.append((name, what(*args))), call(*args, **how))[1])

    noting(files, "sync", lambda path: path.name)
    noting(metrics.Metrics, "keep", lambda history: history.path.name)
    noting(os, "replace", lambda old, new: Path(new).name)
    noting(os, "unlink", lambda path, **how: Path(path).name)
    out = tmp_path / "run"
    assert run("train", *ASKED, "--checkpoint-every", 1, "--data", folder, "--out", out, "--steps", 2)[0] == 0
    second = done[done.index(("replace", "last.json")) + 1 :]
    names = ["last-00000002.safetensors", "last-00000002.velocities.safetensors", "last.json"]
    wanted = [("keep", "metrics.jsonl")]
    for name in names:
        wanted += [("sync", name), ("replace", name), ("sync", "run")]
    kept = [step for step in second if step[0] != "unlink" or step[1].startswith("last-")]
    start = kept.index(wanted[0])
    assert kept[start : start + len(wanted)] == wanted
    assert set(kept[start + len(wanted) :][:2]) == {
        ("unlink", "last-00000001.safetensors"),
        ("unlink", "last-00000001.velocities.safetensors"),
    }
