"""Features of FID's network are those of torch-fidelity and of pytorch-fid, given the same weights and pictures."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from support.fid_files import module, save_state, state

from common.compare.roundoff import relative_error
from common.data.fid import PYTORCH_FID
from common.features import features
from common.weights import convert

pytestmark = pytest.mark.only("torch")
LAYERS = ("64", "192", "768", "2048", "logits_unbiased", "logits")
DTYPES = {"float32": 1e-5, "float64": 1e-10}
BOTH = ["float32", pytest.param("float64", marks=pytest.mark.long)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The weights as they are published, and three pictures that are smaller, larger and of the network's own size."""
    found = tmp_path_factory.mktemp("fid")
    save_state(found / "pt_inception.pth")
    rng = np.random.default_rng(0)
    (found / "photos").mkdir()
    for name, size in (("a", (32, 40)), ("b", (310, 350)), ("c", (299, 299))):
        Image.fromarray(rng.integers(0, 256, (*size, 3), np.uint8)).save(found / f"photos/{name}.png")
    return found


@pytest.fixture(scope="module")
def pictures(folder):
    return [np.asarray(Image.open(path)) for path in sorted((folder / "photos").iterdir())]


@pytest.fixture(scope="module")
def trained(folder):
    return convert.read(folder / "pt_inception.pth").bundle


@pytest.fixture(scope="module", params=BOTH)
def theirs(request, folder, pictures):
    """(dtype, features by layer) of torch-fidelity."""
    import torch

    extractor = module("torch_fidelity.feature_extractor_inceptionv3").FeatureExtractorInceptionV3(
        "test",
        list(LAYERS),
        feature_extractor_weights_path=str(folder / "pt_inception.pth"),
    )
    # Its own argument for this has no effect: text_to_dtype of 0.4.0 makes torch.float32 of "float64".
    extractor.feature_extractor_internal_dtype = getattr(torch, request.param)
    extractor.to(getattr(torch, request.param))
    with torch.no_grad(), unrounded(torch, request.param):
        rows = [extractor(torch.from_numpy(np.moveaxis(array, 2, 0)[None].copy())) for array in pictures]
    return request.param, {layer: np.concatenate([row[i].numpy() for row in rows]) for i, layer in enumerate(LAYERS)}


@contextmanager
def unrounded(torch, dtype):
    """torch-fidelity rounds the features that it returns to float32: here those of float64 stay as they are."""
    own = torch.Tensor.to

    def to(tensor, *arguments, **settings):
        wide = dtype == "float64" and tensor.dtype == torch.float64 and arguments == (torch.float32,)
        return tensor if wide else own(tensor, *arguments, **settings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "to", to)
        yield


def test_features_are_torch_fidelitys_at_every_tap(theirs, folder, trained):
    dtype, expected = theirs
    for layer in LAYERS:
        found = features(folder / "photos", trained, layer=layer, backend="torch", dtype=dtype)
        assert found.array.dtype == dtype
        assert relative_error(expected[layer], found.array) <= DTYPES[dtype], layer


@pytest.mark.parametrize("dtype", BOTH)
def test_features_are_pytorch_fids_with_its_own_preprocessing(dtype, folder, trained, pictures):
    import torch

    inception = module("pytorch_fid.inception")
    with pytest.MonkeyPatch.context() as patch:
        own = {name: torch.from_numpy(array) for name, array in state().items()}
        patch.setattr(inception, "load_state_dict_from_url", lambda *_, **__: own)
        net = inception.InceptionV3([0, 1, 2, 3]).eval().to(getattr(torch, dtype))
    scaled = [torch.from_numpy(np.moveaxis(array, 2, 0)[None].astype(dtype)) / 255 for array in pictures]
    with torch.no_grad():
        outputs = [net(x) for x in scaled]
    prepared = replace(trained, preprocessing=PYTORCH_FID)
    for i, layer in enumerate(LAYERS[:4]):
        expected = np.concatenate([output[i].mean((2, 3)).numpy() for output in outputs])
        found = features(folder / "photos", prepared, layer=layer, backend="torch", dtype=dtype)
        assert relative_error(expected, found.array) <= DTYPES[dtype], layer
