"""Workers that share nothing but a group: what rank 0 tells them, and who ends when one cannot take part."""

import socket
from dataclasses import replace
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from support.at_once import at_once
from support.small_runs import TINY, add_tiny, left

import googlenet_torch
from common import data as datasets
from common.base.errors import InputError
from common.base.progress import Nobody
from common.base.signals import Stop
from common.contract import devices
from common.data.dataset import ArrayImages, Split
from common.runs import together
from common.runs.preparing import prepare_runs, recipe_asked
from common.workers.environment import Place
from common.workers.environment import again as started_again
from common.workers.group import Alone, Refused


@pytest.fixture(autouse=True)
def tiny_is_known():
    known = add_tiny()
    yield
    del known[TINY.name]


@pytest.fixture
def places():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return [Place(rank, 2, "127.0.0.1", port) for rank in range(2)]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def prepared(folder, **more):
    options = {"data": "digits", "data_dir": None, "backend_name": "torch", "dtype": "float32", "seed": 0, **more}
    recipe = recipe_asked("quick", epochs=1, batch=7, dropout=0.0)  # threads share the numbers of chance of PyTorch
    return prepare_runs(Nobody(), TINY, recipe=recipe, folder=folder, **options)


def led(place, folder, options=None):
    return together.lead(place, lambda: prepared(folder), options or {}, made=True)


def digits(runs):
    return datasets.load("digits")


def refuse(*_):
    raise InputError("photos: no such folder")


def trained(joined, place, folder, steps, stop=None):
    """Whether the run of a worker ended, which knows its folder by another name."""
    run = replace(joined.runs[0], folder=folder)
    stop = stop or Stop()
    told = {"most_steps": steps if place.rank == 0 else None, **joined.options}
    finished = together.train_in_group(joined.places[0], run, joined.dataset, stop, told)
    return finished, stop.number


def both(places, folder, steps, stop=None, first_folder=None):
    def leading():
        return trained(led(places[0], folder, {"checkpoint_every": 2}), places[0], folder, steps)

    def following():
        return trained(together.follow(places[1], digits), places[1], Path("/proc/nowhere"), None, stop)

    return at_once(leading, following)


def test_a_worker_trains_a_run_whose_folder_it_never_sees(places, folder):
    assert both(places, folder, 3) == [(False, None), (False, None)]
    assert "last-00000003.safetensors" in left(folder)


def test_where_a_run_stands_is_told_too(places, folder, tmp_path):
    """Three steps and then two more are five: weights, velocities and state come from rank 0."""
    stopped = [(False, None)] * 2
    assert both(places, folder, 3) == stopped
    runs, dataset = prepared(folder, again=True)

    def leading():
        joined = together.lead(places[0], lambda: (runs, dataset), {"checkpoint_every": 2}, made=False)
        return trained(joined, places[0], folder, 5)

    def following():
        return trained(together.follow(places[1], digits), places[1], Path("/proc/nowhere"), None)

    assert at_once(leading, following) == stopped
    assert both(places, tmp_path / "whole", 5) == stopped
    assert left(folder) == left(tmp_path / "whole")


def test_a_signal_to_one_stops_all_and_is_the_same_in_all(places, folder):
    stop = Stop()
    stop.number = 15
    assert both(places, folder, 99, stop) == [(False, 15), (False, 15)]


def test_rank_0_that_is_refused_ends_all_at_once(places):
    begun = monotonic()
    first, second = at_once(
        lambda: together.lead(places[0], refuse, {}, made=True), lambda: together.follow(places[1], digits)
    )
    assert str(first) == str(second) == "photos: no such folder"
    assert type(first) is InputError and type(second) is Refused and second.rank == 0
    assert monotonic() - begun < 5


def test_what_both_cannot_rank_0_tells(places):
    first, second = at_once(
        lambda: together.refuse(places[0], InputError("lr")), lambda: together.refuse(places[1], InputError("lr"))
    )
    assert type(first) is InputError and type(second) is Refused and second.rank == 0


@pytest.mark.parametrize("known", [True, False])
def test_another_rank_that_cannot_ends_all_and_nothing_is_left(places, folder, known):
    own = InputError("photos: no such folder")
    first, second = at_once(
        lambda: led(places[0], folder),
        lambda: together.follow(places[1], refuse, own if known else None),
    )
    assert type(second) is InputError and type(first) is Refused and first.rank == 1
    assert str(first) == str(second) == str(own)
    assert not folder.exists()


