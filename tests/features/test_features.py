"""Features are the layers of the table, in any framework, dtype, size of picture and order of batches."""

from dataclasses import replace
from time import sleep

import numpy as np
import pytest
from PIL import Image
from support.backends import NAMES

from common import nets
from common.base.errors import InputError
from common.compare.reference import Reference
from common.compare.roundoff import relative_error
from common.data.images import open_image
from common.data.preprocessing import Preprocessing
from common.features import Extractor, features
from common.features.taps import TAPS, layer_of
from common.table.drawing import probing
from common.weights.bundle import Bundle

TABLE = nets.get("d2l_bn", in_channels=3, num_classes=4)
# Where pytorch-fid 0.3.0 and torch-fidelity 0.4.0 take FID's features: behind the two pools, before 7a, behind 7c.
PLACES = {"64": "b1", "192": "b2", "768": "b4", "2048": "b5"}
SMALL = Preprocessing((35, 41), None, interpolation="bilinear-tensorflow1")
IN_SHORT = ("b3.3a.p4_1", "logits_unbiased")  # a map within a block; what is no layer
FIDS = [
    pytest.param(tap, marks=() if tap in ("64", "2048", "logits_unbiased") else pytest.mark.long)
    for tap in (*PLACES, "logits", "logits_unbiased")
]
LAYERS = [
    pytest.param(layer, marks=() if layer in IN_SHORT else pytest.mark.long)
    for layer in (None, "b1", "b2.conv2", "b3.3a", "b3.3a.p4_1", "b5", "fc", "logits", "logits_unbiased")
]


@pytest.fixture(scope="module")
def trained():
    return Bundle(TABLE, probing(TABLE), SMALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures of several sizes and kinds."""
    found = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for i, (height, width) in enumerate([(35, 41), (20, 30), (80, 70), (64, 64), (41, 35)]):
        Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8)).save(found / f"{i}.png")
    Image.fromarray(rng.integers(0, 256, (50, 40), np.uint8)).save(found / "5 grey.png")
    Image.fromarray(rng.integers(0, 256, (50, 40, 4), np.uint8)).save(found / "6 clear.png")
    return found


@pytest.fixture(scope="module")
def reference(trained, folder):
    """What the NumPy reference has of the same pictures in float64, by the names of layers: whole maps."""
    x = np.stack([trained.preprocessing(open_image(path), "float64") for path in sorted(folder.iterdir())])
    outputs = Reference(trained.table, trained.weights, x, aux=False).outputs
    unbiased = outputs["fc"] - trained.weights["fc.bias"]
    return {**outputs, None: outputs["b5"], "logits": outputs["fc"], "logits_unbiased": unbiased}


@pytest.mark.parametrize("layer", LAYERS)
def test_features_of_every_framework_are_the_references(layer, trained, folder, reference, backend_name):
    expected = reference[layer]
    for maps in (False, True):
        found = features(folder, trained, layer=layer, maps=maps, backend=backend_name, dtype="float64", batch=3)
        wanted = expected.mean((2, 3)) if expected.ndim == 4 and not maps else expected
        assert found.array.shape == wanted.shape
        assert relative_error(wanted, found.array) <= 1e-12
    assert found.paths == tuple(map(str, sorted(folder.iterdir())))
    single = features(folder, trained, layer=layer, backend=backend_name, dtype="float32", batch=100).array
    assert single.dtype == np.float32
    assert relative_error(expected.mean((2, 3)) if expected.ndim == 4 else expected, single) <= 1e-4


@pytest.fixture(scope="module")
def fid():
    """FID's network, and what the reference has at its taps for a picture of a size that is soon computed."""
    table = nets.get("inception_v3:fid")
    prepared = Preprocessing((75, 91), None, interpolation="bilinear-tensorflow1", scale=1 / 128, mean=(1.0,) * 3)
    trained = Bundle(table, probing(table), replace(prepared, std=(1.0,) * 3))
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (60, 100, 3), np.uint8))
    x = trained.preprocessing(picture, "float64")[None]
    outputs = Reference(table, trained.weights, x).outputs
    means = {tap: outputs[layer].mean((2, 3)) for tap, layer in PLACES.items()}
    logits = {"logits": outputs["fc"], "logits_unbiased": outputs["fc"] - trained.weights["fc.bias"]}
    return trained, picture, {**means, **logits}


@pytest.mark.parametrize("tap", FIDS)
def test_every_tap_of_fids_network_is_the_references_in_every_framework(tap, fid, backend_name, tmp_path):
    trained, picture, expected = fid
    picture.save(tmp_path / "a.png")
    found = features(tmp_path / "a.png", trained, layer=tap, backend=backend_name)
    assert (found.array.dtype, found.metadata["layer"]) == (np.float64, tap)
    assert relative_error(expected[tap], found.array) <= 1e-12


