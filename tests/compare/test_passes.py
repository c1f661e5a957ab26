"""How two functions are told apart: a verdict that names the culprit.

The backends here are the NumPy reference itself behind the contract of `contract.backend`, so that they agree to the
bit until one number of one of them is spoilt.
"""

import numpy as np
import pytest
from support.fake_backends import Fake, scaled, with_nan
from support.tables import tiny

from common.base.errors import InputError, ShapeError
from common.compare.moved import moved_statistics
from common.compare.reference import Reference
from common.compare.roundoff import limits, tolerance
from common.contract.moving import Moving
from common.data.images import random_images
from common.table.drawing import probing
from common.table.layers import walk_network
from common.table.spec import BatchNorm, Conv, GlobalAvgPool, Stage

NORMED = {"norm": BatchNorm(), "bias": False}
EVERYTHING = {"training": True, "gradients": True}


def test_two_that_agree_agree_and_the_result_says_all_that_the_design_promises(compared):
    network = tiny(**NORMED)
    found = compared(network, backends={"a": Fake("A"), "b": Fake("B")}, **EVERYTHING)
    assert found["agree"] is True
    assert found["first_divergence"] is None
    assert found["divergences"] == []
    assert (found["net"], found["reference"], found["dtype"]) == ("tiny", "numpy", "float64")
    assert (found["input_shape"], found["images"], found["mode"]) == ([2, 8, 9], 3, "training")
    assert (found["backends"], found["frameworks"]) == (["a", "b"], {"a": "A 1.0", "b": "B 1.0"})
    total = sum(x.params for x in walk_network(network))
    assert found["params"] == {"table": total, "a": total, "b": total}
    assert found["tolerance"] == {w: tolerance(network, "float64", w) for w in ("output", "statistic", "gradient")}
    assert found["steps"] is None
    assert found["heads_left_out"] == []
    assert set(found["moving"]) == {"a", "b"}


def test_stages_come_in_order_with_shapes_parameters_and_multiply_adds(compared):
    found = compared(backends={"a": Fake("A")})
    assert [s["name"] for s in found["stages"]] == ["b1", "b2", "fc", "aux1"]
    assert [s["shape"] for s in found["stages"]] == [[4, 4, 5], [9, 1, 1], [5], [5]]
    assert [s["params"] for s in found["stages"]] == [76, 111, 50, 405]
    block = 4 * 3 + 4 * 2 + 2 * 4 * 9 + 4 * 2
    assert [s["macs"] for s in found["stages"]] == [2 * 4 * 9 * 20, block * 20, 9 * 5, 80 * 5]
    for stage in found["stages"]:
        assert stage["backends"] == {"a": {"shape": stage["shape"], "params": stage["params"], "rel_err": 0.0}}
        assert stage["limit"] == found["tolerance"]["output"]
    assert found["gradients"] is found["statistics"] is found["moving"] is None


def test_the_logits_that_users_get_are_compared_too(compared):
    """A softmax behind the classifier is part of no layer."""
    found = compared(backends={"a": Fake("A", logits=lambda arrays: {"fc": 2 * arrays["fc"]}), "b": Fake("B")})
    first = found["first_divergence"]
    assert (first["backend"], first["stage"], first["where"], first["rel_err"]) == ("a", "fc", "fc", 1.0)
    assert {d["backend"] for d in found["divergences"]} == {"a"}


def test_every_gradient_and_moving_statistic_is_compared(compared):
    network = tiny(**NORMED)
    found = compared(network, backends={"a": Fake("A")}, **EVERYTHING)
    names = list(probing(network))
    assert {row["name"] for row in found["statistics"]} == {n for n in names if "running" in n}
    assert {row["name"] for row in found["gradients"]} == {n for n in names if "running" not in n} | {"input"}
    assert {row["backends"]["a"]["rel_err"] for row in (*found["statistics"], *found["gradients"])} == {0.0}


def test_heads_that_do_not_take_the_image_are_left_out_in_evaluation_and_required_in_training(compared):
    images = random_images(2, (2, 12, 9))
    found = compared(backends={"a": Fake("A")}, images=images)
    assert found["heads_left_out"] == ["aux1"]
    assert [s["name"] for s in found["stages"]] == ["b1", "b2", "fc"]
    assert found["agree"]
    with pytest.raises(ShapeError, match=r"aux1\.fc"):
        compared(backends={"a": Fake("A")}, images=images, training=True)


def add(name, *counts):
    return lambda found: {**found, name: tuple(a + b for a, b in zip(found[name], counts, strict=True))}


def without(name):
    return lambda found: {k: v for k, v in found.items() if k != name}


