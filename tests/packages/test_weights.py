"""Weights go in and out of a net unchanged, strictly by name, and mean the same in every package."""

from itertools import pairwise

import numpy as np
import pytest
from support.arrays import same
from support.tables import tiny

from common import nets
from common.compare.roundoff import relative_error
from common.contract.backend import declared, files
from common.data.images import random_images
from common.data.preprocessing import plain
from common.table.drawing import initial, probing
from common.weights import bundle
from common.weights.bundle import Bundle
from common.weights.start import AdaptedWeights


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("d2l_bn", "float64"), *(pytest.param(name, "float32", marks=pytest.mark.long) for name in ("d2l_bn", "caffe"))],
)
def test_one_seed_draws_the_same_numbers_in_every_package(name, dtype, backends_by_name):
    drawn = [b.get_weights(b.build_net(name, seed=0, dtype=dtype)) for b in backends_by_name.values()]
    assert all(array.dtype == dtype for array in drawn[0].values())
    assert all(same(drawn[0], others) for others in drawn)


def test_another_seed_and_no_seed_draw_other_numbers(backend):
    drawn = [backend.get_weights(backend.build_net(seed=seed)) for seed in (0, 1, None, None)]
    for a, b in pairwise(drawn):
        assert all(not np.array_equal(a[k], b[k]) for k in a if a[k].ndim > 1)


def missing(weights):
    del weights["b3.3a.p2_2.weight"]


def extra(weights):
    weights["b3.3a.p9_9.weight"] = np.zeros(3)


def misshapen(weights):
    weights["b3.3a.p2_2.bias"] = np.zeros(1)  # would broadcast


def transposed(weights):
    weights["b3.3a.p3_1.weight"] = weights["b3.3a.p3_1.weight"].transpose(1, 0, 2, 3)


def flat(weights):
    weights["b3.3a.p1_1.weight"] = weights["b3.3a.p1_1.weight"][:, :, 0, 0]  # as a dense layer has it


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (missing, "b3.3a.p2_2.weight"),
        (extra, "b3.3a.p9_9.weight"),
        (misshapen, "b3.3a.p2_2.bias"),
        (transposed, "b3.3a.p3_1.weight"),
        (flat, "b3.3a.p1_1.weight"),
    ],
)
def test_weights_that_do_not_fit_are_named_and_leave_the_net_as_it_was(spoil, named, backend):
    net = backend.build_net("d2l", seed=0)
    before = backend.get_weights(net)
    others = probing(net.table, dtype="float32")
    spoil(others)
    with pytest.raises(ValueError, match=named):
        backend.set_weights(net, others)
    assert same(backend.get_weights(net), before)
    with pytest.raises(ValueError, match=named):
        backend.build_net("d2l", weights=others)


def test_what_get_weights_returns_is_a_copy(backend):
    net = backend.build_net("d2l", seed=0)
    taken = backend.get_weights(net)
    taken["fc.bias"] += 1
    assert not backend.get_weights(net)["fc.bias"].any()


@pytest.mark.parametrize(
    ("name", "through", "dtype"),
    [
        ("d2l_bn", "memory", "float64"),
        pytest.param("d2l_bn", "files", "float64", marks=pytest.mark.long),
        ("d2l_bn", "files", "float32"),
        pytest.param("caffe", "memory", "float32", marks=pytest.mark.long),
    ],
)
def test_weights_survive_the_round_trip_through_all_packages_bit_by_bit(
    name, through, dtype, backends_by_name, tmp_path
):
    weights = probing(nets.get(name), dtype=dtype)
    round_trip = [*backends_by_name.items(), next(iter(backends_by_name.items()))]
    source = weights
    for i, (_, backend) in enumerate(round_trip):
        net = backend.build_net(name, weights=source, dtype=dtype)
        if through == "files":
            source = tmp_path / f"{i}.safetensors"
            backend.save_weights(net, source)
        else:
            source = backend.get_weights(net)
        assert same(backend.get_weights(net), weights)


@pytest.mark.long
def test_a_file_of_one_package_gives_the_same_logits_in_the_others(backend, backends_by_name, tmp_path):
    table, file = nets.get("d2l_bn"), tmp_path / "weights.safetensors"
    x = random_images(2, (1, 64, 75))
    writer = backend.build_net("d2l_bn", weights=probing(table), dtype="float64")
    backend.save_weights(writer, file)
    logits = backend.predict(writer, x)
    for reader in backends_by_name.values():
        net = reader.build_net("d2l_bn", weights=file, dtype="float64")
        assert relative_error(reader.predict(net, x), logits) <= 1e-12


def test_a_file_of_another_network_is_refused(backend, tmp_path):
    file = tmp_path / "weights.safetensors"
    backend.save_weights(backend.build_net("d2l", seed=0), file)
    for options, says in (
        ({"name": "d2l_same"}, "weights of d2l, not of d2l_same"),
        ({"in_channels": 3}, "is for 1 channels, not 3"),
    ):
        with pytest.raises(ValueError, match=rf"weights\.safetensors: .*{says}"):
            backend.build_net(**options, weights=file)


def test_a_file_brings_its_network_and_what_else_it_holds_and_a_new_classifier_is_the_same_everywhere(
    backend, tmp_path
):
    file, again = tmp_path / "weights.safetensors", tmp_path / "again.safetensors"
    table = tiny()
    trained = Bundle(table, probing(table, dtype="float32"), plain(nets.get("d2l")), tuple("abcde"))
    bundle.save(file, trained)
    net = backend.build_net(table, weights=file)
    assert (net.preprocessing, net.labels) == (trained.preprocessing, trained.labels)
    backend.save_weights(net, again)
    assert again.read_bytes() == file.read_bytes()
    with pytest.warns(AdaptedWeights, match="made for 5 classes, not 3: drawn anew: fc, aux1") as warned:
        other = backend.build_net(table, weights=file, num_classes=3, seed=4)
    assert warned.pop(AdaptedWeights).filename == __file__
    fresh = initial(nets.get(table, num_classes=3), 4)
    drawn = {name: fresh[name] for name in fresh if name.startswith(("fc.", "aux1."))}
    assert same(backend.get_weights(other), {**trained.weights, **drawn})
    assert (other.preprocessing, other.labels) == (trained.preprocessing, None)


def test_files_of_a_framework_are_started_from(backend_name, backend, tmp_path):
    file = tmp_path / f"weights{declared(backend_name).suffixes[0]}"
    files(backend).write_file(backend.build_net("d2l_bn", seed=1, num_classes=3), file)
    net = backend.build_net(weights=file)
    assert (net.table.name, net.table.num_classes, net.preprocessing, net.labels) == ("d2l_bn", 3, None, None)
    assert same(backend.get_weights(net), initial(nets.get("d2l_bn", num_classes=3), 1))
