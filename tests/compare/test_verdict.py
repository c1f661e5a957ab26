"""A verdict without holes: nonsense never agrees, failures are findings, and what says nothing is not judged.

The backends are made of the reference, and spoilt in one way each.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from support.fake_backends import Fake, scaled
from support.tables import tiny

from common.base.errors import InputError
from common.compare.passes import compare
from common.compare.report import with_oblong
from common.data.images import random_images
from common.table.drawing import probing
from common.table.spec import BatchNorm, Conv, GlobalAvgPool, MaxPool, Stage

TABLE = tiny()
NORMED = tiny(norm=BatchNorm(), bias=False)
EVERYTHING = {"training": True, "gradients": True}


def changed(**changes):
    """A spoil that puts new arrays in place of some, each made of the old one."""
    return lambda arrays: {
        **arrays,
        **{name.replace("__", "."): f(arrays[name.replace("__", ".")]) for name, f in changes.items()},
    }


def everywhere(change):
    return lambda arrays: {name: change(array) for name, array in arrays.items()}


NONSENSE = {
    "constant": everywhere(np.ones_like),
    "zeros": everywhere(np.zeros_like),
    "permuted images": everywhere(lambda y: y[::-1]),
    "other images": everywhere(lambda y: np.roll(y, 1, axis=0) * 1.5),
    "first image for all": everywhere(lambda y: np.repeat(y[:1], len(y), axis=0)),
    "shifted logits": changed(fc=lambda y: y + 1.0),
    "softmax on the logits": changed(fc=lambda y: np.exp(y) / np.exp(y).sum(1, keepdims=True)),
    "half precision": everywhere(lambda y: y.astype(np.float16)),
    "single precision": everywhere(lambda y: y.astype(np.float32)),
    "complex": changed(fc=lambda y: y + 1j),
    "objects": changed(fc=lambda y: y.astype(object)),
    "words": changed(fc=lambda y: y.astype(str)),
    "nothing": changed(fc=lambda y: None),
    "ragged lists": changed(fc=lambda y: [[1.0], [1.0, 2.0]]),
    "one more axis": changed(fc=lambda y: y[..., None]),
    "one more layer": lambda arrays: {**arrays, "b3": arrays["b2"]},
    "one layer less": lambda arrays: {name: y for name, y in arrays.items() if name != "b2.block.p1_1"},
    "no layers": lambda arrays: {},
    "names that are numbers": lambda arrays: {**arrays, 7: arrays["fc"]},
}


@pytest.mark.parametrize("how", NONSENSE)
@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["evaluation", "training"])
def test_nonsense_never_agrees(how, settings, compared):
    backends = {"good": Fake("A"), "bad": Fake("B", outputs=NONSENSE[how])}
    report = compared(TABLE, backends=backends, **settings)
    assert (report["verdict"], report["agree"]) == ("diverge", False)
    assert [divergence["backend"] for divergence in report["divergences"]] == ["bad"]


def test_lists_and_views_of_the_right_numbers_agree(compared):
    def views(arrays):
        return {name: np.broadcast_to(y[None], (1, *y.shape))[0] for name, y in arrays.items()}

    lists = everywhere(lambda y: y.tolist())
    backends = {"lists": Fake("A", outputs=lists), "views": Fake("B", outputs=views)}
    assert compared(TABLE, backends=backends, **EVERYTHING)["agree"]


DEAD = tiny(stages={"b1": Stage(conv=Conv(3, 1), last=Conv(2, 1), pool=GlobalAvgPool())}, aux={})


def dead_weights():
    """Weights with which every ReLU of the first layer is off: its output and its gradients are 0."""
    weights = probing(DEAD)
    return {**weights, "b1.conv.weight": 0 * weights["b1.conv.weight"], "b1.conv.bias": 0 * weights["b1.conv.bias"] - 1}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("kind", "spoil", "where"),
    [("gradients", 7.0, "b1.conv.weight"), ("gradients", 1e-3, "b1.conv.bias"), ("outputs", 1e-3, "b1.conv")],
)
def test_what_is_truly_zero_must_be_zero(kind, spoil, where, dtype, compared):
    weights = dead_weights()
    bad = Fake("B", **{kind: changed(**{where.replace(".", "__"): lambda y: y + spoil})})
    report = compared(DEAD, backends={"good": Fake("A"), "bad": bad}, weights=weights, gradients=True, dtype=dtype)
    (only,) = report["divergences"]
    assert (only["backend"], only["where"]) == ("bad", where)
    assert only["rel_err"] is not None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"b1.conv.weight": 1e200}, r"b2\.block\.p2_2 of the reference is not finite"),
        ({"b2.block.p1_1.bias": np.nan}, r"b2\.block\.p1_1 of the reference is not finite"),
        ({"fc.bias": np.inf}, r"fc of the reference is not finite"),
    ],
)
@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["evaluation", "training"])
def test_a_reference_that_is_not_finite_is_refused_with_its_first_layer(change, says, settings, compared):
    weights = {name: array * change.get(name, 1.0) for name, array in probing(TABLE).items()}
    if "b1.conv.weight" in change:
        weights["b2.block.p2_1.weight"] *= 1e200
        says = r"b2\.block\.p2_1 of the reference is not finite"
    with pytest.raises(InputError, match=rf"^nothing to compare: {says} \(weights or images too large\?\)$"):
        compared(TABLE, backends={"bad": Fake("B", outputs=everywhere(np.zeros_like))}, weights=weights, **settings)


def test_images_that_are_no_numbers_or_too_large_for_the_dtype_are_refused(compared):
    images = random_images(2, TABLE.input)
    with pytest.raises(InputError, match=r"^nothing to compare: b1\.conv of the reference is not finite"):
        compared(TABLE, backends={"a": Fake("A")}, images=images * np.nan)
    with pytest.raises(InputError, match=r"^nothing to compare: b1\.conv of the reference is too large for float32"):
        weights = {name: 1e3 * array for name, array in probing(TABLE).items()}
        compared(TABLE, backends={"a": Fake("A")}, images=images * 1e37, weights=weights, dtype="float32")


def test_a_gradient_that_is_not_finite_is_refused_by_name(compared):
    """Outputs are 0 but for the last bias, while the gradients overflow on the way back."""
    weights = probing(DEAD)
    weights["b1.last.weight"] *= 1e200
    weights["fc.weight"] *= 1e200
    weights["b1.conv.weight"] *= 1e-250
    weights["b1.conv.bias"] = np.full(3, 1e-210)
    weights["b1.last.bias"] = np.full(2, 1e-210)
    with pytest.raises(
        InputError, match=r"^nothing to compare: the gradient of b1\.conv\.weight of the reference is not"
    ):
        compared(DEAD, backends={"a": Fake("A")}, weights=weights, gradients=True)


def test_logits_that_are_all_zero_say_nothing(compared):
    weights = {name: 0 * array for name, array in probing(TABLE).items()}
    with pytest.raises(InputError, match=r"^nothing to compare: every logit of the reference is 0"):
        compared(TABLE, backends={"a": Fake("A")}, weights=weights)


ILL = tiny(
    stages={"b1": Stage(conv=Conv(3, 1, activation=None), pool=MaxPool(3), all=GlobalAvgPool(), last=Conv(2, 1))},
    aux={},
    norm=BatchNorm(eps=1e-30),
    bias=False,
)


def almost_the_same(compared, where):
    """Two images but for a few roundings: their variance is round-off, and is normalised to be as large as any.

    How many roundings leave some variance, and a gradient beyond the ceiling, depends on the processor.
    """
    images = np.repeat(random_images(1, ILL.input), 2, axis=0).astype(np.float64)
    for roundings in range(1, 65):
        images[1] = images[0] * (1 + roundings * np.finfo(np.float64).eps)
        report = compared(ILL, backends={"a": Fake("A")}, images=images, **EVERYTHING)
        if {row["name"]: row["limit"] for row in report["gradients"]}[where] == report["ceiling"]:
            return images
    raise AssertionError(f"no gradient of {where} is round-off")


@pytest.mark.parametrize(
    ("factor", "verdict"), [(1.0, "agree"), (1.5, "not judged"), (1 + 1e-9, "agree"), (1e30, "diverge")]
)
def test_beyond_the_ceiling_nothing_agrees_and_what_round_off_explains_is_not_judged(factor, verdict, compared):
    where = "b1.last.weight"
    images = almost_the_same(compared, where)
    backend = Fake("A", gradients=scaled(where, factor))
    report = compared(ILL, backends={"a": backend}, images=images, **EVERYTHING)
    assert report["verdict"] == verdict
    assert report["agree"] == (verdict == "agree")
    assert all(row["limit"] <= report["ceiling"] for row in (*report["gradients"], *report["stages"]))
    told = [(row["what"], row["where"]) for row in report["not_judged"]]
    assert told == ([("gradient", where)] if verdict == "not judged" else [])
    for row in report["not_judged"]:
        assert row["limit"] == report["ceiling"] < row["rel_err"] <= row["round_off"]


class Failing(Fake):
    """Raises in one of its functions."""

    def __init__(self, name, phase, error):
        super().__init__(name)
        self.phase, self.error = phase, error

    def _raise(self, phase):
        if phase == self.phase:
            raise self.error

    def build_net(self, network, *, weights, dtype):
        self._raise("build")
        return super().build_net(network, weights=weights, dtype=dtype)

    def layer_outputs(self, net, x, *, training, aux):
        self._raise("forward")
        return super().layer_outputs(net, x, training=training, aux=aux)

    def outputs_and_gradients(self, net, x, y, *, training):
        self._raise("gradients")
        return super().outputs_and_gradients(net, x, y, training=training)


ERRORS = [
    ValueError("a\n b"),
    InputError("a b"),
    MemoryError("a b"),
    KeyError("a b"),
    SystemExit(0),
    RecursionError("a b"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("phase", ["build", "forward", "gradients"])
def test_a_backend_that_raises_is_a_finding_and_the_others_stand(phase, error, compared):
    backends = {"bad": Failing("B", phase, error), "good": Fake("A")}
    report = compared(NORMED, backends=backends, **EVERYTHING)
    fault = report["errors"]["bad"]
    assert list(report["errors"]) == ["bad"]
    assert (fault["phase"], fault["where"]) == (phase, None)
    assert fault["message"].startswith(f"{type(error).__name__}: ")
    assert "\n" not in fault["message"]
    assert (report["verdict"], report["agree"]) == ("diverge", False)
    (only,) = report["divergences"]
    assert only == {"backend": "bad", "stage": None, "what": "error", "where": None, "rel_err": None}
    for kind in ("stages", "gradients", "statistics"):
        assert all(row["backends"]["good"]["rel_err"] == 0.0 for row in report[kind])


class Layer:
    def __init__(self, error):
        self.error = error

    def forward(self):
        raise self.error


def test_the_layer_that_raises_is_named(compared):
    """By the net's own layer among the frames of the traceback."""

    class Net(Fake):
        def layer_outputs(self, net, x, *, training, aux):
            net.b2 = SimpleNamespace()
            net.b2.block = SimpleNamespace(p1_1=Layer(RuntimeError("no kernel")))
            return net.b2.block.p1_1.forward()

    report = compared(TABLE, backends={"a": Net("A")})
    assert report["errors"]["a"] == {"phase": "forward", "where": "b2.block.p1_1", "message": "RuntimeError: no kernel"}
    assert report["first_divergence"]["stage"] == "b2"


