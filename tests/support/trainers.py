"""Small networks, recipes and steps for the trainers of the packages.

`CERTAIN` is a network whose gradients need no paper: one input, two classes, and so sure of class 0 that its
probability is 1 in float64. Shown x with label 1, the gradient of its weights is exactly (x, -x), and of its biases
(1, -1).
"""

import numpy as np

from common import nets
from common.contract.recipe import Recipe
from common.data.images import random_images
from common.table.drawing import initial
from common.table.spec import CLASSES, Aux, BatchNorm, Conv, Dense, Dropout, GlobalAvgPool, Network, Stage

PLAIN = Recipe(momentum=0.0)


def table(shape, classes, **settings):
    """A table called tiny, resolved."""
    return nets.get(Network("tiny", "", "", shape, classes, "floor", **settings))


CERTAIN = table((1, 1, 1), 2, stages={"b1": Stage(pool=GlobalAvgPool())})
START = {"fc.weight": np.array([[1.0], [-1.0]]), "fc.bias": np.array([50.0, 0.0])}

# Three sizes of batch, as at the end of an epoch; normalisation and dropout, and two heads' worth of them.
RANDOM = table(
    (2, 9, 8),
    4,
    norm=BatchNorm(momentum=0.9),
    stages={
        "b1": Stage(conv=Conv(6, 3), dropout=Dropout(0.4)),
        "b2": Stage(conv=Conv(8, 3, stride=2), pool=GlobalAvgPool(), dropout=Dropout(0.5)),
    },
    aux={"aux1": Aux("b1.conv", Stage(pool=GlobalAvgPool(), dropout=Dropout(0.5), fc=Dense(CLASSES)))},
)
RECIPE = Recipe(nesterov=True, weight_decay=5e-4, label_smoothing=0.1, clip=1.0)


def train(backend, net, trainer, steps):
    """Steps by their number, each with its own images, rate and seed; their losses."""
    found = []
    for i in steps:
        x = random_images(8 - i % 3, RANDOM.input, i).astype(np.float32)
        y = np.random.default_rng(i).integers(4, size=len(x))
        found.append(trainer.step(x, y, lr=0.1 if i < 4 else 0.03, seed=i)[0])
    return found


def begun(backend, weights=None, recipe=RECIPE, **settings):
    """A net of `RANDOM` and its trainer, from the same start whenever no weights are given."""
    net = backend.build_net(RANDOM, weights=initial(RANDOM, 0) if weights is None else weights)
    return net, backend.Trainer(net, recipe, **settings)


def cross_entropy(logits, labels, smoothing):
    """By its definition, image by image."""
    total = 0.0
    for z, label in zip(logits, labels, strict=True):
        log_p = z - np.log(np.exp(z).sum())
        total -= sum((1 - smoothing) * (k == label) * p + smoothing / len(z) * p for k, p in enumerate(log_p))
    return total / len(labels)
