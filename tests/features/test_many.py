"""Features of many pictures are computed by the fast path of a package, where it has one; the features are the same."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from support.small_network import network_of

from common import nets
from common.compare.roundoff import relative_error
from common.contract import backend
from common.data.preprocessing import Preprocessing
from common.features import Extractor
from common.features.extraction import MANY
from common.table.drawing import probing
from common.table.spec import Conv, GlobalAvgPool, Stage
from common.weights.bundle import Bundle

STAGES = {"b1": Stage(conv=Conv(6, 3, stride=2)), "b2": Stage(conv=Conv(4, 3), pool=GlobalAvgPool())}
TABLE = network_of("small", (3, 12, 12), 5, STAGES)


@pytest.fixture
def asked_for(backend_name, monkeypatch):
    """What the package was asked to make predictors for."""
    package, asked = backend.load(backend_name), []
    own = package.predictor
    monkeypatch.setattr(package, "predictor", lambda net, **given: asked.append((net, given)) or own(net, **given))
    return asked


def extractor(backend_name, preprocessing):
    table = nets.get(TABLE)
    return Extractor(Bundle(table, probing(table), preprocessing), backend_name, dtype="float64", batch=20)


@pytest.fixture
def picture(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_features_of_many_pictures_are_computed_by_the_predictor_of_the_package(backend_name, asked_for, picture):
    extracted = extractor(backend_name, Preprocessing((14, 13), None))
    few = np.concatenate(list(extracted.of([picture] * (MANY - 1))))
    assert not asked_for
    many = [np.concatenate(list(extracted.of([picture] * MANY))) for _ in range(2)]
    assert asked_for == [(extracted._net, {"image_size": (14, 13), "batch": 20})]  # once, for all that are to come
    for features in many:
        assert relative_error(features[:-1], few) <= 1e-13


def test_pictures_that_keep_their_own_sizes_are_computed_one_by_one(backend_name, asked_for, picture):
    list(extractor(backend_name, Preprocessing(14, None)).of([picture] * MANY))
    assert not asked_for


def test_a_package_that_declares_no_fast_path_predicts(backend_name, asked_for, picture, monkeypatch):
    bare = replace(backend.declared(backend_name), fast=False, fast_in_bfloat16=False, fast_compiled=False)
    monkeypatch.setattr(backend, "declared", lambda name: bare)
    few = extractor(backend_name, Preprocessing((14, 13), None))
    assert len(np.concatenate(list(few.of([picture] * MANY)))) == MANY and not asked_for
