"""Edited files of a run: every value is checked, whatever stands in its place, and nothing is waited for."""

import json
import os
import shutil
import socket
from time import monotonic

import pytest
from support.dice import DATA, make_run, use_dice
from support.small_runs import edit

from common.base.errors import InputError
from common.runs import checkpoint, sealed
from common.runs.folder import is_run, open_run
from common.runs.history import read_history, read_metrics
from common.runs.training import train

STRANGE = [
    *(None, True, -1, 0.5, 0, 2**70, 10**25, "", "x", "x" * 100_000, "a\0b", "\ud800", "../../etc/passwd", 1e300),
    *([], [[]], [None], {}, {"a": {"b": []}}, [1] * 1000),
]


@pytest.fixture
def stopped(monkeypatch, tmp_path):
    """A run that stands in its second epoch."""
    use_dice(monkeypatch)
    run = make_run(tmp_path / "run")
    train(run, DATA, most_steps=5)
    return run


def places(value, path=()):
    """Where there is a value, in objects and lists within each other."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(value[key], (*path, key))


def planted(data, place, value):
    for key in place[:-1]:
        data = data[key]
    if value is places:
        del data[place[-1]]
    else:
        data[place[-1]] = value


def line(call):
    """The one short line of a refusal; None where nothing is refused."""
    try:
        call()
    except InputError as error:
        assert "\n" not in str(error)
        return str(error)
    return None


@pytest.mark.parametrize("name", ["run.json", "last.json"])
def test_every_value_is_refused_or_it_is_one_that_there_could_be(name, stopped):
    """With a checksum that is right: the types and ranges of all values are checked, and not their origin alone."""
    path = stopped.folder / name
    whole = path.read_text()
    taken = []
    for place in places({key: value for key, value in json.loads(whole).items() if key != sealed.SEAL}):
        for value in (*STRANGE, places):
            edit(path, lambda data, place=place, value=value: planted(data, place, value))
            data = json.loads(path.read_text())
            said = line(lambda: checkpoint.load(open_run(stopped.folder)))
            if said is None and data != json.loads(whole):
                taken.append((place, value))
            assert said is None or len(said) < 400 + len(str(path))
            path.write_text(whole)
    possible = {
        ("data_dir",): (str, type(None)),
        ("loss",): (int, float),
        ("best", "validation_loss"): (int, float, type(None)),
        ("best", "validation_accuracy"): (int, float, type(None)),
        ("losses", 0): (int, float, type(places)),  # one that is taken out is missed by the check of the position
        ("losses",): (list,),
        ("best",): (type(None),),
    }
    if name == "run.json":  # last.json knows which settings it belongs to
        assert taken == []
    for place, value in taken:
        assert type(value) in possible.get(place, (int,)), (place, value)


def test_a_position_that_no_run_has_is_refused(stopped):
    """Each value could be, and they do not fit each other, or the run."""
    path = stopped.folder / "last.json"
    whole = path.read_text()
    state = json.loads(whole)
    assert (state["step"], state["epoch"], state["batch"], state["images"]) == (5, 1, 2, 16)
    best = state["best"]
    for change in (
        *({"epoch": 0}, {"epoch": 2}, {"epoch": 10**9}, {"batch": 1}, {"batch": 3}, {"images": 15}, {"correct": 17}),
        *({"losses": []}, {"losses": [1.0, 1.0]}, {"best": None}, {"best": {**best, "epoch": 1}}),
        *({"best": {**best, "step": 2}}, {"best": {**best, "validation_loss": None}}),
        *({"best": {**best, "validation_accuracy": None}}, {"best": {**best, "epoch": 7, "step": 24}}),
    ):
        edit(path, lambda data, change=change: data.update(change))
        said = line(lambda: train(open_run(stopped.folder), DATA))
        assert said and f"{path}: no run of 3 epochs of 3 steps stands at step 5" in said, change
        path.write_text(whole)
    for change in ({"step": 4}, {"weights": "../last-00000005.safetensors"}, {"velocities": "best.safetensors"}):
        edit(path, lambda data, change=change: data.update(change))
        said = line(lambda: train(open_run(stopped.folder), DATA))
        assert said and "last.json: names " in said, change
        path.write_text(whole)
    assert train(open_run(stopped.folder), DATA)


def test_settings_that_do_not_fit_each_other_are_refused(stopped):
    path = stopped.folder / "run.json"
    whole = path.read_text()
    for change, said in (
        (lambda data: data["recipe"].update(pad=9), "pad must be at most the size of an image, 8, not 9"),
        (lambda data: data["recipe"].update(image_size=9), "image_size is 9, but the preprocessing gives (8, 8)"),
        (lambda data: data.update(in_channels=3), "3 channels, but the preprocessing gives L"),
        (lambda data: data["classes"].pop(), "2 names for 3 classes"),
        (lambda data: data.update(aux=False) or data["recipe"].update(aux_weight=0.5), "has no auxiliary heads"),
        (lambda data: data["recipe"].update(warm=1), "not a recipe"),
        (lambda data: data["recipe"].update(batch=2.5), "batch must be of type int, not 2.5"),
    ):
        edit(path, change)
        found = line(lambda: open_run(stopped.folder))
        assert found and found.startswith(f"{path}: ") and said in found
        path.write_text(whole)


TEXTS = {
    "empty": b"",
    "no object": b"[1]",
    "cut": b'{"seed": 1',
    "nested": b"[" * 100_000,
    "nested objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    "nan": b'{"seed": NaN}',
    "infinite": b'{"seed": 1e999}',
    "digits": b'{"seed": ' + b"9" * 1_000_000 + b"}",
    "twice": b'{"seed": 1, "seed": 2}',
    "latin": b'{"data": "\xe9"}',
    "huge": b" " * (17 << 20),
}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", ["run.json", "last.json", "metrics.jsonl"])
def test_text_that_is_no_json_of_ours_is_one_line_at_once(name, text, stopped):
    path = stopped.folder / name
    path.write_bytes(TEXTS[text])
    began = monotonic()
    said = line(lambda: train(open_run(stopped.folder), DATA))
    assert said and str(path) in said and len(said) < 300 + len(str(path))
    assert monotonic() - began < 5
    if name == "metrics.jsonl" and text != "empty":
        said = line(lambda: read_metrics(path))
        assert said and "line 1 is cut off or no metrics" in said


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "loop", "device"])
@pytest.mark.parametrize("name", ["run.json", "last.json", "metrics.jsonl", "times.jsonl", "velocities", "best"])
def test_what_is_no_file_is_refused_and_not_waited_for(name, kind, stopped, monkeypatch):
    names = {"velocities": "last-00000005.velocities.safetensors", "best": "best.safetensors"}
    path = stopped.folder / names.get(name, name)
    path.unlink()
    monkeypatch.chdir(stopped.folder)  # names of sockets are short
    if kind == "socket":
        socket.socket(socket.AF_UNIX).bind(path.name)
    else:
        {
            "pipe": os.mkfifo,
            "folder": os.mkdir,
            "loop": lambda path: os.symlink(path.name, path),
            "device": lambda path: os.symlink("/dev/zero", path),
        }[kind](path)
    said = line(lambda: train(open_run(stopped.folder), DATA))
    assert said and str(stopped.folder) in said
    assert not is_run(stopped.folder) if name == "run.json" else is_run(stopped.folder)
    if name in ("metrics.jsonl", "times.jsonl"):
        assert line(lambda: read_history(stopped.folder))


def test_best_weights_of_another_run_are_refused(stopped, tmp_path):
    other = make_run(tmp_path / "other", seed=4)
    train(other, DATA)
    best = stopped.folder / "best.safetensors"
    from common.data.preprocessing import Preprocessing
    from common.weights import bundle
    from common.weights.bundle import Bundle

    trained = bundle.load(best)
    changed = Preprocessing(8, (8, 8), order="L", mean=(0.41,), std=(0.3,))
    bundle.save(best, Bundle(trained.table, trained.weights, changed))
    assert "its preprocessing is another" in line(lambda: open_run(stopped.folder).best())
    assert "its preprocessing is another" in line(lambda: train(open_run(stopped.folder), DATA))
    shutil.copy(other.folder / "best.safetensors", best)
    assert line(lambda: open_run(stopped.folder).best()) is None  # weights that could be, of another seed


def test_a_checkpoint_of_another_run_is_refused(stopped, tmp_path):
    other = make_run(tmp_path / "other", seed=4)
    train(other, DATA, most_steps=5)
    for path in other.folder.glob("last*"):
        shutil.copy(path, stopped.folder)
    said = line(lambda: train(open_run(stopped.folder), DATA))
    assert said and "last.json: of a run with other settings than" in said