def test_the_metadata_say_what_the_features_are(trained, folder):
    found = features(folder, trained, layer="b2", backend=NAMES[0])
    assert {key: found.metadata[key] for key in ("network", "layer", "maps", "backend", "dtype")} == {
        **{"network": "d2l_bn", "layer": "b2", "maps": "no", "backend": NAMES[0], "dtype": "float64"}
    }
    assert Preprocessing.loads(found.metadata["preprocessing"]) == SMALL
    other = Bundle(TABLE, {**trained.weights, "fc.bias": trained.weights["fc.bias"] + 1}, SMALL)
    assert features(folder, other, layer="b2", backend=NAMES[0]).metadata["weights"] == found.metadata["weights"]
    assert features(folder, other, layer="fc", backend=NAMES[0]).metadata["weights"] != found.metadata["weights"]


def test_pictures_that_keep_their_own_sizes_have_features_but_no_maps(trained, folder):
    """Without a cut the longer side follows the picture."""
    own = Bundle(TABLE, trained.weights, Preprocessing(40, None))
    found = features(folder, own, layer="b3", backend=NAMES[0], dtype="float64").array
    for row, path in zip(found, sorted(folder.iterdir()), strict=True):
        x = own.preprocessing(open_image(path))[None]
        expected = Reference(TABLE, own.weights, x, aux=False).outputs["b3"].mean((2, 3))[0]
        assert relative_error(expected, row) <= 1e-12
    with pytest.raises(InputError, match="maps of pictures of different sizes fit no array"):
        features(folder, own, maps=True, backend=NAMES[0])


def test_a_layer_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(InputError) as caught:
        layer_of(nets.get("inception_v3:fid"), "2O48")
    assert "inception_v3:fid has no layer '2O48': there are 64, 192, 768, 2048, logits, logits_unbiased" in str(
        caught.value
    )
    with pytest.raises(InputError, match="d2l has no layer '2048': there are logits, logits_unbiased, and by their"):
        layer_of(nets.get("d2l"), "2048")
    with pytest.raises(InputError, match=r"no layer 'aux1\.fc1'"):
        layer_of(nets.get("paper"), "aux1.fc1")
    with pytest.raises(InputError, match="nin has no bias in its classifier to leave out"):
        layer_of(nets.get("nin"), "logits_unbiased")


def test_the_taps_have_the_channels_that_they_are_called_by():
    for name, taps in TAPS.items():
        for channels, layer in taps.items():
            assert nets.get(name).layers[layer].output[0] == int(channels)


def test_a_broken_picture_is_told_before_anything_is_computed_with_how_many_more(trained, folder, tmp_path):
    def computed(items, total):
        if total and total < 9:
            raise AssertionError("features were computed")
        return items

    for i, path in enumerate(sorted(folder.iterdir())):
        (tmp_path / f"{i}.png").write_bytes(path.read_bytes())
    for name in ("77.png", "78.png", "79.png"):
        (tmp_path / name).write_bytes((tmp_path / "0.png").read_bytes()[:999])
    with pytest.raises(InputError, match=r"77\.png: a broken image: .* \(and 2 more of 10 pictures\)"):
        features(tmp_path, trained, backend=NAMES[0], progress=computed)


def test_bad_input_is_one_line(trained, folder, tmp_path):
    with pytest.raises(InputError, match="no images in this folder"):
        features(tmp_path, trained, backend=NAMES[0])
    with pytest.raises(InputError, match="do not say how images are prepared"):
        features(folder, Bundle(TABLE, trained.weights), backend=NAMES[0])
    with pytest.raises(InputError, match="a bundle has its own network and preprocessing"):
        features(folder, trained, net="d2l", backend=NAMES[0])
    with pytest.raises(InputError, match="unknown dtype 'float16'"):
        features(folder, trained, dtype="float16", backend=NAMES[0])
    endless = Bundle(TABLE, {**trained.weights, "b1.conv1.norm.weight": np.full(64, np.inf)}, SMALL)
    with pytest.raises(InputError, match=r"0\.png: its features are not finite: these weights are of no use"):
        features(folder, endless, backend=NAMES[0])


def test_only_a_batch_is_in_hand(trained, folder, monkeypatch):
    """Pictures are read as they are needed, not all at once."""
    from common.features import extraction

    read = []
    monkeypatch.setattr(extraction, "open_image", lambda path: read.append(path) or open_image(path))
    extractor = Extractor(trained, NAMES[0], batch=1)
    rows = extractor.of([*sorted(folder.iterdir())] * 3)
    next(rows)
    sleep(0.5)  # time enough to read all 21
    assert len(read) <= 4  # that of the row, two that wait, and one in hand
    rows.close()
