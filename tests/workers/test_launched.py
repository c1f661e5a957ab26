"""``googlenet train`` as launchers start it: by RANK, by Slurm, by torchrun; lost workers, new starts, stops."""

import json
import os
import signal
import time

import pytest
from support.backends import NAMES
from support.launched import RUN, Ranks, alone, by_srun, by_torchrun, same, torchrun

STEPS = (*RUN, "--steps", 5)
SAID = "stopped; go on with: "


def test_arguments_that_cannot_be_are_told_once_and_end_all(tmp_path):
    ended = Ranks(tmp_path, ("train", "d2l", "--epochs", "many")).ended(60)
    assert [code for code, _, _ in ended] == [2, 2]
    assert "--epochs" in ended[0][2] and len(ended[0][2].splitlines()) == 1
    assert ended[1][1:] == ("", "")


def test_two_processes_train_one_run(tmp_path):
    """And neither waits for PyTorch's compiler to be imported, which nobody uses."""
    about = {"forbidden": str(tmp_path / "0"), "unused": "torch._dynamo"}
    ended = Ranks(tmp_path, (*STEPS, "--out", "run", "--json", "told.json"), about=about).ended()
    assert [(code, errors) for code, _, errors in ended] == [(0, ""), (0, "")]
    assert SAID in ended[0][1] and ended[1][1] == ""
    assert list((tmp_path / "1").iterdir()) == []
    assert not json.loads((tmp_path / "0" / "told.json").read_text())["finished"]
    assert (tmp_path / "0" / "run" / "last-00000005.safetensors").is_file()


@pytest.mark.long
@pytest.mark.parametrize("told", [by_torchrun, by_srun])
@pytest.mark.parametrize("backend", NAMES)
def test_they_leave_the_bytes_of_the_workers_of_one_machine(tmp_path, backend, told):
    asked = (*STEPS, "--out", "run", "--backend", backend)
    about = {"forbidden": str(tmp_path / "0")}
    ended = Ranks(tmp_path, asked, told=told, about=about).ended()
    assert [(code, errors) for code, _, errors in ended] == [(0, ""), (0, "")]
    alone(tmp_path / "beside", *asked, "--workers", 2)
    same(tmp_path / "0" / "run", tmp_path / "beside" / "run")
    assert list((tmp_path / "1").iterdir()) == []


@pytest.mark.long
def test_all_backends_are_trained_in_turn_by_the_same_processes(tmp_path):
    asked = (*STEPS, "--out", "run", "--backend", "all")
    ended = Ranks(tmp_path, asked).ended()
    assert [(code, errors) for code, _, errors in ended] == [(0, ""), (0, "")]
    alone(tmp_path / "beside", *asked, "--workers", 2)
    for name in NAMES:
        same(tmp_path / "0" / "run" / name, tmp_path / "beside" / "run" / name)


@pytest.mark.long
def test_a_whole_run_of_torchrun_is_that_of_the_workers_of_one_machine(tmp_path):
    whole = ("train", "tiny", "--batch", 100, "--epochs", 2, "--out", "run")
    assert torchrun(tmp_path, {}, *whole)[0] == 0
    alone(tmp_path / "beside", *whole, "--workers", 2)
    same(tmp_path / "run", tmp_path / "beside" / "run")


@pytest.mark.long
@pytest.mark.parametrize("killed", [0, 1])
@pytest.mark.parametrize("backend", NAMES)
def test_a_worker_that_is_killed_is_started_again_by_torchrun(tmp_path, backend, killed):
    asked = (*STEPS, "--out", "run", "--backend", backend)
    code, said = torchrun(tmp_path / "disturbed", {"killed": [killed, 3]}, *asked, restarts=2)
    assert code == 0 and "exitcode: -9" in said
    assert torchrun(tmp_path / "undisturbed", {}, *asked)[0] == 0
    same(tmp_path / "disturbed" / "run", tmp_path / "undisturbed" / "run")