def test_the_tensor_that_an_error_quotes_tells_the_layer_and_long_words_are_cut(compared):
    error = ValueError(f"my weights: tensor 'b2.block.p2_2.weight' is missing {'x' * 1000}")
    fault = compared(TABLE, backends={"a": Failing("A", "build", error)})["errors"]["a"]
    assert fault["where"] == "b2.block.p2_2"
    assert len(fault["message"]) == 120


def test_an_error_that_cannot_be_printed_is_told_all_the_same(compared):
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    fault = compared(TABLE, backends={"a": Failing("A", "forward", Mute())})["errors"]["a"]
    assert fault["message"].startswith("Mute: ")


@pytest.mark.parametrize("result", [None, 7, ({}, {}, {}), [({}, {})]], ids=repr)
def test_results_that_are_no_mappings_are_findings(result, compared):
    class Odd(Fake):
        def outputs_and_gradients(self, net, x, y, *, training):
            return result

    assert compared(TABLE, backends={"a": Odd("A")}, gradients=True)["errors"]["a"]["phase"] == "gradients"


def test_counts_of_stages_that_are_missing_or_extra_diverge(compared):
    def less(counts):
        return {name: count for name, count in counts.items() if name != "b2"}

    for spoil, where in ((less, "b2"), (lambda counts: {**counts, "b9": (1, 0)}, "b9"), (lambda counts: {}, "b1")):
        first = compared(TABLE, backends={"a": Fake("A", counts=spoil)})["first_divergence"]
        assert (first["what"], first["where"]) == ("parameters", where)


