"""Workers on GPUs: who takes which, what carries their sums, and in what order. gloo takes the place of NCCL here."""

import socket
import warnings
from time import monotonic
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest
import torch
from support.at_once import at_once
from support.trainers import RANDOM
from support.worker_processes import agree, arrays, ended, started
from torch import distributed

import googlenet_torch
from common.base.errors import InputError
from common.contract import backend, devices
from common.contract.recipe import Recipe
from common.table.drawing import probing
from common.table.resolve import without_dropout
from common.workers.environment import Place, place
from common.workers.group import WorkerLost
from common.workers.shares import share
from googlenet_torch import group as groups
from googlenet_torch import nccl

TOLD = {"RANK": "5", "WORLD_SIZE": "8", "MASTER_ADDR": "node1", "MASTER_PORT": "29500"}
SLURM = {"SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_STEP_ID": "0", "MASTER_ADDR": "n", "MASTER_PORT": "29500"}


def seeing(gpus):
    return SimpleNamespace(FRAMEWORK="PyTorch", devices=lambda: {"cpu": 1, "cuda": gpus})


@pytest.mark.parametrize(
    ("told", "local"),
    [
        (TOLD, 0),
        ({**TOLD, "LOCAL_RANK": "1"}, 1),
        ({**TOLD, "LOCAL_RANK": "1", "SLURM_LOCALID": "3"}, 1),
        ({**SLURM, "SLURM_LOCALID": "3"}, 3),
        (SLURM, 0),
    ],
)
def test_the_launcher_tells_the_local_rank(told, local):
    assert place(told).local == local


@pytest.mark.parametrize("text", ["8", "-1", "x", ""])
def test_a_local_rank_that_cannot_be_is_one_line(text):
    with pytest.raises(InputError, match=r"^LOCAL_RANK is .* set it to a whole number of 0 to 7$"):
        place({**TOLD, "LOCAL_RANK": text})


@pytest.mark.parametrize(
    ("asked", "local", "gpus", "device"),
    [
        (None, 1, 4, None),
        ("cpu", 1, 4, "cpu"),
        ("cuda", 0, 4, "cuda:0"),
        ("cuda", 3, 4, "cuda:3"),
        ("cuda", 3, 1, "cuda:0"),  # the launcher shows each its own
    ],
)
def test_a_worker_takes_the_gpu_of_its_local_rank(asked, local, gpus, device):
    with devices.using(asked):
        assert devices.of_worker(Place(5, 8, "node1", 29500, local=local), seeing(gpus)) == device


@pytest.mark.parametrize("gpus", [0, 2, 3])
def test_more_workers_than_gpus_are_one_line(gpus):
    with devices.using("cuda"), pytest.raises(InputError, match=rf"^4 workers .* PyTorch sees {gpus}: start fewer$"):
        devices.of_worker(Place(3, 4, "node1", 29500, local=3), seeing(gpus))


@pytest.mark.parametrize("asked", ["cuda:1", "mps", "auto"])
def test_workers_share_no_device(asked):
    with devices.using(asked), pytest.raises(InputError, match=rf"each on a GPU of its own: not on {asked}$"):
        backend.require(["torch"], workers=True)


@pytest.mark.parametrize("name", ["tf", "mxnet"])
def test_a_framework_without_workers_on_gpus_says_which_has_them(name):
    with devices.using("cuda"):
        backend.require(["torch"], workers=True)
        with pytest.raises(InputError, match=r"trains with several workers on processors only: choose among torch$"):
            backend.require(["torch", name], workers=True)


@pytest.mark.parametrize(
    ("gpus", "words"), [(0, "PyTorch sees no such device here"), (1, "2 workers on a machine need")]
)
def test_a_run_on_gpus_that_are_not_there_is_refused_before_its_folder_is_made(run, monkeypatch, tmp_path, gpus, words):
    monkeypatch.setattr(googlenet_torch, "devices", seeing(gpus).devices)
    asked = ("train", "d2l", "--backend", "torch", "--workers", 2, "--device", "cuda", "--out", tmp_path / "run")
    code, out, said = run(*asked)
    assert (code, out, said.count("\n")) == (2, "", 1) and words in said
    assert list(tmp_path.iterdir()) == []


class Gloo:
    """Takes the place of NCCL: the same calls, on the processor."""

    Options = SimpleNamespace

    def __new__(cls, store, rank, size, options):
        return distributed.ProcessGroupGloo(store, rank, size, options._timeout)


@pytest.fixture
def gpus(monkeypatch):
    """Tensors that pass for those of a GPU for each worker."""
    monkeypatch.setattr(distributed, "ProcessGroupNCCL", Gloo, raising=False)
    monkeypatch.setattr(nccl.Nccl, "close", lambda self: None)
    monkeypatch.setattr(groups, "carries", lambda x: True)
    monkeypatch.setattr(torch.cuda, "current_stream", Mock())
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(uuid=object()))