@pytest.mark.long
@pytest.mark.parametrize("backend", NAMES)
def test_a_lost_worker_ends_the_others_and_the_run_goes_on(tmp_path, backend):
    asked = (*RUN, "--out", "run", "--backend", backend)
    lost = Ranks(tmp_path, (*asked, "--steps", 5), about={"killed": [1, 3]}).ended()
    assert [code for code, _, _ in lost] == [2, -9]
    assert "another worker" in lost[0][2] and len(lost[0][2].splitlines()) == 1
    resumed = Ranks(tmp_path, ("train", "--resume", "run", "--steps", 5)).ended()
    assert [code for code, _, _ in resumed] == [0, 0]
    alone(tmp_path / "beside", *asked, "--steps", 5, "--workers", 2)
    same(tmp_path / "0" / "run", tmp_path / "beside" / "run")


@pytest.mark.long
def test_what_rank_0_cannot_do_is_told_once_within_seconds(tmp_path):
    (tmp_path / "0" / "run").mkdir(parents=True)
    (tmp_path / "0" / "run" / "mine.txt").write_text("mine")
    for wrong in (("--out", "run"), ("--lr", "nan"), ("--workers", 2), ("--json", "no/such.json"), ("--seed", "x")):
        begun = time.monotonic()
        ended = Ranks(tmp_path, (*STEPS, *wrong)).ended(60)
        assert [code for code, _, _ in ended] == [2, 2], wrong
        assert len(ended[0][2].splitlines()) == 1 and ended[1][1:] == ("", ""), wrong
        assert time.monotonic() - begun < 30, wrong
    assert [path.name for path in (tmp_path / "0").iterdir()] == ["run"]


@pytest.mark.long
def test_damaged_files_of_rank_0_are_told_once(tmp_path):
    assert [code for code, _, _ in Ranks(tmp_path, (*STEPS, "--out", "run")).ended()] == [0, 0]
    for damaged in ("metrics.jsonl", "last-00000005.safetensors", "last.json"):
        path = tmp_path / "0" / "run" / damaged
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        ended = Ranks(tmp_path, ("train", "--resume", "run")).ended(90)
        assert [code for code, _, _ in ended] == [2, 2], damaged
        assert len(ended[0][2].splitlines()) == 1 and ended[1][1:] == ("", ""), damaged
        path.write_bytes(whole)


@pytest.mark.long
@pytest.mark.parametrize("size", [2, 3])
def test_other_data_of_another_rank_end_all(tmp_path, size):
    asked = (*STEPS, "--out", "run")
    elsewhere = (*asked, "--data", "no/such/folder")
    ended = Ranks(tmp_path, [asked, elsewhere, asked][:size], size=size).ended(90)
    assert [code for code, _, _ in ended] == [2] * size
    lines = [errors.strip() for _, _, errors in ended]
    assert lines[1] == "googlenet: rank 1: no/such/folder: no such folder or archive"
    others = {*lines} - {lines[1]}
    assert others == {"googlenet: rank 1 cannot take part: no/such/folder: no such folder or archive"}
    pixels = Ranks(tmp_path / "pixels", asked, about={"other": True}).ended(90)
    assert [code for code, _, _ in pixels] == [2, 2]
    assert pixels[1][2] == "googlenet: rank 1: its digits is not that of rank 0\n"
    assert list((tmp_path / "pixels" / "0").iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("signalled", [(0,), (1,), (0, 1)])
def test_a_signal_to_any_stops_all_after_the_same_step(tmp_path, signalled):
    ranks = Ranks(tmp_path, (*RUN, "--out", "run"))
    metrics = tmp_path / "0" / "run" / "metrics.jsonl"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (metrics.is_file() and len(metrics.read_text().splitlines()) >= 3):
        time.sleep(0.02)
    for rank in signalled:
        os.kill(ranks.processes[rank].pid, signal.SIGTERM)
    ended = ranks.ended()
    assert [code for code, _, _ in ended] == [143, 143]
    assert SAID in ended[0][1] and ended[1][1:] == ("", "")
    last = json.loads((tmp_path / "0" / "run" / "last.json").read_text())["step"]
    assert len(metrics.read_text().splitlines()) == last
    resumed = Ranks(tmp_path, ("train", "--resume", "run", "--steps", last + 2)).ended()
    assert [code for code, _, _ in resumed] == [0, 0]
    alone(tmp_path / "beside", *RUN, "--out", "run", "--steps", last + 2, "--workers", 2)
    same(tmp_path / "0" / "run", tmp_path / "beside" / "run")