OFF = 1 + 1e-9  # far beyond round-off of float64, and invisible in float32
SPOILT = [
    ({"counts": add("b2", 1, 0)}, "parameters", "b2"),
    ({"counts": add("b2", 0, 2)}, "parameters", "b2"),
    ({"outputs": scaled("b2.block.p2_2", OFF)}, "output", "b2.block.p2_2"),
    ({"outputs": scaled("b1.pool", OFF)}, "output", "b1.pool"),
    ({"outputs": scaled("aux1", OFF)}, "output", "aux1"),
    ({"outputs": with_nan("fc")}, "output", "fc"),
    ({"gradients": scaled("b1.conv.weight", OFF)}, "gradient", "b1.conv.weight"),
    ({"gradients": scaled("b1.conv.norm.bias", OFF)}, "gradient", "b1.conv.norm.bias"),
    ({"gradients": scaled("aux1.fc.bias", 0.3)}, "gradient", "aux1.fc.bias"),
    ({"gradients": with_nan("input")}, "gradient", "input"),
    ({"gradients": without("fc.bias")}, "gradient", "fc.bias"),
    ({"statistics": scaled("b2.block.p1_1.norm.running_var", OFF)}, "statistic", "b2.block.p1_1.norm.running_var"),
    ({"statistics": scaled("b1.conv.norm.running_mean", OFF)}, "statistic", "b1.conv.norm.running_mean"),
]


@pytest.mark.parametrize(("spoil", "what", "where"), SPOILT)
def test_a_single_wrong_number_is_found_and_named(spoil, what, where, compared):
    found = compared(tiny(**NORMED), backends={"good": Fake("A"), "bad": Fake("B", **spoil)}, **EVERYTHING)
    assert found["agree"] is False
    assert found["divergences"] == [found["first_divergence"]]
    first = found["first_divergence"]
    assert {k: first[k] for k in ("backend", "what", "where")} == {"backend": "bad", "what": what, "where": where}
    assert first["stage"] == where.split(".")[0]


@pytest.mark.parametrize(("spoil", "error"), [(scaled("b2", 1 + 2.0**-20), 2.0**-20), (with_nan("b2"), None)])
def test_the_error_is_stated_or_null_where_it_is_infinite(spoil, error, compared):
    found = compared(backends={"bad": Fake("B", outputs=spoil)})
    assert found["first_divergence"]["rel_err"] == (error and pytest.approx(error, rel=2.0**-30))
    (stage,) = [s for s in found["stages"] if s["name"] == "b2"]
    assert stage["backends"]["bad"]["rel_err"] == found["first_divergence"]["rel_err"]


@pytest.mark.parametrize("gradients", [False, True])
def test_an_output_of_another_shape_is_named(gradients, compared):
    """Also where it would be taken for the decisions of the gradients."""

    def cut(found):
        return {**found, "b1.conv": found["b1.conv"][:, :, :-1]}

    found = compared(backends={"bad": Fake("B", outputs=cut)}, gradients=gradients)
    first = found["first_divergence"]
    assert (first["what"], first["where"], first["rel_err"]) == ("output", "b1.conv", None)


def test_a_stage_that_a_backend_does_not_have_is_named(compared):
    first = compared(backends={"bad": Fake("B", outputs=without("b2"))})["first_divergence"]
    assert (first["backend"], first["what"], first["where"], first["rel_err"]) == ("bad", "output", "b2", None)


def test_a_gradient_that_only_one_backend_has_is_named(compared):
    def more(found):
        return {**found, "b9.weight": np.ones(1)}

    found = compared(backends={"good": Fake("A"), "bad": Fake("B", gradients=more)}, gradients=True)
    assert [(d["backend"], d["where"]) for d in found["divergences"]] == [("bad", "b9.weight")]


def test_of_two_that_are_wrong_the_earlier_place_comes_first(compared):
    late, early = {"outputs": scaled("fc", OFF)}, {"outputs": scaled("b1.conv", OFF)}
    count, gradient = {"counts": add("fc", 1, 0)}, {"gradients": scaled("b1.conv.weight", OFF)}
    backends = {"g": Fake("G", **gradient), "l": Fake("L", **late), "e": Fake("E", **early), "c": Fake("C", **count)}
    found = compared(backends=backends, gradients=True)
    assert [d["backend"] for d in found["divergences"]] == ["e", "c", "l", "g"]
    assert found["first_divergence"]["backend"] == "e"


def test_of_one_that_is_wrong_everywhere_only_the_first_place_is_named(compared):
    def all_wrong(found):
        return {name: array * 2 for name, array in found.items()}

    found = compared(backends={"bad": Fake("B", outputs=all_wrong, gradients=all_wrong)}, gradients=True)
    assert [d["where"] for d in found["divergences"]] == ["b1.conv"]