def together(act, size=2, seconds=20):
    """What each of the workers, which are threads, makes of its group."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    places = [Place(rank, size, "127.0.0.1", port, local=rank) for rank in range(size)]
    return at_once(*(lambda each=each: act(googlenet_torch.join(each, seconds=seconds)) for each in places))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [2, 3])
def test_tensors_of_gpus_are_added_up_in_the_order_of_ranks(size, dtype, gpus):
    rng = np.random.default_rng(0)
    shares = [(rng.normal(size=(7, 5)) * 10.0**rank).astype(dtype) for rank in range(size)]
    expected = shares[0].copy()
    for other in shares[1:]:
        expected += other
    for total in together(lambda group: group.add_up(torch.from_numpy(shares[group.rank])), size):
        assert total.numpy().tobytes() == expected.tobytes() and total.shape == (7, 5)


def test_the_share_of_a_worker_stays_as_it_was(gpus):
    own = [torch.ones(5), torch.ones(5)]
    together(lambda group: group.add_up(own[group.rank]))
    assert all((each == 1).all() for each in own)


def test_workers_on_gpus_make_the_steps_of_one(gpus, monkeypatch):
    """Gradients and statistics go by the engine of the GPUs, and nothing else does."""
    table, x, y = without_dropout(RANDOM), np.random.default_rng(0).normal(size=(5, *RANDOM.input)), np.arange(5) % 4
    carried, own = [], nccl.Nccl.sum
    monkeypatch.setattr(nccl.Nccl, "sum", lambda self, x: carried.append(x.numel()) or own(self, x))

    def made(group):
        rank, size = (0, 1) if group is None else (group.rank, group.size)
        net = googlenet_torch.build_net(table, weights=probing(table), dtype="float64")
        trainer = googlenet_torch.Trainer(net, Recipe(momentum=0.9, clip=1.0), group=group)
        part = share(5, rank, size)
        return [trainer.step(x[part], y[part], lr=0.05, seed=i) for i in range(2)], googlenet_torch.get_weights(net)

    told, weights = made(None)
    for losses, found in together(made):
        assert np.allclose(losses, told, rtol=1e-12, atol=0)
        assert all(np.allclose(found[name], weights[name], rtol=1e-9, atol=1e-12) for name in weights)
    parameters = sum(array.size for name, array in weights.items() if "running" not in name)
    assert carried.count(parameters) == 4 and len(carried) == 4 + 4 * 3 * len(table.norms)


def test_two_workers_on_one_gpu_are_told_so(gpus, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: SimpleNamespace(uuid="GPU-1"))
    for error in together(lambda group: group.add_up(torch.ones(3))):
        assert type(error) is InputError and str(error).startswith("several workers are on one GPU: LOCAL_RANK")


def test_an_exchange_of_gpus_has_a_time_limit(gpus, monkeypatch):
    """NCCL itself would wait for ever."""
    silent = Mock(is_completed=lambda: False)
    monkeypatch.setattr(Gloo, "__new__", lambda cls, *about: Mock(alltoall_base=lambda *tensors: silent))
    began = monotonic()
    errors = together(lambda group: group.add_up(torch.ones(3)), seconds=0.3)
    assert monotonic() - began < 5
    for error in errors:
        assert type(error) is WorkerLost and str(error).endswith("no answer by NCCL for 0 seconds")


def test_whatever_is_not_on_a_gpu_goes_by_gloo():
    assert not nccl.carries(torch.ones(2))
    assert nccl.carries(Mock(is_cuda=True)) == distributed.is_nccl_available()
    for total in together(lambda group: (groups.total(group, torch.ones(2)).tolist(), group.nccl)):
        assert total == ([2, 2], None)


def test_a_machine_of_several_gpus_is_no_warning(monkeypatch):
    """PyTorch's own states of chance are put back on all of them."""
    put_back = []
    monkeypatch.setattr(torch.random, "_fork_rng_warned_already", False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: device)
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device: put_back.append((state, device)))
    trainer = googlenet_torch.Trainer(googlenet_torch.build_net(RANDOM), Recipe())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with trainer.seeded(7):
            assert put_back == []
    assert put_back == [(0, 0), (1, 1)]


@pytest.mark.gpu
def test_two_workers_on_two_gpus_make_the_steps_of_one_and_repeat_them(tmp_path):
    """In float64, by algorithms of cuDNN that repeat themselves."""
    if backend.load("torch").devices()["cuda"] < 2:
        pytest.skip("fewer than two GPUs here that PyTorch sees")
    for folder in (tmp_path / "once", tmp_path / "again"):
        folder.mkdir()
        workers = started(2, folder, "torch", "tiny", 7, 5, 16, DEVICE="cuda")
        assert ended(workers, folder) == [(0, "step 4")] * 2
        agree(folder, 2, 1e-10)
    once, again = (arrays(tmp_path / name, 0) for name in ("once", "again"))
    assert all(once[name].tobytes() == again[name].tobytes() for name in once)
