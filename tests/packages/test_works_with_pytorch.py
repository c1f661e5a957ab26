"""A PyTorch net does what modules of PyTorch do; docs/works-with.md lists what."""

import copy
import pickle

import numpy as np
import pytest
from support.trainers import RANDOM, table

from common import nets
from common.compare.roundoff import relative_error
from common.data.images import random_images
from common.table.drawing import probing
from common.table.padding import SAME, Pad
from common.table.spec import LRN, Conv, GlobalAvgPool, MaxPool, Stage

pytestmark = pytest.mark.only("torch")


def padded(padding):
    """A table that is padded by the size of the image, and normalised by neighbours."""
    down = {"conv": Conv(6, 3, stride=2, padding=padding), "pool": MaxPool(3, stride=2, padding=padding)}
    return table((2, 10, 9), 4, stages={"b1": Stage(**down, norm=LRN()), "b2": Stage(pool=GlobalAvgPool())})


TABLES = {"normalised, with a head": RANDOM, "rounded up": padded(Pad(ceil=True)), "SAME": padded(SAME)}


def built(one=RANDOM, aux=None):
    """A net in float64; with ``aux=False`` without its heads."""
    import googlenet_torch

    one = nets.get(one, aux=aux)
    return googlenet_torch.build_net(one, weights=probing(one), dtype="float64")


def images(net):
    import torch

    return torch.from_numpy(random_images(3, net.table.input)).to(next(net.parameters()))


def error(y, expected):
    return relative_error(y.detach().double().numpy(), expected.detach().double().numpy())


def without_dropout(net):
    """The net itself, with dropout that drops nothing."""
    import torch

    for module in net.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return net


@pytest.fixture(params=TABLES)
def net(request):
    return built(TABLES[request.param])


def test_copy_and_pickle(net):
    x, other = images(net), built(net.table)
    for again in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert error(again(x), net(x)) == 0
        for parameter in again.parameters():
            parameter.data.zero_()
    assert error(net(x), other(x)) == 0  # the copies shared nothing with it


def test_symbolic_trace(net):
    import torch

    x = images(net)
    traced = torch.fx.symbolic_trace(net)
    assert error(traced(x), net(x)) == 0
    assert error(traced(x[:, :, :7, :6]), net(x[:, :, :7, :6])) == 0  # padded for the image it gets
    assert {node.op for node in traced.graph.nodes} <= {
        "placeholder",
        "get_attr",
        "call_function",
        "call_method",
        "output",
    }


def test_symbolic_trace_in_training_mode_has_the_heads():
    import torch

    net = built().train()
    assert set(torch.fx.symbolic_trace(net)(images(net))) == {"fc", "aux1"}


def test_export(net):
    import torch

    x = images(net)
    batch = torch.export.Dim("batch", min=1, max=64)
    program = torch.export.export(net, (x,), dynamic_shapes={"x": {0: batch}})
    assert error(program.module()(x[:2]), net(x[:2])) <= 1e-15


@pytest.mark.parametrize("net", ["normalised, with a head", "SAME"], indirect=True)
def test_compile(net):
    """As one graph. What a compiler makes of the graph is the compiler's business, and takes it half a minute."""
    import torch

    x = images(net)
    compiled = torch.compile(net, backend="eager", fullgraph=True)
    assert error(compiled(x), net(x)) <= 1e-15


def test_data_parallel(tmp_path, monkeypatch):
    """One process that talks to itself: the gradients are those without it, heads and all."""
    from datetime import timedelta

    import torch
    from torch.nn.parallel import DistributedDataParallel

    net = without_dropout(built().train())
    alone, x, y = copy.deepcopy(net), images(net), torch.tensor([0, 1, 3])
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")  # whatever name the machine has, and whoever knows it
    meeting = {"init_method": f"file://{tmp_path}/meeting", "timeout": timedelta(seconds=60)}
    torch.distributed.init_process_group("gloo", rank=0, world_size=1, **meeting)
    try:
        for model in (alone, DistributedDataParallel(net)):
            losses = {name: torch.nn.functional.cross_entropy(z, y) for name, z in model(x).items()}
            sum(net.loss_weights[name] * loss for name, loss in losses.items()).backward()
    finally:
        torch.distributed.destroy_process_group()
    for mine, other in zip(net.parameters(), alone.parameters(), strict=True):
        assert error(mine.grad, other.grad) <= 1e-12


@pytest.mark.parametrize("aux", [False, True], ids=["aux=False", "trunk"])
def test_a_plain_loop(aux):
    """Two ways to the logits alone in training mode: without heads, and past them."""
    import torch

    net = built(aux=aux).train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, y, losses = images(net), torch.tensor([0, 1, 3]), []
    torch.manual_seed(0)
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(net.trunk(x) if aux else net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_a_loop_with_heads():
    """The sum by ``loss_weights`` is the loss that `gradients` differentiates."""
    import torch

    import googlenet_torch

    net = without_dropout(built().train())
    x, y = images(net), torch.tensor([0, 1, 3])
    loss = sum(net.loss_weights[name] * torch.nn.functional.cross_entropy(z, y) for name, z in net(x).items())
    loss.backward()
    expected = googlenet_torch.gradients(net, x.numpy(), y.numpy(), training=True)
    for name, parameter in net.named_parameters():
        assert relative_error(parameter.grad.numpy(), expected[name]) <= 1e-12


def test_channels_last(net):
    import torch

    x, expected = images(net), net(images(net))
    again = net.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last))
    assert error(again, expected) <= 1e-14


@pytest.mark.parametrize(("dtype", "unit"), [("bfloat16", 2**-7), ("float16", 2**-10)])
def test_sixteen_bits(net, dtype, unit):
    """Predictions, weights in and out, and features, in numbers of 16 bits; arrays of bfloat16 come out as float32."""
    import torch

    import googlenet_torch

    x, expected = images(net), net(images(net))
    net.to(getattr(torch, dtype))
    assert net(images(net)).dtype == getattr(torch, dtype)
    logits = googlenet_torch.predict(net, x.numpy())
    assert logits.dtype == {"bfloat16": np.float32, "float16": np.float16}[dtype]
    assert relative_error(logits.astype(np.float64), expected.detach().numpy()) <= 32 * unit
    weights = googlenet_torch.get_weights(net)
    googlenet_torch.set_weights(net, weights)
    again = googlenet_torch.get_weights(net)
    assert all(np.array_equal(again[name], weights[name]) for name in weights)
    assert relative_error(weights["fc.weight"].astype(np.float64), probing(net.table)["fc.weight"]) <= unit


def test_the_default_dtype_of_pytorch_is_that_of_a_net():
    import torch

    import googlenet_torch

    torch.set_default_dtype(torch.float64)
    try:
        assert googlenet_torch.build_net(RANDOM, seed=0).fc.weight.dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert googlenet_torch.build_net(RANDOM, seed=0).fc.weight.dtype == torch.float32


def test_maps_without_a_batch_are_refused_by_normalisation():
    """PyTorch's convolution takes C x H x W, and its normalisation would take the rows for channels."""
    net = built()
    with pytest.raises(ValueError, match="expected maps N x C x H x W, not an input of 3 axes"):
        net(images(net)[0])