def test_a_backend_that_moves_its_variances_by_another_rule_than_it_says_is_found(compared):
    """The fakes move by the biased variance; one that says otherwise is off by the first normalisation."""

    class Liar(Fake):
        MOVING = Moving(unbiased=True)

        def outputs_and_gradients(self, net, x, y, *, training):
            pass_ = Reference(net.table, net.weights, x, training=True)
            net.weights.update(moved_statistics(pass_, Moving(unbiased=False)))
            return pass_.outputs, {}

    first = compared(tiny(**NORMED), backends={"liar": Liar("Liar")}, training=True)["first_divergence"]
    assert (first["what"], first["where"]) == ("statistic", "b1.conv.norm.running_var")


def test_what_is_invisible_in_float32_is_no_divergence_there(compared):
    """One part in 1e9 is lost in the rounding to float32, one in a thousand is not."""
    agree = [
        compared(backends={"x": Fake("X", outputs=scaled("b2", np.float32(1 + e)))}, dtype="float32")["agree"]
        for e in (1e-9, 1e-3)
    ]
    assert agree == [True, False]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_backend_gets_images_and_weights_of_the_dtype_asked_for(dtype, compared):
    seen = set()

    class Watching(Fake):
        def build_net(self, network, *, weights, dtype):
            seen.update(str(array.dtype) for array in weights.values())
            return super().build_net(network, weights=weights, dtype=dtype)

        def layer_outputs(self, net, x, *, training, aux):
            seen.add(str(x.dtype))
            return super().layer_outputs(net, x, training=training, aux=aux)

    images, weights = random_images(2, (2, 8, 9)), probing(tiny())
    compared(backends={"a": Watching("A")}, images=images, weights=weights, dtype=dtype)
    assert seen == {dtype}


def test_the_outputs_that_gradients_are_taken_at_are_compared_too(compared):
    """Else the reference would follow a pass that has left the table, and find its gradients right."""
    spoil = {"outputs of the step": scaled("b2", OFF)}
    found = compared(tiny(**NORMED), backends={"bad": Fake("B", **spoil)}, **EVERYTHING)
    assert (found["first_divergence"]["what"], found["first_divergence"]["where"]) == ("output", "b2")


def test_gradients_are_compared_at_the_decisions_of_the_pass_they_were_taken_in(compared):
    """Where the reference has an exact 0 in front of a ReLU, a backend may as well have next to nothing above it.

    Both are right, and the gradients differ by a whole pixel; and MXNet rounds otherwise where it records.
    """
    network = tiny(stages={"b1": Stage(conv=Conv(3, 1), pool=GlobalAvgPool())}, aux={})
    weights = {name: array * (name != "b1.conv.bias") for name, array in probing(network).items()}
    images = random_images(2, network.input)
    images[:, :, 3, 4] = 0

    class Rounding(Fake):
        def outputs_and_gradients(self, net, x, y, *, training):
            at = self.layer_outputs(net, x, training=training, aux=False)
            assert not at["b1.conv"][:, :, 3, 4].any()
            at["b1.conv"][:, :, 3, 4] = 1e-20
            return at, Reference(net.table, net.weights, x, activations=at).gradients(y)

    for backend in (Rounding("R"), Fake("F")):
        assert compared(network, backends={"a": backend}, images=images, weights=weights, gradients=True)["agree"]


def test_batch_statistics_widen_the_limits_by_what_they_make_of_one_rounding():
    """Values around 1 that differ by a millionth carry errors a million times as large, compared to their spread."""
    stage = Stage(a=Conv(3, 1, norm=BatchNorm(eps=1e-20), activation=None))
    network = tiny(stages={"b1": stage}, aux={})
    weights, noise = probing(network), random_images(3, network.input)

    def room(x, training):
        reference = Reference(network, weights, x, training=training)
        return limits(reference, None, "float64", 0).of("output", "b1") / tolerance(network, "float64")

    assert 1 <= room(noise, True) < 100
    assert 1e5 < room(1 + 1e-6 * noise, True) < 1e7
    assert room(1 + 1e-6 * noise, False) == 1


def test_one_value_per_channel_has_no_variance(compared):
    stages = {"b1": Stage(conv=Conv(2, 3), pool=GlobalAvgPool(), last=Conv(2, 1))}
    network = tiny(stages=stages, aux={}, **NORMED)
    one, two = (random_images(n, network.input) for n in (1, 2))
    with pytest.raises(InputError, match=r"b1\.last\.norm: one value per channel has no variance"):
        compared(network, backends={"a": Fake("A")}, images=one, training=True)
    assert compared(network, backends={"a": Fake("A")}, images=two, training=True)["agree"]


def test_progress_is_told(compared):
    told = []
    compared(backends={"a": Fake("A"), "b": Fake("B")}, progress=told.append)
    assert told[0] == "NumPy reference"
    assert told[-2:] == ["A 1.0", "B 1.0"]
