"""Gluon's parameters are read by MXNet itself."""

import pytest
from support.arrays import same
from support.backends import load
from support.weight_files import write_gluon

from common.weights.formats import read


@pytest.mark.only("mxnet")
def test_mxnets_own_files_are_read(tmp_path):
    tensors = write_gluon(tmp_path / "w")
    contents = read(tmp_path / "w")
    assert same(contents.tensors, tensors)
    assert (contents.format, contents.layers, contents.metadata) == ("gluon", {}, {})


@pytest.mark.only("mxnet")
def test_the_parameters_of_a_gluon_net_are_read(tmp_path):
    mx = load("mxnet").mx
    net = mx.gluon.nn.Sequential()
    net.add(mx.gluon.nn.Dense(2, in_units=3), mx.gluon.nn.Dense(1, in_units=2))
    net.initialize()
    net.save_parameters(str(tmp_path / "w"))
    wanted = {f"{i}.{p}": getattr(net[i], p).data().asnumpy() for i in (0, 1) for p in ("weight", "bias")}
    assert same(read(tmp_path / "w").tensors, wanted)
