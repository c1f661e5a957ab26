"""The nets are made of the blocks that a reader looks for, and a block computes what its node in the table says."""

import zipfile

import numpy as np
import pytest
from support.small_network import network_of

from common import nets
from common.compare.passes import compare
from common.contract.outputs import as_arrays
from common.data.images import random_images
from common.table.spec import (
    BatchNorm,
    Concat,
    Conv,
    Inception,
    Residual,
    Stage,
)


def one_block(block, convention="floor", **settings):
    """A network of one block behind a convolution: its maps have negative numbers in them."""
    return nets.get(
        network_of(
            "one block",
            (2, 8, 11),
            4,
            {"b1": Stage(conv=Conv(3, 3, activation=None), block=block)},
            convention=convention,
            **settings,
        )
    )


@pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])
@pytest.mark.parametrize(
    ("convention", "settings"),
    [("floor", {}), ("same", {}), ("ceil", {"norm": BatchNorm(eps=1e-3, momentum=0.9), "bias": False})],
    ids=["floor", "same", "ceil-normalised"],
)
def test_an_inception_block_is_its_four_paths_side_by_side(convention, settings, training, backend_name):
    """Each path has another number of channels, so that none can stand in the place of another."""
    table = one_block(Inception(2, (3, 4), (2, 3), 5), convention, **settings)
    found = compare(
        table,
        random_images(3, table.input),
        backends=[backend_name],
        dtype="float64",
        training=training,
        gradients=True,
    )
    assert found["agree"], found["divergences"]


def test_a_block_and_the_same_paths_as_a_concatenation_are_one_function(backend):
    inception = one_block(Inception(2, (3, 4), (2, 3), 5))
    paths = {path: tuple(nodes.values()) for path, nodes in Inception(2, (3, 4), (2, 3), 5).paths.items()}
    concat = one_block(Concat(**paths))
    assert inception.tensors == concat.tensors
    ours, theirs = (backend.build_net(table, seed=0, dtype="float64") for table in (inception, concat))
    x, y = random_images(2, inception.input), np.array([1, 2])
    assert np.array_equal(backend.predict(ours, x), backend.predict(theirs, x))
    ours, theirs = (backend.gradients(net, x, y) for net in (ours, theirs))
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


def blocks(net, stage):
    """The layers and blocks of a stage, as each framework lists them."""
    stage = getattr(net, stage)
    return list(getattr(stage, "layers", stage))


@pytest.mark.parametrize("name", ["d2l_bn", *(pytest.param(name, marks=pytest.mark.long) for name in ("d2l", "caffe"))])
def test_the_blocks_of_a_net_are_inception_blocks(name, backend):
    net = backend.build_net(name, seed=0)
    kinds = {stage: [type(block).__name__ for block in blocks(net, stage)] for stage in ("b3", "b4", "b5")}
    assert kinds["b3"] == ["Inception", "Inception", "MaxPool"]
    assert kinds["b4"] == ["Inception"] * 5 + ["MaxPool"]
    assert kinds["b5"][:3] == ["Inception", "Inception", "GlobalAvgPool"]
    assert isinstance(blocks(net, "b3")[0], backend.Inception)
    assert type(blocks(net, "b3")[0]) is backend.Inception


@pytest.mark.parametrize("name", ["cifar100_bn", pytest.param("torchvision", marks=pytest.mark.long)])
def test_other_blocks_do_not_call_themselves_so(name, backend):
    block = blocks(backend.build_net(name, seed=0), "b3")[0]
    assert not isinstance(block, backend.Inception)
    assert type(block).__name__ == "Concat"


@pytest.mark.only("torch")
def test_a_printed_torch_net_shows_its_blocks():
    import googlenet_torch

    net = googlenet_torch.build_net("d2l")
    assert str(net).count("Inception(") == 9
    assert "(3a): Inception(" in str(net)
    assert net.b3[0].p2_2.kernel_size == (3, 3)


@pytest.mark.only("mxnet")
def test_a_printed_gluon_net_shows_its_blocks():
    import googlenet_mxnet

    net = googlenet_mxnet.build_net("d2l")
    assert str(net).count("Inception(") == 9
    assert "(3a): Inception(" in str(net)
    assert net.b3[0].p2_2._kwargs["kernel"] == (3, 3)


@pytest.mark.only("tf")
def test_the_summary_of_a_keras_net_shows_its_blocks():
    import googlenet_tf

    lines = []
    net = googlenet_tf.build_net("d2l")
    net.summary(print_fn=lines.append)
    assert "".join(lines).count("(Inception)") == 9
    row = next(line for line in "".join(lines).splitlines() if "3a (Inception)" in line)
    assert "163,696" in row  # before the net has seen an image, too
    lines.clear()
    net.summary(print_fn=lines.append, expand_nested=False)
    assert "Inception" not in "".join(lines)
    assert [layer.name for layer in net.b3.layers] == ["3a", "3b", "pool3"]


@pytest.mark.only("tf")
def test_a_stage_of_keras_is_written_under_the_names_of_its_layers(tmp_path):
    import h5py

    import googlenet_tf
    from googlenet_tf.files import write_file

    net = googlenet_tf.build_net("d2l", seed=0)
    write_file(net, tmp_path / "net.keras")
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        archive.extract("model.weights.h5", tmp_path)
    with h5py.File(tmp_path / "model.weights.h5") as file:
        assert sorted(file["b3"]) == ["3a", "3b", "pool3", "vars"]
        assert file["b3/3a/p2_2/vars/0"].shape == (3, 3, 96, 128)


def test_a_residual_block_of_an_inception_block_keeps_it(backend_name, backend):
    body = (Inception(2, (3, 4), (2, 3), 5), Conv(3, 1, activation=None))
    table = one_block(Residual(body, scale=0.5))
    found = compare(table, random_images(3, table.input), backends=[backend_name], dtype="float64", gradients=True)
    assert found["agree"], found["divergences"]
    net = backend.build_net(table, seed=0)
    assert type(net.b1.block.body_1) is backend.Inception


def test_a_stage_that_was_run_block_by_block_has_the_output_of_its_last():
    table = nets.get("d2l")
    names = ["b1", "b1.conv1", "b2", "fc"]
    recorded = {"b1.conv1": 1, "b1.pool1": 2, "b2.pool2": 3, "b2": 4, "fc": 5}
    found = as_arrays(table, recorded, names, array=lambda value: value + 0.5)
    assert found == {"b1": 2.5, "b1.conv1": 1.5, "b2": 4.5, "fc": 5.5}
    assert list(found) == names
