"""The names of ImageNet's classes: their order, and which weights come with them."""

import ast
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from support.data_files import refused

from common import nets
from common.runs.prediction import read_labels
from common.table.drawing import initial
from common.weights import bundle, convert, imagenet
from common.weights.bundle import Bundle
from common.weights.sources import sources
from common.weights.start import start


def installed(package, *path):
    """The text of a file of an installed package, which is not imported."""
    (folder,) = find_spec(package).submodule_search_locations
    return Path(folder, *path).read_text()


def test_the_names_are_torchvisions_in_its_order():
    tree = ast.parse(installed("torchvision", "models", "_meta.py"))
    theirs = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
    assert imagenet.names(1000) == tuple(ast.literal_eval(theirs["_IMAGENET_CATEGORIES"]))
    assert len(set(imagenet.names(1000))) == 1000


def test_the_order_is_that_of_the_wordnet_numbers_by_another_publisher_too():
    """timm names every class by all its words; nearly always torchvision's name is among them."""
    data = ("data", "_info")
    numbers = installed("timm", *data, "imagenet_synsets.txt").split()
    words = dict(line.split("\t") for line in installed("timm", *data, "imagenet_synset_to_lemma.txt").splitlines())
    assert numbers == sorted(numbers)
    same = [name in words[number] for name, number in zip(imagenet.names(1000), numbers, strict=True)]
    assert sum(same) > 950


def published(folder, classes):
    """A file of torchvision's googlenet whose weights are our own."""
    table, source = nets.get("torchvision", num_classes=classes), sources()["torchvision_googlenet"]
    weights = initial(table, 0)
    save_file({theirs: weights[ours] for ours, theirs in source.names(table).items()}, folder / "w.safetensors")
    return folder / "w.safetensors"


@pytest.mark.parametrize(("classes", "first"), [(1000, "tench"), (1001, "background"), (999, None)])
def test_published_weights_come_with_the_names_and_keep_them(classes, first, tmp_path):
    path = published(tmp_path, classes)
    report = convert.convert_file(path, tmp_path / "ours.safetensors", source="torchvision_googlenet")
    kept = bundle.load(tmp_path / "ours.safetensors").labels
    assert (kept and kept[0], kept and kept[-1]) == (first, first and "toilet tissue")
    assert report["labels"] == (kept and list(kept))


def test_weights_of_our_own_for_as_many_classes_are_not_imagenets(tmp_path):
    table = nets.get("cifar10_bn", num_classes=1000, aux=False)
    bundle.save(tmp_path / "w.safetensors", Bundle(table, initial(table, 0)))
    assert convert.read(tmp_path / "w.safetensors").bundle.labels is None


def test_imagenets_names_can_be_asked_for():
    assert read_labels("imagenet", nets.get("caffe"))[0] == "tench"
    assert read_labels("imagenet", nets.get("caffe", num_classes=1001))[:2] == ["background", "tench"]
    refused(lambda: read_labels("imagenet", nets.get("d2l")), "imagenet: ImageNet has 1,000 classes, but d2l has 10")


@pytest.mark.parametrize(("names", "kept"), [(imagenet.names(1000), True), (tuple(map(str, range(1000))), False)])
def test_a_data_set_that_calls_imagenets_classes_otherwise_keeps_the_classifier(names, kept, tmp_path):
    """Its folders are called by numbers, most often. Other names are those of other classes."""
    table = nets.get("cifar10_bn", num_classes=1000, aux=False)
    weights = initial(table, 0)
    bundle.save(tmp_path / "w.safetensors", Bundle(table, weights, labels=names))
    folders = tuple(f"n{number:08}" for number in range(1000))
    begun = start(None, num_classes=1000, seed=1, weights=tmp_path / "w.safetensors", labels=folders)
    assert np.array_equal(begun.weights["fc.weight"], weights["fc.weight"]) == kept
    assert begun.labels == folders
