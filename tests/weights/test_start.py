"""What a net starts with where weights are given: what a file decides, what is drawn, and that both are said."""

import json

import numpy as np
import pytest
from support.arrays import same
from support.tables import small, tiny

from common import nets
from common.base.errors import InputError
from common.data.preprocessing import plain
from common.table.drawing import initial, probing
from common.table.spec import CLASSES, BatchNorm, Conv, Flatten, GlobalAvgPool, MaxPool, Network, Stage
from common.weights import bundle, canonical, safetensors_file
from common.weights.bundle import Bundle
from common.weights.start import AdaptedWeights, start

GREY = plain(nets.get("d2l"))
NAMES = tuple("abcde")


def written(path, table, **about):
    """A file of weights that are nobody's initial ones; returns the weights."""
    weights = probing(table, 1, "float32")
    bundle.save(path, Bundle(table, weights, **about))
    return weights


def without_heads(weights):
    return {name: array for name, array in weights.items() if not name.startswith("aux")}


@pytest.fixture
def caffe(tmp_path):
    """A file of the network called caffe, for 7 classes, and its weights."""
    path = tmp_path / "caffe.safetensors"
    return path, written(path, nets.get("caffe", num_classes=7))


def test_without_a_file_it_is_the_table_and_what_is_drawn():
    assert start().table == nets.get("d2l") and start().notes == ()
    begun = start(small(), num_classes=3, seed=5, rule="xavier", dtype="float64")
    assert same(begun.weights, initial(small(num_classes=3), 5, "float64", "xavier"))
    weights = probing(small())
    assert start(small(), weights=weights).weights is weights


def test_a_file_decides_network_channels_classes_and_heads_and_brings_the_rest(tmp_path):
    table = nets.get("cifar10_bn", in_channels=1, num_classes=5)
    weights = written(tmp_path / "w", table, preprocessing=GREY, labels=NAMES)
    begun = start(weights=tmp_path / "w")
    assert begun.table == table and same(begun.weights, weights)
    assert (begun.preprocessing, begun.labels, begun.notes) == (GREY, NAMES, ())
    assert start("cifar10_bn", weights=str(tmp_path / "w")).table == table


@pytest.mark.parametrize("asked", [None, False])
def test_heads_are_left_out_where_the_file_lacks_them_or_nobody_wants_them(asked, caffe, tmp_path):
    path, weights = caffe
    bare = nets.get("caffe", num_classes=7, aux=False)
    whole = start(weights=path, aux=asked)
    assert set(whole.weights) == set(weights if asked is None else without_heads(weights)) and whole.notes == ()
    bundle.save(tmp_path / "bare", Bundle(bare, without_heads(weights)))
    for name in (None, "caffe", nets.get("caffe", num_classes=7)):
        begun = start(name, weights=tmp_path / "bare", aux=asked)
        assert begun.table.aux == {} and same(begun.weights, without_heads(weights))
        said = f"{tmp_path / 'bare'}: lacks heads that caffe has: left out: aux1, aux2"
        assert begun.notes == (() if asked is False else (said,))


def test_heads_that_are_asked_for_and_not_there_are_drawn(caffe, tmp_path):
    _, weights = caffe
    bundle.save(tmp_path / "bare", Bundle(nets.get("caffe", num_classes=7, aux=False), without_heads(weights)))
    begun = start(weights=tmp_path / "bare", aux=True, seed=2)
    fresh = initial(nets.get("caffe", num_classes=7), 2)
    assert same(begun.weights, {**fresh, **without_heads(weights)})
    assert begun.notes == (f"{tmp_path / 'bare'}: lacks heads that caffe has: drawn anew: aux1, aux2",)


def test_for_other_classes_the_classifier_and_the_heads_are_drawn_and_nothing_else(caffe):
    path, weights = caffe
    begun = start(weights=path, num_classes=2, seed=3)
    fresh = initial(nets.get("caffe", num_classes=2), 3)
    for name, array in begun.weights.items():
        drawn = name.split(".")[0] in ("fc", "aux1", "aux2")
        assert np.array_equal(array, (fresh if drawn else weights)[name]), name
    assert begun.notes == (f"{path}: made for 7 classes, not 2: drawn anew: fc, aux1, aux2",)
    again = start(weights=path, num_classes=2).weights["fc.weight"]
    assert not np.array_equal(again, begun.weights["fc.weight"])


def test_classes_of_other_names_are_other_classes(tmp_path):
    weights = written(tmp_path / "w", nets.get("cifar10_bn", num_classes=5), preprocessing=GREY, labels=NAMES)
    kept = start(weights=tmp_path / "w", num_classes=5, seed=0, labels=NAMES)
    assert same(kept.weights, weights) and kept.labels == NAMES and kept.notes == ()
    other = start(weights=tmp_path / "w", num_classes=5, seed=0, labels=(*NAMES[:4], "z"))
    assert other.labels == (*NAMES[:4], "z") and other.preprocessing == GREY
    assert not np.array_equal(other.weights["fc.weight"], weights["fc.weight"])
    assert "made for classes of other names: drawn anew: fc, aux1, aux2" in other.notes[0]
    assert start(weights=tmp_path / "w", num_classes=6, seed=0).labels is None


