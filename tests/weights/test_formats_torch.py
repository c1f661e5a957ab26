"""PyTorch's state dicts are read from either container; nothing in them is ever run."""

import os
import pickle
import zipfile

import numpy as np
import pytest
from support.arrays import same
from support.backends import load
from support.weight_files import VALUES, refused, write_torch

from common.base.errors import InputError
from common.weights.formats import read


class Bomb:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.fixture(params=[True, False], ids=["zip", "stream"])
def save(request):
    """torch.save into either container."""
    import torch

    return lambda item, path: torch.save(item, path, _use_new_zipfile_serialization=request.param)


@pytest.mark.only("torch")
def test_a_state_dict_is_read_from_either_container(save, tmp_path):
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 2), torch.nn.BatchNorm2d(4)).half()
    save(net.state_dict(), tmp_path / "w.safetensors")  # a suffix says nothing
    contents = read(tmp_path / "w.safetensors")
    wanted = {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    assert same(contents.tensors, wanted)
    assert {a.dtype.name for a in wanted.values()} == {"float16", "int64"}
    assert (contents.format, contents.layers, contents.metadata) == ("torch", {}, {})


@pytest.mark.only("torch")
def test_bfloat16_parameters_and_transposed_tensors_of_a_state_dict(save, tmp_path):
    import torch

    bits = torch.tensor([0x3F80, 0x4020, 0x0001], dtype=torch.int16).view(torch.bfloat16)
    view = torch.arange(6, dtype=torch.float64).reshape(2, 3).T
    save({"b": torch.nn.Parameter(bits), "t": view, "s": view[1:, :1]}, tmp_path / "w")
    numbers = np.array([1, 2.5, 2.0**-133], np.float32)
    t = np.array([[0, 3], [1, 4], [2, 5]], np.float64)
    assert same(read(tmp_path / "w").tensors, {"b": numbers, "t": t, "s": t[1:, :1]})


@pytest.mark.only("torch")
@pytest.mark.parametrize("others", [{}, {"epoch": 3, "optimizer": {"state": {}}}])
def test_a_state_dict_under_the_key_state_dict_is_unwrapped(others, save, tmp_path):
    import torch

    save({**others, "state_dict": {"w": torch.tensor(VALUES)}}, tmp_path / "w")
    assert same(read(tmp_path / "w").tensors, {"w": VALUES})


@pytest.mark.only("torch")
@pytest.mark.parametrize(
    ("item", "message"),
    [
        (lambda torch: torch.nn.Linear(2, 3), "holds torch.nn.modules.linear.Linear, which is code, not weights"),
        (lambda torch: {"model": torch.nn.Linear(2, 3)}, "only state dicts are read"),
        (lambda torch: [torch.ones(2)], "not a state dict, but of type list"),
        (lambda torch: torch.ones(2), "not a state dict, but of type Tensor"),
        (lambda torch: {"w": torch.ones(2), "epoch": 3}, "of names and tensors: 'epoch' is of type int"),
        (lambda torch: {"net": {"w": torch.ones(2)}}, "'net' is of type dict"),
        (lambda torch: {1: torch.ones(2)}, "of names and tensors: 1 is of type Tensor"),
        (lambda torch: {}, "no tensors in it"),
        (lambda torch: {"w": torch.ones(2).to_sparse()}, "tensor 'w' is torch.float32, torch.sparse_coo: not read"),
        (lambda torch: {"w": torch.ones(2, dtype=torch.complex64)}, "tensor 'w' has dtype complex64"),
    ],
)
def test_what_is_no_state_dict_is_refused_by_what_it_is(item, message, save, tmp_path):
    import torch

    save(item(torch), tmp_path / "w")
    assert message in refused(tmp_path / "w")


@pytest.mark.only("torch")
def test_numbers_of_8_bits_in_a_state_dict_are_refused_by_name(tmp_path):
    import torch

    torch.save({"w": torch.ones(2).to(torch.float8_e5m2)}, tmp_path / "w")
    assert refused(tmp_path / "w") == "tensor 'w' is torch.float8_e5m2, torch.strided: not read"


@pytest.mark.only("torch")
def test_code_in_a_state_dict_is_refused_and_not_run(save, tmp_path):
    import torch

    save({"w": torch.ones(2), "x": Bomb(tmp_path / "trace")}, tmp_path / "w")
    assert "mkdir, which is code, not weights: only state dicts are read" in refused(tmp_path / "w")
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("protocol", range(6))
def test_any_other_pickle_is_refused_and_not_run(protocol, tmp_path):
    (tmp_path / "w").write_bytes(pickle.dumps({"w": Bomb(tmp_path / "trace")}, protocol))
    message = refused(tmp_path / "w")
    assert not (tmp_path / "trace").exists()
    assert ("a pickle, which can run code" in message) == (protocol > 1)


@pytest.mark.only("torch")
def test_a_turned_bit_in_a_zipped_state_dict_is_noticed(tmp_path):
    state = write_torch(tmp_path / "w")
    data = bytearray((tmp_path / "w").read_bytes())
    data[data.index(state["fc.bias"].tobytes()) + 1] ^= 1
    (tmp_path / "w").write_bytes(data)
    assert "does not match its checksum: it is damaged: get it again" in refused(tmp_path / "w")


@pytest.mark.only("torch")
def test_the_packages_own_reader_says_what_is_not_there_too(tmp_path):
    load("torch")
    from googlenet_torch.files import read_file

    with pytest.raises(InputError, match="nowhere: no such file"):
        read_file(tmp_path / "nowhere")


@pytest.mark.only("torch")
def test_a_torchscript_program_is_refused(tmp_path):
    import torch

    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 3), torch.ones(1, 2)), str(tmp_path / "w"))
    assert "a TorchScript program" in refused(tmp_path / "w")


@pytest.mark.only("torch")
def test_a_pytorch_that_reads_unsafely_is_not_used(monkeypatch, tmp_path):
    import torch

    write_torch(tmp_path / "w")
    monkeypatch.setattr(torch, "__version__", torch.torch_version.TorchVersion("2.9.1"))
    assert refused(tmp_path / "w") == "only PyTorch 2.10 and newer read such files safely, not 2.9.1"


def test_a_zip_file_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "w", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refused(tmp_path / "w").startswith("a zip file, but neither of torch.save nor of Keras; these are read: ")
