"""Pictures and weights whose predictions are known."""

from math import exp

import numpy as np
from PIL import Image

from common import nets
from common.compare.reference import Reference
from common.data.preprocessing import Preprocessing
from common.weights.bundle import Bundle

CLASSES = 19  # more than the 16 below which every sort is stable
NAMES = [f"class {i}" for i in range(CLASSES)]
TABLE = nets.get("d2l", num_classes=CLASSES)
SMALL = Preprocessing((40, 48), (33, 40), order="L", mean=(0.4,), std=(0.25,))


def known(logits, table=TABLE, preprocessing=SMALL, dtype="float32"):
    """All weights 0 but for the last biases: every picture has these logits."""
    weights = {name: np.zeros(shape, dtype) for name, shape in table.shapes.items()}
    weights["fc.bias"] += np.asarray(logits, dtype)
    return Bundle(table, weights, preprocessing)


def picture(path, size=(50, 41), seed=0):
    """Noise of every size, saved without loss."""
    width, height = size
    rng = np.random.default_rng([seed, width, height])
    noise = rng.integers(0, 256, (3, 4, 3), np.uint8)  # what a network sees must not be one grey for all pictures
    coarse = Image.fromarray(noise).resize(size, Image.Resampling.NEAREST)
    fine = Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8))
    Image.blend(coarse, fine, 0.3).save(path)
    return path


def probabilities(image):
    """Class to its probability."""
    return {best["index"]: best["probability"] for best in image["top"]}


def expected(trained, path):
    """Class to its probability by the reference."""
    x = trained.preprocessing(Image.open(path).convert("RGB"))[None]
    logits = Reference(trained.table, trained.weights, x, aux=False).outputs["fc"][0]
    total = sum(exp(value - max(logits)) for value in logits)
    return {i: exp(value - max(logits)) / total for i, value in enumerate(logits)}


def assert_as_expected(image, trained, limit):
    found, wanted = probabilities(image), expected(trained, image["path"])
    assert list(found) == sorted(wanted, key=wanted.get, reverse=True)[: len(found)]
    assert max(abs(found[i] - wanted[i]) for i in found) <= limit
    assert max(wanted.values()) < 0.99  # or the limit would say little
