"""Every published variant moves the features, and the comparison says where it begins."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from support.small_sets import SMALL, folder

from common import nets
from common.base.errors import InputError
from common.compare.reference import Reference
from common.data.fid import NAMED
from common.data.images import open_image
from common.scores import explain, scoring
from common.scores.draws import Draws
from common.scores.variants import VARIANTS, as_jpeg, averaging, counting
from common.table.drawing import probing
from common.table.spec import AvgPool, BatchNorm, Concat, Conv, Dropout, GlobalAvgPool, MaxPool, Network, Stage
from common.weights.bundle import Bundle

# All that variants change, in a net of a few layers: a pool that pads, a maximum that keeps the size of its map.
POOLS = Network(
    name="pools",
    title="Two blocks as Inception v3 ends",
    source="these tests",
    input=(3, 24, 24),
    num_classes=5,
    convention="floor",
    norm=BatchNorm(momentum=0.9),
    stages={
        "b1": Stage(conv=Conv(6, 3, stride=2)),
        "b2": Stage(a=Concat(p1=(Conv(5, 1),), p2=(AvgPool(3), Conv(4, 1)))),
        "b3": Stage(c=Concat(p1=(Conv(5, 3),), p2=(MaxPool(3), Conv(4, 1))), pool=GlobalAvgPool(), drop=Dropout(0.5)),
    },
)
FIDS = Bundle(nets.get(POOLS), probing(nets.get(POOLS)), replace(SMALL, resize=(24, 24)))
WHERE = {
    "average pools count the padding": "b2.a.p2_1",
    "an average for the maximum in 7c": "b3.c.p2_1",
    "torchvision's table": "b2.a.p2_1",
    "resized as pytorch-fid does": "input",
    "resized as clean-fid does": "input",
    "resized to whole numbers": None,
    "normalisation in training mode": "b1.conv",
    "the second set as JPEG": "input",
}


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    home = tmp_path_factory.mktemp("explained")
    return [folder(home / name, 14, seed) for name, seed in (("a", 0), ("b", 100))]


@pytest.fixture(scope="module")
def report(pair):
    settings = {"draws": Draws(subsets=1, subset_size=5, splits=2), "batch": 8, "backend": "torch"}
    return scoring.fid(*pair, weights=FIDS, explain=True, **settings)


def features(paths, table=FIDS.table, preprocessing=FIDS.preprocessing, change=lambda picture: picture):
    """By the reference."""
    x = np.stack([preprocessing(change(open_image(path)), "float64") for path in paths])
    return Reference(table, FIDS.weights, x, aux=False).outputs["b3"].reshape(len(x), -1)


def pictures(folder):
    return sorted(folder.rglob("*.png"))


def test_every_variant_that_the_network_can_have_is_located_and_moves_features_and_fid(report):
    found = {row["name"]: row for row in report["variants"]}
    assert {name: row["first_difference"] for name, row in found.items()} == {
        name: where for name, where in WHERE.items() if where
    }
    assert set(WHERE) == {variant.name for variant in VARIANTS}
    for row in found.values():
        assert row["features_moved"] > 1e-4 and row["fid_of_the_same"] > 0, row["name"]
        assert row["change"] == pytest.approx(row["fid"] - report["fid"], rel=1e-9) and row["change"] != 0, row["name"]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("average pools count the padding", {"table": counting(FIDS.table)}),
        ("torchvision's table", {"table": counting(averaging(FIDS.table))}),
        ("resized as clean-fid does", {"preprocessing": replace(FIDS.preprocessing, interpolation="bicubic-float")}),
        ("the second set as JPEG", {"change": as_jpeg}),
    ],
)
def test_features_move_as_far_as_those_of_the_reference(name, settings, pair, report):
    before, after = features(pictures(pair[1])), features(pictures(pair[1]), **settings)
    moved = np.sqrt(((after - before) ** 2).sum() / ((before - before.mean(0)) ** 2).sum())
    row = next(row for row in report["variants"] if row["name"] == name)
    assert row["features_moved"] == pytest.approx(moved, rel=1e-9)


def test_the_fid_of_a_variant_is_that_of_its_network(pair, report):
    changed = replace(FIDS, table=counting(FIDS.table))
    alone = scoring.fid(*pair, weights=changed, draws=Draws(subset_size=5, splits=2), backend="torch")
    row = next(row for row in report["variants"] if row["name"] == "average pools count the padding")
    assert row["fid"] == pytest.approx(alone["fid"], rel=1e-9)


def test_jpeg_is_of_the_second_set_alone(pair, report):
    row = next(row for row in report["variants"] if row["name"] == "the second set as JPEG")
    assert row["fid"] != row["fid_of_the_same"]
    swapped = scoring.fid(
        *pair[::-1], weights=FIDS, draws=Draws(subset_size=5, splits=2), backend="torch", explain=True
    )
    other = next(each for each in swapped["variants"] if each["name"] == "the second set as JPEG")
    assert swapped["fid"] == pytest.approx(report["fid"], rel=1e-9) and other["fid"] != pytest.approx(
        row["fid"], rel=1e-6
    )


def test_variants_that_a_network_cannot_have_are_left_out():
    plain = replace(POOLS, norm=None, stages={"b1": Stage(conv=Conv(4, 3), pool=GlobalAvgPool())})
    trained = Bundle(nets.get(plain), {}, SMALL)
    assert [variant.name for variant in VARIANTS if variant.applied(trained)] == [
        "resized as pytorch-fid does",
        "resized as clean-fid does",
        "the second set as JPEG",
    ]


def test_fids_own_network_has_every_variant_and_torchvisions_is_torchvisions():
    fids = Bundle(nets.get("inception_v3:fid"), {}, NAMED["fid"])
    assert all(variant.applied(fids) is not None for variant in VARIANTS)
    applied = next(variant for variant in VARIANTS if variant.name == "torchvision's table").applied(fids)
    torchvisions = nets.get("inception_v3", aux=False)
    assert dict(applied.table.stages) == dict(torchvisions.stages)


def test_variants_are_of_pictures_of_two_sets(pair, tmp_path):
    with pytest.raises(InputError, match="variants are explained on the pictures of two sets"):
        scoring.fid(pair[0], weights=FIDS, explain=True)
    scoring.fid(pair[0], weights=FIDS, save_statistics=tmp_path / "a.npz", backend="torch")
    with pytest.raises(InputError, match="variants are explained on the pictures of two sets"):
        scoring.fid(tmp_path / "a.npz", pair[1], weights=FIDS, explain=True)


def test_what_does_not_differ_is_nowhere(pair):
    same = replace(VARIANTS[0], table=lambda table: table)
    network = explain.Features(FIDS, "torch", "float64")
    assert explain.first_difference(FIDS, FIDS, same, network, pictures(pair[0])) is None


def test_a_variant_of_pictures_is_located_by_any_picture_that_it_changes(pair, tmp_path):
    """Grey of one tone is the same as JPEG, whatever the others become."""
    grey = tmp_path / "grey.png"
    Image.new("RGB", (16, 16), (128, 128, 128)).save(grey)
    network = explain.Features(FIDS, "torch", "float64")
    jpeg = next(variant for variant in VARIANTS if variant.picture is as_jpeg)
    assert explain.first_difference(FIDS, FIDS, jpeg, network, [grey]) is None
    assert explain.first_difference(FIDS, FIDS, jpeg, network, [grey, *pictures(pair[1])]) == "input"