def test_a_last_convolution_that_makes_the_logits_is_drawn_too(tmp_path):
    """As in Network in Network: there the classifier itself has no numbers."""
    stages = {"b1": Stage(conv=Conv(4, 3), logits=Conv(CLASSES, 1), pool=GlobalAvgPool())}
    network = Network("mine", "", "", (1, 8, 8), 5, "floor", norm=BatchNorm(), stages=stages, classifier=Flatten())
    weights = written(tmp_path / "w", nets.get(network))
    begun = start(network, weights=tmp_path / "w", num_classes=3, seed=0)
    fresh = initial(nets.get(network, num_classes=3), 0)
    drawn = {name for name in fresh if not np.array_equal(begun.weights[name], weights.get(name))}
    assert "b1.logits.weight" in drawn and all(name.startswith("b1.logits.") for name in drawn)
    assert "drawn anew: b1.logits" in begun.notes[0]


def test_a_table_of_your_own_is_known_by_its_file_and_says_its_classes_itself(tmp_path):
    weights = written(tmp_path / "w", tiny())
    assert same(start(tiny(), weights=tmp_path / "w").weights, weights)
    begun = start(nets.get(tiny(), num_classes=2), weights=tmp_path / "w", seed=0)
    assert begun.table.num_classes == 2 and "made for 5 classes, not 2" in begun.notes[0]
    with pytest.raises(InputError, match="is for 2 channels, not 3"):
        start(nets.get(tiny(), in_channels=3), weights=tmp_path / "w")
    with pytest.raises(InputError, match=r"w: tensor .* has shape"):
        start(tiny(stages={"b1": Stage(conv=Conv(6, 3, stride=2), pool=MaxPool(3))}), weights=tmp_path / "w")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"seed": 0}, "give either seed or weights"),
        ({"seed": 0, "name": "caffe"}, "give either seed or weights"),
        ({"seed": -1, "num_classes": 2}, "seed must be a whole number"),
        ({"dtype": "float16"}, "unknown dtype"),
        ({"num_classes": 0}, "num_classes .* at least 1"),
        ({"in_channels": 1}, "is for 3 channels, not 1"),
        ({"name": "d2l"}, "weights of caffe, not of d2l"),
        ({"name": "cafe"}, "did you mean 'caffe'"),
        ({"aux": "yes"}, "True, False or None"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(settings, says, caffe):
    with pytest.raises(InputError, match=says):
        start(weights=caffe[0], **settings)


def test_the_folder_of_a_run_stands_for_its_best_weights(tmp_path):
    for name in ("torch", "tf"):
        (tmp_path / name).mkdir()
        with pytest.raises(InputError, match=r"torch: a folder without best\.safetensors: give a file, or"):
            start(weights=tmp_path / "torch")
    weights = written(tmp_path / "torch" / "best.safetensors", nets.get("cifar10_bn"))
    assert same(start(weights=tmp_path / "torch").weights, weights)
    written(tmp_path / "tf" / "best.safetensors", nets.get("cifar10_bn"))
    with pytest.raises(InputError, match=r"holds the weights of several runs: name one of .*tf, .*torch"):
        start(weights=tmp_path)


def test_a_warning_names_the_line_that_built_the_net(caffe):
    def build_net():
        start(weights=caffe[0], num_classes=2).warn()

    with pytest.warns(AdaptedWeights, match="fc, aux1, aux2") as warned:
        build_net()
    assert warned[0].filename == __file__


@pytest.mark.parametrize(
    "labels", ["", "[", "{}", "7", "null", '["a"]', '["a", 1]', '["a", "b", "c"]', "[" * 9999, '"ab"']
)
def test_labels_in_a_file_are_names_of_its_classes_or_refused_in_a_line(labels, tmp_path):
    table = small(num_classes=2)
    weights = probing(table)
    about = {**canonical.table_metadata(table), "sha256": canonical.digest(weights), "labels": labels}
    safetensors_file.write(tmp_path / "w", weights, about)
    with pytest.raises(InputError, match="labels are not 2 names of classes"):
        start(table, weights=tmp_path / "w")
    safetensors_file.write(tmp_path / "w", weights, {**about, "labels": json.dumps(["a", "b"])})
    assert start(table, weights=tmp_path / "w").labels == ("a", "b")
    with pytest.raises(InputError, match="3 names for 2 classes"):
        canonical.save(tmp_path / "w", weights, table, labels=("a", "b", "c"))