def test_all_compute_on_the_same_kind_of_device(places, folder, monkeypatch):
    monkeypatch.setattr(googlenet_torch, "devices", lambda: {"cpu": 1, "cuda": 2})

    def on_a_gpu():
        with devices.using("cuda"):
            return together.follow(places[1], digits)

    first, second = at_once(lambda: led(places[0], folder), on_a_gpu)
    assert type(first) is Refused and str(second) == "its device is not that of rank 0: cuda, not cpu"


def test_a_worker_on_gpus_joins_and_trains_on_its_own(places, folder, monkeypatch):
    found = []
    monkeypatch.setattr(googlenet_torch, "devices", lambda: {"cpu": 1, "cuda": 2})
    monkeypatch.setattr(googlenet_torch, "join", lambda *about, **more: found.append(devices.asked()) or Alone())
    monkeypatch.setattr(together, "train", lambda *about, **more: found.append(devices.asked()))
    runs, dataset = prepared(folder)
    with devices.using("cuda"):
        together.train_in_group(replace(places[1], local=1), runs[0], dataset, Stop(), {})
    assert found == ["cuda:1"] * 2


def changed(**parts):
    """The digits with other pixels or labels."""

    def read(runs):
        dataset = datasets.load("digits")
        pixels, labels = dataset.train.images.source.copy(), dataset.train.labels.copy()
        pixels[7] ^= parts.get("pixels", 0)
        labels[:2] = labels[: parts.get("labels", 2)][::-1] if "labels" in parts else labels[:2]
        return replace(dataset, train=Split(ArrayImages(pixels, dataset.train.images.chosen), labels))

    return read


@pytest.mark.parametrize("parts", [{"pixels": 1}, {"labels": 2}])
def test_other_data_than_those_of_rank_0_are_refused(places, folder, parts):
    first, second = at_once(lambda: led(places[0], folder), lambda: together.follow(places[1], changed(**parts)))
    assert str(second) == "its digits is not that of rank 0"
    assert isinstance(first, Refused) and first.rank == 1


def test_fewer_images_are_refused_as_of_any_run(places, folder):
    def fewer(runs):
        dataset = datasets.load("digits")
        return replace(dataset, train=dataset.train.subset(np.arange(100)))

    _, second = at_once(lambda: led(places[0], folder), lambda: together.follow(places[1], fewer))
    assert "begun on" in str(second) and "train images" in str(second)


def test_another_version_of_the_framework_is_refused(places, folder, monkeypatch):
    require = together._require_alike
    other = {"its framework": "PyTorch 1.0"}
    monkeypatch.setattr(together, "_require_alike", lambda own, told: require(own | other, told))
    _, second = at_once(lambda: led(places[0], folder), lambda: together.follow(places[1], digits))
    assert str(second).startswith("its framework is not that of rank 0: PyTorch 1.0, not PyTorch")


def test_torchrun_listens_at_the_port_itself(places, folder):
    with socket.create_server(("127.0.0.1", places[0].port)):
        answers = at_once(
            lambda: led(replace(places[0], listening=True), folder),
            lambda: together.follow(replace(places[1], listening=True), digits),
        )
    assert [type(answer) for answer in answers] == [together.Joined] * 2
    assert not answers[0].places[0].listening


def test_a_run_that_is_asked_for_again_goes_on_if_its_settings_are_the_same(folder):
    (run,), _ = prepared(folder)
    (folder / "last.json").write_text("where it stands")
    (again,), _ = prepared(folder, again=True)
    assert again == run and (folder / "last.json").read_text() == "where it stands"
    for asked in ({}, {"again": True, "seed": 1}, {"again": True, "dtype": "float64"}):
        with pytest.raises(InputError, match="not empty: go on with it by --resume"):
            prepared(folder, **asked)


def test_what_a_killed_process_left_of_making_a_folder_is_in_nobodys_way(folder):
    folder.mkdir()
    (folder / "start.safetensors").write_bytes(b"half")
    with pytest.raises(InputError, match="not empty: choose another --out"):
        prepared(folder)
    prepared(folder, again=True)
    (folder.parent / "other").mkdir()
    (folder.parent / "other" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty: choose another --out"):
        prepared(folder.parent / "other", again=True)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"WORLD_SIZE": "2", "TORCHELASTIC_RESTART_COUNT": "1"}, True),
        ({"WORLD_SIZE": "2", "TORCHELASTIC_RESTART_COUNT": "0", "SLURM_RESTART_COUNT": "1"}, False),
        ({"SLURM_PROCID": "0", "SLURM_STEP_ID": "0", "MASTER_ADDR": "a", "SLURM_RESTART_COUNT": "1"}, True),
        ({"SLURM_RESTART_COUNT": "1"}, False),
        ({"TORCHELASTIC_RESTART_COUNT": "1"}, False),
    ],
)
def test_whether_the_launcher_starts_again(told, expected):
    assert started_again(told) is expected