def test_a_backend_that_writes_into_its_inputs_spoils_nothing_for_the_others(compared):
    class Vandal(Fake):
        def build_net(self, network, *, weights, dtype):
            net = super().build_net(network, weights={k: w.copy() for k, w in weights.items()}, dtype=dtype)
            for array in weights.values():
                array[...] = 0
            return net

        def layer_outputs(self, net, x, *, training, aux):
            outputs = super().layer_outputs(net, x.copy(), training=training, aux=aux)
            x[...] = 0
            return outputs

        def outputs_and_gradients(self, net, x, y, *, training):
            found = Fake("F").outputs_and_gradients(net, x.copy(), y.copy(), training=training)
            x[...], y[...] = 0, 0
            return found

    images, weights = random_images(3, NORMED.input), probing(NORMED)
    before = images.copy(), {name: array.copy() for name, array in weights.items()}
    report = compared(
        NORMED, backends={"vandal": Vandal("V"), "good": Fake("A")}, images=images, weights=weights, **EVERYTHING
    )
    assert report["agree"]
    assert np.array_equal(images, before[0])
    assert all(np.array_equal(weights[name], before[1][name]) for name in weights)


def test_of_gradients_the_one_nearest_to_the_loss_is_named(compared):
    """A gradient that is wrong spoils those of all layers before it."""
    names = ("b1.conv.weight", "b2.block.p2_2.weight", "fc.weight", "input")
    spoil = changed(**{name.replace(".", "__"): lambda g: 2 * g for name in names})
    report = compared(TABLE, backends={"a": Fake("A", gradients=spoil)}, gradients=True)
    assert report["first_divergence"]["where"] == "fc.weight"


def test_layers_that_the_pass_of_the_gradients_leaves_out_diverge(compared):
    report = compared(TABLE, backends={"a": Fake("A", **{"outputs of the step": lambda arrays: {}})}, gradients=True)
    assert report["first_divergence"]["what"] == "output"


def test_what_only_an_oblong_image_shows_says_on_which(monkeypatch):
    """Height and width swapped in a shape: on square maps nothing changes."""

    def swapped(arrays):
        b1 = arrays["b1"]
        n, c, h, w = b1.shape
        return {**arrays, "b1": b1.reshape(n, c, w, h)}

    monkeypatch.setattr("common.contract.backend.load", {"a": Fake("A"), "b": Fake("B", outputs=swapped)}.__getitem__)
    square, oblong = (compare(TABLE, np.ones((1, 2, *size)), backends=["a", "b"]) for size in ((8, 8), (8, 9)))
    assert square["agree"]
    both = with_oblong(square, oblong)
    assert (both["verdict"], both["agree"], both["oblong"]) == ("diverge", False, oblong)
    (only,) = both["divergences"]
    assert (only["backend"], only["where"], only["input_shape"]) == ("b", "b1", [2, 8, 9])
    assert with_oblong(oblong, square)["divergences"] == oblong["divergences"]
